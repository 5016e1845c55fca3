"""Figures from lists that somebody exported as CSV: ``<table>.csv`` in one folder."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Generic, TypeVar

from connect_voice.errors import UsageError
from connect_voice.servicenow.expected import Sources
from connect_voice.servicenow.figures import CallFigures, InsightFigures
from connect_voice.servicenow.kpi import Parts, Period, Report
from connect_voice.servicenow.names import Name
from connect_voice.servicenow.values import fold, parse_duration, parse_time, same

_T = TypeVar("_T")
_Summed = TypeVar("_Summed", CallFigures, InsightFigures)


class _Unusable(Exception):  # noqa: N818  (never leaves this module)
    pass


@dataclass(frozen=True)
class _Record:
    """A line of an export; columns go by technical name or by label."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        for key in (fold(name), fold(name.rpartition(".")[2])):
            if key in self.cells:
                return self.cells[key]
        raise _Unusable(f"{self.file} has no column {name}; export it too.")

    def read(self, name: str, parse: Callable[[str], _T]) -> _T:
        """A cell as what it should be."""
        text = self[name]
        try:
            return parse(text)
        except (ValueError, InvalidOperation):
            raise _Unusable(f"{self.file}, line {self.line}: {name} is {text!r}.") from None


@dataclass
class _Days(Generic[_Summed]):
    """Figures by day."""

    figures: dict[date, _Summed]

    def add(self, day: date, more: _Summed) -> None:
        if day in self.figures:
            self.figures[day] = self.figures[day] + more


def from_folder(folder: Path, sources: Sources, period: Period) -> Report:
    """The figures of a period.

    Raises:
        UsageError: there is no such folder, or none of the exports is in it.
    """
    tables = (sources.calls.table, sources.tickets.table, sources.insights.table)
    if not any((folder / f"{table}.csv").is_file() for table in tables):
        raise UsageError(
            f"{folder} has none of {', '.join(f'{table}.csv' for table in tables)}; export these "
            "lists as CSV and name the folder."
        )
    problems: list[str] = []

    def part(read: Callable[[], Mapping[date, _T]]) -> Mapping[date, _T] | None:
        try:
            return read()
        except _Unusable as error:
            problems.append(str(error))
            return None

    parts = Parts(
        part(lambda: _calls(folder, sources, period)),
        part(lambda: _tickets(folder, sources, period)),
        part(lambda: _insights(folder, sources, period)),
    )
    return Report(period, str(folder), parts.by_day(period), tuple(problems))


def _calls(folder: Path, sources: Sources, period: Period) -> Mapping[date, CallFigures]:
    source = sources.calls
    days = _Days({day: CallFigures() for day in period.days})
    for record in _records(folder, source.table):
        if not all(same(record[_column(w.column)], w.value) for w in source.where):
            continue
        live = record[_column(source.live_agent)]
        duration = record.read(_column(source.duration), parse_duration)
        days.add(
            record.read(_column(source.when), parse_time).date(),
            CallFigures(
                total=1,
                without_agent=int(same(live, "false")),
                with_agent=int(same(live, "true")),
                abandoned=int(same(record[_column(source.state)], source.abandoned)),
                **({} if duration is None else {"duration": duration}),
            ),
        )
    return days.figures


def _tickets(folder: Path, sources: Sources, period: Period) -> Mapping[date, int]:
    source, calls = sources.tickets, sources.calls
    prefix = _column(source.interaction)
    days = dict.fromkeys(period.days, 0)
    for record in _records(folder, source.table):
        of_voice_call = all(
            same(record[f"{prefix}.{_column(w.column)}"], w.value) for w in calls.where
        )
        if of_voice_call and same(record[f"{prefix}.{_column(calls.live_agent)}"], "false"):
            day = record.read(_column(source.when), parse_time).date()
            if day in days:
                days[day] += 1
    return days


def _insights(folder: Path, sources: Sources, period: Period) -> Mapping[date, InsightFigures]:
    source = sources.insights
    days = _Days({day: InsightFigures() for day in period.days})
    for record in _records(folder, source.table):
        if not all(same(record[_column(w.column)], w.value) for w in source.where):
            continue
        score = record.read(_column(source.csat), lambda text: Decimal(text) if text else None)
        resolved = same(record[_column(source.resolved)], source.resolved_value)
        agent = record[_column(source.agent)] or "(none)"
        days.add(
            record.read(_column(source.when), parse_time).date(),
            InsightFigures(
                rated=int(score is not None),
                rating=score or Decimal(0),
                deflected={agent: 1} if resolved else {},
            ),
        )
    return days.figures


def _records(folder: Path, table: str) -> Iterator[_Record]:
    file = folder / f"{table}.csv"
    try:
        # Only ASCII is compared, so that a foreign encoding of the rest does no harm.
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
            reader = csv.reader(opened)
            header = [fold(cell) for cell in next(reader, [])]
            for cells in reader:
                if len(cells) != len(header):
                    where = f"{file.name}, line {reader.line_num}"
                    raise _Unusable(f"{where}: it lacks cells, or has too many.")
                named = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
                yield _Record(file.name, reader.line_num, named)
    except FileNotFoundError:
        raise _Unusable(f"{file.name} is not in {folder}.") from None
    except csv.Error as error:
        raise _Unusable(f"{file.name} is no CSV: {error}.") from None


def _column(name: Name) -> str:
    return f"{name.text}{name.path}"
