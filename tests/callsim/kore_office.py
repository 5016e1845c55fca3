"""The Kore flows as they are published for one bot, in a world that works unless told otherwise."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calls_support import CONTACT_ID, ScriptedWorld, contact, reply

from callsim.record import CallRecord
from callsim.walker import walk
from callsim.world import AgentLeg, Invocation, ViewAnswer
from flowkit.template import fill, placeholders

FOLDER = Path(__file__).parents[2] / "flows" / "kore_agent_assist"
REGION = "arn:aws:lambda:eu-central-1:123456789012:function:"
TRIGGER, TOKEN, DISPOSITION = (
    f"{REGION}{name}:live" for name in ("stream-trigger", "widget-token", "disposition")
)
GUIDE_ID = "0f0e0d0c-0b0a-4908-8706-050403020100"
WIDGET_TOKEN = "eyJhbGciOiJIUzI1NiJ9.widget-canary.signature"
SUMMARY = "The customer asked where the parcel is."

VALUES = {
    "flow_logging": "Enabled",
    "voice": "Ruth",
    "voice_engine": "Neural",
    "language_code": "es-US",
    "default_queue_arn": "queue-default",
    "greeting": "Welcome to Example.",
    "bot": "support",
    "bot_id": "st-0123",
    "agentassist_url": "https://agentassist.example",
    "stream_trigger_lambda_arn": TRIGGER,
    "widget_token_lambda_arn": TOKEN,
    "queue_flow_arn": "queue",
    "apology_message": "We are sorry, nobody can be reached.",
    "queue_arn": "queue-support",
    "disposition_flow_arn": "disposition",
    "handover_message": "A colleague will be with you.",
    "form_view_arn": "arn:aws:connect:eu-central-1:aws:view/form:1",
    "confirmation_view_arn": "arn:aws:connect:eu-central-1:aws:view/confirmation:1",
    "disposition_lambda_arn": DISPOSITION,
}
TEMPLATES = {file.stem: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.json")}
FLOWS = {
    name: fill(text, {key: VALUES[key] for key in placeholders(text)})
    for name, text in TEMPLATES.items()
}

FILLED = ViewAnswer(
    "Next", {"disposition": ["resolved"], "summary": SUMMARY, "survey": [True]}, 20.0
)
DONE = ViewAnswer("Next", {}, 2.0)


@dataclass
class KoreOffice(ScriptedWorld):
    """Lambdas answer by their function; an agent takes every call and fills in the form."""

    flows: dict[str, str] = field(default_factory=lambda: dict(FLOWS))
    queues: dict[str, str] = field(
        default_factory=lambda: {"queue-default": "Default", "queue-support": "Support"}
    )
    lambdas: dict[str, Invocation] = field(
        default_factory=lambda: {
            TRIGGER: reply(status="ok", errorCode="", retryable="false", lambdaResult="Success"),
            TOKEN: reply(
                status="ok",
                errorCode="",
                retryable="false",
                koreiframetoken=WIDGET_TOKEN,
                expiresAt="2026-11-21T00:00:00Z",
            ),
            DISPOSITION: reply(
                status="ok", errorCode="", retryable="false", stored="true", delivered="true"
            ),
        }
    )
    agent_leg: AgentLeg | None = field(default_factory=lambda: AgentLeg(60.0, GUIDE_ID))
    pages: list[Any] = field(default_factory=lambda: [FILLED, DONE])

    def invoke(self, function_arn: str, event: Any, time_limit_seconds: float) -> Invocation:
        self.answers = [self.lambdas[function_arn]]
        return super().invoke(function_arn, event, time_limit_seconds)

    def asked(self, function_arn: str) -> list[dict[str, Any]]:
        """The events that a Lambda was sent."""
        pairs = zip(self.functions, self.events, strict=True)
        return [event for function, event in pairs if function == function_arn]


def place(office: KoreOffice, **changes: Any) -> CallRecord:
    return walk("agent-assist", contact(contact_id=CONTACT_ID, **changes), office)


def actions(flow: str) -> list[dict[str, Any]]:
    return list(json.loads(FLOWS[flow])["Actions"])
