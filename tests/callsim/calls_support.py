"""Flows of a few blocks, and a world that does as it is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callsim.contact import Contact, Endpoint
from callsim.record import CallRecord
from callsim.state import Limits, UnsetPaths
from callsim.walker import walk
from callsim.world import (
    AgentLeg,
    Callback,
    DialRequest,
    DialResult,
    Fault,
    FaultKind,
    FlowSource,
    Invocation,
    Leg,
    MediaStream,
    Queue,
    Refusal,
    ViewAnswer,
    ViewRequest,
)
from flowkit.model import parse

INSTANCE = "arn:aws:connect:eu-central-1:123456789012:instance/11111111-2222-3333-4444-555555555555"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:voice:live"
CONTACT_ID = "6a4c9c2e-0b53-4d3b-9d0a-3f7a1c2b4d5e"
AGENT_NUMBER = "+14155550199"

Json = dict[str, Any]


def block(
    identifier: str,
    action_type: str,
    next_action: str | None = None,
    *,
    errors: Mapping[str, str] | None = None,
    conditions: Sequence[tuple[str, str, str]] = (),
    **parameters: object,
) -> Json:
    """One block; conditions are (operator, operand, identifier)."""
    transitions: Json = {}
    if next_action is not None:
        transitions["NextAction"] = next_action
    if errors:
        transitions["Errors"] = [
            {"ErrorType": kind, "NextAction": target} for kind, target in errors.items()
        ]
    if conditions:
        transitions["Conditions"] = [
            {"NextAction": target, "Condition": {"Operator": operator, "Operands": [operand]}}
            for operator, operand, target in conditions
        ]
    return {
        "Identifier": identifier,
        "Type": action_type,
        "Parameters": parameters,
        "Transitions": transitions,
    }


def say(identifier: str, text: str, next_action: str) -> Json:
    return block(identifier, "MessageParticipant", next_action, Text=text)


END = block("end", "DisconnectParticipant")


def content(*blocks: Json) -> str:
    """A flow that begins with its first block."""
    return json.dumps(
        {
            "Version": "2019-10-30",
            "StartAction": blocks[0]["Identifier"],
            "Metadata": {},
            "Actions": list(blocks),
        }
    )


def reply(**values: str) -> Invocation:
    return Invocation(0.2, payload=json.dumps(values).encode())


def fault(kind: FaultKind, seconds: float = 0.2) -> Invocation:
    return Invocation(seconds, fault=Fault(kind, f"scripted {kind}"))


@dataclass
class ScriptedWorld:
    """Answers from lists and tables; remembers what it was asked."""

    flows: dict[str, str] = field(default_factory=dict)
    queues: dict[str, str] = field(default_factory=lambda: {"queue-1": "Front desk"})
    answers: list[Invocation] = field(default_factory=list)
    answer: Callable[[Json, float], Invocation] | None = None
    leg: DialResult = field(default_factory=lambda: DialResult(Leg.ANSWERS, 2.0, 30.0))
    refusals: dict[str, Refusal] = field(default_factory=dict)
    open: bool | None = True
    staffed: int | None = 1
    undialable: bool = False
    callback_refusal: Refusal | None = None
    keys: list[str | None] = field(default_factory=list)
    stream: MediaStream | Refusal = field(
        default_factory=lambda: MediaStream("arn:stream", "1700000000000", "1")
    )
    agent_leg: AgentLeg | None = None
    pages: list[ViewAnswer | Refusal | None] = field(default_factory=list)

    events: list[Json] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    dialled: list[DialRequest] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    views: list[ViewRequest] = field(default_factory=list)

    def flow(self, flow_id: str) -> FlowSource | None:
        text = self.flows.get(flow_id)
        return None if text is None else FlowSource(flow_id, flow_id, parse(text))

    def invoke(
        self, function_arn: str, event: Mapping[str, object], time_limit_seconds: float
    ) -> Invocation:
        self.functions.append(function_arn)
        self.events.append(json.loads(json.dumps(event)))
        self.limits.append(time_limit_seconds)
        if self.answer is not None:
            return self.answer(self.events[-1], time_limit_seconds)
        return self.answers.pop(0)

    def dial(self, request: DialRequest) -> DialResult:
        self.dialled.append(request)
        return self.leg

    def queue(self, queue_id: str) -> Queue | None:
        name = self.queues.get(queue_id)
        return None if name is None else Queue(arn=f"{INSTANCE}/queue/{queue_id}", name=name)

    def enter_queue(self, queue: Queue) -> Refusal | None:
        return self.refusals.get(queue.name)

    def agents_staffed(self, queue: Queue) -> int | None:  # noqa: ARG002
        return self.staffed

    def dialable(self, number: str) -> bool:  # noqa: ARG002
        return not self.undialable

    def create_callback(self, callback: Callback) -> Refusal | None:
        if self.callback_refusal is None:
            self.callbacks.append(callback)
        return self.callback_refusal

    def pressed_key(self, time_limit_seconds: int) -> str | None:  # noqa: ARG002
        return self.keys.pop(0) if self.keys else None

    def hours_open(self, hours_id: str | None, queue: Queue | None) -> bool | None:
        return self.open if hours_id or queue else None

    def start_media_stream(self, contact_id: str) -> MediaStream | Refusal:  # noqa: ARG002
        return self.stream

    def agent(self, contact_id: str, queue: Queue) -> AgentLeg | None:  # noqa: ARG002
        return self.agent_leg

    def show_view(self, request: ViewRequest) -> ViewAnswer | Refusal | None:
        self.views.append(request)
        return self.pages.pop(0) if self.pages else None


def contact(**changes: Any) -> Contact:
    values: Json = {
        "contact_id": CONTACT_ID,
        "instance_arn": INSTANCE,
        "customer": Endpoint("+12065550100"),
        "system": Endpoint("+18005550123"),
    }
    return Contact(**(values | changes))


def call(
    *blocks: Json,
    world: ScriptedWorld | None = None,
    limits: Limits | None = None,
    unset: UnsetPaths = UnsetPaths.LENIENT,
    **caller: Any,
) -> CallRecord:
    """Walk one call through a flow of those blocks."""
    world = world or ScriptedWorld()
    world.flows.setdefault("main", content(*blocks))
    return walk("main", contact(**caller), world, limits, unset)


def branches(record: CallRecord) -> list[tuple[str, str]]:
    return [(step.identifier, step.branch) for step in record.path]
