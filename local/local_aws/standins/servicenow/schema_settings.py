"""The tables that say how an instance is set up for AI voice agents.

Names of tables are ServiceNow's. Where its AI voice agent reference has labels only (messaging
channel, provider channel, mappings, identity), the labels are the reference's and the names of the
columns are made up: clients must resolve the labels.
"""

from __future__ import annotations

from local_aws.standins.servicenow.schema import Column, Table

NAME = Column("name", "Name")
VALUE = Column("value", "Value")

ATTRIBUTES = "sys_now_assist_deployment_config_attributes"
"""Attributes of the voice assistants' deployments."""

_ACTION = "sys_hub_action_type_definition"

SETTINGS = (
    Table("sys_metadata", "Application File", (Column("sys_name", "Display name"),), "sys_name"),
    Table(
        "sys_db_object",
        "Tables",
        (
            NAME,
            Column("label", "Label"),
            Column("super_class", "Extends table", "reference", "sys_db_object"),
        ),
        display="label",
    ),
    Table(
        "sys_dictionary",
        "Dictionary Entry",
        (
            Column("name", "Table"),
            Column("element", "Column name"),
            Column("column_label", "Column label"),
            Column("internal_type", "Type"),
            # A reference to sys_db_object whose key is the table's name, not a sys_id.
            Column("reference", "Reference"),
        ),
        display="column_label",
    ),
    Table(
        "v_plugin",
        "System Plugin",
        (
            Column("id", "ID"),
            NAME,
            Column(
                "active", "Status", "choice", choices={"active": "Active", "inactive": "Inactive"}
            ),
        ),
    ),
    Table(
        "sys_user_role",
        "Role",
        (NAME, Column("description", "Description")),
        extends="sys_metadata",
    ),
    Table(
        "sys_properties",
        "System Property",
        (NAME, VALUE, Column("description", "Description")),
        extends="sys_metadata",
        writable=True,
    ),
    Table("sys_now_assist_deployment_config", "Now Assist Deployment Config", (NAME,)),
    Table(
        ATTRIBUTES,
        "Now Assist Deployment Config Attributes",
        (
            NAME,
            VALUE,
            Column(
                "deployment_config",
                "Deployment Config",
                "reference",
                "sys_now_assist_deployment_config",
            ),
        ),
        writable=True,
    ),
    Table(_ACTION, "Action Type", (NAME,)),
    Table("sys_hub_flow", "Flow", (NAME,)),
    Table("message_auth", "Message Auth", (NAME,)),
    Table(
        "sys_cs_channel",
        "Messaging Channel",
        (
            NAME,
            Column("type", "Type", "choice", choices={"phone": "Phone", "chat": "Chat"}),
            Column("synchronous", "Synchronous", "boolean"),
        ),
    ),
    Table(
        "sys_cs_provider",
        "Provider Channel",
        (
            NAME,
            Column("channel", "Messaging channel", "reference", "sys_cs_channel"),
            Column("attributes_action", "Provider attributes action", "reference", _ACTION),
            Column("sender_subflow", "Sender subflow", "reference", "sys_hub_flow"),
            Column("contextual_action", "Contextual action", "reference", _ACTION),
            Column("allow_linking", "Allow account linking", "boolean"),
            Column(
                "linking_type",
                "Account linking type",
                "choice",
                choices={"verification": "Verification question", "none": "None"},
            ),
            Column("link_action", "Automatic link action", "reference", _ACTION),
        ),
    ),
    Table(
        "sys_cs_custom_adapter_config",
        "Custom Adapter Configuration",
        (
            Column("provider", "Provider", "reference", "sys_cs_provider"),
            Column("control_type", "Control type"),
            Column("outbound_action", "Outbound transformer action", "reference", _ACTION),
        ),
        display="control_type",
    ),
    Table(
        "sys_cs_provider_application",
        "Provider Channel Identity",
        (
            NAME,
            Column("provider", "Provider", "reference", "sys_cs_provider"),
            Column("message_auth", "Message auth", "reference", "message_auth"),
        ),
    ),
    Table(
        "sys_cs_custom_adapter_property",
        "Custom Adapter Property",
        (
            NAME,
            VALUE,
            Column("identity", "Identity", "reference", "sys_cs_provider_application"),
        ),
    ),
)
"""Tables of settings, and those they refer to."""
