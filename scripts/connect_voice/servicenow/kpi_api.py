"""Figures from the instance's Aggregate API: four requests a day, no record leaves the instance.

(A handful do, without content, to see that the conditions were understood.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from connect_voice.errors import OutsideError
from connect_voice.servicenow.dictionary import Dictionary, Unresolved
from connect_voice.servicenow.errors import NoSuchTable, NotAllowed
from connect_voice.servicenow.expected import Sources, Where
from connect_voice.servicenow.figures import CallFigures, InsightFigures
from connect_voice.servicenow.kpi import Parts, Period, Report
from connect_voice.servicenow.queries import Condition, QueryIgnored
from connect_voice.servicenow.reader import Reader
from connect_voice.servicenow.values import parse_duration, same, stamp

_SAMPLE = 10
_T = TypeVar("_T")
_Daily = Callable[[list[Condition]], _T]


@dataclass(frozen=True)
class _Api:
    reader: Reader
    names: Dictionary
    sources: Sources
    period: Period
    progress: Callable[[str], None]


def from_instance(
    reader: Reader,
    sources: Sources,
    period: Period,
    host: str,
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """The figures of a period.

    Raises:
        OutsideError: the instance does not answer usefully; a table that may not be read, or a
            column that is not there, is a problem of the report.
    """
    api = _Api(reader, Dictionary(reader), sources, period, progress)
    problems: list[str] = []
    parts = Parts(
        _part(problems, lambda: _calls(api)),
        _part(problems, lambda: _tickets(api)),
        _part(problems, lambda: _insights(api)),
    )
    return Report(period, host, parts.by_day(period), tuple(problems))


def _part(problems: list[str], fetch: Callable[[], Mapping[date, _T]]) -> Mapping[date, _T] | None:
    try:
        return fetch()
    except (NotAllowed, NoSuchTable, Unresolved, QueryIgnored) as error:
        problems.append(str(error))
        return None


def _calls(api: _Api) -> Mapping[date, CallFigures]:
    source = api.sources.calls
    when, live, state, duration = (
        api.names.column(source.table, name)
        for name in (source.when, source.live_agent, source.state, source.duration)
    )
    conditions = _conditions(api, source.table, source.where)

    def daily(conditions: list[Condition]) -> CallFigures:
        groups = api.reader.statistics(
            source.table, conditions, group_by=(live, state), sums=(duration,)
        )
        return sum(
            (
                CallFigures(
                    total=group.count,
                    without_agent=group.count if same(group.key.get(live, ""), "false") else 0,
                    with_agent=group.count if same(group.key.get(live, ""), "true") else 0,
                    abandoned=(
                        group.count if same(group.key.get(state, ""), source.abandoned) else 0
                    ),
                    duration=_duration(source.table, group.sums.get(duration, "")),
                )
                for group in groups
            ),
            start=CallFigures(),
        )

    return _each_day(api, source.table, when, conditions, daily)


def _tickets(api: _Api) -> Mapping[date, int]:
    source, calls = api.sources.tickets, api.sources.calls
    when = api.names.column(source.table, source.when)
    interaction = api.names.column(source.table, source.interaction)
    conditions = [
        Condition(f"{interaction}.{condition.column}", condition.value)
        for condition in (
            *_conditions(api, calls.table, calls.where),
            Condition(api.names.column(calls.table, calls.live_agent), "false"),
        )
    ]

    def daily(conditions: list[Condition]) -> int:
        return sum(group.count for group in api.reader.statistics(source.table, conditions))

    return _each_day(api, source.table, when, conditions, daily)


def _insights(api: _Api) -> Mapping[date, InsightFigures]:
    source = api.sources.insights
    when, csat, resolved, agent = (
        api.names.column(source.table, name)
        for name in (source.when, source.csat, source.resolved, source.agent)
    )

    def daily(conditions: list[Condition]) -> InsightFigures:
        rated = api.reader.statistics(
            source.table, [*conditions, Condition(csat, operator="ISNOTEMPTY")], sums=(csat,)
        )
        judged = api.reader.statistics(
            source.table, conditions, group_by=(resolved, agent), shown=True
        )
        deflected: dict[str, int] = {}
        for group in judged:
            if same(group.key.get(resolved, ""), source.resolved_value):
                name = group.key.get(agent, "") or "(none)"
                deflected[name] = deflected.get(name, 0) + group.count
        return InsightFigures(
            rated=sum(group.count for group in rated),
            rating=sum(
                (_number(source.table, group.sums.get(csat, "")) for group in rated), Decimal(0)
            ),
            deflected=deflected,
        )

    conditions = _conditions(api, source.table, source.where)
    return _each_day(api, source.table, when, conditions, daily)


def _each_day(
    api: _Api, table: str, when: str, conditions: list[Condition], daily: _Daily[_T]
) -> dict[date, _T]:
    # Statistics do not show whether a condition was dropped; records do.
    whole = _between(when, api.period.start, api.period.end)
    api.reader.rows(table, (), [*conditions, *whole], limit=_SAMPLE)
    figures = {}
    for day in api.period.days:
        api.progress(f"{table} {day}")
        figures[day] = daily([*conditions, *_between(when, day, day)])
    return figures


def _conditions(api: _Api, table: str, where: Iterable[Where]) -> list[Condition]:
    return [Condition(api.names.column(table, one.column), one.value) for one in where]


def _between(when: str, first: date, last: date) -> list[Condition]:
    start = datetime.combine(first, time(), UTC)
    end = datetime.combine(last, time(), UTC) + timedelta(days=1)
    return [Condition(when, stamp(start), ">="), Condition(when, stamp(end), "<")]


def _duration(table: str, text: str) -> timedelta:
    try:
        return parse_duration(text) or timedelta()
    except ValueError as error:
        raise OutsideError(
            f"ServiceNow's summed duration of {table} is {error}; compute from an export (--csv)."
        ) from None


def _number(table: str, text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", "") or "0")
    except InvalidOperation:
        raise OutsideError(
            f"ServiceNow's summed score of {table} is no number: {text!r}; compute from an export "
            "(--csv)."
        ) from None
