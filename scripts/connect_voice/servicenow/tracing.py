"""``trace``: what ServiceNow keeps of one call, across its five log tables. Reads only.

How the tables hang together: Connect's contact id is ``interaction.client_session_id``, by which
the vendor's Lambda looks calls up; an interaction's ``channel_metadata_document`` is its
conversation; execution plans name the conversation, and tool executions the plan. The generative AI
log's way to the call is not documented: the instance's own dictionary is asked which of its columns
refer to a record already found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from connect_voice.errors import UsageError
from connect_voice.servicenow.dictionary import Dictionary, Unresolved
from connect_voice.servicenow.errors import NoSuchTable, NotAllowed
from connect_voice.servicenow.names import Name
from connect_voice.servicenow.queries import Condition, QueryIgnored, Row
from connect_voice.servicenow.reader import Reader, Rows

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_CREATED = "sys_created_on"
_CONVERSATION = "channel_metadata_document"
_AT_ONCE = 50  # sys_ids in one query; a URL has its limits

Status = Literal["found", "none", "denied", "unresolved", "not reached"]


@dataclass(frozen=True)
class LogTable:
    """A table with records of calls.

    Args:
        links: a column of it, and the table whose sys_id stands there.
        facts: columns without personal content; everything else is content.
    """

    name: str
    links: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]


INTERACTION = "interaction"
CONVERSATION = "sys_cs_conversation"
PLAN = "sn_aia_execution_plan"
TOOLS = "sn_aia_tools_execution"
AI_LOG = "sys_generative_ai_log"

_FOLLOWING = (
    LogTable(PLAN, (("conversation", CONVERSATION),), ("state", "state_reason", "agent")),
    LogTable(TOOLS, (("execution_plan_id", PLAN),), ("state", "status", "tool", "execution_mode")),
    LogTable(
        AI_LOG, (), ("state", "status", "error_code", "started_at", "completed_at", "time_taken")
    ),
)
_INTERACTION_FACTS = (
    "number",
    "type",
    "state",
    "agent_chat",
    "virtual_agent",
    "opened_at",
    "closed_at",
)
_CONVERSATION_FACTS = ("state", "device_type", "conversation_type")


@dataclass(frozen=True)
class Record:
    """One record of the call.

    Args:
        at: when it was made, as ServiceNow writes it (UTC).
    """

    at: str
    table: str
    sys_id: str
    fields: Row


@dataclass(frozen=True)
class Table:
    """What one table had of the call."""

    name: str
    status: Status
    detail: str
    records: int = 0


@dataclass(frozen=True)
class Trace:
    """The call's records in the order of time, and how complete they are."""

    contact_id: str
    tables: tuple[Table, ...]
    records: tuple[Record, ...]

    @property
    def complete(self) -> bool:
        """Whether the call is known and every table could be looked into."""
        return bool(self.records) and all(t.status in {"found", "none"} for t in self.tables)


@dataclass
class _Search:
    reader: Reader
    names: Dictionary
    show_content: bool
    ids: dict[str, list[str]] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    def take(self, table: str, facts: Sequence[str], found: Rows) -> None:
        """Keep what a table had."""
        for row, shown in zip(found.rows, found.shown, strict=True):
            # What a person sees, but of times what is stored: UTC, whatever the user's time zone.
            kept = {
                name: value
                for name, value in ({**shown, **_times(row)}).items()
                if value
                and name not in {"sys_id", _CREATED}
                and (self.show_content or name in facts)
            }
            self.records.append(Record(row.get(_CREATED, ""), table, row["sys_id"], kept))
        self.ids[table] = [row["sys_id"] for row in found.rows]
        if found.hidden:
            detail = f"further records hidden from this user: {found.hidden}."
            self.tables.append(Table(table, "denied", detail, len(found.rows)))
        else:
            status: Status = "found" if found.rows else "none"
            self.tables.append(Table(table, status, "", len(found.rows)))

    def fetch(self, table: str, facts: Sequence[str], column: str, values: Sequence[str]) -> Rows:
        """Records with one of some values in a column."""
        rows: list[Row] = []
        shown: list[Row] = []
        hidden = 0
        wanted = None if self.show_content else (*facts, _CREATED)
        for start in range(0, len(values), _AT_ONCE):
            condition = Condition(column, ",".join(values[start : start + _AT_ONCE]), "IN")
            found = self.reader.rows(table, wanted, [condition])
            rows += found.rows
            shown += found.shown
            hidden += found.hidden
        return Rows(tuple(rows), hidden, tuple(shown))


