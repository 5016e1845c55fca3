"""The five verbs, over HTTPS, against the stand-in that is the instance on the laptop."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from snow_calls import BY_AGENT, DAILY, WHOLE, record_calls
from snow_instance import SnowInstance, sys_id

from connect_voice.project import Project
from connect_voice.servicenow.checking import check
from connect_voice.servicenow.cli import servicenow
from connect_voice.servicenow.declaration import parse_declaration
from connect_voice.servicenow.expected import WRITABLE, Entry
from connect_voice.servicenow.instance import Credentials, Instance
from connect_voice.servicenow.reader import open_reader
from connect_voice.servicenow.transport import Limits
from local_aws.standins.servicenow import DEFAULT_CALL_CONTEXT_PATH, StandIn
from local_aws.standins.servicenow.shipped import CUSTOM_PROVIDER, HELPER, SCHEMA

ROOT = Path(__file__).resolve().parents[3]
CONTACT = "0f8fad5b-d9cb-469f-a165-70867728950e"
CALLER = "+14155550100"
CLIENT_ID, CLIENT_SECRET = "0123456789abcdef0123456789abcdef", "made up"
OWN = (
    (ROOT / "servicenow.yaml")
    .read_text(encoding="utf-8")
    .replace("used: false", "used: true")
    .replace('channel: ""', f"channel: {CUSTOM_PROVIDER}")
    .replace('provider: ""', f"provider: {CUSTOM_PROVIDER}")
    .replace('message_auth: ""', f"message_auth: {CUSTOM_PROVIDER}")
)
ENTRIES = parse_declaration(OWN).entries
ATTRIBUTES = "sys_now_assist_deployment_config_attributes"
WRONG = {"at_most": "4", "at_least": "1439", "not_empty": "", "equals": "something else"}
PIPELINES = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL", "BUILDKITE")
PROGRAM = "from connect_voice.cli import main; main()"


class Clock:
    """Time that only passes when somebody waits, for both sides of the wire."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0  # 2027-01-15 08:00:00 UTC
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@dataclass
class Laptop:
    """The stand-in, and the verbs as a user runs them."""

    stand_in: StandIn
    declaration: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def target(self) -> tuple[str, ...]:
        return ("--instance", self.stand_in.host, "--ca-bundle", str(self.stand_in.ca_bundle))

    def run(self, *arguments: str, code: int = 0) -> Any:
        """A verb's result, as JSON."""
        session = SimpleNamespace(project=Project(ROOT))
        result = CliRunner().invoke(
            servicenow, (*self.target, *arguments, "--json"), env=self.environment, obj=session
        )
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        assert result.exit_code == code, result.output
        return json.loads(result.stdout)

    def check(self, code: int = 0) -> dict[str, str]:
        """The entries that are not as expected, and what is wrong with each."""
        said = self.run("check", "--file", str(self.declaration), code=code)
        return {one["id"]: one["status"] for one in said["entries"] if one["status"] != "ok"}

    def script(self, **parts: object) -> None:
        answer = self.stand_in.control(
            "PUT", "/_local/servicenow/script", json.dumps(parts).encode()
        )
        assert answer == (204, None)

    def methods(self) -> set[str]:
        """What was sent beside requests for tokens."""
        _, answer = self.stand_in.control("GET", "/_local/servicenow/requests", b"")
        assert answer is not None
        listed = answer["requests"]
        assert isinstance(listed, list)
        assert listed
        return {one["method"] for one in listed if one["name"] != "oauth"}

    def call(self, contact: str = CONTACT) -> None:
        """A call: its context is asked for as the Lambda asks, and its agent hangs up."""
        host = f"https://{self.stand_in.host}"
        grant = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        with requests.Session() as http:
            http.trust_env = False
            http.verify = str(self.stand_in.ca_bundle)
            token = http.post(f"{host}/oauth_token.do", data=grant, timeout=10).json()
            asked = http.post(
                f"{host}{DEFAULT_CALL_CONTEXT_PATH}",
                json={
                    "call_correlation_id": contact,
                    "voice_service_id": "b3c1e5f2c3a1311088f2f4ee05013111",
                    "ani": CALLER,
                    "instance_name": "local",
                },
                headers={"Authorization": f"Bearer {token['access_token']}"},
                timeout=10,
            )
        assert asked.status_code == 200
        path = f"/_local/servicenow/calls/{contact}/ended"
        assert self.stand_in.control("POST", path, b"") == (204, None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def laptop(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    for name in [name for name in os.environ if name.startswith("SERVICENOW_")]:
        monkeypatch.delenv(name)
    declaration = tmp_path / "servicenow.yaml"
    declaration.write_text(OWN, encoding="utf-8")
    stand_in = StandIn(
        tmp_path / "state", client_id=CLIENT_ID, client_secret=CLIENT_SECRET, clock=clock
    )
    stand_in.start()
    credentials = {
        f"SERVICENOW_{user}_{name}": value
        for user in ("CHECK", "APPLY")
        for name, value in (("CLIENT_ID", CLIENT_ID), ("CLIENT_SECRET", CLIENT_SECRET))
    }
    try:
        yield Laptop(stand_in, declaration, credentials)
    finally:
        stand_in.stop()


def _table(entry: Entry) -> str:
    if not entry.table.is_label:
        return entry.table.text
    return next(name for name, t in SCHEMA.tables.items() if t.label == entry.table.text)


def _column(entry: Entry) -> str:
    assert entry.field is not None
    columns = SCHEMA.columns(_table(entry))
    if not entry.field.is_label:
        return entry.field.text
    return next(name for name, c in columns.items() if c.label == entry.field.text)


def _where(entry: Entry) -> dict[str, str]:
    """What the entry's records have, as far as it stands in themselves."""
    labels = {column.label: name for name, column in SCHEMA.columns(_table(entry)).items()}
    return {
        labels[one.column.text] if one.column.is_label else one.column.text: one.value
        for one in entry.query
        if not one.column.path
    }


def _broken(entries: Sequence[Entry], wrong: dict[str, str]) -> list[dict[str, object]]:
    """A script's tables in which those entries have another value."""
    changes: dict[str, list[object]] = {}
    for entry in entries:
        change = {"where": _where(entry), "set": {_column(entry): wrong[entry.rule.kind]}}
        changes.setdefault(_table(entry), []).append(change)
    return [{"name": table, "change": change} for table, change in changes.items()]


def test_check_passes_on_the_instance_as_shipped(laptop: Laptop) -> None:
    said = laptop.run("check")
    assert said["ok"] is True
    skipped = [entry.id for entry in ENTRIES if entry.custom_provider]
    assert [one["id"] for one in said["entries"] if one["status"] != "ok"] == skipped
    assert {one["status"] for one in said["entries"]} == {"ok", "skipped"}


def test_the_custom_provider_is_as_expected_too(laptop: Laptop) -> None:
    assert laptop.check() == {}
    assert laptop.methods() == {"GET"}


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.field], ids=lambda e: e.id)
def test_a_wrong_value_is_blamed_on_its_entry_alone(laptop: Laptop, entry: Entry) -> None:
    laptop.script(tables=_broken([entry], WRONG))
    assert laptop.check(code=int(entry.severity == "error")) == {entry.id: "off"}
    assert laptop.methods() == {"GET"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.id)
