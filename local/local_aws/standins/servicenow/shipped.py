"""The instance as it is before any script: set up the way an Amazon Connect integration needs it.

Values are those of ServiceNow's AI voice agent reference (release Australia).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from functools import cache

from local_aws.standins.servicenow.query import Row
from local_aws.standins.servicenow.schema import SYSTEM_COLUMNS, Schema
from local_aws.standins.servicenow.schema_calls import AGENT, CALLS, TOOL
from local_aws.standins.servicenow.schema_settings import ATTRIBUTES, SETTINGS

SCHEMA = Schema((*SETTINGS, *CALLS))
"""All tables."""

INSTANCE_ID = "0f4e8bd70103210f87732f6ceab0a2f1"
"""The property ``instance_id``, as the settings of the environment ``local`` have it."""

CUSTOM_PROVIDER = "Amazon Connect voice"
"""The name of the messaging channel, provider channel, identity and message authentication."""

HELPER = "IT service desk voice agent"
"""The AI agent that takes the calls."""

LOOK_UP, MAKE_TICKET = "Look up the caller's open tickets", "Create an incident"
"""Tools of the AI agent."""

_CREATED = "2025-08-14 09:00:00"
_DEPLOYMENT = "IT service desk voice assistant"
_SCOPE = "sn_va_as_service.virtual_agent__bot_to_bot_"


def sys_id(table: str, key: str) -> str:
    """The sys_id of a record, the same in every run."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{table}/{key}").hex


@cache
def records() -> Mapping[str, tuple[Row, ...]]:
    """The records by table."""
    return {
        table: tuple(_record(table, key, row) for key, row in rows.items())
        for table, rows in {
            **_setup(),
            **_custom_provider(),
            "sys_db_object": dict(_tables()),
            "sys_dictionary": dict(_columns()),
        }.items()
    }


def _record(table: str, key: str, row: Row) -> Row:
    return {"sys_id": sys_id(table, key), "sys_created_on": _CREATED, **row}


def _named(*names: str) -> dict[str, Row]:
    return {name: {"name": name} for name in names}


def _setup() -> dict[str, dict[str, Row]]:
    plugins = {
        "sn_genai_platform": "Generative AI Platform",
        "sn_itsm_voice_aia": "AI voice agents for ITSM",
        "sn_hr_voice_aia": "AI voice agents for HRSD",
        "com.snc.incident": "Incident",
    }
    roles = ("sn_voice_aia.admin", "sn_voice_aia.guest", "sn_voice_aia.integration", "sn_aia.admin")
    # The last one has nothing to do with it: a query whose condition is dropped finds it as well.
    properties = {
        "sn_aia.enable_voice_agent_setup": "true",
        "glide.voice.authenticate.mfa_mandatory": "true",
        "glide.voice.authenticate.allow_kba_as_only_factor": "false",
        "glide.oauth.inbound.client.credential.grant_type.enabled": "true",
        "instance_id": INSTANCE_ID,
        "glide.smtp.active": "false",
    }
    attributes = {
        "persist_context_data": "true",
        "voice_max_retries": "3",
        "voice_minutes_account_is_locked": "1440",
    }
    deployment = sys_id("sys_now_assist_deployment_config", _DEPLOYMENT)
    return {
        "v_plugin": {
            id_: {"id": id_, "name": name, "active": "active"} for id_, name in plugins.items()
        },
        "sys_user_role": _named(*roles, "itil"),
        "sys_properties": {
            name: {"name": name, "value": value} for name, value in properties.items()
        },
        "sys_now_assist_deployment_config": _named(_DEPLOYMENT),
        ATTRIBUTES: {
            name: {"name": name, "value": value, "deployment_config": deployment}
            for name, value in attributes.items()
        },
        AGENT: _named(HELPER),
        TOOL: _named(LOOK_UP, MAKE_TICKET),
    }


def _custom_provider() -> dict[str, dict[str, Row]]:
    action, subflow = "sys_hub_action_type_definition", "sys_hub_flow"
    names = ("provider_attributes", "contextual_action", "auto_link_account")
    actions = tuple(f"{_SCOPE}{name}" for name in (*names, "action_outbound_transformer"))
    attributes, contextual, link, outbound = (sys_id(action, name) for name in actions)
    # The reference has the same name for the sender subflow as for the contextual action.
    sender = f"{_SCOPE}contextual_action"
    channel, provider, identity, auth = (
        sys_id(table, CUSTOM_PROVIDER)
        for table in (
            "sys_cs_channel",
            "sys_cs_provider",
            "sys_cs_provider_application",
            "message_auth",
        )
    )
    name = {"name": CUSTOM_PROVIDER}
    history = "allow_storing_history_in_ongoing_conversation"
    return {
        action: _named(*actions),
        subflow: _named(sender),
        "message_auth": {CUSTOM_PROVIDER: name},
        "sys_cs_channel": {CUSTOM_PROVIDER: {**name, "type": "phone", "synchronous": "true"}},
        "sys_cs_provider": {
            CUSTOM_PROVIDER: {
                **name,
                "channel": channel,
                "attributes_action": attributes,
                "sender_subflow": sys_id(subflow, sender),
                "contextual_action": contextual,
                "allow_linking": "true",
                "linking_type": "verification",
                "link_action": link,
            }
        },
        "sys_cs_custom_adapter_config": {
            "DefaultAction": {
                "provider": provider,
                "control_type": "DefaultAction",
                "outbound_action": outbound,
            }
        },
        "sys_cs_provider_application": {
            CUSTOM_PROVIDER: {**name, "provider": provider, "message_auth": auth}
        },
        "sys_cs_custom_adapter_property": {
            history: {"name": history, "value": "true", "identity": identity}
        },
    }


def _tables() -> Iterator[tuple[str, Row]]:
    for table in SCHEMA.tables.values():
        parent = sys_id("sys_db_object", table.extends) if table.extends else ""
        yield table.name, {"name": table.name, "label": table.label, "super_class": parent}


def _columns() -> Iterator[tuple[str, Row]]:
    for table in SCHEMA.tables.values():
        # The entry without a column is the table itself.
        yield (
            table.name,
            {"name": table.name, "column_label": table.label, "internal_type": "collection"},
        )
        for column in (*SYSTEM_COLUMNS, *table.columns):
            yield (
                f"{table.name}.{column.name}",
                {
                    "name": table.name,
                    "element": column.name,
                    "column_label": column.label,
                    "internal_type": column.kind,
                    "reference": column.reference,
                },
            )
