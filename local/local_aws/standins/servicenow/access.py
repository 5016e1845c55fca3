"""What the integration user may see and do, table by table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from local_aws.standins.servicenow.query import Row

Level = Literal["read", "write", "none"]


@dataclass(frozen=True)
class Access:
    """The rules of one table.

    Args:
        level: none refuses the table as a whole; ServiceNow answers 403.
        hidden: records are hidden that have all the values of one of these. ServiceNow counts
            them, leaves them out of the page they would be on, and says nothing of it.
        hidden_columns: left out of every record.
        keeps_writes: whether a write that is allowed has an effect; a business rule may undo it.
    """

    level: Level = "read"
    hidden: tuple[Row, ...] = ()
    hidden_columns: frozenset[str] = frozenset()
    keeps_writes: bool = True

    def hides(self, row: Row) -> bool:
        """Whether the user does not see a record."""
        return any(matches(row, values) for values in self.hidden)


def matches(row: Row, values: Row) -> bool:
    """Whether a record has all these values."""
    return all(row.get(column, "") == value for column, value in values.items())
