"""What a ledger says: entries, each bound to the one before by its hash, and what can be wrong.

Data in, data out; :mod:`connect_voice.ledger` keeps the entries in S3.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from connect_voice.bundle.manifest import Author, digest_of_json
from flowkit.secrets import secrets_in

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

FORMAT = 1
_WITHHELD = "(a secret)"
_LONGEST_REASON = 600  # characters


class Event(StrEnum):
    """What happened."""

    APPLY_BEGAN = "apply began"
    DESTROY_BEGAN = "destroy began"
    APPLIED = "applied"
    DESTROYED = "destroyed"
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    DIED = "died"
    APPROVAL_USED = "approval used"
    OVERRIDE_USED = "override used"
    ROLLBACK = "rollback"
    SNAPSHOT = "state snapshot"
    STATE_RESTORED = "state restored"
    LOCK_CLEARED = "lock cleared"
    DRIFT = "drift found"
    NO_DRIFT = "no drift"
    LOSS_ACCEPTED = "loss accepted"


class EntryError(ValueError):
    """A text is no entry; the message is one sentence."""


@dataclass(frozen=True)
class Entry:
    """One thing that happened.

    Args:
        number: from 1 without a gap.
        previous: the hash of the entry before; empty for the first.
        state: whose ledger it is in, ``s3://<bucket>/<key>``.
        at: UTC, by the clock of whoever wrote it.
        run: a name of its own for every process that writes.
        open: the number of the entry that began what is going on after this one; 0 for nothing.
        host: the machine it was written on.
    """

    number: int
    previous: str
    environment: str
    state: str
    at: datetime
    event: str
    run: str
    open: int
    who: Author
    host: str
    facts: Mapping[str, Json] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """SHA-256 of everything it says."""
        return digest_of_json(self._said())

    def text(self) -> str:
        """The entry's file."""
        return json.dumps({**self._said(), "hash": self.hash}, indent=2, sort_keys=True) + "\n"

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return {**self._said(), "hash": self.hash}

    def _said(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "number": self.number,
            "previous": self.previous,
            "environment": self.environment,
            "state": self.state,
            "at": self.at.isoformat(),
            "event": str(self.event),
            "run": self.run,
            "open": self.open,
            "who": {
                "name": self.who.name,
                "identity": self.who.identity,
                "commit_author": self.who.commit_author,
            },
            "host": self.host,
            "facts": dict(self.facts),
        }


def parse_entry(text: str) -> Entry:
    """An entry from its file.

    Raises:
        EntryError: it is cut off, of another format, none at all, or not as it was written.
    """
    try:
        data = json.loads(text)
        _check_format(data["format"])
        entry = Entry(
            number=int(data["number"]),
            previous=str(data["previous"]),
            environment=str(data["environment"]),
            state=str(data["state"]),
            at=datetime.fromisoformat(data["at"]),
            event=str(data["event"]),
            run=str(data["run"]),
            open=int(data["open"]),
            who=Author(**data["who"]),
            host=str(data["host"]),
            facts=dict(data["facts"]),
        )
        written = entry.text()
    except EntryError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise EntryError("is cut off or no entry") from None
    # Whatever is not part of what was hashed has no business in it either.
    if text != written:
        raise EntryError("was changed after it was written")
    return entry


def _check_format(found: object) -> None:
    if found != FORMAT:
        raise EntryError(f"has format {found!r}, not {FORMAT}")


@dataclass(frozen=True)
class Problem:
    """What is wrong with a ledger.

    Args:
        id: the same for the same problem, so that it can be accepted.
        number: of the entry; 0 where it is not about one.
    """

    id: str
    number: int
    message: str


@dataclass(frozen=True)
class Head:
    """An entry that somebody has seen.

    Args:
        number: 0 where only the hash is known.
        where: who has it, for the message.
    """

    number: int
    hash: str
    where: str