def test_a_missing_record_is_blamed_on_its_entries_alone(laptop: Laptop, entry: Entry) -> None:
    laptop.script(tables={"name": _table(entry), "remove": _where(entry)})
    of_it = [
        e
        for e in ENTRIES
        if (e.table, e.query) == (entry.table, entry.query)
        # The mapping is found by the name of its provider.
        or (_table(entry) == "sys_cs_provider" and e.id == "rich-control-mapping")
    ]
    fails = any(e.severity == "error" for e in of_it)
    assert laptop.check(code=int(fails)) == {e.id: "missing" for e in of_it}


def test_a_label_that_is_called_something_else_is_reported(laptop: Laptop) -> None:
    laptop.script(
        tables={
            "name": "sys_dictionary",
            "change": {
                "where": {"column_label": "Sender subflow"},
                "set": {"column_label": "Outbound subflow"},
            },
        }
    )
    assert laptop.check(code=1) == {"provider-sender-subflow": "unresolved"}


@pytest.mark.parametrize(
    ("rules", "status"),
    [
        ({"access": "none"}, "denied"),
        ({"hide": {}}, "denied"),
        ({"hide_columns": "value"}, "denied"),
    ],
)
def test_what_the_user_may_not_see_is_not_taken_for_right(
    laptop: Laptop, rules: dict[str, object], status: str
) -> None:
    laptop.script(tables={"name": "sys_properties", **rules})
    theirs = [e.id for e in ENTRIES if _table(e) == "sys_properties"]
    assert laptop.check(code=1) == dict.fromkeys(theirs, status)


def test_opaque_tokens_do(laptop: Laptop) -> None:
    laptop.script(oauth={"token_format": "opaque"})
    assert laptop.check() == {}


