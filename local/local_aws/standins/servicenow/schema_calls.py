"""The tables that calls leave records in.

Tables and what they keep are those of ServiceNow's AI voice agent reference (release Australia, "AI
voice agent transcript and logs tables", "analytics indicators details"). The columns with which its
Lambda code and its indicators name an interaction are as written there; the others are made up.
"""

from __future__ import annotations

from local_aws.standins.servicenow.schema import Column, Table

CONTEXT = "interaction_context"
"""What an AI agent leaves behind for the contact centre."""

INTERACTION = "interaction"
CONVERSATION = "sys_cs_conversation"
PLAN = "sn_aia_execution_plan"
TOOLS = "sn_aia_tools_execution"
AI_LOG = "sys_generative_ai_log"
TICKET = "interaction_related_record"
INSIGHT = "sn_na_analytics_insights"

AGENT = "sn_aia_agent"
TOOL = "sn_aia_tool"

_DONE = {"completed": "Completed", "failed": "Failed"}

CALLS = (
    Table(
        CONTEXT,
        "Interaction Context",
        (
            Column("interaction", "Interaction", "reference", INTERACTION),
            Column("name", "Name"),
            Column("value", "Value"),
        ),
    ),
    Table(
        INTERACTION,
        "Interaction",
        (
            Column("number", "Number"),
            Column("client_session_id", "Client session id"),
            Column("channel_metadata_document", "Channel metadata", "document_id"),
            Column(
                "type",
                "Type",
                "choice",
                choices={"phone": "Phone", "chat": "Chat", "messaging": "Messaging"},
            ),
            Column(
                "state",
                "State",
                "choice",
                choices={
                    "closed_complete": "Closed Complete",
                    "closed_abandoned": "Closed Abandoned",
                },
            ),
            Column("virtual_agent", "Virtual agent", "boolean"),
            Column("ai_voice", "AI Voice", "boolean"),
            Column("agent_chat", "Agent chat", "boolean"),
            Column("opened_at", "Opened", "glide_date_time"),
            Column("closed_at", "Closed", "glide_date_time"),
            Column("duration", "Duration", "glide_duration"),
            Column("short_description", "Short description"),
        ),
        display="number",
    ),
    Table(
        CONVERSATION,
        "Conversation",
        (
            Column("state", "State", "choice", choices={"completed": "Completed"}),
            Column("device_type", "Device type"),
            Column("conversation_type", "Conversation type"),
            Column("transcript", "Transcript"),
        ),
        display="conversation_type",
    ),
    Table(
        PLAN,
        "Execution Plan",
        (
            Column("conversation", "Conversation", "reference", CONVERSATION),
            Column("agent", "AI agent", "reference", AGENT),
            Column("state", "State", "choice", choices=_DONE),
            Column("state_reason", "State reason"),
            Column("objective", "Objective"),
        ),
        display="objective",
    ),
    Table(
        TOOLS,
        "Tools Execution",
        (
            Column("execution_plan_id", "Execution plan", "reference", PLAN),
            Column("tool", "Tool", "reference", TOOL),
            Column("state", "State", "choice", choices=_DONE),
            Column("status", "Status"),
            Column("execution_mode", "Execution mode"),
            Column("request", "Request"),
            Column("response", "Response"),
        ),
        display="status",
    ),
    Table(
        AI_LOG,
        "Generative AI Log",
        (
            Column("conversation", "Conversation", "reference", CONVERSATION),
            Column("state", "State", "choice", choices=_DONE),
            Column("error_code", "Error code"),
            Column("started_at", "Started", "glide_date_time"),
            Column("completed_at", "Completed", "glide_date_time"),
            Column("time_taken", "Time taken", "integer"),
            Column("prompt", "Prompt"),
            Column("response", "Response"),
        ),
        display="state",
    ),
    Table(
        TICKET,
        "Interaction Related Record",
        (
            Column("interaction", "Interaction", "reference", INTERACTION),
            Column("type", "Type"),
            Column("document_table", "Document table"),
        ),
        display="type",
    ),
    Table(
        INSIGHT,
        "Analytics Insights",
        (
            Column("conversation", "Conversation", "reference", CONVERSATION),
            Column("csat", "Session CSAT", "integer"),
            Column("resolved", "Resolved", "boolean"),
            Column("agent", "AI agent", "reference", AGENT),
        ),
        display="sys_id",
    ),
    Table(AGENT, "AI Agent", (Column("name", "Name"),)),
    Table(TOOL, "AI Agent Tool", (Column("name", "Name"),)),
)
"""Tables of calls, and those they refer to."""
