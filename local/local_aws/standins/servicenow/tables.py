"""The Table API: ``/api/now/table/{table}`` and ``/api/now/table/{table}/{sys_id}``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from local_aws.standins.https import Request, Response
from local_aws.standins.servicenow import parameters, query
from local_aws.standins.servicenow.access import Access
from local_aws.standins.servicenow.cells import TABLE_PREFIX, Writer
from local_aws.standins.servicenow.errors import failure
from local_aws.standins.servicenow.parameters import Parameters
from local_aws.standins.servicenow.query import Row
from local_aws.standins.servicenow.records import Database
from local_aws.standins.servicenow.schema import Paths

__all__ = ["TABLE_PREFIX", "Selection", "TableApi", "forbidden", "invalid_table"]


@dataclass(frozen=True)
class Selection:
    """The records of one table that requests choose from.

    Args:
        rows: all of them, also those that the user does not see.
    """

    database: Database
    table: str
    rows: Iterable[Row]
    access: Access

    def matching(self, text: str) -> list[Row]:
        """Those that an encoded query finds, in its order."""
        parsed = query.parse(text, Paths(self.database.schema, self.table))
        walked = [path for path in parsed.fields if "." in path]
        rows = self.rows
        if walked:
            rows = [
                {**row, **{path: self.database.value(self.table, row, path) for path in walked}}
                for row in rows
            ]
        return parsed.select(rows)


class TableApi:
    """Answers authenticated requests to one table that the user may read.

    Args:
        host: this instance's ``host:port``, for links.
    """

    def __init__(self, selection: Selection, host: str) -> None:
        self._selection = selection
        self._host = host
        self._writer = Writer(selection.database, selection.table, selection.access, host)

    def list_records(self, request: Request) -> Response:
        """Answer a query."""
        asked = parameters.parse(request.query)
        found = self._selection.matching(asked.query)
        # ServiceNow cuts pages before its rules hide records, so a page may be short.
        page = found[asked.offset : asked.offset + asked.limit]
        result = [
            self._writer.record(row, asked) for row in page if not self._selection.access.hides(row)
        ]
        headers = {"X-Total-Count": str(len(found))}
        links = self._links(request, asked, total=len(found))
        if links:
            headers["Link"] = links
        return Response(HTTPStatus.OK, json.dumps({"result": result}).encode(), headers=headers)

    def read(self, request: Request, sys_id: str) -> Response:
        """Answer with one record."""
        row = self._find(sys_id)
        return _no_record() if row is None else self._one(row, request)

    def change(self, request: Request, sys_id: str) -> Response:
        """Set fields of one record: those that exist, the system's own aside."""
        if request.media_type != "application/json":
            return failure(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type")
        try:
            body: object = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return failure(HTTPStatus.BAD_REQUEST, "Bad Request", "The body is not a JSON object")
        if self._find(sys_id) is None:
            return _no_record()
        selection = self._selection
        if selection.access.level != "write":
            return failure(
                HTTPStatus.FORBIDDEN,
                "Operation Failed",
                "ACL Exception Update Failed due to security constraints",
            )
        columns = selection.database.schema.columns(selection.table)
        changes = {
            name: _text(value)
            for name, value in body.items()
            if name in columns and not name.startswith("sys_")
        }
        if selection.access.keeps_writes:
            selection.database.update(selection.table, sys_id, changes)
        row = selection.database.find(selection.table, sys_id)
        return _no_record() if row is None else self._one(row, request)

    def _find(self, sys_id: str) -> Row | None:
        return next(
            (
                row
                for row in self._selection.rows
                if row["sys_id"] == sys_id and not self._selection.access.hides(row)
            ),
            None,
        )

    def _one(self, row: Row, request: Request) -> Response:
        record = self._writer.record(row, parameters.parse(request.query))
        return Response(HTTPStatus.OK, json.dumps({"result": record}).encode())

    def _links(self, request: Request, asked: Parameters, *, total: int) -> str:
        limit, offset = asked.limit, asked.offset
        if not limit or total <= limit:
            return ""
        offsets = {"first": 0}
        if offset > 0:
            offsets["prev"] = max(0, offset - limit)
        if offset + limit < total:
            offsets["next"] = offset + limit
        offsets["last"] = (total - 1) // limit * limit
        return ",".join(
            f'<{self._page(request, asked.sent, start)}>;rel="{relation}"'
            for relation, start in offsets.items()
        )

    def _page(self, request: Request, sent: Mapping[str, str], start: int) -> str:
        query = urlencode({**sent, "sysparm_offset": str(start)})
        return f"https://{self._host}{request.path}?{query}"


def invalid_table(name: str) -> Response:
    """What ServiceNow says of a table it does not have, which is 400 and not 404."""
    return failure(HTTPStatus.BAD_REQUEST, f"Invalid table {_printable(name)}")


def forbidden() -> Response:
    """What ServiceNow says of a table that the user may not read."""
    return failure(HTTPStatus.FORBIDDEN, "User Not Authorized", "Failed API level ACL Validation")


def _no_record() -> Response:
    return failure(
        HTTPStatus.NOT_FOUND,
        "No Record found",
        "Record doesn't exist or ACL restricts the record retrieval",
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _printable(name: str) -> str:
    return re.sub(r"[^\w.-]", "?", name)[:80]
