"""What a ServiceNow instance may answer instead of rows."""

from __future__ import annotations

from connect_voice.errors import CheckFailed


class NotAllowed(CheckFailed):
    """The user may not read, or write, a table."""

    def __init__(self, table: str, verb: str = "read") -> None:
        super().__init__(
            f"not allowed to {verb} {table}; give the integration user a role that may."
        )
        self.table = table


class NoSuchTable(CheckFailed):
    """The instance does not have the table."""

    def __init__(self, table: str) -> None:
        super().__init__(f"there is no table {table} here; the plugin that brings it is missing.")
        self.table = table
