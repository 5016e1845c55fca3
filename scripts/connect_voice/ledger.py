"""The ledger of an environment: who did what to it, when, and what came of it.

Entries are objects beside the state, numbered without a gap, each bound to the one before by its
hash. S3 makes each number once, so two machines cannot write the same one, and "apply began" is
only written while nothing else is going on: the ledger is also what keeps two applies apart before
Terraform has its lock.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import boto3

from connect_voice import machine
from connect_voice.approval import Approval
from connect_voice.bundle.manifest import Author, BundleManifest, utc_now
from connect_voice.environment import Environment
from connect_voice.errors import CheckFailed, CommandError, OutsideError
from connect_voice.ledger_entries import (
    Entry,
    EntryError,
    Event,
    Head,
    Json,
    Problem,
    find_problems,
    hash_of,
    parse_entry,
    raw_hash,
    reason_of,
    without_secrets,
)
from connect_voice.locks import read_lock
from connect_voice.record_store import RecordStore
from connect_voice.state import read_state
from connect_voice.terraform import Interrupted

__all__ = ["Entry", "Event", "Ledger", "Problem", "Run"]

_NAME = re.compile(r"(\d{8})\.json")
_TRIES = 200  # to be next; every try that fails is somebody else's entry
_USES = 50  # of one approval, each of which came to nothing
_READERS = 8
# Before its Terraform has the lock, and after, a run only reads and writes a few objects.
_UNLOCKED = timedelta(minutes=10)
_HELD_BACK = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ENDS = {Event.APPLIED, Event.DESTROYED, Event.REFUSED, Event.FAILED, Event.INTERRUPTED}


@dataclass
class Run:
    """An apply that is going on.

    Args:
        number: of the entry that began it.
        facts: what the entry that ends it will say; add to it.
        refused: whether it is not to go on.
    """

    ledger: Ledger
    number: int
    facts: dict[str, Json] = field(default_factory=dict)
    refused: bool = False

    def append(self, event: str, **facts: Json) -> Entry:
        """Say what else has happened."""
        return self.ledger.append(event, **facts)


@dataclass(frozen=True)
class _Tail:
    """The last entry, as far as the next one needs it."""

    number: int = 0
    hash: str = ""
    open: int = 0


class Ledger:
    """The ledger of one environment, for one run.

    Args:
        who: on whose behalf entries are written.
        known_secrets: values that must not get into an entry, whatever somebody's error says.
        clock: UTC.
        seen: where this machine keeps the last entry that it has seen; by default .ledger/ of the
            checkout. The embedded AWS forgets its ledger when it stops, so none is kept of that.
    """

    def __init__(
        self,
        environment: Environment,
        session: boto3.Session,
        *,
        who: Author,
        known_secrets: Collection[str] = (),
        clock: Callable[[], datetime] = utc_now,
        seen: Path | None = None,
    ) -> None:
        self.environment = environment
        self.run = secrets.token_hex(8)
        self._who = who
        self._secrets = tuple(known_secrets)
        self._clock = clock
        self._session = session
        self._store = RecordStore(environment, session)
        self._state = f"s3://{environment.state_bucket}/{environment.state_key}"
        self._prefix = f"{environment.state_key}.ledger/"
        self._turn = threading.RLock()
        if seen is None and not environment.embedded:
            # terraform/environments/<name>
            seen = environment.folder.parents[2] / ".ledger" / f"{environment.name}.json"
        self._seen = seen

    # What it says

    def head(self) -> str:
        """The hash of the last entry; empty at the start.

        Raises:
            OutsideError: S3 cannot be reached or refuses.
        """
        return self._tail().hash

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, oldest first.

        Raises:
            CheckFailed: one cannot be read or was changed.
            OutsideError: S3 cannot be reached or refuses.
        """
        return tuple(self._parsed(number, text) for number, text in sorted(self._texts().items()))

    def verify(self, heads: Collection[Head] = ()) -> tuple[Problem, ...]:
        """What shows that the ledger is not what it was; nothing where it is.

        Args:
            heads: entries that were seen elsewhere: every bundle has one.

        Raises:
            OutsideError: S3 cannot be reached or refuses.
        """
        seen = self._read_seen()
        known = [*heads, *([seen] if seen else [])]
        texts = self._texts()
        found = find_problems(
            texts, environment=self.environment.name, state=self._state, heads=known
        )
        accepted = self._accepted_keys(texts)
        strange = [one for one in self._strange_objects() if one.id not in accepted]
        return (*found, *strange)

    # What is added to it

    def append(self, event: str, **facts: Json) -> Entry:
        """Add an entry.

        Args:
            event: one of :class:`Event`.
            facts: what is worth keeping; what looks like a secret is left out.

        Raises:
            CheckFailed: the last entry is not as it was written.
            OutsideError: S3 cannot be reached or refuses.
        """
        return self._add(event, facts, lambda tail: tail.open)

    def accept(self, problems: Sequence[Problem], reason: str) -> Entry:
        """Go on with a ledger that has lost something, and say so in it for good.

        Raises:
            OutsideError: S3 cannot be reached or refuses.
        """
        if self._seen is not None:
            self._seen.unlink(missing_ok=True)
        facts: dict[str, Json] = {
            "reason": reason,
            "problems": [problem.id for problem in problems],
            "said": [problem.message for problem in problems],
        }
        return self._add(Event.LOSS_ACCEPTED, facts, lambda tail: tail.open, whatever=True)

    def spend(self, approval: Approval, change: str) -> None:
        """Use an approval, which can be done once, whatever machine it is done on.

        An apply that failed or was interrupted and has left the state exactly as it found it gives
        its approval back. One that died has not said what it did, and has used it up.

        Raises:
            CheckFailed: it was used before, or is of another change.
            OutsideError: S3 cannot be reached or refuses.
        """
        self._spend(approval, change, began=0)

    @contextmanager
    def applying(
        self,
        manifest: BundleManifest,
        approval: Approval | None = None,
        **facts: Json,
    ) -> Iterator[Run]:
        """Apply a bundle in this context: that it began is written before, how it ended after.

        A run that was killed cannot write its end; the next one to begin does, as "died".

        Args:
            approval: is used up here.
            facts: what else the entry shall say: counts of verdicts, overrides, the bundle.

        Raises:
            CheckFailed: the approval was used before, or the ledger is not what it was.
            OutsideError: another run is at work, or may be; or S3 cannot be reached.
        """
        destroys = manifest.purpose == "destroy"
        before = self._mark()
        run = self._begin(
            Event.DESTROY_BEGAN if destroys else Event.APPLY_BEGAN,
            {**_told(manifest, approval), **facts},
        )
        try:
            if approval is not None:
                run.refused = True
                self._spend(approval, manifest.change, began=run.number)
                run.refused = False
            yield run
        except BaseException as error:
            with _no_signals(), suppress(CommandError):  # the next run tells that this one died
                self._end(run, _kind(error, run), error, before)
            raise
        with _no_signals():
            self._end(run, Event.DESTROYED if destroys else Event.APPLIED, None, before)

    def close_dead(self, *, by_order: bool = False) -> Entry | None:
        """Write the end of a run that could not.

        Args:
            by_order: somebody has said that it is dead; else it is looked at from here.

        Returns:
            the entry; None where nothing was going on.

        Raises:
            OutsideError: it is at work, or may be.
        """
        while True:
            tail = self._tail()
            if not tail.open:
                return None
            began = self._entry(tail.open)
            reason = "somebody said so" if by_order else self._why_dead(began)
            facts: dict[str, Json] = {"began": began.number, "run_that_died": began.run}
            facts["reason"] = reason
            with suppress(_Moved):
                return self._write(tail, Event.DIED, facts, still_open=0)

    def going_on(self) -> Entry | None:
        """The entry that began what has not ended; None where nothing is going on."""
        number = self._tail().open
        return self._entry(number) if number else None

    # How it is done

    def _begin(self, event: str, facts: Mapping[str, Json]) -> Run:
        self._refuse_lost()
        for _ in range(_TRIES):
            self.close_dead()
            tail = self._tail()
            if tail.open:
                continue  # somebody has begun since; look whether that one lives
            with suppress(_Moved):
                process: Mapping[str, Json] = machine.this_process()
                entry = self._write(tail, event, {**facts, **process}, still_open=tail.number + 1)
                return Run(self, entry.number)
        raise OutsideError(
            f"The ledger of {self.environment.name} has no end of new entries; try again later."
        )

    def _end(self, run: Run, event: Event, error: BaseException | None, before: object) -> None:
        facts = dict(run.facts)
        facts["began"] = run.number
        if error is not None:
            facts["reason"] = self._reason(error)
            facts["state_unchanged"] = self._is(before)
        self._add(event, facts, lambda tail: 0 if tail.open == run.number else tail.open)

    def _reason(self, error: BaseException) -> str:
        return reason_of(str(without_secrets(str(error), self._secrets)), error)

    def _mark(self) -> tuple[str, int] | None:
        state = read_state(self.environment, self._session)
        return (state.lineage, state.serial) if state else None

    def _is(self, before: object) -> bool:
        try:
            return self._mark() == before
        except CommandError:
            return False  # nobody knows, so it counts as changed

    def _add(
        self,
        event: str,
        facts: Mapping[str, Json],
        still_open: Callable[[_Tail], int],
        *,
        whatever: bool = False,
    ) -> Entry:
        for _ in range(_TRIES):
            with suppress(_Moved):
                tail = self._tail(whatever=whatever)
                return self._write(tail, event, facts, still_open=still_open(tail))
        raise OutsideError(
            f"The ledger of {self.environment.name} has no end of new entries; try again later."
        )

    def _write(
        self, tail: _Tail, event: str, facts: Mapping[str, Json], *, still_open: int
    ) -> Entry:
        cleaned = without_secrets(dict(facts), self._secrets)
        entry = Entry(
            number=tail.number + 1,
            previous=tail.hash,
            environment=self.environment.name,
            state=self._state,
            at=self._clock(),
            event=str(event),
            run=self.run,
            open=still_open,
            who=self._who,
            host=machine.host(),
            facts=cleaned if isinstance(cleaned, Mapping) else {},
        )
        with self._turn:
            if not self._store.create(self._key(entry.number), entry.text()):
                raise _Moved
            self._keep_seen(_Tail(entry.number, entry.hash))
        return entry

    def _tail(self, *, whatever: bool = False) -> _Tail:
        listed = self._store.listed(self._prefix)
        numbers = [number for each in listed if (number := self._number(each.key))]
        last = max(numbers, default=0)
        if not last:
            return _Tail()
        text = self._store.read(self._key(last))
        if text is None:
            raise OutsideError(f"Entry {last} of the ledger went while it was read; try again.")
        if whatever:
            with suppress(EntryError):
                return _Tail(last, hash_of(text), parse_entry(text).open)
            return _Tail(last, raw_hash(text))
        entry = self._parsed(last, text)
        tail = _Tail(last, entry.hash, entry.open)
        self._keep_seen(tail)
        return tail

    def _texts(self) -> dict[int, str]:
        listed = self._store.listed(self._prefix)
        numbers = [number for each in listed if (number := self._number(each.key))]
        self._store.s3  # noqa: B018 (made here: making clients is not safe in threads)
        with ThreadPoolExecutor(max_workers=_READERS) as pool:
            texts = pool.map(lambda number: self._store.read(self._key(number)), numbers)
            return {
                number: text
                for number, text in zip(numbers, texts, strict=True)
                if text is not None
            }

    def _entry(self, number: int) -> Entry:
        text = self._store.read(self._key(number))
        if text is None:
            raise CheckFailed(self._broken(f"entry {number} is missing"))
        return self._parsed(number, text)

    def _parsed(self, number: int, text: str) -> Entry:
        try:
            return parse_entry(text)
        except EntryError as error:
            raise CheckFailed(self._broken(f"entry {number} {error}")) from None

    def _broken(self, what: str) -> str:
        name = self.environment.name
        return (
            f"The ledger of {name} is not what it was: {what}; see `make ledger ENV={name}` and "
            "docs/runbook.md."
        )

    def _key(self, number: int) -> str:
        return f"{self._prefix}{number:08}.json"

    def _number(self, key: str) -> int:
        match = _NAME.fullmatch(key.removeprefix(self._prefix))
        return int(match[1]) if match else 0

    # Runs that have not ended

    def _why_dead(self, began: Entry) -> str:
        """Why a run that has not ended is dead.

        Raises:
            OutsideError: it is at work, or may be.
        """
        name = self.environment.name
        who = f"{began.who.name} on {began.host}"
        since = f"since {began.at:%Y-%m-%d %H:%M:%S} UTC"
        lives = machine.lives(dict(began.facts))
        if lives:
            process = began.facts.get("process")
            raise OutsideError(
                f"Another run is at work on {name}: {who}, {since}, process {process} on this "
                "machine; wait for it."
            )
        lock = read_lock(self.environment, self._session)
        if lock is not None:
            raise OutsideError(lock.explained(name))
        until = began.at + _UNLOCKED
        if lives is None and self._clock() < until:
            raise OutsideError(
                f"Another run may be at work on {name}: {who}, {since}; wait until "
                f"{until:%H:%M} UTC, or, when it is dead, say so with `make unlock ENV={name}`."
            )
        gone = "its process is gone" if lives is False else "it has been silent for long"
        return f"{gone} and nobody holds the lock on the state"

    # Approvals that were used

    def _spend(self, approval: Approval, change: str, began: int) -> None:
        if approval.change != change:
            raise CheckFailed("The approval is of another change; approve this bundle.")
        record: dict[str, Json] = {
            "approval": approval.to_json(),
            "run": self.run,
            "began": began,
            "at": self._clock().isoformat(),
            "by": self._who.name,
            "host": machine.host(),
        }
        for use in range(1, _USES):
            again = f"-{use}" if use > 1 else ""
            key = f"{self.environment.state_key}.approvals/{approval.id}{again}.json"
            text = json.dumps({**record, "use": use}, indent=2, sort_keys=True) + "\n"
            if self._store.create(key, text):
                facts: dict[str, Json] = {"approval": approval.to_json(), "use": use}
                self.append(Event.APPROVAL_USED, **facts)
                return
            self._refuse_used(approval, self._store.read(key) or "")
        raise CheckFailed("The approval was used too often to no end; approve again.")

    def _refuse_used(self, approval: Approval, text: str) -> None:
        """Refuse an approval unless the run that used it gave it back."""
        try:
            earlier = json.loads(text)
            run, began, at = str(earlier["run"]), int(earlier["began"]), str(earlier["at"])
        except (ValueError, KeyError, TypeError):
            run, began, at = "", 0, "some time"
        if began and self._gave_back(run, began):
            return
        raise CheckFailed(
            f"The approval by {approval.approver} was used at {at} (entry {began or 'unknown'} of "
            "the ledger) and counts once; approve again."
        )

    def _gave_back(self, run: str, began: int) -> bool:
        for number in range(began, self._tail().number + 1):
            entry = self._entry(number)
            if entry.facts.get("run_that_died") == run:
                return False
            if entry.run == run and entry.event in _ENDS:
                return (
                    entry.event in {Event.FAILED, Event.INTERRUPTED}
                    and entry.facts.get("state_unchanged") is True
                )
        return False

    # What was seen before

    def _refuse_lost(self) -> None:
        seen = self._read_seen()
        if seen is None:
            return
        text = self._store.read(self._key(seen.number))
        if text is None or hash_of(text) != seen.hash:
            raise CheckFailed(
                self._broken(f"entry {seen.number}, which this machine has seen, is gone")
            )

    def _read_seen(self) -> Head | None:
        if self._seen is None:
            return None
        try:
            data = json.loads(self._seen.read_text(encoding="utf-8"))
            if data["state"] != self._state:
                return None  # the environment keeps its state somewhere else by now
            return Head(int(data["number"]), str(data["hash"]), "this machine")
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _keep_seen(self, tail: _Tail) -> None:
        if self._seen is None:
            return
        with self._turn:
            before = self._read_seen()
            if before is not None and before.number >= tail.number:
                return
            data = {"state": self._state, "number": tail.number, "hash": tail.hash}
            with suppress(OSError):  # a witness is welcome, nothing hangs on it
                self._seen.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                new = self._seen.with_name(f"{self._seen.name}.{os.getpid()}")
                new.write_text(json.dumps(data) + "\n", encoding="utf-8")
                new.replace(self._seen)

    def _strange_objects(self) -> list[Problem]:
        """What only S3 knows: entries that were written over or removed, and objects that are no
        entries. S3 keeps every version where the bucket is versioned."""
        problems = []
        for each in self._store.listed(self._prefix):
            if not self._number(each.key):
                name = each.key.removeprefix(self._prefix)
                problems.append(Problem(f"strange-{name}", 0, f"{name} is no entry."))
        versions = self._store.versions(self._prefix) or []
        count: dict[str, int] = {}
        removed: set[str] = set()
        for version in versions:
            if version.deletes:
                removed.add(version.key)
            else:
                count[version.key] = count.get(version.key, 0) + 1
        for key in sorted(removed | {key for key, many in count.items() if many > 1}):
            number = self._number(key)
            if number:
                what = "removed" if key in removed else "written more than once"
                problems.append(
                    Problem(f"versions-{number}", number, f"Entry {number} was {what}, says S3.")
                )
        return problems

    @staticmethod
    def _accepted_keys(texts: Mapping[int, str]) -> set[str]:
        found: set[str] = set()
        for text in texts.values():
            with suppress(EntryError):
                entry = parse_entry(text)
                listed = entry.facts.get("problems")
                if entry.event == Event.LOSS_ACCEPTED and isinstance(listed, list):
                    found |= {str(one) for one in listed}
        return found


class _Moved(Exception):  # noqa: N818 (caught where it is made)
    """Somebody else has written the entry of this number."""


def _told(manifest: BundleManifest, approval: Approval | None) -> dict[str, Json]:
    state = manifest.state
    return {
        "purpose": manifest.purpose,
        "change": manifest.change,
        "digest": manifest.digest,
        "summary": manifest.summary,
        "commit": manifest.commit.sha if manifest.commit else None,
        "planned_by": manifest.author.name,
        "planned_at": manifest.made_at.isoformat(),
        "state": {"lineage": state.lineage, "serial": state.serial} if state else None,
        "lambdas": dict(manifest.lambdas),
        "approval": approval.to_json() if approval else None,
    }


def _kind(error: BaseException, run: Run) -> Event:
    if isinstance(error, KeyboardInterrupt | Interrupted):
        return Event.INTERRUPTED
    return Event.REFUSED if run.refused and isinstance(error, CheckFailed) else Event.FAILED


@contextmanager
def _no_signals() -> Iterator[None]:
    """What has happened is written down first; who interrupts waits a moment."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
