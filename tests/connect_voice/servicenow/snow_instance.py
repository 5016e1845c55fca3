"""A ServiceNow instance in memory: Table API, Aggregate API and OAuth, over loopback HTTPS."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

from connect_voice.servicenow.instance import Credentials, Instance
from connect_voice.servicenow.reader import Reader, open_reader
from connect_voice.servicenow.transport import Limits
from local_aws.standins.certificates import serve_tls
from local_aws.standins.https import HttpsServer, Request, Response

Row = dict[str, str]
CLIENT = Credentials("the test", client_id="reader", client_secret="its secret")
_TERM = re.compile(r"(?P<column>[a-z_][a-z0-9_.]*)(?P<op>ISNOTEMPTY|IN|>=|<|=)(?P<value>.*)")


def sys_id(number: int) -> str:
    return f"{number:032x}"


@dataclass
class FakeClock:
    """Time that only passes when somebody waits."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@dataclass
class SnowInstance:
    """The instance; what a test changes in it holds from the next request on."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    hidden: dict[str, set[str]] = field(default_factory=dict)
    write_denied: bool = False
    ignores_writes: bool = False
    refuses_client: bool = False
    tokens: set[str] = field(default_factory=set)
    # Answers given instead of the proper ones, one a request to a table.
    interrupts: deque[Callable[[Request], Response]] = field(default_factory=deque)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    displays: dict[tuple[str, str], str] = field(default_factory=dict)
    """(column, value) to what a person sees of it."""

    def answer(self, request: Request) -> Response:
        query = {name: values[0] for name, values in parse_qs(request.query).items()}
        self.requests.append((request.method, request.path, query))
        if request.path == "/oauth_token.do":
            return self._token(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.tokens:
            return _error(401, "User Not Authenticated")
        if self.interrupts:
            return self.interrupts.popleft()(request)
        match = re.fullmatch(r"/api/now/(table|stats)/(\w+)(?:/(\w+))?", request.path)
        assert match is not None, request.path
        kind, table, record = match.groups()
        if table in self.denied or table not in self.tables:
            known = table in self.denied
            return _error(403, "Not allowed") if known else _error(400, f"Invalid table {table}")
        if request.method == "PATCH":
            return self._patch(table, record, json.loads(request.body))
        assert request.method == "GET"
        rows = self._select(table, query.get("sysparm_query", ""))
        return self._list(table, rows, query) if kind == "table" else self._stats(rows, query)

    def reads(self, table: str) -> list[dict[str, str]]:
        return [query for _, path, query in self.requests if path.endswith(f"/{table}")]

    def writes(self) -> list[str]:
        return [
            path
            for method, path, _ in self.requests
            if method != "GET" and path != "/oauth_token.do"
        ]

    def _token(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        assert form["grant_type"] == "client_credentials"
        if self.refuses_client:
            return _json({"error": "invalid_client"}, 401)
        token = f"token-{len(self.tokens)}-of-{form['client_id']}"
        self.tokens.add(token)
        return _json({"access_token": token, "token_type": "Bearer", "expires_in": 1800})

    def _patch(self, table: str, record: str, content: Row) -> Response:
        if self.write_denied:
            return _error(403, "User Not Authorized")
        row = next(row for row in self.tables[table] if row["sys_id"] == record)
        if not self.ignores_writes:
            row.update(content)
        return _json({"result": {"sys_id": record}})

    def _columns(self, table: str) -> set[str]:
        return {"sys_id", *(name for row in self.tables[table] for name in row)}

    def _select(self, table: str, query: str) -> list[Row]:
        known = self._columns(table)
        rows = list(self.tables[table])
        for term in filter(None, query.split("^")):
            if term.startswith("ORDERBY"):
                column = term.removeprefix("ORDERBY")
                rows.sort(key=lambda row, by=column: row.get(by, ""))  # type: ignore[misc]
                continue
            match = _TERM.fullmatch(term)
            # What ServiceNow does with a condition it does not understand: nothing at all.
            if match is None or match["column"] not in known:
                continue
            rows = [row for row in rows if _holds(row, *match.group("column", "op", "value"))]
        return rows

    def _list(self, table: str, rows: list[Row], query: dict[str, str]) -> Response:
        offset, limit = int(query["sysparm_offset"]), int(query["sysparm_limit"])
        page = [
            row
            for row in rows[offset : offset + limit]
            if row["sys_id"] not in self.hidden.get(table, ())
        ]
        fields = query.get("sysparm_fields")
        names = fields.split(",") if fields else sorted(self._columns(table))
        result = [
            {name: self._cell(name, row[name]) for name in names if name in row} for row in page
        ]
        return _json({"result": result}, headers={"X-Total-Count": str(len(rows))})

    def _cell(self, name: str, value: str) -> dict[str, str]:
        return {"value": value, "display_value": self.displays.get((name, value), value)}

    def _stats(self, rows: list[Row], query: dict[str, str]) -> Response:
        sums = query["sysparm_sum_fields"].split(",") if "sysparm_sum_fields" in query else []
        by = query["sysparm_group_by"].split(",") if "sysparm_group_by" in query else []
        if not by:
            return _json({"result": {"stats": _statistics(rows, sums)}})
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            groups.setdefault(tuple(row.get(name, "") for name in by), []).append(row)
        shown = query.get("sysparm_display_value") == "true"
        return _json(
            {
                "result": [
                    {
                        "stats": _statistics(members, sums),
                        "groupby_fields": [
                            {
                                "field": name,
                                "value": self.displays.get((name, value), value)
                                if shown
                                else value,
                            }
                            for name, value in zip(by, key, strict=True)
                        ],
                    }
                    for key, members in groups.items()
                ]
            }
        )


def busy(retry_after: str | None, status: int = 429) -> Callable[[Request], Response]:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return lambda _: _error(status, "Too many requests", headers)


@contextmanager
def serve(instance: SnowInstance, folder: Path) -> Iterator[Instance]:
    bundle = folder / "ca.pem"
    server = HttpsServer(serve_tls(bundle), instance.answer)
    server.start()
    try:
        yield Instance(f"localhost:{server.port}", bundle)
    finally:
        server.stop()


@contextmanager
def reading(
    at: Instance, clock: FakeClock | None = None, limits: Limits | None = None
) -> Iterator[Reader]:
    options = {} if clock is None else {"clock": clock}
    with open_reader(at, CLIENT, limits or Limits(), **options) as reader:
        yield reader


def _holds(row: Row, column: str, operator: str, value: str) -> bool:
    actual = row.get(column, "").lower()
    value = value.lower()
    return {
        "ISNOTEMPTY": actual != "",
        "IN": actual in value.split(","),
        ">=": actual >= value,
        "<": actual < value,
        "=": actual == value,
    }[operator]


def _statistics(rows: list[Row], sums: list[str]) -> dict[str, object]:
    stats: dict[str, object] = {"count": str(len(rows))}
    if sums:
        stats["sum"] = {name: _sum([row.get(name, "") for row in rows]) for name in sums}
    return stats


def _sum(values: list[str]) -> str:
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001  (a duration, not a moment)
    if any(value.startswith("1970-") for value in values):
        durations = (
            datetime.strptime(value, "%Y-%m-%d %H:%M:%S") - epoch  # noqa: DTZ007
            for value in values
            if value
        )
        return str(epoch + sum(durations, timedelta()))
    return str(sum(int(value) for value in values if value))


def _json(content: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(status, json.dumps(content).encode(), headers=headers or {})


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    return _json({"error": {"message": message, "detail": None}}, status, headers)
