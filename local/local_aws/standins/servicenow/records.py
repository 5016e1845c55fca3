"""The records of an instance: what was set up, and what calls have left."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence

from local_aws.standins.servicenow import durations
from local_aws.standins.servicenow.query import Row
from local_aws.standins.servicenow.schema import Schema

_KEPT_CALLS = 1000

ByTable = Mapping[str, Sequence[Row]]
"""Records by table."""


class Records:
    """Records by table and sys_id; for several threads at once."""

    def __init__(self, content: ByTable) -> None:
        self._lock = threading.Lock()
        self._tables: dict[str, dict[str, Row]] = {}
        self.add(content)

    def add(self, content: ByTable) -> None:
        """Take records in."""
        with self._lock:
            for table, rows in content.items():
                self._tables.setdefault(table, {}).update({row["sys_id"]: row for row in rows})

    def discard(self, content: ByTable) -> None:
        """Let records go."""
        with self._lock:
            for table, rows in content.items():
                for row in rows:
                    self._tables.get(table, {}).pop(row["sys_id"], None)

    def rows(self, table: str) -> tuple[Row, ...]:
        """A table's records, in the order in which they came."""
        with self._lock:
            return tuple(self._tables.get(table, {}).values())

    def find(self, table: str, sys_id: str) -> Row | None:
        """One record."""
        with self._lock:
            return self._tables.get(table, {}).get(sys_id)

    def update(self, table: str, sys_id: str, changes: Row) -> None:
        """Change a record, if it is here."""
        with self._lock:
            row = self._tables.get(table, {}).get(sys_id)
            if row is not None:
                self._tables[table][sys_id] = {**row, **changes}


class History(Records):
    """What the latest calls have left; a new script does not forget it."""

    def __init__(self) -> None:
        super().__init__({})
        self._calls: deque[ByTable] = deque()

    def keep(self, call: ByTable) -> None:
        """Take in the records of a call, and let go of the oldest call's when there are many."""
        self.add(call)
        self._calls.append(call)
        if len(self._calls) > _KEPT_CALLS:
            self.discard(self._calls.popleft())


class Database:
    """All records, and the way from one to another."""

    def __init__(self, schema: Schema, setup: Records, history: History) -> None:
        self.schema = schema
        self._sources = (setup, history)

    def rows(self, table: str) -> tuple[Row, ...]:
        """A table's records."""
        return tuple(row for source in self._sources for row in source.rows(table))

    def find(self, table: str, sys_id: str) -> Row | None:
        """One record."""
        for source in self._sources:
            row = source.find(table, sys_id)
            if row is not None:
                return row
        return None

    def update(self, table: str, sys_id: str, changes: Row) -> None:
        """Change a record."""
        for source in self._sources:
            source.update(table, sys_id, changes)

    def value(self, table: str, row: Row, path: str) -> str:
        """What is stored at the end of ``column`` or ``reference.column``; empty if nothing is."""
        name, _, rest = path.partition(".")
        if path in row or not rest:
            return row.get(path, "")
        column = self.schema.columns(table).get(name)
        target = self.find(column.reference, row.get(name, "")) if column else None
        return self.value(column.reference, target, rest) if column and target else ""

    def shown(self, table: str, row: Row, path: str) -> str:
        """What a person sees there: the name of a record, the label of a choice."""
        value = self.value(table, row, path)
        column = self.schema.find(table, path)
        if column is None:
            return value
        if column.kind == "choice":
            return column.choices.get(value, value)
        if column.kind == "glide_duration":
            return durations.spoken(value)
        target = self.find(column.reference, value) if column.reference else None
        if target is None:
            return value
        return self.shown(column.reference, target, self.schema.tables[column.reference].display)
