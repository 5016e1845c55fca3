"""The Aggregate API: ``GET /api/now/stats/{table}``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from http import HTTPStatus

from local_aws.standins.https import Request, Response
from local_aws.standins.servicenow import durations, parameters
from local_aws.standins.servicenow.parameters import Parameters
from local_aws.standins.servicenow.query import Row
from local_aws.standins.servicenow.schema import Column
from local_aws.standins.servicenow.tables import Selection, forbidden

STATS_PREFIX = "/api/now/stats/"
"""What the paths of all tables' statistics begin with."""

_Amounts = Sequence[Decimal]
_AGGREGATES: dict[str, Callable[[_Amounts], Decimal]] = {
    "sum": lambda amounts: sum(amounts, Decimal()),
    "avg": lambda amounts: sum(amounts, Decimal()) / len(amounts),
    "min": min,
    "max": max,
}
_AVERAGE_DIGITS = Decimal("0.0001")


def answer(request: Request, selection: Selection) -> Response:
    """Answer an authenticated request about a table that the user may read.

    Args:
        request: with any of sysparm_query, sysparm_count, sysparm_group_by, sysparm_display_value
            and sysparm_{sum,avg,min,max}_fields; names that the table does not have are dropped.
        selection: the table; statistics need read access to all of its records.
    """
    if any(selection.access.hides(row) for row in selection.rows):
        return forbidden()
    asked = parameters.parse(request.query)
    rows = selection.matching(asked.query)
    by = _known(selection, asked.names("sysparm_group_by"))
    if not by:
        return _result({"stats": _statistics(selection, asked, rows)})
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        key = tuple(selection.database.value(selection.table, row, path) for path in by)
        groups.setdefault(key, []).append(row)
    return _result(
        [
            {
                "stats": _statistics(selection, asked, members),
                "groupby_fields": [
                    _key(selection, asked, members[0], path=path, value=value)
                    for path, value in zip(by, key, strict=True)
                ],
            }
            for key, members in groups.items()
        ]
    )


def _statistics(selection: Selection, asked: Parameters, rows: Sequence[Row]) -> dict[str, object]:
    stats: dict[str, object] = {}
    if asked.flag("sysparm_count"):
        stats["count"] = str(len(rows))
    for name, compute in _AGGREGATES.items():
        paths = _known(selection, asked.names(f"sysparm_{name}_fields"))
        if paths:
            stats[name] = {path: _computed(selection, rows, path, compute) for path in paths}
    return stats


def _computed(
    selection: Selection,
    rows: Iterable[Row],
    path: str,
    compute: Callable[[_Amounts], Decimal],
) -> str:
    column = selection.database.schema.find(selection.table, path)
    values = (selection.database.value(selection.table, row, path) for row in rows)
    amounts = [amount for value in values if (amount := _amount(column, value)) is not None]
    if not amounts:
        return ""  # of nothing, a database says nothing
    result = compute(amounts)
    if _is_time(column):
        return durations.stamp(float(result))
    exact = result == result.to_integral_value()
    return f"{result:f}" if exact else f"{result.quantize(_AVERAGE_DIGITS).normalize():f}"


def _key(
    selection: Selection, asked: Parameters, row: Row, *, path: str, value: str
) -> dict[str, str]:
    shown = selection.database.shown(selection.table, row, path)
    if asked.display == "all":
        return {"field": path, "value": value, "display_value": shown}
    return {"field": path, "value": shown if asked.display == "true" else value}


def _known(selection: Selection, paths: Iterable[str]) -> list[str]:
    schema, hidden = selection.database.schema, selection.access.hidden_columns
    return [
        path
        for path in paths
        if schema.find(selection.table, path) and path.partition(".")[0] not in hidden
    ]


def _amount(column: Column | None, value: str) -> Decimal | None:
    try:
        return Decimal(durations.parse(value)) if _is_time(column) else Decimal(value)
    except (ValueError, InvalidOperation):
        return None


def _is_time(column: Column | None) -> bool:
    return column is not None and column.kind in {"glide_duration", "glide_date_time"}


def _result(result: object) -> Response:
    return Response(HTTPStatus.OK, json.dumps({"result": result}).encode())
