"""The ledger in S3: numbered, chained, one apply at a time, and true about killed runs."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from embedded import Embedded, embedded_aws
from seals import NOW, approved, environment, manifest

from connect_voice import machine, record_store
from connect_voice.approval import Approval, check_approval
from connect_voice.bundle.manifest import Author
from connect_voice.environment import Environment
from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.ledger import Event, Ledger
from connect_voice.ledger_entries import Head
from connect_voice.terraform import Interrupted

WHO = Author("dev-one", "arn:aws:iam::123456789012:user/dev-one")
_NAMES = itertools.count(1)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded_aws(tmp_path_factory.mktemp("aws") / "state") as embedded:
        yield embedded


@dataclass
class Place:
    """An environment with a state bucket of its own."""

    aws: Embedded
    environment: Environment
    session: boto3.Session
    seen: Path
    now: datetime = NOW

    @property
    def s3(self) -> Any:
        return self.aws.client("s3")

    @property
    def bucket(self) -> str:
        return self.environment.state_bucket

    def ledger(self, **options: Any) -> Ledger:
        given = {"who": WHO, "clock": lambda: self.now, "seen": self.seen} | options
        return Ledger(self.environment, self.session, **given)

    def put(self, suffix: str, data: object) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        key = self.environment.state_key + suffix
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=text.encode())

    def set_state(self, serial: int, lineage: str = "lineage") -> None:
        self.put(
            "",
            {"version": 4, "serial": serial, "lineage": lineage, "resources": [], "outputs": {}},
        )

    def lock(self, who: str = "someone@elsewhere") -> None:
        told = {"ID": "0d9c", "Operation": "OperationTypeApply", "Who": who}
        self.put(".tflock", {**told, "Created": "2026-03-02T11:58:01.123456789Z"})

    def events(self) -> list[str]:
        return [entry.event for entry in self.ledger().entries()]

    def listed(self) -> list[str]:
        listed = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return [each["Key"] for each in listed]

    def problems(self) -> list[str]:
        return [problem.message for problem in self.ledger().verify()]

    def approval(self, **changes: Any) -> Approval:
        bundle = manifest(environment=self.environment.name, **changes)
        token = approved(bundle, self.environment)
        return check_approval(token, bundle, self.environment, now=NOW)

    @property
    def manifest(self) -> Any:
        return manifest(environment=self.environment.name)

    def writer(self, what: str, many: int = 1) -> subprocess.Popen[str]:
        line = [sys.executable, str(Path(__file__).with_name("ledger_writer.py"))]
        return subprocess.Popen(
            [*line, self.environment.name, self.aws.endpoint, what, str(many)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "LEDGER_SEEN": str(self.seen)},
        )


@pytest.fixture
def place(aws: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
    found = environment(name=f"prod{next(_NAMES)}")
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    made = Place(aws, found, session, tmp_path / "seen" / "prod.json")
    made.s3.create_bucket(Bucket=made.bucket)
    made.s3.put_bucket_versioning(Bucket=made.bucket, VersioningConfiguration={"Status": "Enabled"})
    return made


def test_it_begins_empty(place: Place) -> None:
    assert place.ledger().head() == ""
    assert place.ledger().entries() == ()
    assert place.ledger().verify() == ()


def test_entries_are_numbered_and_chained(place: Place) -> None:
    first = place.ledger().append(Event.NO_DRIFT, resources=3)
    second = place.ledger().append(Event.DRIFT, resources=3)
    assert [first.number, second.number] == [1, 2]
    assert second.previous == first.hash
    assert place.ledger().head() == second.hash
    assert place.ledger().entries() == (first, second)
    assert place.listed() == [
        f"{place.environment.state_key}.ledger/00000001.json",
        f"{place.environment.state_key}.ledger/00000002.json",
    ]


def test_it_goes_on_past_a_page_of_a_listing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_store, "_PAGE", 3)
    for _ in range(8):
        place.ledger().append(Event.NO_DRIFT)
    assert [entry.number for entry in place.ledger().entries()] == list(range(1, 9))
    assert place.problems() == []


def test_entries_rest_under_the_states_own_key(place: Place) -> None:
    key = place.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    place.environment = replace(place.environment, state_kms_key_id=key)
    place.ledger().append(Event.NO_DRIFT)
    told = place.s3.head_object(Bucket=place.bucket, Key=place.listed()[0])
    assert told["ServerSideEncryption"] == "aws:kms"
    assert told["SSEKMSKeyId"] == key


def test_threads_never_write_over_each_other(place: Place) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: place.ledger().append(Event.NO_DRIFT, n=n), range(24)))
    entries = place.ledger().entries()
    assert sorted(entry.facts["n"] for entry in entries) == list(range(24))  # type: ignore[type-var]
    assert place.problems() == []


def test_one_ledger_can_be_shared_by_threads(place: Place) -> None:
    ledger = place.ledger()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: ledger.append(Event.NO_DRIFT, n=n), range(16)))
    assert len(ledger.entries()) == 16
    assert place.problems() == []


def test_processes_never_write_over_each_other(place: Place) -> None:
    writers = [place.writer("append", 8) for _ in range(3)]
    for writer in writers:
        _, complaints = writer.communicate(timeout=120)
        assert writer.returncode == 0, complaints
    entries = place.ledger().entries()
    assert len(entries) == 24
    assert len({entry.run for entry in entries}) == 3
    assert place.problems() == []


def test_applies_of_several_processes_come_one_after_the_other(place: Place) -> None:
    writers = [place.writer("apply", 3) for _ in range(3)]
    for writer in writers:
        _, complaints = writer.communicate(timeout=120)
        assert writer.returncode == 0, complaints
    events = place.events()
    assert events == ["apply began", "state snapshot", "applied"] * 9
    assert place.problems() == []


def test_an_answer_that_was_lost_makes_no_second_entry(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = place.ledger()
    s3 = ledger._store.s3
    put = s3.put_object

    def lost(**arguments: Any) -> Any:
        put(**arguments)
        return put(**arguments)  # as the client does once no answer came

    monkeypatch.setattr(s3, "put_object", lost)
    assert ledger.append(Event.NO_DRIFT).number == 1
    assert len(place.ledger().entries()) == 1


# What an apply says


def test_an_apply_says_what_it_does_and_what_came_of_it(place: Place) -> None:
    with place.ledger().applying(place.manifest, verdicts={"pass": 40}) as run:
        run.append(Event.SNAPSHOT, serial=7)
        run.facts["created"] = 3
    began, snapshot, applied = place.ledger().entries()
    assert began.event == Event.APPLY_BEGAN
    assert began.facts["change"] == place.manifest.change
    assert began.facts["planned_by"] == "dev-one"
    assert began.facts["verdicts"] == {"pass": 40}
    assert began.who == WHO
    assert [began.open, snapshot.open, applied.open] == [1, 1, 0]
    assert applied.facts == {"began": 1, "created": 3}
    assert {entry.run for entry in (began, snapshot, applied)} == {began.run}


def test_a_destroy_is_told_apart(place: Place) -> None:
    with place.ledger().applying(replace(place.manifest, purpose="destroy")):
        pass
    assert place.events() == ["destroy began", "destroyed"]


ENDS = {
    "failed": OutsideError("terraform apply failed: AccessDenied."),
    "interrupted": KeyboardInterrupt(),
    "stopped": Interrupted("Interrupted: terraform apply has stopped."),
    "broken": RuntimeError("boom"),
}


@pytest.mark.parametrize(("kind", "error"), ENDS.items(), ids=ENDS.keys())
def test_how_it_ended_is_told_and_passed_on(place: Place, kind: str, error: BaseException) -> None:
    with pytest.raises(type(error)), place.ledger().applying(place.manifest):
        raise error
    _, end = place.ledger().entries()
    assert end.event == ("interrupted" if kind in {"interrupted", "stopped"} else "failed")
    assert end.open == 0
    assert str(error) in str(end.facts["reason"])


def test_no_secret_gets_into_it(place: Place) -> None:
    ledger = place.ledger(known_secrets=("correct horse",))
    refused = OutsideError(f"refused: correct horse {'A' * 700} correct horse")
    with pytest.raises(OutsideError), ledger.applying(place.manifest, note="correct horse"):
        raise refused
    for key in place.listed():
        body = place.s3.get_object(Bucket=place.bucket, Key=key)["Body"].read()
        assert b"correct horse" not in body


def test_where_the_end_cannot_be_written_the_error_is_the_one_that_was(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = place.ledger()

    def fail() -> None:
        monkeypatch.setattr(ledger._store, "create", _unreachable)
        raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"), ledger.applying(place.manifest):
        fail()
    assert place.events() == ["apply began"]


def _unreachable(*_: object) -> bool:
    raise OutsideError("S3 cannot be reached.")


# Runs that were killed


def _hang(place: Place) -> subprocess.Popen[str]:
    writer = place.writer("hang")
    assert writer.stdout is not None
    assert writer.stdout.readline() == "began\n"
    return writer


def test_while_one_runs_another_is_refused_with_who_and_since_when(place: Place) -> None:
    writer = _hang(place)
    try:
        with (
            pytest.raises(OutsideError, match=f"writer-{writer.pid} on .* process {writer.pid}"),
            place.ledger().applying(place.manifest),
        ):
            pytest.fail("it began")
    finally:
        writer.communicate("", timeout=30)
    assert place.events() == ["apply began", "applied"]


def test_one_that_was_terminated_says_so_itself(place: Place) -> None:
    writer = _hang(place)
    writer.send_signal(signal.SIGTERM)
    writer.communicate(timeout=30)
    assert place.events() == ["apply began", "interrupted"]


def test_one_that_was_killed_is_called_dead_by_the_next(place: Place) -> None:
    writer = _hang(place)
    writer.kill()
    writer.communicate(timeout=30)
    assert place.events() == ["apply began"]
    with place.ledger().applying(place.manifest):
        pass
    entries = place.ledger().entries()
    assert [entry.event for entry in entries] == ["apply began", "died", "apply began", "applied"]
    assert entries[1].facts["began"] == 1
    assert "its process is gone" in str(entries[1].facts["reason"])
    assert place.problems() == []


def test_one_that_was_killed_is_not_called_dead_while_somebody_holds_the_lock(
    place: Place,
) -> None:
    writer = _hang(place)
    writer.kill()
    writer.communicate(timeout=30)
    place.lock()
    with pytest.raises(OutsideError) as refused, place.ledger().applying(place.manifest):
        pytest.fail("it began")
    said = str(refused.value)
    assert "someone@elsewhere has held the lock" in said
    assert "since 2026-03-02 11:58:01 UTC for an apply (lock 0d9c)" in said
    assert f"make unlock ENV={place.environment.name}" in said
    assert place.events() == ["apply began"]


def _begin_elsewhere(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run on another machine that dies without a word."""
    with monkeypatch.context() as patched:
        patched.setattr(machine, "machine", lambda: "another")
        place.ledger()._begin(Event.APPLY_BEGAN, {})


