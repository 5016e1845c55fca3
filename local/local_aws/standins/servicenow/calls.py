"""The calls ServiceNow has been told of, from the call context to the end of the agent's leg."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Call:
    """One call.

    ``interaction_id`` is the sys_id of the interaction ServiceNow keeps for it; ``ended_at`` is in
    seconds since the epoch, None while the AI agent talks.
    """

    contact_id: str
    interaction_id: str
    ended_at: float | None = None


class Calls:
    """All calls, by contact id, in the order in which they were announced."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: dict[str, Call] = {}

    def announce(self, contact_id: str) -> None:
        """A call context was asked for; asking again (a retry) changes nothing."""
        with self._lock:
            self._calls.setdefault(contact_id, Call(contact_id, secrets.token_hex(16)))

    def end(self, contact_id: str) -> bool:
        """The AI agent hung up; the first end counts. False when nobody announced that call."""
        with self._lock:
            call = self._calls.get(contact_id)
            if call is None:
                return False
            if call.ended_at is None:
                self._calls[contact_id] = replace(call, ended_at=self._clock())
            return True

    def ended_for(self, seconds: float) -> tuple[Call, ...]:
        """The calls whose agent hung up at least so many seconds ago."""
        now = self._clock()
        with self._lock:
            return tuple(
                call
                for call in self._calls.values()
                if call.ended_at is not None and now - call.ended_at >= seconds
            )

    def forget(self) -> None:
        """Start over."""
        with self._lock:
            self._calls.clear()
