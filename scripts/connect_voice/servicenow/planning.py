"""``plan``: what would have to change, and what of it `apply` may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connect_voice.servicenow.checking import Verdict


@dataclass(frozen=True)
class Change:
    """One value to set.

    Args:
        name: what the record is called, by which it is known to be one that may be written.
        old: the value that was seen; apply writes only over this one.
    """

    entry_id: str
    table: str
    sys_id: str
    name: str
    column: str
    old: str
    new: str


@dataclass(frozen=True)
class Plan:
    """What would change.

    Args:
        changes: what `apply` would set.
        by_hand: what somebody has to do on the instance.
    """

    changes: tuple[Change, ...]
    by_hand: tuple[Verdict, ...]


def plan(verdicts: Sequence[Verdict]) -> Plan:
    """Work out what would bring the instance to what is expected."""
    changes: list[Change] = []
    by_hand: list[Verdict] = []
    for verdict in verdicts:
        if verdict.status in {"ok", "skipped"}:
            continue
        entry = verdict.entry
        if verdict.status != "off" or not entry.apply:
            by_hand.append(verdict)
            continue
        name = next(where.value for where in entry.query if where.column.text == "name")
        changes += [
            Change(
                entry_id=entry.id,
                table=verdict.table,
                sys_id=seen.sys_id,
                name=name,
                column=seen.column,
                old=seen.value,
                new=entry.rule.value,
            )
            for seen in verdict.seen
            if not seen.ok
        ]
    return Plan(tuple(changes), tuple(by_hand))
