"""The calls ServiceNow has been told of, from the call context to the end of the agent's leg."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from local_aws.standins.servicenow.redaction import redact

# What is stored of it is what redaction leaves.
_TRANSCRIPT = "AI agent: How can I help?\nCaller: My laptop does not start. Call me back on {}."


@dataclass(frozen=True)
class Call:
    """One call.

    ``interaction_id`` is the sys_id of the interaction ServiceNow keeps for it; ``transcript`` is
    without personal data; times are in seconds since the epoch, ``ended_at`` None while the AI
    agent talks.
    """

    contact_id: str
    interaction_id: str
    announced_at: float
    transcript: str = field(repr=False)
    ended_at: float | None = None


class Calls:
    """All calls, by contact id, in the order in which they were announced."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: dict[str, Call] = {}

    def announce(self, contact_id: str, caller: str) -> None:
        """A call context was asked for; asking again (a retry) changes nothing.

        Args:
            contact_id: the call.
            caller: the number that calls, empty where it is withheld; it is not kept.
        """
        call = Call(
            contact_id, secrets.token_hex(16), self._clock(), redact(_TRANSCRIPT.format(caller))
        )
        with self._lock:
            self._calls.setdefault(contact_id, call)

    def find(self, contact_id: str) -> Call | None:
        """A call that was announced."""
        with self._lock:
            return self._calls.get(contact_id)

    def end(self, contact_id: str) -> Call | None:
        """The AI agent hung up: the call, or None when it was over already or never announced."""
        with self._lock:
            call = self._calls.get(contact_id)
            if call is None or call.ended_at is not None:
                return None
            ended = self._calls[contact_id] = replace(call, ended_at=self._clock())
            return ended

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
