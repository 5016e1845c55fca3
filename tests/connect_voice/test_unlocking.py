"""Whose lock is in the way is said, and a dead one is cleared; one that may live is not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import boto3
import pytest
from seals import NOW, environment, state_bucket

from connect_voice import machine, unlocking
from connect_voice.bundle.manifest import Author
from connect_voice.errors import OutsideError, UsageError
from connect_voice.ledger import Event, Ledger
from connect_voice.locks import (
    Running,
    _elapsed,
    clear_lock,
    lock_in_diagnostic,
    parse_lock,
    read_lock,
)
from connect_voice.terraform import failure

PLACE = environment()
WHO = Author("dev-one", "arn:aws:iam::123456789012:user/dev-one")
DETAIL = (
    "Error message: operation error S3: PutObject, https response error StatusCode: 412\n\n"
    "Lock Info:\n  ID:        9b3f1c4e-1a2b-0000-0000-000000000000\n"
    "  Path:      prod-state/prod.tfstate\n  Operation: OperationTypeApply\n"
    "  Who:       dev one@build-42\n  Version:   1.11.0\n"
    "  Created:   2026-03-02 11:58:01.123456789 +0000 UTC\n  Info:      \n\n\n"
    "Terraform acquires a state lock to protect the state from being written by several users."
)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    monkeypatch.setattr(unlocking, "running_terraforms", lambda: ())
    with state_bucket() as made:
        yield made


@pytest.fixture
def ledger(session: boto3.Session, tmp_path: Path) -> Ledger:
    return Ledger(PLACE, session, who=WHO, clock=lambda: NOW, seen=tmp_path / "seen.json")


def lock(session: boto3.Session, host: str, created: str = "2026-03-02T12:00:05.5Z") -> None:
    told = {"ID": "0d9c", "Operation": "OperationTypeApply", "Who": f"dev-one@{host}"}
    body = json.dumps({**told, "Created": created}).encode()
    session.client("s3").put_object(
        Bucket=PLACE.state_bucket, Key=f"{PLACE.state_key}.tflock", Body=body
    )


def begin(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, **process: Any) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(machine, "this_process", lambda: process)
        ledger._begin(Event.APPLY_BEGAN, {})


def dead() -> dict[str, Any]:
    """A process that has ended."""
    with subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        told = {"process": process.pid, "process_started": machine.started(process.pid)}
        process.communicate(b"\n")
    assert told["process_started"]
    return {**told, "machine": machine.machine()}


def nobody() -> NoReturn:
    pytest.fail("somebody was asked")


def look(session: boto3.Session, ledger: Ledger) -> unlocking.InTheWay:
    found = unlocking.look(PLACE, session, ledger)
    assert found is not None
    return found


def test_nothing_in_the_way_is_nothing(session: boto3.Session, ledger: Ledger) -> None:
    assert unlocking.look(PLACE, session, ledger) is None


def test_a_dead_run_of_this_machine_and_its_lock_are_cleared_at_once(
    session: boto3.Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(ledger, monkeypatch, **dead())
    lock(session, machine.host())
    found = look(session, ledger)
    assert "dev-one on" in found.lines()[0]
    assert "Lock 0d9c: OperationTypeApply by dev-one@" in found.lines()[1]
    cleared = unlocking.clear(PLACE, session, ledger, found, ask=nobody)
    assert cleared.died is not None
    assert read_lock(PLACE, session) is None
    assert [e.event for e in ledger.entries()] == ["apply began", "lock cleared", "died"]
    assert unlocking.look(PLACE, session, ledger) is None


def test_while_a_terraform_runs_here_somebody_has_to_say_so(
    session: boto3.Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unlocking, "running_terraforms", lambda: (Running(4711, NOW),))
    begin(ledger, monkeypatch, **dead())
    lock(session, machine.host())
    found = look(session, ledger)
    assert found.proof == ""
    with pytest.raises(UsageError, match="nothing was cleared"):
        unlocking.clear(PLACE, session, ledger, found, ask=lambda: "yes")
    assert read_lock(PLACE, session) is not None
    cleared = unlocking.clear(PLACE, session, ledger, found, ask=lambda: "0d9c\n")
    assert cleared.lock is not None


@pytest.mark.parametrize("minutes", [-30, 30])
def test_a_terraform_of_another_time_is_not_the_dead_runs(
    session: boto3.Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    other = Running(4711, NOW + timedelta(minutes=minutes))
    monkeypatch.setattr(unlocking, "running_terraforms", lambda: (other,))
    begin(ledger, monkeypatch, **dead())
    lock(session, machine.host())
    assert look(session, ledger).proof


def test_how_long_a_process_runs_is_read_as_ps_writes_it() -> None:
    assert _elapsed("00:05") == timedelta(seconds=5)
    assert _elapsed("01:02:03") == timedelta(hours=1, minutes=2, seconds=3)
    assert _elapsed("2-01:02:03") == timedelta(days=2, hours=1, minutes=2, seconds=3)


@pytest.mark.parametrize(
    ("host", "created"), [("elsewhere", "2026-03-02T12:00:05Z"), ("", "2026-03-02T11:00:00Z")]
)
def test_a_lock_of_somebody_else_is_not_the_dead_runs(
    session: boto3.Session,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    created: str,
) -> None:
    begin(ledger, monkeypatch, **dead())
    lock(session, host or machine.host(), created)
    assert look(session, ledger).proof == ""


def test_a_lock_without_a_run_takes_its_id(session: boto3.Session, ledger: Ledger) -> None:
    lock(session, machine.host())
    found = look(session, ledger)
    assert (found.id, found.proof) == ("0d9c", "")
    unlocking.clear(PLACE, session, ledger, found, ask=lambda: "0d9c")
    (entry,) = ledger.entries()
    assert entry.event == "lock cleared"
    assert entry.facts["lock"] == {
        "id": "0d9c",
        "operation": "OperationTypeApply",
        "who": f"dev-one@{machine.host()}",
        "created": "2026-03-02T12:00:05.500000+00:00",
    }


def test_the_laptops_own_lock_needs_no_id(session: boto3.Session, ledger: Ledger) -> None:
    lock(session, machine.host())
    found = unlocking.look(replace(PLACE, embedded=True), session, ledger)
    assert found is not None
    assert found.proof


def test_a_run_elsewhere_takes_its_id(
    session: boto3.Session, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(ledger, monkeypatch, machine="another", process=1, process_started="1")
    found = look(session, ledger)
    assert (found.lock, found.proof, found.id) == (None, "", ledger.run)
    cleared = unlocking.clear(PLACE, session, ledger, found, ask=lambda: ledger.run)
    assert cleared.died is not None
    assert cleared.died.facts["reason"] == "somebody said so"


def test_a_run_that_lives_is_never_cleared(session: boto3.Session, ledger: Ledger) -> None:
    ledger._begin(Event.APPLY_BEGAN, {})
    lock(session, machine.host())
    found = look(session, ledger)
    with pytest.raises(OutsideError, match="That run is alive: process"):
        unlocking.clear(PLACE, session, ledger, found, ask=lambda: "0d9c")
    assert read_lock(PLACE, session) is not None


def test_a_lock_that_was_taken_anew_meanwhile_stays(session: boto3.Session, ledger: Ledger) -> None:
    lock(session, "elsewhere")
    found = look(session, ledger)
    lock(session, "elsewhere", "2026-03-02T12:30:00Z")
    with pytest.raises(OutsideError, match="another one by now"):
        unlocking.clear(PLACE, session, ledger, found, ask=lambda: "0d9c")
    assert read_lock(PLACE, session) is not None


def test_a_lock_that_went_by_itself_is_no_error(session: boto3.Session) -> None:
    lock(session, "elsewhere")
    found = read_lock(PLACE, session)
    assert found is not None
    session.client("s3").delete_object(Bucket=PLACE.state_bucket, Key=f"{PLACE.state_key}.tflock")
    clear_lock(PLACE, session, found)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"'])
def test_a_lock_that_cannot_be_read_locks_all_the_same(text: str) -> None:
    found = parse_lock(text, "etag")
    assert (found.id, found.etag) == ("", "etag")
    assert "make unlock ENV=prod" in found.explained("prod")


def test_what_terraform_says_of_a_lock_becomes_who_when_and_what_to_do() -> None:
    events = [
        {
            "type": "diagnostic",
            "diagnostic": {
                "severity": "error",
                "summary": "Error acquiring the state lock",
                "detail": DETAIL,
            },
        }
    ]
    assert str(failure("plan", 1, events, "", "prod")) == (
        "dev one@build-42 has held the lock on the state of prod since 2026-03-02 11:58:01 UTC for "
        "an apply (lock 9b3f1c4e-1a2b-0000-0000-000000000000); wait for it, or, when that run is "
        "dead, clear it with `make unlock ENV=prod`."
    )
    plain = str(failure("state push", 1, [], f"Error: Error acquiring the state lock\n{DETAIL}"))
    assert plain.startswith("dev one@build-42 has held the lock")


def test_a_lock_that_terraform_does_not_describe_is_said_all_the_same() -> None:
    assert lock_in_diagnostic("AccessDenied") is None
    said = str(
        failure("plan", 1, [], "Error: Error acquiring the state lock: AccessDenied", "prod")
    )
    assert "AccessDenied" in said
    assert "make unlock ENV=prod" in said


def test_the_time_in_a_diagnostic_is_read() -> None:
    found = lock_in_diagnostic(" ".join(DETAIL.split()))
    assert found is not None
    assert found.created == datetime(2026, 3, 2, 11, 58, 1, 123456, UTC)
    assert found.who == "dev one@build-42"
