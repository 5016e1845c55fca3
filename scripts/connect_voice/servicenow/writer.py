"""The one thing that writes to an instance: a PATCH of one value of one record that may be written.

Only `applying` opens it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from connect_voice.errors import UsageError
from connect_voice.servicenow.expected import WRITABLE
from connect_voice.servicenow.instance import Credentials, Instance
from connect_voice.servicenow.planning import Change
from connect_voice.servicenow.reader import expect
from connect_voice.servicenow.transport import Allowed, Clock, Limits, Transport

_SYS_ID = re.compile(r"[0-9a-f]{32}")
_WRITES = tuple(Allowed("PATCH", f"/api/now/table/{table}/") for table in WRITABLE)


class Writer:
    """Writes as one user, nothing but what the allow-list has."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def set(self, change: Change) -> None:
        """Set the value.

        Raises:
            UsageError: it is not on the allow-list.
            NotAllowed: the user may not write it.
            OutsideError: ServiceNow does not answer usefully; whether it was written is unknown.
        """
        if (
            change.name not in WRITABLE.get(change.table, ())
            or change.column != "value"
            or not _SYS_ID.fullmatch(change.sys_id)
        ):
            raise UsageError(
                f"{change.column} of {change.name} in {change.table} is not on the list of what "
                "may be written; change it on the instance by hand."
            )
        answer = self._transport.send(
            "PATCH",
            f"/api/now/table/{change.table}/{change.sys_id}",
            {"sysparm_fields": "sys_id"},
            {change.column: change.new},
        )
        expect(change.table, answer, "write")


@contextmanager
def open_writer(
    instance: Instance, credentials: Credentials, limits: Limits, clock: Clock = time
) -> Iterator[Writer]:
    """A writer whose session can send nothing but a PATCH to a table of the allow-list."""
    transport = Transport(instance, credentials, _WRITES, limits, clock)
    try:
        yield Writer(transport)
    finally:
        transport.close()
