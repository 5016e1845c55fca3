"""The table ``interaction_context``: what the AI agent leaves behind when it hangs up.

ServiceNow fills it only when ``persist_context_data`` is true for the voice assistant's deployment;
a script's ``"present": false`` is a call of which it keeps nothing all the same.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator

from local_aws.standins.servicenow import durations
from local_aws.standins.servicenow.calls import Call, Calls
from local_aws.standins.servicenow.query import Row
from local_aws.standins.servicenow.script import InteractionContextStep

CONTACT_PATH = "interaction.client_session_id"
"""The dotted path to the contact id, by which a client finds the context of its call."""

PERSIST = "persist_context_data"
"""The attribute without which nothing is kept."""


def rows(step: InteractionContextStep, calls: Calls, attributes: Iterable[Row]) -> Iterator[Row]:
    """The records of the table.

    Args:
        step: what the script says.
        calls: the calls.
        attributes: those of the deployments, which may say that nothing is kept.
    """
    kept = all(row["value"] == "true" for row in attributes if row.get("name") == PERSIST)
    if not step.present or not kept:
        return
    for call in calls.ended_for(step.available_after_seconds):
        interaction_id = step.interaction_id or call.interaction_id
        # An interaction has several contexts and they have no order: a client that forgets to
        # name the one it wants gets this one.
        yield _row(call, interaction_id, "conversation_summary", {"summary": ""})
        yield _row(
            call,
            interaction_id,
            "bot_context_data",
            {
                "interactionId": interaction_id,
                "sessionVariables": (
                    {}
                    if step.transfer_reason is None
                    else {"snTransferReason": step.transfer_reason}
                ),
            },
        )


def _row(call: Call, interaction_id: str, name: str, value: object) -> Row:
    return {
        "sys_id": uuid.uuid5(uuid.UUID(call.contact_id), name).hex,
        "sys_created_on": durations.stamp(call.ended_at or call.announced_at),
        "interaction": interaction_id,
        CONTACT_PATH: call.contact_id,
        "name": name,
        "value": json.dumps(value, separators=(",", ":")),
    }
