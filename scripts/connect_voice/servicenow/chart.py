"""A small chart of one indicator as SVG: bars for counts, a line with points for averages.

Nothing depends on colour: one series a chart, its peak written out, days without a value marked by
a dash that the axis explains. The colours are the page's (CSS variables), so that light and dark
are its business.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal
from html import escape

from connect_voice.servicenow.figures import Indicator

_WIDTH, _HEIGHT = 280, 140
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 4, 20, 24
_INNER_WIDTH = _WIDTH - _LEFT - _RIGHT
_INNER_HEIGHT = _HEIGHT - _TOP - _BOTTOM
_BASE = _HEIGHT - _BOTTOM
_MAX_BAR = 28
_MAX_POINTS = 40  # more of full size would touch each other
_DIGIT = 7.5  # what a digit of a value is wide, about
_STEPS = tuple(Decimal(step) for step in ("1", "1.5", "2", "3", "4", "5", "6", "8", "10"))

Series = Sequence[tuple[date, Decimal | None]]


def chart(indicator: Indicator, series: Series) -> str:
    """The chart as an SVG element; its description says what the picture shows.

    Args:
        series: a value a day, None where there is none; at least one day.
    """
    top = _top(series) if indicator.highest is None else Decimal(indicator.highest)
    label = f"chart-{indicator.key}"
    if all(value is None for _, value in series):
        marks = [_nothing()]
    else:
        draw = _line if indicator.average else _bars
        marks = [*draw(indicator, series, top), _peak(indicator, series, top)]
    return "\n".join(
        [
            (
                f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
                f'aria-labelledby="{label}-title {label}-text">'
            ),
            f'<title id="{label}-title">{escape(indicator.title)}, day by day</title>',
            f'<desc id="{label}-text">{escape(describe(indicator, series))}</desc>',
            *_axes(indicator, series, top),
            *marks,
            "</svg>",
        ]
    )


def describe(indicator: Indicator, series: Series) -> str:
    """The chart in a sentence."""
    values = [(value, day) for day, value in series if value is not None]
    if not values:
        return "No value on any day."
    low, high = min(values), max(values, key=lambda pair: pair[0])
    lowest, highest = indicator.show(low[0]), indicator.show(high[0])
    sentence = f"Lowest {lowest} on {low[1]}, highest {highest} on {high[1]}"
    missing = len(series) - len(values)
    return f"{sentence}; days without a value: {missing}." if missing else f"{sentence}."


def _top(series: Series) -> Decimal:
    """A round number not below any value, and not far above: 1, 2, 3, …, 10, 15, 20, …"""
    most = max((value for _, value in series if value is not None), default=Decimal(0))
    if most <= 1:
        return Decimal(1)
    power = Decimal(10) ** (len(str(int(most))) - 1)
    return next(
        step * power
        for step in _STEPS
        if step * power >= most.to_integral_value(ROUND_CEILING) and not step * power % 1
    )


def _x(index: int, count: int) -> float:
    """The middle of a day."""
    return _LEFT + _INNER_WIDTH * (index + 0.5) / count


def _y(value: Decimal, top: Decimal) -> float:
    return _BASE - _INNER_HEIGHT * float(value / top)


def _axes(indicator: Indicator, series: Series, top: Decimal) -> list[str]:
    half = top / 2
    right = _WIDTH - _RIGHT
    ticks = [Decimal(0), half, top]
    if not indicator.precision and half % 1:
        ticks.remove(half)  # there is no half a call
    if all(value is None for _, value in series):
        ticks = [Decimal(0)]
    lines = []
    for value in ticks:
        y = _y(value, top)
        kind = "base" if value == 0 else "grid"
        lines.append(f'<line class="{kind}" x1="{_LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(
            f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
            f"{_short(value)}</text>"
        )
    return [*lines, *_dates(series)]


def _dates(series: Series) -> list[str]:
    """The first and the last day below their ends of the axis, and what a dash means between."""
    days = [series[0][0]] if len(series) == 1 else [series[0][0], series[-1][0]]
    anchors = ["middle"] if len(days) == 1 else ["start", "end"]
    middle, y = _LEFT + _INNER_WIDTH / 2, _HEIGHT - 6
    ends = {"middle": middle, "start": _LEFT, "end": _WIDTH - _RIGHT}
    labels = [
        f'<text class="tick" x="{ends[anchor]}" y="{y}" text-anchor="{anchor}">{day}</text>'
        for day, anchor in zip(days, anchors, strict=True)
    ]
    missing = sum(value is None for _, value in series)
    if 0 < missing < len(series):
        key = (
            f'<text class="tick" x="{middle}" y="{y}" text-anchor="middle">&#8211; no value</text>'
        )
        labels.insert(1, key)
    return labels


def _short(value: Decimal) -> str:
    """A tick that fits beside the axis."""
    if value >= 1_000_000:  # noqa: PLR2004  (five characters are what there is room for)
        return f"{(value / 1_000_000).normalize():f}M"
    if value >= 10_000:  # noqa: PLR2004
        return f"{(value / 1000).normalize():f}k"
    return f"{value.normalize():,f}"


def _bars(indicator: Indicator, series: Series, top: Decimal) -> list[str]:
    width = min(_MAX_BAR, _INNER_WIDTH / len(series) * 0.72)
    marks = []
    for index, (day, value) in enumerate(series):
        x = _x(index, len(series))
        if value is None:
            marks.append(_gap(x, width, day))
            continue
        y = _y(value, top)
        marks.append(
            f'<rect class="mark" x="{x - width / 2:.2f}" y="{y:.2f}" width="{width:.2f}" '
            f'height="{_BASE - y:.2f}">{_tip(indicator, day, value)}</rect>'
        )
    return marks


def _line(indicator: Indicator, series: Series, top: Decimal) -> list[str]:
    marks, run = [], list[str]()
    points = []
    for index, (day, value) in enumerate(series):
        x = _x(index, len(series))
        if value is None:
            marks.append(_gap(x, min(_MAX_BAR, _INNER_WIDTH / len(series) * 0.72), day))
            marks += _stroke(run)
            run = []
            continue
        y = _y(value, top)
        run.append(f"{x:.2f},{y:.2f}")
        radius = 2.5 if len(series) <= _MAX_POINTS else 1
        points.append(
            f'<circle class="mark" cx="{x:.2f}" cy="{y:.2f}" r="{radius}">'
            f"{_tip(indicator, day, value)}</circle>"
        )
    return [*marks, *_stroke(run), *points]


def _stroke(run: Sequence[str]) -> list[str]:
    return [f'<polyline class="stroke" points="{" ".join(run)}"/>'] if len(run) > 1 else []


def _gap(x: float, width: float, day: date) -> str:
    return (
        f'<line class="gap" x1="{x - width / 2:.2f}" x2="{x + width / 2:.2f}" y1="{_BASE - 4}" '
        f'y2="{_BASE - 4}"><title>{day}: n/a</title></line>'
    )


def _tip(indicator: Indicator, day: date, value: Decimal) -> str:
    return f"<title>{day}: {escape(indicator.show(value))}</title>"


def _peak(indicator: Indicator, series: Series, top: Decimal) -> str:
    """The highest value, written above its mark."""
    values = [(value, index) for index, (_, value) in enumerate(series) if value is not None]
    value, index = max(values, key=lambda pair: pair[0])
    text = indicator.show(value)
    half = len(text) * _DIGIT / 2
    x = min(max(_x(index, len(series)), _LEFT + half), _WIDTH - half)
    y = _y(value, top) - 6
    return f'<text class="value" x="{x:.2f}" y="{y:.2f}" text-anchor="middle">{escape(text)}</text>'


def _nothing() -> str:
    middle, y = _LEFT + _INNER_WIDTH / 2, _TOP + _INNER_HEIGHT / 2
    return f'<text class="tick" x="{middle}" y="{y}" text-anchor="middle">no value</text>'