def test_one_elsewhere_may_be_at_work_for_a_while(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    _begin_elsewhere(place, monkeypatch)
    place.now = NOW + timedelta(minutes=9)
    with (
        pytest.raises(OutsideError, match=r"may be at work .* wait until 12:10 UTC"),
        place.ledger().applying(place.manifest),
    ):
        pytest.fail("it began")
    place.now = NOW + timedelta(minutes=10)
    with place.ledger().applying(place.manifest):
        pass
    assert place.events() == ["apply began", "died", "apply began", "applied"]


def test_somebody_can_say_that_one_is_dead(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    _begin_elsewhere(place, monkeypatch)
    died = place.ledger().close_dead(by_order=True)
    assert died is not None
    assert died.facts["reason"] == "somebody said so"
    assert place.ledger().close_dead() is None
    assert place.ledger().going_on() is None


def test_one_that_was_called_dead_and_lives_still_says_how_it_ended(place: Place) -> None:
    with place.ledger().applying(place.manifest):
        place.ledger().close_dead(by_order=True)
        with place.ledger().applying(place.manifest):
            pass
        ledger = place.ledger()
        ledger._begin(Event.APPLY_BEGAN, {})
    entries = place.ledger().entries()
    assert [entry.event for entry in entries] == [
        *("apply began", "died", "apply began", "applied", "apply began", "applied"),
    ]
    assert entries[-1].facts["began"] == 1
    assert entries[-1].open == 5  # the third is still going on


# Approvals count once


def test_an_approval_is_used_once(place: Place) -> None:
    approval = place.approval()
    with place.ledger().applying(place.manifest, approval):
        pass
    with (
        pytest.raises(CheckFailed, match=r"was used at .* counts once"),
        place.ledger().applying(place.manifest, approval),
    ):
        pytest.fail("it began")
    assert place.events() == [
        *("apply began", "approval used", "applied"),
        *("apply began", "refused"),
    ]


def test_not_even_when_the_state_is_gone(place: Place) -> None:
    approval = place.approval()
    place.set_state(7)
    with place.ledger().applying(place.manifest, approval):
        place.set_state(8)
    place.s3.delete_object(Bucket=place.bucket, Key=place.environment.state_key)
    with (
        pytest.raises(CheckFailed, match="counts once"),
        place.ledger().applying(place.manifest, approval),
    ):
        pytest.fail("it began")


def test_of_many_at_once_one_uses_it(place: Place) -> None:
    approval = place.approval()

    def spend(_: int) -> bool:
        try:
            place.ledger().spend(approval, approval.change)
        except CheckFailed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(8))) == 1