def test_a_rate_limit_is_waited_for(laptop: Laptop, clock: Clock) -> None:
    laptop.script(rate_limit={"requests": 30, "per_seconds": 60})
    at = Instance(laptop.stand_in.host, laptop.stand_in.ca_bundle)
    credentials = Credentials("the test", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    with open_reader(at, credentials, Limits(command=3600), clock) as reader:
        verdicts = check(parse_declaration(OWN), reader)
    assert {verdict.status for verdict in verdicts} == {"ok"}
    assert clock.pauses
    assert set(clock.pauses) == {60.0}


def test_plan_tells_what_it_would_change_and_changes_nothing(laptop: Laptop) -> None:
    writable = [entry for entry in ENTRIES if entry.apply]
    laptop.script(tables=_broken(writable, {**WRONG, "equals": "maybe"}))
    said = laptop.run("plan", "--file", str(laptop.declaration))
    assert {(one["id"], one["old"], one["new"]) for one in said["changes"]} == {
        (entry.id, {**WRONG, "equals": "maybe"}[entry.rule.kind], entry.rule.value)
        for entry in writable
    }
    assert said["by_hand"] == []
    assert laptop.methods() == {"GET"}


def _apply(laptop: Laptop, *options: str) -> tuple[int, str, str]:
    """Run with a terminal as standard input and error, on which the answer is typed ahead."""
    ours, theirs = pty.openpty()
    os.write(ours, f"{laptop.stand_in.host}\n".encode())
    environment = {name: value for name, value in os.environ.items() if name not in PIPELINES}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "servicenow", *laptop.target, "apply", *options],
        env={**environment, **laptop.environment},
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        text=True,
    )
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # Linux's way to say that the other end is closed
        while piece := os.read(ours, 4096):
            seen += piece
    os.close(ours)
    output = process.communicate(timeout=60)[0]
    return process.returncode, output, seen.decode()


def test_apply_mends_what_may_be_written(laptop: Laptop, tmp_path: Path) -> None:
    writable = [entry for entry in ENTRIES if entry.apply]
    assert {entry.query[0].value for entry in writable} == {
        name for names in WRITABLE.values() for name in names
    }
    laptop.script(tables=_broken(writable, {**WRONG, "equals": "maybe"}))
    ledger = tmp_path / "ledger.jsonl"
    options = ("--file", str(laptop.declaration), "--ledger", str(ledger), "--json")
    code, output, seen = _apply(laptop, *options)
    assert code == 0, seen
    assert {(one["id"], one["outcome"]) for one in json.loads(output)["applied"]} == {
        (entry.id, "written") for entry in writable
    }
    assert laptop.methods() == {"GET", "PATCH"}
    assert laptop.check() == {}


@pytest.mark.parametrize(
    ("rules", "code", "outcome"),
    [({"access": "read"}, 1, None), ({"keeps_writes": False}, 1, "not as written")],
)
def test_apply_says_when_a_write_is_refused_or_undone(
    laptop: Laptop, tmp_path: Path, rules: dict[str, object], code: int, outcome: str | None
) -> None:
    (entry,) = (entry for entry in ENTRIES if entry.id == "mfa-mandatory")
    (table,) = _broken([entry], WRONG)
    laptop.script(tables={**table, **rules})
    ended, output, seen = _apply(laptop, "--json", "--ledger", str(tmp_path / "ledger.jsonl"))
    assert ended == code, seen
    if outcome:
        assert [one["outcome"] for one in json.loads(output)["applied"]] == [outcome]
    else:
        assert "not allowed to write sys_properties" in seen
    assert laptop.check() == {"mfa-mandatory": "off"}


def _three_days() -> list[dict[str, object]]:
    """The calls that were worked out by hand, as a script's tables."""
    data = SnowInstance()
    record_calls(data)
    by_name = {name: sys_id(number) for number, name in enumerate("ABCDEFGH")}
    tickets = [
        {
            "sys_id": row["sys_id"],
            "sys_created_on": row["sys_created_on"],
            "interaction": by_name[row["interaction"]],
        }
        for row in data.tables["interaction_related_record"]
    ]
    agents = [
        {"sys_id": value, "name": name}
        for (column, value), name in data.displays.items()
        if column == "agent"
    ]
    return [
        {"name": "interaction", "add": data.tables["interaction"]},
        {"name": "interaction_related_record", "add": tickets},
        {"name": "sn_na_analytics_insights", "add": data.tables["sn_na_analytics_insights"]},
        {"name": "sn_aia_agent", "add": agents},
    ]


