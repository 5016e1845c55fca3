"""How long an invocation may take, and how that time is shared out."""

import time
from collections.abc import Callable
from typing import Protocol

from connect_core.value import Value

Clock = Callable[[], float]

# A flow waits at most 8 s for a synchronous Lambda, cold start included; the function's time-out
# is 7 s. Six seconds of work leave room for both.
BUDGET_SECONDS = 6.0
# Kept back for building the reply and writing the last log line.
MARGIN_SECONDS = 0.5


class InvocationContext(Protocol):
    """The part of Lambda's context object that is used here."""

    @property
    def aws_request_id(self) -> str:
        """The invocation's id, the same in Lambda's own log lines."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""


class Deadline(Value):
    """A moment on a clock after which no more work is worth starting.

    Args:
        ends_at: The moment, in the clock's seconds.
        clock: A clock that never runs backwards.
    """

    ends_at: float
    clock: Clock = time.monotonic

    @classmethod
    def after(cls, seconds: float, *, clock: Clock = time.monotonic) -> "Deadline":
        """The deadline that many seconds from now."""
        return cls(clock() + seconds, clock)

    @classmethod
    def of_invocation(
        cls,
        context: InvocationContext,
        *,
        budget: float = BUDGET_SECONDS,
        margin: float = MARGIN_SECONDS,
        clock: Clock = time.monotonic,
    ) -> "Deadline":
        """The time an invocation may use: what Lambda leaves less `margin`, at most `budget`.

        Args:
            context: Lambda's context object.
            budget: Most seconds to use, however long the function's time-out is.
            margin: Seconds kept back for the reply.
            clock: A clock that never runs backwards.
        """
        left = context.get_remaining_time_in_millis() / 1000 - margin
        return cls.after(min(budget, max(left, 0.0)), clock=clock)

    def remaining(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.ends_at - self.clock())

    def at_most(self, seconds: float) -> "Deadline":
        """The same deadline, or an earlier one that many seconds from now."""
        return Deadline(min(self.ends_at, self.clock() + seconds), self.clock)

    def allows(self, seconds: float) -> bool:
        """Whether that many seconds are still left."""
        return self.remaining() >= seconds