def test_one_of_another_change_is_not_used(place: Place) -> None:
    with pytest.raises(CheckFailed, match="another change"):
        place.ledger().spend(place.approval(), "0" * 64)


@pytest.mark.parametrize("error", [OutsideError("AccessDenied."), KeyboardInterrupt()])
def test_an_apply_that_changed_nothing_gives_it_back(place: Place, error: BaseException) -> None:
    approval = place.approval()
    place.set_state(7)
    for _ in range(2):
        with pytest.raises(type(error)), place.ledger().applying(place.manifest, approval):
            raise error
    with place.ledger().applying(place.manifest, approval):
        place.set_state(8)
    with (
        pytest.raises(CheckFailed, match="counts once"),
        place.ledger().applying(place.manifest, approval),
    ):
        pytest.fail("it began")
    uses = [e.facts["use"] for e in place.ledger().entries() if e.event == "approval used"]
    assert uses == [1, 2, 3]


def test_an_apply_that_failed_part_of_the_way_has_used_it(place: Place) -> None:
    approval = place.approval()
    place.set_state(7)

    def fail() -> None:
        place.set_state(8)
        raise OutsideError("the second of three resources failed.")

    with pytest.raises(OutsideError), place.ledger().applying(place.manifest, approval):
        fail()
    with (
        pytest.raises(CheckFailed, match="counts once"),
        place.ledger().applying(place.manifest, approval),
    ):
        pytest.fail("it began")


