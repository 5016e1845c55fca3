"""The records that a voice call leaves, once the AI agent has hung up.

Which tables, and what belongs in each, is in ServiceNow's AI voice agent reference ("AI voice agent
transcript and logs tables"). Times are on the call's clock: it talks as long as the script says,
however quickly the call is walked through.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from local_aws.standins.servicenow import durations, shipped
from local_aws.standins.servicenow import schema_calls as tables
from local_aws.standins.servicenow.calls import Call
from local_aws.standins.servicenow.query import Row
from local_aws.standins.servicenow.records import ByTable
from local_aws.standins.servicenow.script import ConversationStep

_SATISFIED = 4
_MODEL_MILLISECONDS = 800


@dataclass(frozen=True)
class Conversation:
    """One call, and what came of it.

    Args:
        transfer_reason: why the AI agent passed it on, None where it did not.
    """

    call: Call
    step: ConversationStep
    transfer_reason: str | None

    @property
    def resolved(self) -> bool:
        """Whether the AI agent has done what the caller wanted."""
        return self.transfer_reason is None and not self.step.abandoned

    @property
    def tickets(self) -> int:
        """How many tickets it made."""
        return int(self.resolved) if self.step.tickets is None else self.step.tickets

    @property
    def csat(self) -> str:
        """What ServiceNow infers of the caller's satisfaction, 1 to 5; empty where nothing."""
        if self.step.csat is not None:
            return str(self.step.csat)
        return str(_SATISFIED) if self.resolved else ""

    def records(self) -> ByTable:
        """The records by table."""
        return {
            tables.INTERACTION: [self._interaction()],
            tables.CONVERSATION: [self._conversation()],
            tables.PLAN: [self._plan()],
            tables.TOOLS: list(self._tools()),
            tables.AI_LOG: [self._model_call()],
            tables.TICKET: list(self._tickets()),
            tables.INSIGHT: [self._insight()],
        }

    def _interaction(self) -> Row:
        number = int(self.call.interaction_id, 16) % 10_000_000
        return {
            "sys_id": self.call.interaction_id,
            "sys_created_on": self._at(0),
            "number": f"IMS{number:07}",
            "client_session_id": self.call.contact_id,
            "channel_metadata_document": self._id("conversation"),
            "type": "phone",
            "state": "closed_abandoned" if self.step.abandoned else "closed_complete",
            "virtual_agent": "true",
            "ai_voice": "true",
            "agent_chat": "false" if self.transfer_reason is None else "true",
            "opened_at": self._at(0),
            "closed_at": self._at(1),
            "duration": durations.stamp(self.step.talk_seconds),
            "short_description": "Voice call",
        }

    def _conversation(self) -> Row:
        return self._row(
            "conversation",
            0,  # it begins when the call does
            state="completed",
            device_type="phone",
            conversation_type="voice",
            transcript=self.call.transcript,
        )

    def _plan(self) -> Row:
        return self._row(
            "plan",
            0.1,
            conversation=self._id("conversation"),
            agent=shipped.sys_id(tables.AGENT, shipped.HELPER),
            state="failed" if self.step.abandoned else "completed",
            state_reason=self.transfer_reason or "",
            objective="Help the caller with an IT issue",
        )

    def _tools(self) -> Iterator[Row]:
        yield self._tool("look-up", 0.2, shipped.LOOK_UP)
        for number in range(self.tickets):
            yield self._tool(f"ticket-{number}", 0.6, shipped.MAKE_TICKET)

    def _tool(self, name: str, part: float, tool: str) -> Row:
        return self._row(
            name,
            part,
            execution_plan_id=self._id("plan"),
            tool=shipped.sys_id(tables.TOOL, tool),
            state="completed",
            status="success",
            execution_mode="autonomous",
            request=tool,
            response="Done",
        )

    def _model_call(self) -> Row:
        return self._row(
            "model-call",
            0.4,
            conversation=self._id("conversation"),
            state="completed",
            error_code="",
            started_at=self._at(0.4),
            completed_at=durations.stamp(self._moment(0.4) + _MODEL_MILLISECONDS / 1000),
            time_taken=str(_MODEL_MILLISECONDS),
            prompt=self.call.transcript,
            response="What is the issue?",
        )

    def _tickets(self) -> Iterator[Row]:
        for number in range(self.tickets):
            yield self._row(
                f"related-{number}",
                0.7,
                interaction=self.call.interaction_id,
                type="Task",
                document_table="incident",
            )

    def _insight(self) -> Row:
        return self._row(
            "insight",
            1,
            conversation=self._id("conversation"),
            csat=self.csat,
            resolved="true" if self.resolved else "false",
            agent=shipped.sys_id(tables.AGENT, shipped.HELPER),
        )

    def _row(self, name: str, part: float, **fields: str) -> Row:
        return {"sys_id": self._id(name), "sys_created_on": self._at(part), **fields}

    def _id(self, name: str) -> str:
        return uuid.uuid5(uuid.UUID(self.call.interaction_id), name).hex

    def _at(self, part: float) -> str:
        return durations.stamp(self._moment(part))

    def _moment(self, part: float) -> float:
        return self.call.announced_at + part * self.step.talk_seconds