def test_kpi_equals_what_was_worked_out_by_hand(laptop: Laptop) -> None:
    laptop.script(tables=_three_days())
    said = laptop.run("kpi", "--from", "2026-11-02", "--to", "2026-11-04")
    assert said["problems"] == []
    found = {one["key"]: one for one in said["indicators"]}
    assert {key: str(one["value"]) for key, one in found.items()} == WHOLE
    assert {
        key: ["n/a" if value is None else str(value) for value in one["days"].values()]
        for key, one in found.items()
    } == DAILY
    assert found["deflected"]["by_agent"] == BY_AGENT
    assert laptop.methods() == {"GET"}


@pytest.mark.parametrize(
    ("rules", "gone"),
    [({"access": "none"}, {"tickets"}), ({"hide": {"type": ""}}, {"tickets"})],
)
def test_kpi_lacks_only_what_the_user_may_not_see(
    laptop: Laptop, rules: dict[str, object], gone: set[str]
) -> None:
    calls, tickets, insights, agents = _three_days()
    laptop.script(tables=[calls, {**tickets, **rules}, insights, agents])
    said = laptop.run("kpi", "--from", "2026-11-02", "--to", "2026-11-04", code=1)
    assert {one["key"] for one in said["indicators"] if one["value"] is None} == gone
    assert len(said["problems"]) == 1


def test_kpi_of_a_day_with_nothing_divides_by_nothing(laptop: Laptop) -> None:
    said = laptop.run("kpi", "--from", "2026-11-03", "--to", "2026-11-03")
    values = {one["key"]: one["value"] for one in said["indicators"]}
    assert [key for key, value in values.items() if value is None] == ["satisfaction", "duration"]
    assert {value for value in values.values() if value is not None} == {0}


def test_trace_shows_a_call_in_the_order_of_time(laptop: Laptop) -> None:
    laptop.call(CONTACT.replace("0", "1"))
    laptop.call()
    said = laptop.run("trace", CONTACT)
    assert said["complete"] is True
    assert {one["status"] for one in said["tables"]} == {"found"}
    assert [one["at"] for one in said["records"]] == [
        f"2027-01-15 08:00:{second:02}" for second in (0, 0, 4, 8, 16, 24)
    ]
    assert [one["table"] for one in said["records"]][2:] == [
        "sn_aia_execution_plan",
        "sn_aia_tools_execution",
        "sys_generative_ai_log",
        "sn_aia_tools_execution",
    ]
    assert {one["table"] for one in said["records"]} == {one["name"] for one in said["tables"]}
    assert laptop.methods() == {"GET", "POST"}  # POST: the call's context


def test_trace_shows_what_was_said_only_when_asked_and_the_number_never(laptop: Laptop) -> None:
    laptop.call()
    brief = json.dumps(laptop.run("trace", CONTACT))
    whole = json.dumps(laptop.run("trace", CONTACT, "--show-content"))
    assert "My laptop does not start" not in brief
    assert "My laptop does not start" in whole
    assert CALLER.removeprefix("+") not in whole


@pytest.mark.parametrize("table", ["sys_generative_ai_log", "sn_aia_tools_execution"])
def test_trace_names_what_the_user_may_not_see(laptop: Laptop, table: str) -> None:
    laptop.script(tables={"name": table, "access": "none"})
    laptop.call()
    said = laptop.run("trace", CONTACT, code=1)
    assert [one["name"] for one in said["tables"] if one["status"] != "found"] == [table]


def test_calls_on_the_laptop_are_what_kpi_counts(laptop: Laptop) -> None:
    laptop.call()
    laptop.script(interaction_context={"transfer_reason": "user_requested"})
    laptop.call(CONTACT.replace("0", "1"))
    laptop.script(conversation={"abandoned": True, "talk_seconds": 100})
    laptop.call(CONTACT.replace("0", "2"))
    said = laptop.run("kpi", "--from", "2027-01-15", "--to", "2027-01-15")
    assert {one["key"]: one["value"] for one in said["indicators"]} == {
        "conversations": 3,
        "without-agent": 2,
        "with-agent": 1,
        "tickets": 1,
        "disconnected": 1,
        "satisfaction": 4.0,
        "duration": 1,  # (40 + 40 + 100) s / 3
        "deflected": 1,
    }
    (deflected,) = (one for one in said["indicators"] if one["key"] == "deflected")
    assert deflected["by_agent"] == {HELPER: 1}
