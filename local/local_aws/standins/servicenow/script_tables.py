"""What a script says of tables: the records in them, and what the integration user may do."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from local_aws.standins.fields import Fields, ScriptError
from local_aws.standins.servicenow import shipped
from local_aws.standins.servicenow.access import Access, Level, matches
from local_aws.standins.servicenow.query import Row
from local_aws.standins.servicenow.records import Records
from local_aws.standins.servicenow.schema_calls import CONTEXT
from local_aws.standins.servicenow.shipped import SCHEMA

_CREATED = "sys_created_on"
_WHEN = "2025-08-14 09:00:00"


@dataclass(frozen=True)
class Tables:
    """The tables under one script.

    Args:
        changed: the records of those tables that the script changes.
        rules: of those tables whose rules it sets.
    """

    changed: Mapping[str, Sequence[Row]]
    rules: Mapping[str, Access]

    def records(self) -> Records:
        """The records before the first request."""
        return Records({**shipped.records(), **self.changed})

    def access(self, table: str) -> Access:
        """The rules of a table."""
        return self.rules.get(table) or Access("write" if SCHEMA.tables[table].writable else "read")


def parse(parts: Sequence[Fields]) -> Tables:
    """Read what a script says.

    Args:
        parts: one for each table.

    Raises:
        ScriptError: it names what is not there, or changes nothing.
    """
    changed: dict[str, Sequence[Row]] = {}
    rules: dict[str, Access] = {}
    for fields in parts:
        table = _table(fields)
        if table in rules:
            raise ScriptError(f"{fields.name} is a second part for {table}; join the two.")
        rules[table] = _access(fields, table)
        rows = _rows(fields, table)
        if rows is not None:
            changed[table] = rows
        fields.done()
    return Tables(changed, rules)


def _table(fields: Fields) -> str:
    name = fields.optional_text("name")
    if name is not None and name in SCHEMA.tables:
        return name
    import difflib  # noqa: PLC0415  # nobody waits for it unless something is misspelt

    near = difflib.get_close_matches(name or "", SCHEMA.tables, n=1)
    hint = (
        f"did you mean {near[0]}?" if near else f"give one of {', '.join(sorted(SCHEMA.tables))}."
    )
    raise ScriptError(f"{fields.name}.name is {json.dumps(name)}; {hint}")


def _access(fields: Fields, table: str) -> Access:
    writable = SCHEMA.tables[table].writable
    levels = ("write", "read", "none") if writable else ("read", "write", "none")
    hidden = (fields.optional_text("hide_columns") or "").split(",")
    names = frozenset(name.strip() for name in hidden) - {""}
    for name in names:
        if name not in SCHEMA.columns(table):
            raise ScriptError(f"{fields.name}.hide_columns has {name}, which {table} has not.")
    return Access(
        level=cast(Level, fields.choice("access", levels)),
        hidden=tuple(_values(where, table) for where in fields.steps("hide")),
        hidden_columns=names,
        keeps_writes=fields.flag("keeps_writes", default=True),
    )


def _rows(fields: Fields, table: str) -> list[Row] | None:
    """The table's records as the script wants them; None where it says nothing of them."""
    removed, changed, added = (fields.steps(key) for key in ("remove", "change", "add"))
    if not (removed or changed or added):
        return None
    if table == CONTEXT:
        raise ScriptError(f"{fields.name} cannot set records of {CONTEXT}; calls make them.")
    rows = list(shipped.records().get(table, ()))
    for where in removed:
        chosen = _chosen(rows, where, table)
        rows = [row for row in rows if row not in chosen]
    for change in changed:
        chosen = _chosen(rows, _only(change, "where"), table)
        values = _values(_only(change, "set"), table)
        rows = [{**row, **values} if row in chosen else row for row in rows]
        change.done()
    made = {"sys_id": "", _CREATED: _WHEN}
    for record in added:
        row = {**made, **_values(record, table)}
        rows.append({**row, "sys_id": row["sys_id"] or uuid.uuid4().hex})
    return rows


def _chosen(rows: Sequence[Row], where: Fields, table: str) -> list[Row]:
    values = _values(where, table)
    chosen = [row for row in rows if matches(row, values)]
    if not chosen:
        raise ScriptError(f"{where.name} fits no record of {table}; say what one of them has.")
    return chosen


def _only(fields: Fields, key: str) -> Fields:
    parts = fields.steps(key)
    if len(parts) != 1:
        raise ScriptError(f"{fields.name}.{key} must be one object of columns and values.")
    return parts[0]


def _values(fields: Fields, table: str) -> Row:
    """Columns and their values; an empty object is any record."""
    read = {name: fields.optional_text(name) for name in SCHEMA.columns(table)}
    fields.done()
    return {name: value for name, value in read.items() if value is not None}
