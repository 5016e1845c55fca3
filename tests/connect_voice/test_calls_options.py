"""Calls through the ServiceNow flow with its options on, in the embedded AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from calls_office import AGENT_NUMBER, Office, open_office
from woven_flows import DIALLED, MESSAGES, NUMBER, Options, woven

from callsim.record import Outcome
from callsim.scenario import Expectation, Scenario
from connect_voice import embedded
from connect_voice.calls import CallReport, place_call
from connect_voice.project import Project

CLOSED = datetime(2026, 3, 3, 10, 30)  # noqa: DTZ001 - a clock on a wall; the office opens on Mondays
OPEN = datetime(2026, 3, 2, 10, 30)  # noqa: DTZ001
CALLBACK = Options(check_hours=True, check_staffing=True, callback_when_closed=True)
ANSWERS = {
    "getCallContext": json.dumps({"status": "ok", "dnis": AGENT_NUMBER, "tracingId": "t"}),
    "getInteractionContext": json.dumps(
        {"status": "ok", "transferRequested": "true", "snTransferReason": "", "interactionId": "i"}
    ),
}
BACK = Expectation(Outcome.CALLBACK, queue="default", said=(MESSAGES["callback_arranged_message"],))
SENT_AWAY = Expectation(Outcome.COMPLETED, said=(MESSAGES["try_later_message"],))
WAITING = Expectation(Outcome.QUEUE, queue="default")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    project = Project(tmp_path_factory.mktemp("office"))
    aws, _ = embedded.up(project)
    try:
        yield open_office(aws)
    finally:
        embedded.down(project)


def call(
    office: Office,
    options: Options,
    expect: Expectation,
    *,
    swap: tuple[str, str] = ("", ""),
    **changes: Any,
) -> CallReport:
    """Publish the flow with those options, and ``swap`` made in its text, and call it."""
    queue = office.connect.describe_queue(InstanceId=office.instance_id, QueueId=office.queue_id)
    content = woven(replace(options, reasons=False))
    content = content.replace('"queue-default"', json.dumps(queue["Queue"]["QueueArn"]))
    content = content.replace(
        "arn:aws:lambda:eu-central-1:123456789012:function:voice:live", office.alias
    )
    content = content.replace(*swap) if swap[0] else content
    office.connect.update_contact_flow_content(
        InstanceId=office.instance_id, ContactFlowId=office.flow_id, Content=content
    )
    scenario = Scenario(name="mine", description="A call.", expect=expect, dials="desk")
    scenario = replace(scenario, **({"attributes": ANSWERS} | changes))
    return place_call(scenario, office.deployment, office.session, state_dir=office.state_dir)


@pytest.mark.parametrize(
    ("changes", "expect"),
    [
        ({"now": CLOSED, "keys": ("1",)}, BACK),
        ({"now": CLOSED, "keys": (None, "1")}, BACK),
        ({"now": CLOSED}, SENT_AWAY),
        ({"now": CLOSED, "caller": None}, SENT_AWAY),
        ({"now": OPEN}, WAITING),
        ({"now": OPEN, "without_agents": True, "keys": ("1",)}, BACK),
    ],
    ids=str,
)
def test_the_clock_the_agents_and_the_keys_are_the_scenarios(
    office: Office, changes: dict[str, Any], expect: Expectation
) -> None:
    assert call(office, CALLBACK, expect, **changes).failures == ()


def test_a_key_that_nobody_asks_for_is_told(office: Office) -> None:
    report = call(office, CALLBACK, WAITING, now=OPEN, keys=("1", None))
    assert report.failures == (
        "The caller should press 1 at a menu, and was asked for nothing more.",
    )


def test_a_full_queue_takes_no_call_back(office: Office) -> None:
    def limit(contacts: int) -> None:
        office.connect.update_queue_max_contacts(
            InstanceId=office.instance_id, QueueId=office.queue_id, MaxContacts=contacts
        )

    limit(0)
    try:
        expect = Expectation(Outcome.COMPLETED, said=(MESSAGES["apology_message"],))
        assert call(office, CALLBACK, expect, now=CLOSED, keys=("1",)).failures == ()
    finally:
        limit(100)


@pytest.mark.parametrize(
    ("number", "caller_id"), [(None, "caller"), (DIALLED, "dialled")], ids=["caller", "dialled"]
)
def test_the_ai_agent_sees_the_number_that_was_chosen(
    office: Office, number: str | None, caller_id: str
) -> None:
    expect = replace(WAITING, caller_id=caller_id, visits=("get-interaction-context",))
    assert call(office, Options(caller_id_number=number), expect).failures == ()


def test_a_number_of_somebody_else_is_refused_before_anybody_calls(office: Office) -> None:
    with pytest.raises(office.connect.exceptions.InvalidContactFlowException, match="not claimed"):
        call(office, Options(caller_id_number=NUMBER), WAITING)


def test_no_call_is_made_from_a_number_of_somebody_else(office: Office) -> None:
    expect = replace(WAITING, attributes={"errorCode": "TRANSFER_ERROR"})
    theirs = {**ANSWERS, "number": NUMBER}
    options = Options(caller_id_number=DIALLED)
    shown = (DIALLED, "$.Attributes.number")
    report = call(office, options, expect, attributes=theirs, swap=shown)
    assert report.failures == ()
    assert any(f"{NUMBER} is no number" in line.text for line in report.record.transcript)
