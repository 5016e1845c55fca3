"""``check``: an instance held against what is expected of it. Reads only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from connect_voice.servicenow.dictionary import Dictionary, Unresolved
from connect_voice.servicenow.errors import NoSuchTable, NotAllowed
from connect_voice.servicenow.expected import Entry, Expected
from connect_voice.servicenow.queries import Condition, QueryIgnored
from connect_voice.servicenow.reader import Reader, Rows

Status = Literal["ok", "off", "missing", "denied", "unresolved", "skipped"]


@dataclass(frozen=True)
class Seen:
    """One record an entry is about.

    Args:
        column: the technical name of the entry's field, empty where a record is all it takes.
        value: what is stored there.
    """

    sys_id: str
    column: str
    value: str
    ok: bool


@dataclass(frozen=True)
class Verdict:
    """What was found of one entry.

    Args:
        status: ok; off (another value); missing (no record); denied (the user may not see it);
            unresolved (a name stands for nothing here); skipped (it does not matter here).
        detail: the finding in words.
        table: the technical name, where it is known.
    """

    entry: Entry
    status: Status
    detail: str
    table: str = ""
    seen: tuple[Seen, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether the check as a whole fails by it; what cannot be seen is not taken for right."""
        return self.entry.severity == "error" and self.status not in {"ok", "skipped"}


def check(
    expected: Expected, reader: Reader, progress: Callable[[str], None] = lambda _: None
) -> tuple[Verdict, ...]:
    """Hold the instance against every entry.

    Args:
        progress: told the entry's id before each.

    Raises:
        OutsideError: the instance does not answer; a single table's refusal is a verdict.
    """
    dictionary = Dictionary(reader)
    verdicts = []
    for entry in expected.entries:
        progress(entry.id)
        verdicts.append(_verdict(entry, expected, reader, dictionary))
    return tuple(verdicts)


def _verdict(entry: Entry, expected: Expected, reader: Reader, dictionary: Dictionary) -> Verdict:
    if entry.custom_provider and not expected.custom_provider:
        return Verdict(entry, "skipped", "no custom provider is used")
    try:
        table = dictionary.table(entry.table)
        conditions = [
            Condition(dictionary.column(table, where.column), where.value) for where in entry.query
        ]
        column = "" if entry.field is None else dictionary.column(table, entry.field)
        owner = ""
        if entry.per_deployment and expected.deployments:
            owner = dictionary.column(table, entry.per_deployment)
            conditions.append(Condition(owner, ",".join(expected.deployments), "IN"))
        found = reader.rows(table, [column] if column else [], conditions)
    except NotAllowed as error:
        return Verdict(entry, "denied", str(error))
    except (Unresolved, NoSuchTable, QueryIgnored) as error:
        return Verdict(entry, "unresolved", str(error))
    return _judge(entry, table, column, found, lacking=_lacking(owner, expected, found))


def _lacking(owner: str, expected: Expected, found: Rows) -> list[str]:
    """The deployments without a record of their own."""
    present = {row[owner] for row in found.rows} if owner else set()
    return [deployment for deployment in expected.deployments if deployment not in present]


def _judge(entry: Entry, table: str, column: str, found: Rows, *, lacking: list[str]) -> Verdict:
    if column and any(column not in row for row in found.rows):
        detail = f"not allowed to read {column} of {table}, or it has no such column."
        return Verdict(entry, "denied", detail, table)
    seen = tuple(
        Seen(
            sys_id=row["sys_id"],
            column=column,
            value=row.get(column, ""),
            ok=entry.rule.holds(row.get(column, "")) or entry.rule.holds(shown.get(column, "")),
        )
        for row, shown in zip(found.rows, found.shown, strict=True)
    )
    status: Status = "ok"
    detail = ", ".join(dict.fromkeys(one.value for one in seen)) if column else "it is there"
    if off := [one for one in seen if not one.ok]:
        values = ", ".join(dict.fromkeys(repr(one.value) for one in off))
        where = f" in {len(off)} of {len(seen)} records" if len(seen) > 1 else ""
        status, detail = "off", f"it is {values}{where}, expected {entry.rule}."
    elif found.hidden:
        status, detail = "denied", f"records of {table} hidden from this user: {found.hidden}."
    elif entry.per_deployment and lacking:
        status, detail = "missing", f"no record for the deployment {', '.join(lacking)}."
    elif not seen:
        status, detail = "missing", f"no record in {table}."
    return Verdict(entry, status, detail, table, seen)
