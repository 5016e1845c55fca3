"""From labels to technical names, by the instance's own dictionary.

``sys_db_object`` has a row a table (name, label, and the table it extends), ``sys_dictionary`` one
a column (table, element, label, and the table a reference points to). Nothing is guessed: no match,
and several, are both said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connect_voice.errors import CheckFailed
from connect_voice.servicenow.errors import NoSuchTable, NotAllowed
from connect_voice.servicenow.names import Name
from connect_voice.servicenow.queries import Condition, Row
from connect_voice.servicenow.reader import Reader

_TABLES = "sys_db_object"
_COLUMNS = "sys_dictionary"
_MAX_DEPTH = 10  # tables extend each other three or four deep; a ring would never end


class Unresolved(CheckFailed):
    """A name stands for no table or column of this instance, or for several."""


@dataclass(frozen=True)
class Column:
    """A column of a table or of one it extends.

    Args:
        reference: the table it points to, if it is a reference.
    """

    name: str
    label: str
    reference: str


@dataclass
class Dictionary:
    """The dictionary of one instance; each table is asked for once."""

    reader: Reader
    _columns: dict[str, tuple[Column, ...] | None] = field(default_factory=dict)

    def table(self, name: Name) -> str:
        """The technical name of a table.

        Raises:
            Unresolved: there is none, or several, by that label.
        """
        if not name.is_label:
            return name.text
        try:
            rows = self.reader.rows(_TABLES, ("name",), [Condition("label", name.text)]).rows
        except NotAllowed as error:
            raise Unresolved(f"the table {name} cannot be resolved: {error}") from None
        return _one(f"the table {name}", sorted({row.get("name", "") for row in rows} - {""}))

    def column(self, table: str, name: Name) -> str:
        """The technical name of a column.

        A technical name is only looked up where the dictionary may be read; the rows that come back
        are held against the query all the same.

        Raises:
            Unresolved: the table has no such column, or several by that label.
            NoSuchTable: the instance does not have the table.
        """
        columns = self.columns(table)
        if columns is None:
            if not name.is_label:
                return name.text + name.path
            raise Unresolved(
                f"{name} of {table} cannot be resolved: not allowed to read {_COLUMNS}; give the "
                "integration user a role that may, or write the column's technical name."
            )
        if name.is_label:
            wanted = name.text.casefold()
            matches = [column.name for column in columns if column.label.casefold() == wanted]
        else:
            # sys_ columns and others of the platform's are not always in the dictionary.
            matches = [column.name for column in columns if column.name == name.text]
            if not matches and name.text.startswith("sys_"):
                return name.text + name.path
        return _one(f"the column {name} of {table}", sorted(set(matches))) + name.path

    def references(self, table: str, targets: Sequence[str]) -> tuple[Column, ...]:
        """The columns that point to one of some tables; none where that cannot be known."""
        return tuple(c for c in self.columns(table) or () if c.reference in targets)

    def columns(self, table: str) -> tuple[Column, ...] | None:
        """The columns of a table, inherited ones too; None where that may not be known.

        Raises:
            NoSuchTable: the instance does not have the table.
        """
        if table not in self._columns:
            self._columns[table] = self._fetch(table)
        return self._columns[table]

    def _fetch(self, table: str) -> tuple[Column, ...] | None:
        try:
            ancestry = self._ancestry(table)
            if not ancestry:
                raise NoSuchTable(table)
            rows = self.reader.rows(
                _COLUMNS,
                ("name", "element", "column_label", "reference"),
                [Condition("name", ",".join(ancestry), "IN")],
            ).rows
        except NotAllowed:
            return None
        return tuple(
            Column(row["element"], row.get("column_label", ""), row.get("reference", ""))
            for row in rows
            if row.get("element")  # the row without one is the table itself
        )

    def _ancestry(self, table: str) -> list[str]:
        """The table and those it extends."""
        found: list[str] = []
        condition = Condition("name", table)
        while len(found) < _MAX_DEPTH:
            rows: tuple[Row, ...] = self.reader.rows(
                _TABLES, ("name", "super_class"), [condition]
            ).rows
            if not rows:
                return found
            found.append(rows[0]["name"])
            parent = rows[0].get("super_class", "")
            if not parent:
                return found
            condition = Condition("sys_id", parent)
        return found


def _one(what: str, matches: Sequence[str]) -> str:
    if not matches:
        raise Unresolved(f"{what} does not exist on this instance; correct it in servicenow.yaml.")
    if len(matches) > 1:
        raise Unresolved(
            f"{what} is one of {', '.join(matches)}; write the technical name in servicenow.yaml."
        )
    return matches[0]
