"""Where the thread that invokes and the worker that asks for work meet."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import Enum, auto
from threading import Condition

# "Response payload size exceeded maximum allowed payload size (6291556 bytes)", Lambda's wording.
RESPONSE_LIMIT = 6_291_556


@dataclass(frozen=True)
class Invocation:
    """One request as the Runtime API hands it to a worker.

    `client_context` is JSON text, already taken out of its base64.
    """

    request_id: str
    payload: bytes
    invoked_arn: str
    trace_id: str
    timeout_seconds: float
    client_context: str | None = None


class End(Enum):
    """How an invocation, or the start of a worker, came to its end."""

    REPLY = auto()
    ERROR = auto()
    TOO_LARGE = auto()
    EXITED = auto()
    TIMED_OUT = auto()
    NOT_DELIVERED = auto()


@dataclass(frozen=True)
class Outcome:
    """How it ended; `body` is the worker's own words where it had any."""

    end: End
    body: bytes = b""


class Exchange:
    """One worker's state, guarded by one condition.

    The worker's side (`take`, `reply`, `fail`, `fail_init`, `worker_ended`) is called by its
    Runtime API and supervisor, the invoker's side (`wait_ready`, `perform`) by whoever invokes,
    one at a time.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._ready = False
        self._exit: str | None = None
        self._init_error: bytes | None = None
        self._offered: Invocation | None = None
        self._current: Invocation | None = None
        self._deadline = 0.0
        self._outcome: Outcome | None = None

    @property
    def exit_reason(self) -> str | None:
        """Why the worker ended ("exit status 1"), once it has."""
        with self._changed:
            return self._exit

    # the worker's side

    def take(self) -> tuple[Invocation, int] | None:
        """Wait for work; return it with its deadline (ms since the epoch), or None at the end."""
        with self._changed:
            self._ready = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._offered or self._exit is not None)
            if self._offered is None or self._exit is not None:
                return None
            self._current, self._offered = self._offered, None
            self._deadline = time.monotonic() + self._current.timeout_seconds
            self._changed.notify_all()
            return self._current, int((time.time() + self._current.timeout_seconds) * 1000)

    def reply(self, request_id: str, body: bytes | None) -> bool:
        """Take a reply (None: it was over the limit). False when nobody waits for it."""
        outcome = Outcome(End.TOO_LARGE) if body is None else Outcome(End.REPLY, body)
        return self._settle(request_id, outcome)

    def fail(self, request_id: str, body: bytes) -> bool:
        """Take the handler's error. False when nobody waits for it."""
        return self._settle(request_id, Outcome(End.ERROR, body))

    def fail_init(self, body: bytes) -> None:
        """Take the error that kept the handler from loading."""
        with self._changed:
            self._init_error = body
            self._changed.notify_all()

    def worker_ended(self, reason: str) -> None:
        """The process is gone."""
        with self._changed:
            self._exit = reason
            self._changed.notify_all()

    # the invoker's side

    def wait_ready(self, limit_seconds: float) -> Outcome | None:
        """Wait until the handler is loaded: None when it is, else what went wrong."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._ready or self._init_error is not None or self._exit is not None,
                limit_seconds,
            )
            if self._init_error is not None:
                return Outcome(End.ERROR, self._init_error)
            if self._exit is not None:
                return Outcome(End.NOT_DELIVERED if self._ready else End.EXITED)
            return None if self._ready else Outcome(End.TIMED_OUT)

    def perform(self, invocation: Invocation) -> Outcome:
        """Offer an invocation and wait for its outcome, at most its time-out long.

        NOT_DELIVERED means that the worker ended before it took the work: another may do it.
        """
        with self._changed:
            self._outcome = None
            self._offered = invocation
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._offered is None or self._exit is not None)
            if self._offered is not None:
                self._offered = None
                return Outcome(End.NOT_DELIVERED)
            while self._outcome is None and self._exit is None:
                left = self._deadline - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            self._current = None
            if self._outcome is not None:
                return self._outcome
            return Outcome(End.TIMED_OUT if self._exit is None else End.EXITED)

    def _settle(self, request_id: str, outcome: Outcome) -> bool:
        with self._changed:
            if self._current is None or self._current.request_id != request_id:
                return False
            self._outcome, self._current = outcome, None
            self._changed.notify_all()
            return True
