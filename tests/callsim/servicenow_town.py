"""Who a caller of the ServiceNow flow meets: the Lambda by operation, queues, a telephone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from calls_support import AGENT_NUMBER, ScriptedWorld, contact, reply
from woven_flows import woven

from callsim.record import CallRecord, Outcome
from callsim.walker import walk
from callsim.world import Invocation

QUEUES = {
    "queue-default": "Default queue",
    "queue-people": "People queue",
    "queue-money": "Money queue",
}

CONTEXT = reply(
    status="ok", errorCode="", retryable="false", dnis=AGENT_NUMBER, tracingId="trace-1"
)


def interaction(reason: str | None) -> Invocation:
    return reply(
        status="ok",
        errorCode="",
        retryable="false",
        transferRequested="false" if reason is None else "true",
        snTransferReason=reason or "",
        interactionId="i-1",
    )


def error(code: str, retryable: str = "false") -> Invocation:
    return reply(
        status="error",
        errorCode=code,
        retryable=retryable,
        dnis="",
        tracingId="",
        transferRequested="true",
        snTransferReason="",
        interactionId="",
    )


@dataclass
class Town(ScriptedWorld):
    """Everything works unless told otherwise; answers are given by operation."""

    flows: dict[str, str] = field(default_factory=lambda: {"inbound": woven()})
    queues: dict[str, str] = field(default_factory=lambda: dict(QUEUES))
    contexts: list[Invocation] = field(default_factory=lambda: [CONTEXT])
    interactions: list[Invocation] = field(default_factory=lambda: [interaction(None)])

    def invoke(self, function_arn: str, event: Any, time_limit_seconds: float) -> Invocation:
        operation = event["Details"]["Parameters"]["operation"]
        answers = self.contexts if operation == "getCallContext" else self.interactions
        self.answers = [answers.pop(0) if len(answers) > 1 else answers[0]]
        return super().invoke(function_arn, event, time_limit_seconds)


def place(town: Town, **changes: Any) -> CallRecord:
    return walk("inbound", contact(**changes), town)


def in_queue(record: CallRecord, name: str) -> bool:
    return record.outcome is Outcome.QUEUE and record.queue is not None and (
        record.queue.name == name
    )  # fmt: skip
