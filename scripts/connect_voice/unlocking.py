"""``unlock``: whose lock or run is in the way, whether it is dead, and clearing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import boto3

from connect_voice import machine
from connect_voice.environment import Environment
from connect_voice.errors import OutsideError, UsageError
from connect_voice.ledger import Entry, Event, Ledger
from connect_voice.locks import StateLock, clear_lock, read_lock, running_terraforms

_CLOCKS_APART = timedelta(minutes=1)


@dataclass(frozen=True)
class InTheWay:
    """What keeps the next run from beginning.

    Args:
        lock: on the state; None where nobody holds it.
        began: the entry of a run that has not ended; None where there is none.
        proof: why it is certainly dead; empty where only its owner can know.
    """

    lock: StateLock | None
    began: Entry | None
    proof: str

    @property
    def id(self) -> str:
        """What somebody types who says that it is dead."""
        if self.lock is not None:
            return self.lock.id or "unreadable"
        return self.began.run if self.began is not None else ""

    def lines(self) -> list[str]:
        """Whose it is, since when, from where, a fact a line."""
        told = []
        if self.began is not None:
            process = self.began.facts.get("process")
            told.append(
                f"Entry {self.began.number} of the ledger: {self.began.event} at "
                f"{self.began.at:%Y-%m-%d %H:%M:%S} UTC by {self.began.who.name} on "
                f"{self.began.host} (process {process}, run {self.began.run}), and no end"
            )
        if self.lock is not None:
            since = f" at {self.lock.created:%Y-%m-%d %H:%M:%S} UTC" if self.lock.created else ""
            told.append(
                f"Lock {self.lock.id or 'without an id'}: {self.lock.operation or 'unknown'} by "
                f"{self.lock.who or 'somebody'}{since}"
            )
        return told


@dataclass(frozen=True)
class Cleared:
    """What was cleared."""

    lock: StateLock | None
    died: Entry | None


def look(environment: Environment, session: boto3.Session, ledger: Ledger) -> InTheWay | None:
    """What is in the way of the next run; None where nothing is.

    Raises:
        OutsideError: S3 cannot be reached or refuses.
    """
    lock, began = read_lock(environment, session), ledger.going_on()
    if lock is None and began is None:
        return None
    return InTheWay(lock, began, _proof(environment, lock, began))


def clear(
    environment: Environment,
    session: boto3.Session,
    ledger: Ledger,
    found: InTheWay,
    *,
    ask: Callable[[], str],
) -> Cleared:
    """Clear what is in the way: at once where it is certainly dead, else on its owner's word.

    Args:
        ask: for the id, from whoever says that it is dead.

    Raises:
        UsageError: that was not its id; nothing was cleared.
        OutsideError: it is at work on this machine, or it is another one by now.
    """
    if found.began is not None and machine.lives(dict(found.began.facts)):
        raise OutsideError(
            f"That run is alive: process {found.began.facts.get('process')} on this machine; wait "
            "for it, or interrupt it once and let it end in order."
        )
    if not found.proof:
        typed = ask().strip()
        if typed != found.id:
            raise UsageError(f"That was not {found.id!r}; nothing was cleared.")
    if found.lock is not None:
        clear_lock(environment, session, found.lock)
        reason = found.proof or "its id was typed"
        ledger.append(Event.LOCK_CLEARED, lock=found.lock.to_json(), reason=reason)
    died = ledger.close_dead(by_order=not found.proof) if found.began is not None else None
    return Cleared(found.lock, died)


def _proof(environment: Environment, lock: StateLock | None, began: Entry | None) -> str:
    """Why a run is dead beyond doubt: it ran here, and nothing of it does any more."""
    if began is not None and machine.lives(dict(began.facts)) is not False:
        return ""
    if lock is None:
        return "its process is gone"
    of_this_run = (
        began is not None
        and lock.host == machine.host()
        and lock.created is not None
        and lock.created >= began.at - _CLOCKS_APART
    )
    # Nobody but this machine can have locked what only lives in its memory.
    if not of_this_run and not environment.embedded:
        return ""
    # Orphaned, it goes on until its state is saved.
    return "" if _may_hold(lock, began) else "it ran on this machine, and its Terraform is gone too"


def _may_hold(lock: StateLock, began: Entry | None) -> bool:
    """Whether a Terraform runs here that was there when the lock was taken, and of that run."""
    taken = lock.created.timestamp() + _CLOCKS_APART.total_seconds() if lock.created else None
    since = began.at.timestamp() - _CLOCKS_APART.total_seconds() if began else 0.0
    return any(
        since <= each.started.timestamp() and (taken is None or each.started.timestamp() <= taken)
        for each in running_terraforms()
    )
