"""Reading an instance: the Table API and the Aggregate API, GET and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from connect_voice.errors import OutsideError
from connect_voice.servicenow.errors import NoSuchTable, NotAllowed
from connect_voice.servicenow.instance import Credentials, Instance
from connect_voice.servicenow.queries import Condition, Row, check_table, encode, hold
from connect_voice.servicenow.transport import Allowed, Answer, Clock, Limits, Transport

_PAGE = 500
READS = Allowed("GET", "/api/now/")


@dataclass(frozen=True)
class Rows:
    """Records of a table.

    Args:
        hidden: how many more match that the user may not see; ServiceNow counts before it hides.
        shown: the same records as a person sees them: names instead of sys_ids, labels of choices.
    """

    rows: tuple[Row, ...]
    hidden: int = 0
    shown: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Group:
    """Statistics over a table's records, or over those of them that share their ``key``.

    Args:
        key: column to value, as far as was grouped.
        sums: column to its sum, in the form ServiceNow gives it.
    """

    count: int
    key: Mapping[str, str] = field(default_factory=dict)
    sums: Mapping[str, str] = field(default_factory=dict)


class Reader:
    """Reads one instance as one user."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def rows(
        self,
        table: str,
        columns: Sequence[str] | None,
        conditions: Sequence[Condition] = (),
        *,
        limit: int | None = None,
    ) -> Rows:
        """Records that meet the conditions, by sys_id so that no page repeats or skips one.

        Args:
            columns: what to fetch besides what the conditions are about; None fetches everything.
            limit: at most so many.

        Raises:
            NotAllowed: the user may not read the table.
            NoSuchTable: the instance does not have it.
            QueryIgnored: ServiceNow answered something else than was asked.
            OutsideError: it did not answer usefully at all.
        """
        parameters = {
            "sysparm_query": encode(conditions, order="sys_id"),
            "sysparm_exclude_reference_link": "true",
            "sysparm_display_value": "all",
        }
        if columns is not None:
            asked = ("sys_id", *columns, *(condition.column for condition in conditions))
            parameters["sysparm_fields"] = ",".join(dict.fromkeys(asked))
        found: dict[str, tuple[Row, Row]] = {}
        page = _PAGE if limit is None else min(_PAGE, limit)
        offset, total = 0, None
        while True:
            answer = self._get(
                table,
                f"/api/now/table/{check_table(table)}",
                {**parameters, "sysparm_limit": str(page), "sysparm_offset": str(offset)},
            )
            rows = _rows(table, answer)
            hold(table, conditions, [row for row, _ in rows])
            found |= {row["sys_id"]: (row, shown) for row, shown in rows}
            total = _number(answer.headers.get("x-total-count"))
            offset += page
            enough = limit is not None and offset >= limit
            # A page may be short because rules hide records of it, so only the count says the end.
            if enough or ((offset >= total) if total is not None else len(rows) < page):
                seen = tuple(found.values())[:limit]
                hidden = 0 if enough or total is None else max(0, total - len(found))
                return Rows(
                    tuple(row for row, _ in seen), hidden, tuple(shown for _, shown in seen)
                )

    def statistics(
        self,
        table: str,
        conditions: Sequence[Condition],
        *,
        group_by: Sequence[str] = (),
        sums: Sequence[str] = (),
        shown: bool = False,
    ) -> tuple[Group, ...]:
        """Counts and sums; one `Group` where nothing is grouped.

        Args:
            shown: keys as a person sees them, names instead of sys_ids.

        Nothing in the answer shows whether a condition was dropped: hold rows against the same
        conditions first.

        Raises:
            NotAllowed, NoSuchTable, OutsideError: as `rows`.
        """
        parameters = {"sysparm_query": encode(conditions), "sysparm_count": "true"}
        for name, columns in (
            ("sysparm_group_by", group_by),
            ("sysparm_sum_fields", sums),
        ):
            if columns:
                parameters[name] = ",".join(columns)
        if shown:
            parameters["sysparm_display_value"] = "true"
        answer = self._get(table, f"/api/now/stats/{check_table(table)}", parameters)
        said = answer.json()
        result = said.get("result") if isinstance(said, dict) else None
        groups = result if isinstance(result, list) else [result]
        return tuple(_group(table, group) for group in groups)

    def _get(self, table: str, path: str, parameters: Mapping[str, str]) -> Answer:
        answer = self._transport.send("GET", path, parameters)
        expect(table, answer)
        return answer


def expect(table: str, answer: Answer, verb: str = "read") -> None:
    """Take a Table API's answer for what it says, unless it is good.

    Raises:
        NotAllowed, NoSuchTable, OutsideError: it is not.
    """
    if answer.status == HTTPStatus.OK:
        return
    if answer.status == HTTPStatus.FORBIDDEN:
        raise NotAllowed(table, verb)
    message = _message(answer)
    # ServiceNow answers 400 for a table it does not have, some releases 404.
    if answer.status == HTTPStatus.NOT_FOUND or message.lower().startswith("invalid table"):
        raise NoSuchTable(table)
    raise OutsideError(
        f"ServiceNow answers {answer.status} for {table}: {message or 'no reason given'}."
    )


@contextmanager
def open_reader(
    instance: Instance,
    credentials: Credentials,
    limits: Limits,
    clock: Clock = time,
) -> Iterator[Reader]:
    """A reader whose session cannot send anything but GET (and the request for its token)."""
    transport = Transport(instance, credentials, (READS,), limits, clock)
    try:
        yield Reader(transport)
    finally:
        transport.close()


def _rows(table: str, answer: Answer) -> list[tuple[Row, Row]]:
    said = answer.json()
    result = said.get("result") if isinstance(said, dict) else None
    if not isinstance(result, list) or not all(
        isinstance(row, dict) and "sys_id" in row for row in result
    ):
        raise OutsideError(f"ServiceNow answers something else than records of {table}.")
    return [
        (
            {name: text(value) for name, value in row.items()},
            {name: text(value, "display_value") for name, value in row.items()},
        )
        for row in result
    ]


def text(value: object, of: str = "value") -> str:
    """A cell, which may be plain or an object with its value and what a person sees of it."""
    if isinstance(value, dict):
        value = value.get(of, value.get("value"))
    return "" if value is None else str(value)


def _group(table: str, said: object) -> Group:
    try:
        # Parsed at the edge: whatever does not fit raises, and is refused as a whole.
        group: dict[str, Any] = said if isinstance(said, dict) else {}
        stats = group["stats"]
        return Group(
            count=int(stats["count"]),
            key={field["field"]: text(field["value"]) for field in group.get("groupby_fields", ())},
            sums={name: text(value) for name, value in stats.get("sum", {}).items()},
        )
    except (TypeError, KeyError, ValueError, AttributeError):
        raise OutsideError(
            f"ServiceNow answers something else than statistics of {table}."
        ) from None


def _message(answer: Answer) -> str:
    try:
        said = answer.json()
    except OutsideError:
        return ""
    error = said.get("error") if isinstance(said, dict) else None
    return str(error.get("message", "")).rstrip(".") if isinstance(error, dict) else ""


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None