def test_an_apply_that_died_has_used_it(place: Place) -> None:
    approval = place.approval()
    ledger = place.ledger()
    run = ledger._begin(Event.APPLY_BEGAN, {})
    ledger._spend(approval, approval.change, run.number)
    place.ledger().close_dead(by_order=True)
    with (
        pytest.raises(CheckFailed, match="counts once"),
        place.ledger().applying(place.manifest, approval),
    ):
        pytest.fail("it began")


def test_a_record_of_its_use_that_cannot_be_read_is_a_use(place: Place) -> None:
    approval = place.approval()
    place.put(f".approvals/{approval.id}.json", "{")
    with pytest.raises(CheckFailed, match="counts once"):
        place.ledger().spend(approval, approval.change)


# What was done to it


def _some(place: Place) -> None:
    for _ in range(3):
        with place.ledger().applying(place.manifest):
            pass
    assert place.problems() == []


def test_an_entry_that_was_written_over_shows(place: Place) -> None:
    _some(place)
    entry = place.ledger().entries()[2]
    place.put(".ledger/00000003.json", replace(entry, host="elsewhere").text())
    problems = place.problems()
    assert "Entry 4 does not follow on entry 3." in problems
    assert "Entry 3 was written more than once, says S3." in problems


def test_a_last_entry_that_was_written_over_shows(place: Place) -> None:
    _some(place)
    entry = place.ledger().entries()[-1]
    place.put(".ledger/00000006.json", replace(entry, event="failed").text())
    problems = place.problems()
    assert "Entry 6 was written more than once, says S3." in problems
    assert any("not the one that this machine has seen" in problem for problem in problems)