def trace(reader: Reader, contact_id: str, *, show_content: bool = False) -> Trace:
    """Find a call's records.

    Args:
        contact_id: Amazon Connect's, a UUID.
        show_content: also fetch what people said and who they are; without it, that never leaves
            the instance.

    Raises:
        UsageError: it is no contact id.
        OutsideError: the instance does not answer; a table that may not be read is said in the
            trace.
    """
    if not _UUID.fullmatch(contact_id):
        raise UsageError(f"{contact_id!r} is no contact id; one is a UUID, as in a contact record.")
    search = _Search(reader, Dictionary(reader), show_content)
    interactions = _interactions(search, contact_id.lower())
    _conversations(search, interactions)
    for table in _FOLLOWING:
        _follow(search, table)
    records = sorted(search.records, key=lambda record: (record.at, record.sys_id))
    return Trace(contact_id.lower(), tuple(search.tables), tuple(records))


def _interactions(search: _Search, contact_id: str) -> Rows:
    facts = (*_INTERACTION_FACTS, _CONVERSATION)
    try:
        found = search.fetch(INTERACTION, facts, "client_session_id", [contact_id])
    except (NotAllowed, NoSuchTable, QueryIgnored) as error:
        search.tables.append(_failed(INTERACTION, error))
        return Rows(())
    search.take(INTERACTION, _INTERACTION_FACTS, found)
    return found


def _conversations(search: _Search, interactions: Rows) -> None:
    ids = [row.get(_CONVERSATION, "") for row in interactions.rows]
    if not any(ids):
        detail = f"no interaction names its conversation ({_CONVERSATION})."
        search.tables.append(Table(CONVERSATION, "not reached", detail))
        return
    try:
        found = search.fetch(CONVERSATION, _CONVERSATION_FACTS, "sys_id", [i for i in ids if i])
    except (NotAllowed, NoSuchTable, QueryIgnored) as error:
        search.tables.append(_failed(CONVERSATION, error))
        # The interaction has told the id, which is all that the following tables need.
        search.ids[CONVERSATION] = [i for i in ids if i]
        return
    search.take(CONVERSATION, _CONVERSATION_FACTS, found)


def _follow(search: _Search, table: LogTable) -> None:
    known = {name: ids for name, ids in search.ids.items() if ids}
    if not known:
        search.tables.append(Table(table.name, "not reached", "no record leads to it."))
        return
    try:
        links = table.links or tuple(
            (column.name, column.reference)
            for column in search.names.references(table.name, tuple(known))
        )
        if not links:
            search.tables.append(_no_link(search, table.name))
            return
        usable = [(column, parent) for column, parent in links if parent in known]
        if not usable:
            parents = " or ".join(dict.fromkeys(parent for _, parent in links))
            detail = f"no record of {parents} leads to it."
            search.tables.append(Table(table.name, "not reached", detail))
            return
        found: dict[str, tuple[Row, Row]] = {}
        hidden = 0
        for column, parent in usable:
            search.names.column(table.name, Name(column))
            part = search.fetch(table.name, table.facts, column, known[parent])
            pairs = zip(part.rows, part.shown, strict=True)
            found |= {row["sys_id"]: (row, shown) for row, shown in pairs}
            hidden += part.hidden
    except (NotAllowed, NoSuchTable, QueryIgnored, Unresolved) as error:
        search.tables.append(_failed(table.name, error))
        return
    rows, shown = (tuple(pair[i] for pair in found.values()) for i in (0, 1))
    search.take(table.name, table.facts, Rows(rows, hidden, shown))


def _times(row: Row) -> Row:
    return {name: value for name, value in row.items() if name.endswith(("_at", "_on"))}


def _no_link(search: _Search, table: str) -> Table:
    # Reading a row tells a table that may not be read from one whose columns are not known.
    search.reader.rows(table, (), limit=1)
    return Table(
        table, "unresolved", "none of its columns is known to refer to a record of the call."
    )


def _failed(table: str, error: NotAllowed | NoSuchTable | QueryIgnored | Unresolved) -> Table:
    status: Status = "denied" if isinstance(error, NotAllowed) else "unresolved"
    return Table(table, status, str(error))
