"""Records as the Table API writes them: values, what people see of them, links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from local_aws.standins.servicenow.access import Access
from local_aws.standins.servicenow.parameters import Parameters
from local_aws.standins.servicenow.query import Row
from local_aws.standins.servicenow.records import Database

TABLE_PREFIX = "/api/now/table/"
"""What the paths of all tables begin with."""

Cell = str | dict[str, str]


@dataclass(frozen=True)
class Writer:
    """Writes records of one table for one user.

    Args:
        host: this instance's ``host:port``, for links.
    """

    database: Database
    table: str
    access: Access
    host: str

    def record(self, row: Row, parameters: Parameters) -> dict[str, Cell]:
        """A record with the fields that are asked for, as far as they exist and may be seen."""
        return {
            path: self._cell(row, path, parameters)
            for path in self._wanted(parameters.fields)
            if path.partition(".")[0] not in self.access.hidden_columns
        }

    def _wanted(self, fields: Sequence[str]) -> Sequence[str]:
        if not fields:
            return tuple(self.database.schema.columns(self.table))
        return [path for path in fields if self.database.schema.find(self.table, path)]

    def _cell(self, row: Row, path: str, parameters: Parameters) -> Cell:
        value = self.database.value(self.table, row, path)
        column = self.database.schema.find(self.table, path)
        link = {}
        if column is not None and column.reference and value and not parameters.plain:
            link = {"link": f"https://{self.host}{TABLE_PREFIX}{column.reference}/{value}"}
        if parameters.display == "false":
            return {**link, "value": value} if link else value
        shown = self.database.shown(self.table, row, path)
        if parameters.display == "all":
            return {"display_value": shown, **link, "value": value}
        return {"display_value": shown, **link} if link else shown
