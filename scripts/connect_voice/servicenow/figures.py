"""The eight indicators of AI voice agents: what each counts, and how it is computed. Pure.

Names, types, calculations, units and precision are those of the vendor's AI voice agent reference
(release Australia, "AI voice agent analytics indicators details").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

FREQUENCY = "Daily"
"""How often ServiceNow computes every one of them."""

BREAKDOWNS: tuple[str, ...] = ()
"""By what ServiceNow breaks any of them down: nothing."""


@dataclass(frozen=True)
class CallFigures:
    """Voice calls of some time.

    Args:
        without_agent: those with agent chat false; ``with_agent`` those with true.
        abandoned: those in the state Closed Abandoned.
        duration: of all together.
    """

    total: int = 0
    without_agent: int = 0
    with_agent: int = 0
    abandoned: int = 0
    duration: timedelta = timedelta()

    def __add__(self, other: CallFigures) -> CallFigures:
        return CallFigures(
            self.total + other.total,
            self.without_agent + other.without_agent,
            self.with_agent + other.with_agent,
            self.abandoned + other.abandoned,
            self.duration + other.duration,
        )


@dataclass(frozen=True)
class InsightFigures:
    """Judgements on the conversations of some time.

    Args:
        rated: how many have a satisfaction score; ``rating`` is the sum of the scores.
        deflected: AI agent to the conversations it resolved.
    """

    rated: int = 0
    rating: Decimal = Decimal(0)
    deflected: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: InsightFigures) -> InsightFigures:
        agents = [*self.deflected, *other.deflected]
        return InsightFigures(
            self.rated + other.rated,
            self.rating + other.rating,
            {
                name: self.deflected.get(name, 0) + other.deflected.get(name, 0)
                for name in dict.fromkeys(agents)
            },
        )


@dataclass(frozen=True)
class Figures:
    """All figures of some time; None is what could not be had."""

    calls: CallFigures | None
    tickets: int | None
    insights: InsightFigures | None


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    Args:
        kind: the vendor's type of indicator.
        definition: the vendor's calculation.
        precision: digits behind the point.
        average: whether it is one, so that its days do not add up.
        highest: the highest value there can be, where there is one.
    """

    key: str
    title: str
    kind: str
    definition: str
    compute: Callable[[Figures], Decimal | None] = field(repr=False)
    unit: str = "#"
    precision: int = 0
    average: bool = False
    highest: int | None = None

    def value(self, figures: Figures) -> Decimal | None:
        """The value, rounded half up; None where it cannot be had or would divide by nothing."""
        exact = self.compute(figures)
        if exact is None:
            return None
        return exact.quantize(Decimal(1).scaleb(-self.precision), ROUND_HALF_UP)

    def show(self, value: Decimal | None) -> str:
        """The value for people."""
        return "n/a" if value is None else f"{value:,}"


def total(days: Iterable[Figures]) -> Figures:
    """The figures of several days together; a day that lacks a part takes it from all."""
    days = list(days)
    calls = [day.calls for day in days]
    tickets = [day.tickets for day in days]
    insights = [day.insights for day in days]
    return Figures(
        None if None in calls else sum((c for c in calls if c), start=CallFigures()),
        None if None in tickets else sum(t for t in tickets if t),
        None if None in insights else sum((i for i in insights if i), start=InsightFigures()),
    )


def days_of(start: date, end: date) -> list[date]:
    """Every day from one to another, both included."""
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def _of_calls(pick: Callable[[CallFigures], int]) -> Callable[[Figures], Decimal | None]:
    return lambda figures: None if figures.calls is None else Decimal(pick(figures.calls))


def _tickets(figures: Figures) -> Decimal | None:
    return None if figures.tickets is None else Decimal(figures.tickets)


def _satisfaction(figures: Figures) -> Decimal | None:
    insights = figures.insights
    return insights.rating / insights.rated if insights and insights.rated else None


def _minutes(figures: Figures) -> Decimal | None:
    calls = figures.calls
    if calls is None or not calls.total:
        return None
    return Decimal(calls.duration // timedelta(microseconds=1)) / 60_000_000 / calls.total


def _deflected(figures: Figures) -> Decimal | None:
    insights = figures.insights
    return None if insights is None else Decimal(sum(insights.deflected.values()))


_AUTOMATED = "Automated"
_INSIGHTS = "sn_na_analytics_insights table"

INDICATORS = (
    Indicator(
        "conversations",
        "Total voice conversations",
        _AUTOMATED,
        "Count of all voice calls",
        _of_calls(lambda calls: calls.total),
    ),
    Indicator(
        "without-agent",
        "Calls completed without a live agent",
        _AUTOMATED,
        "Count of voice calls where Agent chat = false",
        _of_calls(lambda calls: calls.without_agent),
    ),
    Indicator(
        "with-agent",
        "Conversations transferred to a live agent",
        _AUTOMATED,
        "Count of voice calls where Agent chat = true",
        _of_calls(lambda calls: calls.with_agent),
    ),
    Indicator(
        "tickets",
        "Number of tickets created",
        _AUTOMATED,
        "Count of Interaction Related Records where Agent chat = false and Interaction Virtual "
        "agent = true and Interaction Type = Phone and Interaction AI Voice = true",
        _tickets,
    ),
    Indicator(
        "disconnected",
        "Conversations disconnected",
        _AUTOMATED,
        "Count of voice calls where State = Closed Abandoned",
        _of_calls(lambda calls: calls.abandoned),
    ),
    Indicator(
        "satisfaction",
        "Inferred customer satisfaction (CSAT): average score (out of 5)",
        _INSIGHTS,
        "Average of session CSAT",
        _satisfaction,
        precision=1,
        average=True,
        highest=5,
    ),
    Indicator(
        "duration",
        "Average voice conversation duration",
        "Formula",
        "Summed duration of calls / Total Calls",
        _minutes,
        unit="Minutes",
        average=True,
    ),
    Indicator(
        "deflected",
        "Number of deflected conversations per AI agent",
        _INSIGHTS,
        "Count of voice calls where Resolved is Yes",
        _deflected,
    ),
)
