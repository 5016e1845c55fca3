"""What is known of a call when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from callsim.world import Callback, Queue


class Outcome(StrEnum):
    """How a call ended for the caller."""

    QUEUE = "queue"
    """The caller waits in an agent queue."""

    SERVED = "served"
    """An agent took the call from the queue, talked with the caller and hung up."""

    CALLBACK = "callback"
    """The flow ended the call and told the caller of a call back, which waits in a queue."""

    COMPLETED = "completed"
    """The flow ended the call, and said something last: a goodbye, an apology."""

    TRANSFERRED = "transferred"
    """A third party has the caller for good; no flow goes on."""

    HUNG_UP_SILENTLY = "hung-up-silently"
    """The flow ended the call without a word about what happened last."""

    ERROR = "error"
    """The call could not go on: a block that is not simulated, or one Connect could not run."""


class Who(StrEnum):
    """Who says or does something in a transcript."""

    CALLER = "caller"
    SYSTEM = "system"
    AGENT = "AI agent"
    PERSON = "agent"
    CONNECT = "connect"


@dataclass(frozen=True)
class Line:
    """One line of a transcript.

    Args:
        at: seconds since the call was taken. Prompts count with the time it takes to say them.
        says: whether the text was spoken; else it was done.
    """

    at: float
    who: Who
    text: str
    says: bool


@dataclass(frozen=True)
class Step:
    """One block of a flow that the call went through.

    Args:
        branch: how it was left: ``NextAction``, a condition such as ``Equals ok``, an error type,
            ``end`` for a terminal block, ``stop`` where the call could not go on.
        next: the identifier it led to, if it led anywhere.
        why: the reason, where an error branch was taken.
    """

    at: float
    flow: str
    identifier: str
    type: str
    branch: str
    next: str | None = None
    why: str | None = None


@dataclass(frozen=True)
class Dialled:
    """A third party that was called.

    Args:
        target: the number, or the ARN of a voice connector.
        caller_id: the number it saw; None where Connect had none to show.
        whose: ``caller`` or ``dialled`` where that is the caller's number, or the one the caller
            dialled; else None.
    """

    target: str
    caller_id: str | None
    whose: str | None


@dataclass(frozen=True)
class LambdaCall:
    """One Lambda block: what was asked, what came back."""

    identifier: str
    function: str
    parameters: Mapping[str, object]
    event: Mapping[str, object]
    reply: object
    seconds: float
    tries: int
    error: str | None

    @property
    def operation(self) -> str | None:
        """The parameter by which our Lambdas tell what is asked of them."""
        value = self.parameters.get("operation")
        return value if isinstance(value, str) else None


@dataclass(frozen=True)
class CallRecord:
    """A call from ring to end. ``why`` says in one sentence what ended it, if anything is odd.

    Args:
        queue: where the caller, or the call back, waits.
    """

    contact_id: str
    outcome: Outcome
    why: str | None
    queue: Queue | None
    transcript: tuple[Line, ...]
    path: tuple[Step, ...]
    attributes: Mapping[str, str]
    lambdas: tuple[LambdaCall, ...]
    warnings: tuple[str, ...]
    seconds: float
    callback: Callback | None = None
    dialled: tuple[Dialled, ...] = ()

    def visited(self, identifier: str) -> bool:
        """Whether the call went through the block of that identifier."""
        return any(step.identifier == identifier for step in self.path)

    def said(self) -> tuple[str, ...]:
        """Everything the flows said to the caller, in order."""
        return tuple(line.text for line in self.transcript if line.says and line.who is Who.SYSTEM)
