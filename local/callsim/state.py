"""A call while it goes on: what the blocks of a flow read and change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from callsim import paths
from callsim.contact import Contact, Endpoint
from callsim.record import Dialled, LambdaCall, Line, Step, Who
from callsim.world import Callback, FlowSource, MediaStream, Queue, World
from flowkit.model import Action


class UnsetPaths(StrEnum):
    """What a path that leads nowhere does. No document says what Connect makes of one."""

    LENIENT = "lenient"
    """It reads as empty text, matches no condition and leaves a warning."""

    STRICT = "strict"
    """It stops the call."""


@dataclass(frozen=True)
class Limits:
    """Quotas of Amazon Connect, and one of our own.

    Args:
        steps: blocks a call may go through before it counts as going round in circles (ours).
        lambda_tries: tries at one Lambda block: throttling, 5xx and function errors are repeated.
        lambda_reply_bytes: the largest reply a Lambda may give.
        lambda_chain_seconds: Lambdas without a prompt between them are cut after this long.
        attribute_bytes: all contact attributes together.
    """

    steps: int = 1000
    lambda_tries: int = 3
    lambda_reply_bytes: int = 32_768
    lambda_chain_seconds: float = 20.0
    attribute_bytes: int = 32_768


class CallStoppedError(Exception):
    """The call cannot go on; the text says why in one sentence."""


# People read prompts aloud at about 150 words a minute.
_WORDS_A_SECOND = 2.5


@dataclass
class Call:
    """The state of a call. Blocks change it; nothing outside a walk sees it."""

    contact: Contact
    world: World
    source: FlowSource
    limits: Limits = field(default_factory=Limits)
    unset: UnsetPaths = UnsetPaths.LENIENT

    clock: float = 0.0
    attributes: dict[str, str] = field(default_factory=dict)
    flow_attributes: dict[str, str] = field(default_factory=dict)
    external: dict[str, object] = field(default_factory=dict)
    views: dict[str, object] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    hooks: dict[str, str] = field(default_factory=dict)
    loops: dict[str, int] = field(default_factory=dict)
    queue: Queue | None = None
    callback_number: str | None = None
    callback: Callback | None = None
    media: MediaStream | None = None
    # Joanna is the voice of a flow that sets none.
    voice: str = "Joanna"
    language: str = "en-US"
    name: str | None = None
    description: str | None = None
    customer_id: str | None = None

    related: Call | None = None
    """The call that a guide belongs to; None for the call itself."""

    chain_seconds: float = 0.0
    """Time spent in Lambdas since the caller last heard something."""

    told: bool = False
    """Whether the caller has heard something since the last thing that could go wrong."""

    transcript: list[Line] = field(default_factory=list)
    path: list[Step] = field(default_factory=list)
    lambdas: list[LambdaCall] = field(default_factory=list)
    dialled: list[Dialled] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Let the flow speak to the caller; on a guide's contact it writes to the agent."""
        if self.related is not None:
            self.tell(Who.CONNECT, f"writes to the agent: {text}")
            return
        self.transcript.append(Line(self.clock, Who.SYSTEM, text, says=True))
        self.clock += max(1.0, len(text.split()) / _WORDS_A_SECOND)
        self.chain_seconds = 0.0
        self.told = True

    def tell(self, who: Who, text: str) -> None:
        """Put something that was done into the transcript."""
        self.transcript.append(Line(self.clock, who, text, says=False))

    def warn(self, text: str) -> None:
        """Put something odd into the record, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def target(self, action: Action) -> Call | None:
        """The contact a block changes: this one, or the one it is related to, if there is one."""
        wanted = action.parameters.get("TargetContact", "Current")
        return self if wanted == "Current" else self.related

    def enter_flow(self, source: FlowSource) -> None:
        """Go on in another flow; what belongs to one flow's run stays behind."""
        self.source = source
        self.flow_attributes.clear()
        self.loops.clear()

    def text(self, action: Action, name: str) -> str | None:
        """A parameter of a block as text with its paths filled in; None when there is none."""
        value = action.parameters.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise CallStoppedError(f"{name} of {action.identifier!r} is not text.")
        return paths.fill(value, lambda keys: self.read(action, keys))

    def needed_text(self, action: Action, name: str) -> str:
        """`text` of a parameter without which the block means nothing."""
        value = self.text(action, name)
        if value is None:
            raise CallStoppedError(f"{action.identifier!r} ({action.type}) has no {name}.")
        return value

    def whole_number(self, action: Action, name: str) -> int | None:
        """A parameter of a block as a whole number; None when it is not one."""
        value = self.text(action, name)
        return int(value) if value is not None and value.strip().isdecimal() else None

    def mapping(self, action: Action, name: str) -> dict[str, object]:
        """A parameter of a block that is an object, its paths filled in; {} when there is none."""
        value = action.parameters.get(name, {})
        if not isinstance(value, Mapping):
            raise CallStoppedError(f"{name} of {action.identifier!r} is not an object.")
        filled = paths.fill_all(value, lambda keys: self.read(action, keys))
        return cast("dict[str, object]", filled)

    def read(self, action: Action, keys: tuple[str, ...]) -> object:
        """What a path leads to, `paths.UNSET` when it leads nowhere.

        Raises:
            CallStoppedError: it leads nowhere, and unset paths are strict.
        """
        value = paths.lookup(self.data(), keys)
        if value is not paths.UNSET:
            return value
        spelled = paths.spelled(keys)
        if keys[0] in paths.ROOTS:
            text = f"{action.identifier!r} reads {spelled}, which is not set."
        else:
            text = f"{action.identifier!r} reads {spelled}, and Connect has no $.{keys[0]}."
        if self.unset is UnsetPaths.STRICT:
            raise CallStoppedError(text)
        self.warn(text)
        return value

    def data(self) -> dict[str, object]:
        """Everything a path can lead to at this moment."""
        contact = self.contact
        return {
            "AwsRegion": contact.region,
            "Attributes": self.attributes,
            "Channel": contact.channel,
            "ContactId": contact.contact_id,
            "CustomerEndpoint": endpoint(contact.customer),
            "CustomerId": self.customer_id,
            "Description": self.description,
            "External": self.external,
            "FlowAttributes": self.flow_attributes,
            "InitialContactId": contact.contact_id,
            "InitiationMethod": contact.initiation_method,
            "InstanceARN": contact.instance_arn,
            "LanguageCode": self.language,
            "MediaStreams": {"Customer": {"Audio": audio(self.media)}},
            "Name": self.name,
            "PreviousContactId": contact.contact_id,
            "Queue": None if self.queue is None else queue(self.queue),
            "SegmentAttributes": {"connect:Subtype": contact.subtype},
            "SystemEndpoint": endpoint(contact.system),
            "Tags": self.all_tags(),
            "TextToSpeechVoiceId": self.voice,
            "Views": self.views,
        }

    def all_tags(self) -> dict[str, str]:
        """The contact's tags with those that Connect sets on every contact."""
        system = self.contact.system
        return {
            "aws:connect:instanceId": self.contact.instance_id,
            **({} if system is None else {"aws:connect:systemEndpoint": system.address}),
            **self.tags,
        }


def endpoint(end: Endpoint | None) -> dict[str, object] | None:
    """An endpoint as Connect spells it."""
    return None if end is None else {"Address": end.address, "Type": end.type}


def queue(target: Queue) -> dict[str, object]:
    """A queue as Connect spells it."""
    return {"ARN": target.arn, "Name": target.name, "OutboundCallerId": None}


def audio(media: MediaStream | None) -> dict[str, object] | None:
    """The caller's live audio stream as Connect spells it; null until it is opened."""
    if media is None:
        return None
    return {
        "StreamARN": media.stream_arn,
        "StartTimestamp": media.start_timestamp,
        "StopTimestamp": None,
        "StartFragmentNumber": media.start_fragment_number,
    }