def find_problems(
    texts: Mapping[int, str], *, environment: str, state: str, heads: Collection[Head] = ()
) -> tuple[Problem, ...]:
    """Everything that shows a ledger is not what it was.

    Args:
        texts: the entries' files by their numbers.
        state: the ledger's own, ``s3://<bucket>/<key>``.
        heads: entries that were seen earlier, here or in a bundle.
    """
    problems: list[Problem] = []

    def found(kind: str, number: int, what: str, of: str = "") -> None:
        problems.append(Problem(f"{kind}-{number}-{of[:12]}".rstrip("-"), number, what))

    entries: dict[int, Entry] = {}
    for number in range(1, max(texts, default=0) + 1):
        text = texts.get(number)
        if text is None:
            found("missing", number, f"Entry {number} is missing.")
            continue
        try:
            entry = parse_entry(text)
        except EntryError as error:
            found("changed", number, f"Entry {number} {error}.", raw_hash(text))
            continue
        entries[number] = entry
        if entry.number != number:
            found("moved", number, f"Entry {number} was written as number {entry.number}.")
        if entry.environment != environment or entry.state != state:
            found("foreign", number, f"Entry {number} is of {entry.environment}'s ledger.")
        before = texts.get(number - 1)
        if number == 1 and entry.previous:
            found("cut", 1, "Entry 1 follows on another, which is gone.", entry.previous)
        elif before is not None and entry.previous != hash_of(before):
            found(
                "link", number, f"Entry {number} does not follow on entry {number - 1}.", entry.hash
            )
    problems += _lost_heads(entries, heads)
    accepted = _accepted(entries.values())
    return tuple(problem for problem in problems if problem.id not in accepted)


def _lost_heads(entries: Mapping[int, Entry], heads: Collection[Head]) -> list[Problem]:
    by_hash = {entry.hash for entry in entries.values()}
    last = max(entries, default=0)
    problems = []
    for head in heads:
        if not head.hash or head.hash in by_hash:
            continue
        if head.number > last:
            what = f"The ledger ends at entry {last}, but {head.where} has seen entry {head.number}"
        elif head.number:
            what = f"Entry {head.number} is not the one that {head.where} has seen"
        else:
            what = f"{head.where} was made after an entry that the ledger does not have"
        problems.append(
            Problem(f"lost-{head.number}-{head.hash[:12]}", head.number, f"{what}: it was cut off.")
        )
    return problems


def _accepted(entries: Collection[Entry]) -> set[str]:
    found: set[str] = set()
    for entry in entries:
        listed = entry.facts.get("problems")
        if entry.event == Event.LOSS_ACCEPTED and isinstance(listed, list):
            found |= {str(one) for one in listed}
    return found


def hash_of(text: str) -> str:
    """The hash that the entry after this one carries, also where this one was changed."""
    try:
        return parse_entry(text).hash
    except EntryError:
        return raw_hash(text)


def raw_hash(text: str) -> str:
    """SHA-256 of a text as it is."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def without_secrets(value: Json, known: Collection[str] = ()) -> Json:
    """Facts that may be kept for ever.

    Args:
        known: secrets of the run; whatever else looks like one goes as well.
    """
    if isinstance(value, str):
        for secret in sorted(filter(None, known), key=len, reverse=True):
            value = value.replace(secret, _WITHHELD)
        for secret_in in reversed(secrets_in(value)):
            start, end = secret_in.span
            value = value[:start] + _WITHHELD + value[end:]
        return value
    if isinstance(value, Mapping):
        return {str(key): without_secrets(each, known) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [without_secrets(each, known) for each in value]
    return value


def reason_of(text: str, error: BaseException) -> str:
    """Why something ended, for an entry.

    Args:
        text: the error's, without secrets.
    """
    told = " ".join(text.split()) or type(error).__name__
    return told if len(told) <= _LONGEST_REASON else f"{told[:_LONGEST_REASON]} …"
