"""plan and apply: what may be set is set once somebody said yes, and the ledger knows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from snow_disk import small_files
from snow_instance import CLIENT, SnowInstance, busy, reading
from snow_office import settled

from connect_voice.errors import CommandError, OutsideError, UsageError
from connect_voice.servicenow.applying import Applied, apply, refuse_pipelines
from connect_voice.servicenow.checking import check
from connect_voice.servicenow.declaration import load
from connect_voice.servicenow.errors import NotAllowed
from connect_voice.servicenow.instance import Instance
from connect_voice.servicenow.ledger import Ledger
from connect_voice.servicenow.output import print_plan
from connect_voice.servicenow.planning import Change, Plan, plan
from connect_voice.servicenow.transport import Limits
from connect_voice.servicenow.writer import Writer, open_writer

SHIPPED = load(Path(__file__).resolve().parents[3] / "servicenow.yaml")
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def snow() -> SnowInstance:
    return settled()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger" / "servicenow.jsonl")


def _set(snow: SnowInstance, table: str, name: str, value: str) -> None:
    for row in snow.tables[table]:
        if row.get("name") == name:
            row["value"] = value


def _values(snow: SnowInstance, table: str, name: str) -> list[str]:
    return [row["value"] for row in snow.tables[table] if row.get("name") == name]


def _break(snow: SnowInstance) -> None:
    _set(snow, "sys_now_assist_deployment_config_attributes", "persist_context_data", "false")
    _set(snow, "sys_now_assist_deployment_config_attributes", "voice_max_retries", "10")
    _set(snow, "sys_properties", "glide.voice.authenticate.mfa_mandatory", "false")
    _set(snow, "sys_properties", "instance_id", "")
    del snow.tables["sys_user_role"][0]


def _plan(at: Instance) -> Plan:
    with reading(at) as reader:
        return plan(check(SHIPPED, reader))


@contextmanager
def _writing(at: Instance) -> Iterator[Writer]:
    with open_writer(at, CLIENT, Limits()) as writer:
        yield writer


def _apply(at: Instance, planned: Plan, ledger: Ledger) -> tuple[Applied, ...]:
    with reading(at) as reader, _writing(at) as writer:
        done = apply(planned, reader, writer, ledger, at, user="the writer", now=lambda: NOW)
        return tuple(done)


def _lines(ledger: Ledger) -> list[dict[str, str]]:
    return [json.loads(line) for line in ledger.file.read_text(encoding="utf-8").splitlines()]


def test_the_plan_tells_what_it_would_set_from_what_is_for_people(
    snow: SnowInstance, at: Instance
) -> None:
    _break(snow)
    planned = _plan(at)
    assert [(c.entry_id, c.old, c.new) for c in planned.changes] == [
        ("persist-context-data", "false", "true"),
        ("persist-context-data", "false", "true"),  # two deployments
        ("voice-max-retries", "10", "3"),
        ("voice-max-retries", "10", "3"),
        ("mfa-mandatory", "false", "true"),
    ]
    assert [verdict.entry.id for verdict in planned.by_hand] == ["role-admin", "instance-id"]
    assert snow.writes() == []


def test_nothing_is_planned_where_nothing_is_wrong(at: Instance) -> None:
    assert _plan(at) == Plan((), ())


@pytest.mark.parametrize("columns", [30, 80, 120, 10_000])
def test_a_plan_fits_its_terminal_and_loses_no_word(
    snow: SnowInstance, at: Instance, columns: int
) -> None:
    _break(snow)
    planned, shown = _plan(at), io.StringIO()
    print_plan(planned, Console(width=columns, file=shown, highlight=False))
    lines = shown.getvalue().splitlines()
    assert max(map(len, lines)) <= columns
    text = "".join(shown.getvalue().split())
    assert "glide.voice.authenticate.mfa_mandatoryinsys_properties:'false'->'true'" in text
    if columns == 10_000:
        assert len(lines) == len(planned.changes) + len(planned.by_hand) + 1
    elif columns == 80:  # what does not fit goes below its own beginning
        below = [line for line in lines if line.startswith(" ")]
        assert {len(line) - len(line.lstrip()) for line in below} == {
            next(line for line in lines if line.startswith("~ mfa")).index("glide")
        }


def test_what_is_planned_is_written_read_again_and_in_the_ledger(
    snow: SnowInstance, at: Instance, ledger: Ledger
) -> None:
    _break(snow)
    applied = _apply(at, _plan(at), ledger)
    assert [one.outcome for one in applied] == ["written"] * 5
    table = "sys_now_assist_deployment_config_attributes"
    assert _values(snow, table, "persist_context_data") == ["true", "true"]
    assert _values(snow, table, "voice_max_retries") == ["3", "3"]
    assert _values(snow, "sys_properties", "glide.voice.authenticate.mfa_mandatory") == ["true"]
    assert len(snow.writes()) == 5
    assert [v.entry.id for v in _plan(at).by_hand] == ["role-admin", "instance-id"]
    assert _plan(at).changes == ()

    lines = _lines(ledger)
    assert len(lines) == ledger.verify() == 10
    assert [line["outcome"] for line in lines] == ["begun", "written"] * 5
    last = lines[-1]
    assert last["who"].endswith(" as the writer")
    assert {k: last[k] for k in ("at", "instance", "entry", "table", "name", "field")} == {
        "at": "2026-11-20T12:00:00+00:00",
        "instance": at.host,
        "entry": "mfa-mandatory",
        "table": "sys_properties",
        "name": "glide.voice.authenticate.mfa_mandatory",
        "field": "value",
    }
    assert (last["old"], last["new"], last["outcome"]) == ("false", "true", "written")


def test_what_somebody_changed_meanwhile_is_left_alone(
    snow: SnowInstance, at: Instance, ledger: Ledger
) -> None:
    _set(snow, "sys_properties", "glide.voice.authenticate.mfa_mandatory", "false")
    planned = _plan(at)
    _set(snow, "sys_properties", "glide.voice.authenticate.mfa_mandatory", "true")
    assert [one.outcome for one in _apply(at, planned, ledger)] == ["changed meanwhile"]
    assert snow.writes() == []


def test_a_write_that_does_not_take_is_noticed(
    snow: SnowInstance, at: Instance, ledger: Ledger
) -> None:
    _set(snow, "sys_properties", "glide.voice.authenticate.mfa_mandatory", "false")
    snow.ignores_writes = True  # a business rule that sets it back
    assert [one.outcome for one in _apply(at, _plan(at), ledger)] == ["not as written"]
    assert _lines(ledger)[-1]["outcome"] == "not as written"


def test_a_refused_write_ends_the_run_and_is_in_the_ledger(
    snow: SnowInstance, at: Instance, ledger: Ledger
) -> None:
    _break(snow)
    snow.write_denied = True
    with pytest.raises(NotAllowed, match="not allowed to write sys_now_assist"):
        _apply(at, _plan(at), ledger)
    assert len(snow.writes()) == 1
    begun, ended = _lines(ledger)
    assert (begun["outcome"], ended["outcome"]) == ("begun", "not confirmed")
    assert "not allowed to write" in ended["error"]


class _Interrupted(Writer):
    """A writer whose user presses Ctrl-C once a value is written."""

    def set(self, change: Change) -> None:
        super().set(change)
        raise KeyboardInterrupt


def test_a_write_that_is_interrupted_is_in_the_ledger(
    snow: SnowInstance, at: Instance, ledger: Ledger
) -> None:
    _break(snow)
    planned = _plan(at)
    with reading(at) as reader, _writing(at) as writer:
        interrupted = _Interrupted(writer._transport)
        with pytest.raises(KeyboardInterrupt):
            next(apply(planned, reader, interrupted, ledger, at, user="the writer"))
    assert len(snow.writes()) == 1
    begun, ended = _lines(ledger)
    assert (begun["outcome"], ended["outcome"]) == ("begun", "not confirmed")
    assert ended["error"] == "KeyboardInterrupt"


def test_what_came_before_a_failure_is_told(
    snow: SnowInstance, at: Instance, ledger: Ledger
) -> None:
    _break(snow)
    planned = _plan(at)
    with reading(at) as reader, _writing(at) as writer:
        applied = apply(planned, reader, writer, ledger, at, user="the writer")
        told = [next(applied).outcome, next(applied).outcome]
        snow.write_denied = True
        with pytest.raises(NotAllowed):
            next(applied)
    assert told == ["written", "written"]


def test_nothing_is_set_that_the_ledger_has_no_room_for(
    snow: SnowInstance, at: Instance, ledger: Ledger
) -> None:
    _break(snow)
    planned = _plan(at)
    with small_files(100), pytest.raises(OutsideError, match="cannot be written"):
        _apply(at, planned, ledger)
    assert snow.writes() == []
    assert ledger.verify() == 0


def test_a_write_whose_outcome_the_ledger_has_no_room_for_is_told(
    snow: SnowInstance, at: Instance, ledger: Ledger
) -> None:
    _set(snow, "sys_properties", "glide.voice.authenticate.mfa_mandatory", "false")
    planned = _plan(at)
    _apply(at, planned, ledger)
    _set(snow, "sys_properties", "glide.voice.authenticate.mfa_mandatory", "false")
    both = ledger.file.stat().st_size
    with (
        small_files(both + both // 2 + 20),
        pytest.raises(OutsideError, match=r"mfa-mandatory is written, but the ledger only has"),
    ):
        _apply(at, planned, ledger)
    assert ledger.verify() == 3
    assert _lines(ledger)[-1]["outcome"] == "begun"


@pytest.mark.parametrize(
    ("table", "name", "column"),
    [
        ("sys_properties", "glide.smtp.active", "value"),
        ("sys_properties", "sn_aia.enable_voice_agent_setup", "name"),
        ("sys_user_role", "sn_voice_aia.admin", "value"),
        ("sys_properties/../sys_user", "sn_aia.enable_voice_agent_setup", "value"),
    ],
)
def test_the_writer_writes_nothing_off_the_list(
    snow: SnowInstance, at: Instance, table: str, name: str, column: str
) -> None:
    change = Change("x", table, "0" * 32, name, column, "a", "b")
    with _writing(at) as writer, pytest.raises(UsageError, match="not on the list"):
        writer.set(change)
    assert snow.requests == []


def test_the_writers_session_can_only_patch_what_is_on_the_list(
    snow: SnowInstance, at: Instance
) -> None:
    with _writing(at) as writer:
        for method, path in (
            ("DELETE", "/api/now/table/sys_properties/x"),
            ("POST", "/api/now/table/sys_properties"),
            ("PATCH", "/api/now/table/sys_user/x"),
            ("GET", "/api/now/table/sys_properties"),
        ):
            with pytest.raises(RuntimeError, match="never allowed"):
                writer._transport.send(method, path, content={})
    assert snow.writes() == []


def test_a_record_that_is_another_by_now_is_left_alone(
    snow: SnowInstance, at: Instance, ledger: Ledger
) -> None:
    _set(snow, "sys_properties", "glide.voice.authenticate.mfa_mandatory", "false")
    planned = _plan(at)
    smtp = next(r for r in snow.tables["sys_properties"] if r["name"] == "glide.smtp.active")
    swapped = replace(planned.changes[0], sys_id=smtp["sys_id"])
    assert smtp["value"] == swapped.old  # so that only the name tells them apart
    (one,) = _apply(at, Plan((swapped,), ()), ledger)
    assert one.outcome == "changed meanwhile"
    assert snow.writes() == []


def test_a_busy_instance_is_waited_for_when_writing_too(
    snow: SnowInstance, at: Instance, ledger: Ledger
) -> None:
    _set(snow, "sys_properties", "glide.voice.authenticate.mfa_mandatory", "false")
    planned = _plan(at)
    snow.interrupts.append(busy("0"))
    assert [one.outcome for one in _apply(at, planned, ledger)] == ["written"]


@pytest.mark.parametrize(
    "env", [{"CI": "true"}, {"CI": "1"}, {"GITHUB_ACTIONS": "true"}, {"JENKINS_URL": "https://ci"}]
)
def test_a_pipeline_is_refused_even_with_a_terminal(env: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="never runs in a pipeline"):
        refuse_pipelines(env, at_terminal=True)


def test_without_a_terminal_it_is_refused() -> None:
    with pytest.raises(UsageError, match="asks a person"):
        refuse_pipelines({}, at_terminal=False)


def test_a_person_at_a_terminal_is_not_refused() -> None:
    refuse_pipelines({"CI": "false", "PATH": "/bin"}, at_terminal=True)


def test_with_a_broken_ledger_nothing_is_written_to_the_instance(
    snow: SnowInstance, at: Instance, ledger: Ledger
) -> None:
    _break(snow)
    ledger.append({"n": "0"})
    ledger.file.write_text(ledger.file.read_text().replace('"n": "0"', '"n": "1"'))
    with pytest.raises(CommandError, match="Line 1"):
        _apply(at, _plan(at), ledger)
    assert snow.writes() == []
