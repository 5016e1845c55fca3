"""The indicators of a period, from the instance or from exported files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connect_voice.errors import UsageError
from connect_voice.servicenow.figures import (
    CallFigures,
    Figures,
    Indicator,
    InsightFigures,
    days_of,
    total,
)

_MAX_DAYS = 366  # each day costs four requests


@dataclass(frozen=True)
class Period:
    """Some days, the first and the last included; days begin at midnight UTC."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise UsageError(f"--to {self.end} is before --from {self.start}; swap them.")
        if len(self.days) > _MAX_DAYS:
            raise UsageError(f"More than {_MAX_DAYS} days were asked for; ask for fewer at once.")

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return days_of(self.start, self.end)


@dataclass(frozen=True)
class Report:
    """The figures of a period.

    Args:
        source: where they are from, for people.
        problems: what could not be had, and why.
    """

    period: Period
    source: str
    days: Mapping[date, Figures]
    problems: tuple[str, ...] = ()

    @property
    def whole(self) -> Figures:
        """The figures of all days together."""
        return total(self.days.values())

    def series(self, indicator: Indicator) -> list[tuple[date, Decimal | None]]:
        """An indicator day by day."""
        return [(day, indicator.value(figures)) for day, figures in self.days.items()]

    @property
    def by_agent(self) -> Mapping[str, int]:
        """Deflected conversations by AI agent, most first."""
        insights = self.whole.insights
        counts = insights.deflected if insights else {}
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True)
class Parts:
    """The figures of a period by where they are from, by day; None is what could not be had."""

    calls: Mapping[date, CallFigures] | None
    tickets: Mapping[date, int] | None
    insights: Mapping[date, InsightFigures] | None

    def by_day(self, period: Period) -> Mapping[date, Figures]:
        """The figures of each day."""
        return {
            day: Figures(
                self.calls[day] if self.calls else None,
                self.tickets[day] if self.tickets else None,
                self.insights[day] if self.insights else None,
            )
            for day in period.days
        }