def test_a_cut_end_shows_and_stops_the_next_apply(place: Place) -> None:
    _some(place)
    for number in (5, 6):
        key = f"{place.environment.state_key}.ledger/{number:08}.json"
        place.s3.delete_object(Bucket=place.bucket, Key=key)
    problems = place.problems()
    assert "Entry 5 was removed, says S3." in problems
    assert any(p.startswith("The ledger ends at entry 4, but this machine") for p in problems)
    with (
        pytest.raises(CheckFailed, match="which this machine has seen, is gone"),
        place.ledger().applying(place.manifest),
    ):
        pytest.fail("it began")


def test_a_cut_end_shows_by_the_bundles_where_s3_keeps_no_versions(place: Place) -> None:
    head = None
    for _ in range(2):
        with place.ledger().applying(place.manifest):
            pass
        head = head or place.ledger().head()
    last = place.ledger().head()
    known = [Head(0, head, "bundle prod-1"), Head(0, last, "bundle prod-2")]
    versions = place.s3.list_object_versions(Bucket=place.bucket)["Versions"]
    for version in versions:
        if version["Key"].endswith(("03.json", "04.json")):
            place.s3.delete_object(
                Bucket=place.bucket, Key=version["Key"], VersionId=version["VersionId"]
            )
    place.seen.unlink()
    found = place.ledger().verify(known)
    assert [problem.message for problem in found] == [
        "bundle prod-2 was made after an entry that the ledger does not have: it was cut off."
    ]


def test_what_is_no_entry_shows(place: Place) -> None:
    _some(place)
    place.put(".ledger/notes.txt", "x")
    assert place.problems() == ["notes.txt is no entry."]


def test_nothing_is_added_to_a_last_entry_that_cannot_be_read(place: Place) -> None:
    _some(place)
    place.put(".ledger/00000006.json", "{")
    with pytest.raises(CheckFailed, match="entry 6 is cut off or no entry"):
        place.ledger().append(Event.NO_DRIFT)
    with pytest.raises(CheckFailed, match="entry 6 is cut off or no entry"):
        place.ledger().head()


def test_a_loss_can_be_accepted_with_a_reason(place: Place) -> None:
    _some(place)
    place.put(".ledger/00000006.json", "{")
    problems = place.ledger().verify()
    assert problems
    place.ledger().accept(problems, "the bucket was restored from a copy")
    assert place.problems() == []
    with place.ledger().applying(place.manifest):
        pass
    with pytest.raises(CheckFailed, match="entry 6 is cut off"):
        place.ledger().entries()  # it stays what it is
    place.s3.delete_object(
        Bucket=place.bucket, Key=f"{place.environment.state_key}.ledger/00000002.json"
    )
    assert "Entry 2 is missing." in place.problems()


def test_what_this_machine_has_seen_of_another_state_is_no_loss(place: Place) -> None:
    _some(place)
    place.environment = replace(place.environment, state_key="moved.tfstate")
    with place.ledger().applying(place.manifest):
        pass
    assert place.problems() == []


def test_the_embedded_aws_forgets_its_ledger_and_nobody_misses_it(
    place: Place, tmp_path: Path
) -> None:
    folder = tmp_path / "terraform" / "environments" / "local"
    embedded = replace(place.environment, embedded=True, folder=folder)
    kept = replace(place.environment, folder=folder.parent / "prod")
    Ledger(embedded, place.session, who=WHO).append(Event.NO_DRIFT)
    assert not (tmp_path / ".ledger").exists()
    Ledger(kept, place.session, who=WHO).append(Event.NO_DRIFT)
    assert (tmp_path / ".ledger" / f"{kept.name}.json").is_file()


def test_a_bucket_that_refuses_is_said_in_one_sentence(place: Place) -> None:
    place.environment = replace(place.environment, state_bucket="no-such-bucket-here")
    assert place.ledger().head() == ""
    with pytest.raises(OutsideError, match="NoSuchBucket"):
        place.ledger().append(Event.NO_DRIFT)
