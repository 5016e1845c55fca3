"""Encoded queries that say what they mean, and rows held against them.

ServiceNow drops a condition that it does not understand, such as one on a column that does not
exist, and then answers *more* than was asked (unless ``glide.invalid_query.returns_no_rows`` is
set). So every answer is held against its query, and a value that could begin a condition of its own
is refused: encoded queries have no documented escape for ``^``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from connect_voice.errors import CheckFailed, UsageError
from connect_voice.servicenow.values import same

Operator = Literal["=", ">=", "<", "IN", "ISNOTEMPTY"]
Row = Mapping[str, str]

_COLUMN = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*")
_TABLE = re.compile(r"[a-z][a-z0-9_]*")


class QueryIgnored(CheckFailed):
    """The answer holds rows that the query excludes, so it says nothing."""


@dataclass(frozen=True)
class Condition:
    """One condition; several are joined by *and*.

    Args:
        column: a column, or a path through references (``interaction.state``).
        value: what it is compared with; of IN the alternatives, separated by commas.

    Raises:
        UsageError: the column or the value cannot stand in an encoded query.
    """

    column: str
    value: str = ""
    operator: Operator = "="

    def __post_init__(self) -> None:
        if not _COLUMN.fullmatch(self.column):
            raise UsageError(f"{self.column!r} is no column's name; use the technical one.")
        if "^" in self.value or not self.value.isprintable():
            raise UsageError(
                f"{self.value!r} cannot be looked for in {self.column}: ServiceNow would read "
                "further conditions into it."
            )
        if self.value.strip().lower().startswith("javascript:"):
            raise UsageError(
                f"{self.value!r} cannot be looked for in {self.column}: ServiceNow would run it."
            )

    @property
    def encoded(self) -> str:
        """The condition in ServiceNow's language."""
        return f"{self.column}{self.operator}{self.value}"

    def holds(self, row: Row) -> bool:
        """Whether a row answers the condition; a row without the column does not."""
        actual = row.get(self.column)
        if actual is None:
            return False
        if self.operator == "=":
            return same(actual, self.value)
        if self.operator == "IN":
            return any(same(actual, value) for value in self.value.split(","))
        if self.operator == "ISNOTEMPTY":
            return actual != ""
        # Dates only, and ServiceNow's format sorts as text.
        return actual >= self.value if self.operator == ">=" else actual < self.value


def encode(conditions: Sequence[Condition], order: str | None = None) -> str:
    """The conditions as ``sysparm_query``, in ascending order of a column if one is named."""
    terms = [condition.encoded for condition in conditions]
    if order is not None:
        terms.append(f"ORDERBY{order}")
    return "^".join(terms)


def hold(table: str, conditions: Sequence[Condition], rows: Sequence[Row]) -> None:
    """Hold an answer against its query.

    Raises:
        QueryIgnored: a row is none that was asked for.
    """
    for condition in conditions:
        if not all(condition.holds(row) for row in rows):
            raise QueryIgnored(
                f"ServiceNow ignored the condition on {condition.column} of {table}, or hides that "
                "column from this user; check its name, and that the user may read it."
            )


def check_table(name: str) -> str:
    """The name, if it can be a table's.

    Raises:
        UsageError: it cannot, and must not get into a URL.
    """
    if not _TABLE.fullmatch(name):
        raise UsageError(f"{name!r} is not the name of a table; use its technical name.")
    return name
