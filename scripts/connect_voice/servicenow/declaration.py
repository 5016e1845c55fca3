"""From ``servicenow.yaml`` to what is expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from connect_voice.errors import UsageError
from connect_voice.servicenow.expected import (
    WRITABLE,
    Calls,
    Entry,
    Expected,
    Insights,
    Kind,
    Rule,
    Severity,
    Sources,
    Tickets,
    Where,
)
from connect_voice.servicenow.names import Name, parse_name
from connect_voice.servicenow.queries import Condition, check_table
from connect_voice.servicenow.yaml_node import Node, parse

FILE_NAME = "servicenow.yaml"
"""In the project's root."""

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SYS_ID = re.compile(r"[0-9a-f]{32}")
_SETTING = re.compile(r"\$\{([a-z_]*)\}")
_KINDS: tuple[Kind, ...] = ("equals", "at_most", "at_least", "not_empty", "exists")


def load(file: Path) -> Expected:
    """Read and check the declaration.

    Raises:
        UsageError: the file is missing, or not usable as it stands.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError):
        raise UsageError(
            f"There is no file {file} to say what the instance should look like; name one with "
            "--file."
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8 text; save it as that.") from None
    return parse_declaration(text, file.name)


def parse_declaration(text: str, file: str = FILE_NAME) -> Expected:
    """The declaration in a text.

    Raises:
        UsageError: it is not usable as it stands.
    """
    top = parse(text, file)
    settings = top.node("settings")
    custom = settings.node("custom_provider")
    used = custom.flag("used")
    values = {key: custom.text(key, default="") for key in ("channel", "provider", "message_auth")}
    custom.end()
    if used and (empty := [key for key, value in values.items() if not value]):
        custom.refuse(f"the custom provider is used, so {' and '.join(empty)} must be set.")
    deployments = settings.texts("deployments")
    for deployment in deployments:
        if not _SYS_ID.fullmatch(deployment):
            settings.refuse(f"{deployment!r} is no sys_id (32 hexadecimal digits).")
    settings.end()
    entries = tuple(_entry(node, values) for node in top.nodes("entries"))
    indicators = _sources(top.node("indicators"))
    top.end()
    ids = [entry.id for entry in entries]
    for entry_id in ids:
        if ids.count(entry_id) > 1:
            raise UsageError(f"{file} has two entries {entry_id!r}; give one another id.")
    return Expected(entries, indicators, custom_provider=used, deployments=deployments)


def _entry(node: Node, settings: Mapping[str, str]) -> Entry:
    entry_id = node.text("id")
    if not _ID.fullmatch(entry_id):
        node.refuse(f"the id {entry_id!r} must be lower-case words joined by hyphens.")
    expect = node.node("expect")
    entry = Entry(
        id=entry_id,
        what=node.text("what"),
        table=_table(node),
        query=_query(node, "query", settings),
        field=_name(node, "field") if node.has("field") else None,
        rule=_rule(expect, settings),
        severity=cast("Severity", node.choice("severity", ("error", "warning"))),
        mender=node.text("mender"),
        written=node.text("written"),
        source=node.text("source"),
        apply=node.flag("apply"),
        per_deployment=_name(node, "per_deployment") if node.has("per_deployment") else None,
        custom_provider=node.flag("custom_provider"),
    )
    node.end()
    if entry.field is None and entry.rule.kind != "exists":
        node.refuse("it expects a value but names no field; set field, or expect exists: true.")
    if entry.apply and not writable(entry):
        node.refuse(
            "apply: true is only for the field value of a record by name in "
            + " and ".join(WRITABLE)
            + "; remove it, and change that on the instance by hand."
        )
    return entry


def writable(entry: Entry) -> bool:
    """Whether `apply` could ever write what an entry is about."""
    names = [where.value for where in entry.query if where.column == Name("name")]
    return (
        not entry.table.is_label
        and entry.field == Name("value")
        and entry.rule.kind in {"equals", "at_most", "at_least"}
        and len(names) == 1
        and names[0] in WRITABLE.get(entry.table.text, ())
    )


def _rule(node: Node, settings: Mapping[str, str]) -> Rule:
    kinds = [kind for kind in _KINDS if node.has(kind)]
    if len(kinds) != 1:
        node.end()
        node.refuse(f"say one of {', '.join(_KINDS)}.")
    kind = kinds[0]
    if kind in {"not_empty", "exists"}:
        if not node.flag(kind):
            node.refuse(f"{kind} can only be true; leave the entry out if it does not matter.")
        node.end()
        return Rule(kind)
    value = _filled(node, node.text(kind), settings)
    if kind != "equals" and not re.fullmatch(r"-?\d+", value):
        node.refuse(f"{kind} wants a whole number; it is {value!r}.")
    node.end()
    return Rule(kind, value)


def _query(node: Node, key: str, settings: Mapping[str, str]) -> tuple[Where, ...]:
    wheres = []
    for item in node.nodes(key):
        where = Where(_name(item, "field"), _filled(item, item.text("is"), settings))
        item.end()
        try:
            Condition("checked", where.value)
        except UsageError as error:
            item.refuse(str(error))
        wheres.append(where)
    return tuple(wheres)


def _sources(node: Node) -> Sources:
    calls, tickets, insights = (node.node(key) for key in ("calls", "tickets", "insights"))
    sources = Sources(
        Calls(
            table=_plain_table(calls),
            when=_name(calls, "when"),
            where=_query(calls, "where", {}),
            live_agent=_name(calls, "live_agent"),
            state=_name(calls, "state"),
            abandoned=calls.text("abandoned"),
            duration=_name(calls, "duration"),
        ),
        Tickets(
            table=_plain_table(tickets),
            interaction=_name(tickets, "interaction"),
            when=_name(tickets, "when"),
        ),
        Insights(
            table=_plain_table(insights),
            when=_name(insights, "when"),
            where=_query(insights, "where", {}) if insights.has("where") else (),
            csat=_name(insights, "csat"),
            resolved=_name(insights, "resolved"),
            resolved_value=insights.text("resolved_value"),
            agent=_name(insights, "agent"),
        ),
    )
    for part in (calls, tickets, insights, node):
        part.end()
    return sources


def _name(node: Node, key: str) -> Name:
    text = node.text(key)
    try:
        name = parse_name(text)
        Condition(("label" if name.is_label else name.text) + name.path)
    except (ValueError, UsageError) as error:
        node.refuse(f"{key} is {text!r}: {str(error).rstrip('.')}.")
    return name


def _table(node: Node) -> Name:
    name = _name(node, "table")
    if name.path:
        node.refuse(f"the table {name} must not have a dot.")
    return name if name.is_label else Name(_plain_table(node))


def _plain_table(node: Node) -> str:
    try:
        return check_table(node.text("table"))
    except UsageError as error:
        node.refuse(str(error))


def _filled(node: Node, text: str, settings: Mapping[str, str]) -> str:
    """The text with ``${setting}`` replaced."""

    def setting(match: re.Match[str]) -> str:
        if match[1] not in settings:
            node.refuse(f"{match[0]} is no setting; there are {', '.join(settings) or 'none'}.")
        return settings[match[1]]

    return _SETTING.sub(setting, text)
