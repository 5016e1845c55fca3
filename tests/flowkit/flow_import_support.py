"""A console export made up for tests, and how two flows are compared."""

from __future__ import annotations

import json
from typing import Any

INSTANCE = "arn:aws:connect:eu-central-1:123456789012:instance/0b0c1d2e-1111-4222-8333-444455556666"
QUEUE = f"{INSTANCE}/queue/aaaaaaaa-1111-4222-8333-444455556666"
QUEUE_ID = "aaaaaaaa-1111-4222-8333-444455556666"
FLOW = f"{INSTANCE}/contact-flow/bbbbbbbb-1111-4222-8333-444455556666"
PROMPT = f"{INSTANCE}/prompt/cccccccc-1111-4222-8333-444455556666"
LAMBDA = "arn:aws:lambda:eu-central-1:123456789012:function:customer-lookup:live"
ALIAS = "arn:aws:lex:eu-central-1:123456789012:bot-alias/ABCDEFGHIJ/TSTALIASID"
MODULE_ID = "dddddddd-1111-4222-8333-444455556666"
VIEW = "arn:aws:connect:eu-central-1:aws:view/confirmation:1"
CONNECTOR = "arn:aws:chime:eu-central-1:123456789012:vc/abcdefghij0123456789ab"
NUMBER = "+12065550177"
ENTRY = "6f1c0000-1111-4222-8333-444455556666"


def action(identifier: str, kind: str, parameters: Any, following: str | None) -> dict[str, Any]:
    transitions = {} if following is None else {"NextAction": following}
    return {
        "Identifier": identifier,
        "Type": kind,
        "Parameters": parameters,
        "Transitions": transitions,
    }


def flow(
    *actions: dict[str, Any], metadata: dict[str, Any] | None = None, **others: Any
) -> dict[str, Any]:
    return {
        "Version": "2019-10-30",
        "StartAction": actions[0]["Identifier"],
        **({} if metadata is None else {"Metadata": {"ActionMetadata": metadata}}),
        "Actions": list(actions),
        **others,
    }


def one(kind: str, parameters: Any, /, **metadata: Any) -> str:
    """The text of a flow of one action."""
    return json.dumps(
        flow(
            action(ENTRY, kind, parameters, "end"),
            action("end", "DisconnectParticipant", {}, None),
            metadata={ENTRY: metadata},
        )
    )


def same(text: str) -> object:
    """A JSON text as a value that keeps the order of keys, keys that stand twice and numbers."""
    return json.loads(
        text,
        object_pairs_hook=lambda pairs: ("object", tuple(pairs)),
        parse_int=lambda digits: ("number", digits),
        parse_float=lambda digits: ("number", digits),
    )
