"""An instance on which everything is as ``servicenow.yaml`` ships it, the custom provider too."""

from __future__ import annotations

from itertools import count

from snow_instance import Row, SnowInstance, sys_id

DEPLOYMENTS = (sys_id(901), sys_id(902))

# table: label, and column -> (label, table it refers to)
SCHEMA: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "v_plugin": ("System Plugin", {"id": ("ID", ""), "active": ("Status", "")}),
    "sys_user_role": ("Role", {"name": ("Name", "")}),
    "sys_properties": ("System Property", {"name": ("Name", ""), "value": ("Value", "")}),
    "sys_now_assist_deployment_config_attributes": (
        "Now Assist Deployment Config Attributes",
        {
            "name": ("Name", ""),
            "value": ("Value", ""),
            "deployment_config": (
                "Deployment Config",
                "sys_now_assist_deployment_config",
            ),
        },
    ),
    "sys_cs_channel": (
        "Messaging Channel",
        {"name": ("Name", ""), "type": ("Type", ""), "is_sync": ("Synchronous", "")},
    ),
    "sys_cs_provider": (
        "Provider Channel",
        {
            "name": ("Name", ""),
            "attributes_action": ("Provider attributes action", "sys_hub_action_type"),
            "sender": ("Sender subflow", ""),
            "contextual": ("Contextual action", ""),
            "linking": ("Allow account linking", ""),
            "linking_type": ("Account linking type", ""),
            "auto_link": ("Automatic link action", ""),
        },
    ),
    "sys_cs_custom_adapter_config": (
        "Custom Adapter Configuration",
        {
            "provider": ("Provider", "sys_cs_provider"),
            "control_type": ("Control type", ""),
            "outbound": ("Outbound transformer action", ""),
        },
    ),
    "sys_cs_provider_application": (
        "Provider Channel Identity",
        {"name": ("Name", ""), "message_auth": ("Message auth", "message_auth")},
    ),
    "sys_cs_custom_adapter_property": (
        "Custom Adapter Property",
        {"name": ("Name", ""), "value": ("Value", "")},
    ),
}
_SCOPE = "sn_va_as_service.virtual_agent__bot_to_bot_"
_ACTION = sys_id(77)


def settled() -> SnowInstance:
    """The instance, with two voice assistants deployed."""
    snow = SnowInstance()
    ids = (sys_id(n) for n in count(1))

    def rows(table: str, *records: Row) -> None:
        snow.tables[table] = [{"sys_id": next(ids), **record} for record in records]

    rows(
        "v_plugin",
        *(
            {"id": name, "active": "active"}
            for name in ("sn_genai_platform", "sn_itsm_voice_aia", "sn_hr_voice_aia")
        ),
    )
    rows(
        "sys_user_role",
        *(
            {"name": name}
            for name in (
                "sn_voice_aia.admin",
                "sn_voice_aia.guest",
                "sn_voice_aia.integration",
                "sn_aia.admin",
                "itil",
            )
        ),
    )
    rows(
        "sys_properties",
        {"name": "sn_aia.enable_voice_agent_setup", "value": "true"},
        {"name": "glide.voice.authenticate.mfa_mandatory", "value": "true"},
        {"name": "glide.voice.authenticate.allow_kba_as_only_factor", "value": "false"},
        {"name": "glide.oauth.inbound.client.credential.grant_type.enabled", "value": "true"},
        {"name": "instance_id", "value": sys_id(4711)},
        {"name": "glide.smtp.active", "value": "false"},
    )
    rows(
        "sys_now_assist_deployment_config_attributes",
        *(
            {"name": name, "value": value, "deployment_config": deployment}
            for deployment in DEPLOYMENTS
            for name, value in (
                ("persist_context_data", "true"),
                ("voice_max_retries", "3"),
                ("voice_minutes_account_is_locked", "1440"),
            )
        ),
    )
    rows("sys_cs_channel", {"name": "Our channel", "type": "phone", "is_sync": "true"})
    rows(
        "sys_cs_provider",
        {
            "name": "Our provider",
            "attributes_action": _ACTION,
            "sender": f"{_SCOPE}contextual_action",
            "contextual": f"{_SCOPE}contextual_action",
            "linking": "true",
            "linking_type": "verification",
            "auto_link": f"{_SCOPE}auto_link_account",
        },
    )
    # What is stored is a key; the vendor's reference has what a person sees.
    snow.displays["attributes_action", _ACTION] = f"{_SCOPE}provider_attributes"
    snow.displays["linking_type", "verification"] = "Verification question"
    rows(
        "sys_cs_custom_adapter_config",
        {
            "provider": sys_id(55),
            "provider.name": "Our provider",
            "control_type": "DefaultAction",
            "outbound": f"{_SCOPE}action_outbound_transformer",
        },
    )
    rows("sys_cs_provider_application", {"name": "Our provider", "message_auth": sys_id(66)})
    snow.displays["message_auth", sys_id(66)] = "Our authentication"
    rows(
        "sys_cs_custom_adapter_property",
        {"name": "allow_storing_history_in_ongoing_conversation", "value": "true"},
    )
    describe(snow, SCHEMA)
    return snow


def describe(snow: SnowInstance, schema: dict[str, tuple[str, dict[str, tuple[str, str]]]]) -> None:
    """Put tables into the instance's dictionary."""
    ids = (sys_id(n) for n in count(100_000 + 1000 * len(snow.tables)))
    objects = snow.tables.setdefault("sys_db_object", [])
    dictionary = snow.tables.setdefault("sys_dictionary", [])
    for table, (label, columns) in schema.items():
        objects.append({"sys_id": next(ids), "name": table, "label": label, "super_class": ""})
        dictionary += [
            {
                "sys_id": next(ids),
                "name": table,
                "element": column,
                "column_label": column_label,
                "reference": reference,
            }
            for column, (column_label, reference) in columns.items()
        ]
