"""Tables and columns, as an instance's dictionary has them, and how references lead on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "string",
    "boolean",
    "integer",
    "choice",
    "reference",
    "document_id",
    "glide_date_time",
    "glide_duration",
    "GUID",
]


@dataclass(frozen=True)
class Column:
    """A column.

    Args:
        label: as forms show it.
        kind: ``internal_type`` of the dictionary.
        reference: the table a reference points to.
        choices: of a choice, what is stored to what a person sees.
    """

    name: str
    label: str
    kind: Kind = "string"
    reference: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """A table.

    Args:
        columns: its own, without those it inherits.
        display: the column that people see in place of its sys_id.
        extends: the table whose columns it has too.
        writable: whether the integration user may change its records.
    """

    name: str
    label: str
    columns: tuple[Column, ...]
    display: str = "name"
    extends: str = ""
    writable: bool = False


SYSTEM_COLUMNS = (
    Column("sys_id", "Sys ID", "GUID"),
    Column("sys_created_on", "Created", "glide_date_time"),
)
"""What every table has."""


class Schema:
    """All tables of an instance."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self.tables: Mapping[str, Table] = {table.name: table for table in tables}
        self._columns = {name: self._all_columns(name) for name in self.tables}

    def columns(self, table: str) -> Mapping[str, Column]:
        """The columns of a table that exists, by name; inherited ones too."""
        return self._columns[table]

    def find(self, table: str, path: str) -> Column | None:
        """The column at the end of ``column`` or ``reference.column``, if there is one."""
        name, _, rest = path.partition(".")
        column = self._columns.get(table, {}).get(name)
        if column is None or not rest:
            return column
        return self.find(column.reference, rest)

    def _all_columns(self, name: str) -> Mapping[str, Column]:
        found: list[Column] = []
        while name:
            table = self.tables[name]
            found += table.columns
            name = table.extends
        return {column.name: column for column in (*SYSTEM_COLUMNS, *found)}


@dataclass(frozen=True)
class Paths:
    """What a query of a table may be about: its columns, and those its references lead to."""

    schema: Schema
    table: str

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and self.schema.find(self.table, path) is not None
