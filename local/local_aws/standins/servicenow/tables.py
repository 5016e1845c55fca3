"""The Table API, for reading: ``GET /api/now/table/{table}``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlencode

from local_aws.standins.behaviour import Behaviour
from local_aws.standins.https import Request, Response
from local_aws.standins.servicenow.errors import failure
from local_aws.standins.servicenow.query import Row, parse

TABLE_PREFIX = "/api/now/table/"
"""What the paths of all tables begin with."""

# ServiceNow's documented default of sysparm_limit.
_DEFAULT_LIMIT = 10_000


@dataclass(frozen=True)
class Reading:
    """One read of a table: how the script treats it, and the rows once it has."""

    behaviour: Behaviour
    rows: Callable[[], Iterable[Row]]


@dataclass(frozen=True)
class Table:
    """A table of the instance, as far as the integration user sees it.

    ``fields`` are its own; ``references`` maps those of them that point elsewhere to the table they
    point to; ``paths`` are the dotted paths that can be queried and asked for besides. A table
    without ``open`` exists but may not be read.
    """

    name: str
    fields: tuple[str, ...]
    open: Callable[[], Reading] | None
    references: Mapping[str, str] = field(default_factory=dict)
    paths: tuple[str, ...] = ()


def registry(*tables: Table) -> Mapping[str, Table]:
    """Tables by name."""
    return {table.name: table for table in tables}


def answer(request: Request, table: Table, rows: Iterable[Row], host: str) -> Response:
    """Answer an authenticated, permitted read.

    Args:
        request: with any of sysparm_query, sysparm_fields, sysparm_limit, sysparm_offset and
            sysparm_exclude_reference_link; others are ignored, as ServiceNow does.
        table: the table.
        rows: all of its records.
        host: this instance's ``host:port``, for links.
    """
    parameters = _parameters(request.query)
    known = frozenset((*table.fields, *table.paths))
    selected = parse(parameters.get("sysparm_query", ""), known).select(rows)
    limit = _number(parameters.get("sysparm_limit"), _DEFAULT_LIMIT)
    offset = _number(parameters.get("sysparm_offset"), 0)
    wanted = _wanted(parameters.get("sysparm_fields", ""), table)
    plain = parameters.get("sysparm_exclude_reference_link") == "true"
    result = [
        {name: _cell(table, row, name, host, plain=plain) for name in wanted}
        for row in selected[offset : offset + limit]
    ]
    headers = {"X-Total-Count": str(len(selected))}
    links = _links(request, parameters, host, total=len(selected), limit=limit, offset=offset)
    if links:
        headers["Link"] = links
    return Response(HTTPStatus.OK, json.dumps({"result": result}).encode(), headers=headers)


def invalid_table(name: str) -> Response:
    """What ServiceNow says of a table it does not have, which is 400 and not 404."""
    return failure(HTTPStatus.BAD_REQUEST, f"Invalid table {_printable(name)}")


def forbidden() -> Response:
    """What ServiceNow says of a table that the user may not read."""
    return failure(HTTPStatus.FORBIDDEN, "User Not Authorized", "Failed API level ACL Validation")


def _parameters(query: str) -> dict[str, str]:
    # As a servlet container does: the first of several counts.
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else default


def _wanted(text: str, table: Table) -> tuple[str, ...]:
    if not text:
        return table.fields
    known = (*table.fields, *table.paths)
    return tuple(name for name in (part.strip() for part in text.split(",")) if name in known)


def _cell(table: Table, row: Row, name: str, host: str, *, plain: bool) -> str | dict[str, str]:
    value = row.get(name, "")
    target = table.references.get(name)
    if target is None or plain or not value:
        return value
    return {"link": f"https://{host}{TABLE_PREFIX}{target}/{value}", "value": value}


def _links(
    request: Request,
    parameters: Mapping[str, str],
    host: str,
    *,
    total: int,
    limit: int,
    offset: int,
) -> str:
    if not limit or total <= limit:
        return ""
    offsets = {"first": 0}
    if offset > 0:
        offsets["prev"] = max(0, offset - limit)
    if offset + limit < total:
        offsets["next"] = offset + limit
    offsets["last"] = (total - 1) // limit * limit
    return ",".join(
        f"<https://{host}{request.path}?"
        f'{urlencode({**parameters, "sysparm_offset": str(start)})}>;rel="{relation}"'
        for relation, start in offsets.items()
    )


def _printable(name: str) -> str:
    return re.sub(r"[^\w.-]", "?", name)[:80]
