"""The table ``interaction_context``: what the AI agent leaves behind when it hangs up.

ServiceNow fills it only when ``persist_context_data`` is true for the voice assistant's deployment;
a script's ``"present": false`` is a deployment where it is not.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

from local_aws.standins.servicenow.calls import Call, Calls
from local_aws.standins.servicenow.query import Row
from local_aws.standins.servicenow.script import InteractionContextStep, Script
from local_aws.standins.servicenow.tables import Reading, Table

NAME = "interaction_context"
"""The table's name."""

CONTACT_PATH = "interaction.client_session_id"
"""The dotted path to the contact id, by which a client finds the context of its call."""


def table(script: Script, calls: Calls) -> Table:
    """The table as the script has it."""

    def open_next() -> Reading:
        step = script.interaction_context.next()
        return Reading(step.behaviour, lambda: _rows(step, calls))

    return Table(
        NAME,
        fields=("sys_id", "interaction", "name", "value"),
        open=open_next,
        references={"interaction": "interaction"},
        paths=(CONTACT_PATH,),
    )


def _rows(step: InteractionContextStep, calls: Calls) -> Iterator[Row]:
    if not step.present:
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
        "interaction": interaction_id,
        CONTACT_PATH: call.contact_id,
        "name": name,
        "value": json.dumps(value, separators=(",", ":")),
    }
