"""The scenarios of what an environment may switch on, in an environment that did.

Every environment deploys with other options, so these calls go through the flow that Terraform
weaves for theirs, and not through a deployment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path

import pytest
from calls_support import contact
from servicenow_town import Town, interaction
from woven_flows import DIALLED, NUMBER, TEMPLATE, Options, woven

from callsim.contact import Endpoint
from callsim.expectations import Queues, Traces, failures
from callsim.hours import Opening, is_open
from callsim.record import CallRecord
from callsim.scenario import Scenario, parse
from callsim.walker import walk
from callsim.world import Queue

SCENARIOS = TEMPLATE.parent / "scenarios"
HOURS = Options(check_hours=True)
BOTH = Options(check_hours=True, callback_when_closed=True)
STAFFED = Options(check_staffing=True, callback_when_closed=True)
NEEDS = {
    "closed-with-callback": BOTH,
    "closed-with-callback-declined": BOTH,
    "closed-without-callback": HOURS,
    "open": HOURS,
    "nobody-staffed-without-callback": Options(check_staffing=True),
    "our-number-shown": Options(caller_id_number=DIALLED),
}
ALSO = {
    "nobody-staffed": STAFFED,
    "nobody-staffed-number-withheld": STAFFED,
    "callers-number-shown": Options(),
}
IDS = Queues(
    ids={"default": "queue-default", "people": "queue-people"}, reasons={"user_requested": "people"}
)
DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY")


@dataclass
class OfficeHours(Town):
    """Open from Monday to Friday by the scenario's clock."""

    now: datetime | None = None
    openings: list[Opening] = field(
        default_factory=lambda: [Opening(day, time(8), time(20)) for day in DAYS]
    )

    def hours_open(self, hours_id: str | None, queue: Queue | None) -> bool | None:  # noqa: ARG002
        assert self.now is not None, "a scenario of opening hours says when it is called"
        return is_open(self.openings, self.now)


def scenario(file: Path) -> Scenario:
    return parse(file.read_text(encoding="utf-8"), file.stem)


def play(script: Scenario, options: Options) -> CallRecord:
    context = script.stand_ins["servicenow"]["interaction_context"]
    assert isinstance(context, dict)
    town = OfficeHours(
        flows={"inbound": woven(options)},
        interactions=[interaction(context["transfer_reason"])],
        staffed=0 if script.without_agents else 1,
        keys=list(script.keys),
        now=script.now,
    )
    caller = None if script.caller is None else Endpoint(script.caller)
    return walk("inbound", contact(customer=caller, system=Endpoint(NUMBER)), town)


def test_every_one_of_them_is_played_here() -> None:
    assert {file.stem for file in (SCENARIOS / "options").glob("*.yaml")} == set(NEEDS)


@pytest.mark.parametrize("name", NEEDS | ALSO)
def test_it_comes_out_as_written(name: str) -> None:
    file = SCENARIOS / ("options" if name in NEEDS else "") / f"{name}.yaml"
    script = scenario(file)
    record = play(script, (NEEDS | ALSO)[name])
    assert failures(record, script.expect, IDS, Traces()) == ()


@pytest.mark.parametrize("name", sorted(NEEDS))
def test_it_would_not_come_out_so_with_everything_off(name: str) -> None:
    script = scenario(SCENARIOS / "options" / f"{name}.yaml")
    assert failures(play(script, Options()), script.expect, IDS, Traces()) != ()
