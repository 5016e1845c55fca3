"""What a call meets outside its flows: Lambdas, telephones, queues. A port; nothing here acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from flowkit.model import Flow


@dataclass(frozen=True)
class FlowSource:
    """A published flow."""

    id: str
    name: str
    flow: Flow


@dataclass(frozen=True)
class Queue:
    """An agent queue."""

    arn: str
    name: str


@dataclass(frozen=True)
class Refusal:
    """Why something could not be done, and the error branch Connect takes then."""

    error_type: str
    why: str


class FaultKind(StrEnum):
    """Ways in which an invocation yields no reply."""

    THROTTLED = "throttled"
    SERVICE = "service"
    FUNCTION = "function"
    TIMEOUT = "timeout"
    REFUSED = "refused"


@dataclass(frozen=True)
class Fault:
    """Why an invocation yielded no reply."""

    kind: FaultKind
    message: str


@dataclass(frozen=True)
class Invocation:
    """One try at invoking a Lambda; ``payload`` is None exactly when there is a ``fault``."""

    seconds: float
    payload: bytes | None = None
    fault: Fault | None = None


class Leg(StrEnum):
    """What becomes of a call to a third party."""

    ANSWERS = "answers"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    REFUSED = "refused"


@dataclass(frozen=True)
class DialRequest:
    """A third party to call: exactly one of ``number`` and ``connector`` is set.

    Args:
        connector: ARN of a voice connector.
        time_limit_seconds: how long it may ring.
        resumes: whether the flow goes on after the third party hangs up.
        caller_id: the number that the third party sees; None where Connect has none to show.
    """

    contact_id: str
    number: str | None
    connector: str | None
    time_limit_seconds: int
    resumes: bool
    caller_id: str | None = None


@dataclass(frozen=True)
class DialResult:
    """What became of it; an answered leg has ended by hanging up when this is returned."""

    leg: Leg
    ring_seconds: float = 0.0
    talk_seconds: float = 0.0
    why: str = ""


@dataclass(frozen=True)
class Callback:
    """A call back that waits in a queue for an agent.

    Args:
        number: in E.164.
        attempts: calls at most, to somebody who does not answer.
    """

    number: str
    queue: Queue
    attempts: int


@dataclass(frozen=True)
class MediaStream:
    """The Kinesis video stream that Connect opened for a call; times are epoch milliseconds."""

    stream_arn: str
    start_timestamp: str
    start_fragment_number: str


@dataclass(frozen=True)
class AgentLeg:
    """An agent who takes a call from a queue, talks and hangs up.

    Args:
        guide_contact_id: of the contact under which the workspace shows the agent guides.
    """

    talk_seconds: float
    guide_contact_id: str


@dataclass(frozen=True)
class ViewRequest:
    """A page in the agent workspace.

    Args:
        contact_id: of the guide's contact, which is not the call's.
        view_id: id or ARN of the view.
        data: what the view is filled with.
    """

    contact_id: str
    view_id: str
    time_limit_seconds: int
    data: Mapping[str, object]


@dataclass(frozen=True)
class ViewAnswer:
    """What the agent made of it.

    Args:
        action: the button's name, such as ``Next``.
        data: what was filled in, by the names of the fields.
    """

    action: str
    data: Mapping[str, object]
    seconds: float


class World(Protocol):
    """Everything a walked call reaches out to. Implementations answer; they raise for nothing
    that a caller could live through."""

    def flow(self, flow_id: str) -> FlowSource | None:
        """The published flow of that id or ARN, or None."""

    def invoke(
        self, function_arn: str, event: Mapping[str, object], time_limit_seconds: float
    ) -> Invocation:
        """Invoke a Lambda once, synchronously, giving up after the time limit."""

    def dial(self, request: DialRequest) -> DialResult:
        """Call a third party and stay until that leg is over."""

    def queue(self, queue_id: str) -> Queue | None:
        """The queue of that id or ARN, or None."""

    def enter_queue(self, queue: Queue) -> Refusal | None:
        """Put the caller into a queue; None when the caller is waiting there."""

    def agents_staffed(self, queue: Queue) -> int | None:
        """How many agents work in the queue, busy ones included; None when that is not known."""

    def dialable(self, number: str) -> bool:
        """Whether the instance could call that number in E.164."""

    def create_callback(self, callback: Callback) -> Refusal | None:
        """Put a call back into its queue; None when it is there."""

    def pressed_key(self, time_limit_seconds: int) -> str | None:
        """The key that the caller presses at a menu, None when none is pressed in time."""

    def hours_open(self, hours_id: str | None, queue: Queue | None) -> bool | None:
        """Whether it is open now: by those hours, else by the queue's; None if there are none."""

    def start_media_stream(self, contact_id: str) -> MediaStream | Refusal:
        """Open the live media stream of a call."""

    def agent(self, contact_id: str, queue: Queue) -> AgentLeg | None:
        """The agent who takes a waiting call, None while nobody does."""

    def show_view(self, request: ViewRequest) -> ViewAnswer | Refusal | None:
        """Show an agent a view; None when it is left unanswered until the time is over."""
