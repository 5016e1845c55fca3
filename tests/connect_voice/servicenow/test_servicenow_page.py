"""The page of the indicators: whole, readable, and its charts say what the figures say."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snow_calls import WHOLE, export_calls

from connect_voice.servicenow.chart import chart
from connect_voice.servicenow.declaration import load
from connect_voice.servicenow.figures import INDICATORS, Indicator
from connect_voice.servicenow.kpi import Period
from connect_voice.servicenow.kpi_csv import from_folder
from connect_voice.servicenow.page import page

SOURCES = load(Path(__file__).resolve().parents[3] / "servicenow.yaml").indicators
PERIOD = Period(date(2026, 11, 2), date(2026, 11, 4))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    export_calls(tmp_path)
    return tmp_path


class _Page(HTMLParser):
    """What a page would fetch or run, and whether its elements close."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _parse(html: str) -> _Page:
    parsed = _Page()
    parsed.feed(html)
    assert parsed.open == []
    return parsed


def test_the_page_stands_alone(folder: Path) -> None:
    parsed = _parse(html := page(from_folder(folder, SOURCES, PERIOD)))
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in parsed.tags}
    loading = {"src", "href", "action", "data", "style", "onclick", "onload"}
    assert not [attrs for _, attrs in parsed.tags if loading & attrs.keys()]
    assert "default-src 'none'" in html
    assert not re.search(r"url\(|@import|https?:", html)


def test_the_page_says_what_its_charts_show(folder: Path) -> None:
    html = page(from_folder(folder, SOURCES, PERIOD))
    parsed = _parse(html)
    assert [attrs["role"] for tag, attrs in parsed.tags if tag == "svg"] == ["img"] * 8
    ids = [attrs["id"] for _, attrs in parsed.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = " ".join(str(attrs.get("aria-labelledby") or "") for _, attrs in parsed.tags).split()
    assert set(named) <= set(ids)
    assert "Lowest 4.0 on 2026-11-04, highest 4.5 on 2026-11-02; days without a value: 1." in html
    assert html.count("<summary>Day by day</summary>") == 8
    for indicator in INDICATORS:
        assert f">{WHOLE[indicator.key]}<" in html


def test_what_an_export_smuggles_in_stays_text(folder: Path) -> None:
    file = folder / "sn_na_analytics_insights.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("HR helper", "<img src=x onerror=alert(1)>"), encoding="utf-8")
    html = page(from_folder(folder, SOURCES, PERIOD))
    assert "&lt;img src=x" in html
    assert "img" not in {tag for tag, _ in _parse(html).tags}


COUNT, AVERAGE = (next(i for i in INDICATORS if i.key == k) for k in ("conversations", "duration"))


def _svg(values: Sequence[int | None], indicator: Indicator = COUNT) -> ET.Element:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(len(values))]
    series = [
        (day, None if value is None else Decimal(value))
        for day, value in zip(days, values, strict=True)
    ]
    return ET.fromstring(chart(indicator, series))  # noqa: S314  (our own)


def _ticks(drawn: ET.Element) -> list[str | None]:
    return [element.text for element in drawn.iter("text") if element.attrib["class"] == "tick"]


def test_bars_stand_in_proportion_to_their_values() -> None:
    heights = [float(bar.attrib["height"]) for bar in _svg([2, 4, 0]).iter("rect")]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.02)
    assert heights[2] == 0


def test_a_line_is_broken_where_a_day_has_no_value() -> None:
    drawn = _svg([1, 2, None, 4, 5], AVERAGE)
    lines = [element.attrib["points"].split() for element in drawn.iter("polyline")]
    assert [len(points) for points in lines] == [2, 2]
    assert len(list(drawn.iter("circle"))) == 4
    gaps = [e for e in drawn.iter("line") if e.attrib["class"] == "gap"]
    assert [gap.findtext("title") for gap in gaps] == ["2026-01-03: n/a"]
    assert "\u2013 no value" in _ticks(drawn)  # what the dash means
    assert "\u2013 no value" not in _ticks(_svg([1, 2], AVERAGE))


@pytest.mark.parametrize("values", [[0], [None], [7], [10**6, 3], [1] * 366, [9, None] * 40])
@pytest.mark.parametrize("indicator", [COUNT, AVERAGE], ids=["bars", "line"])
def test_every_mark_is_inside_of_the_picture(
    values: list[int | None], indicator: Indicator
) -> None:
    drawn = _svg(values, indicator)
    _, _, width, height = map(float, drawn.attrib["viewBox"].split())
    for element in drawn.iter():
        for name, text in element.attrib.items():
            if name in {"x", "x1", "x2", "cx"}:
                assert 0 <= float(text) <= width
            if name in {"y", "y1", "y2", "cy"}:
                assert 8 <= float(text) <= height
        if element.tag == "rect":
            assert float(element.attrib["x"]) + float(element.attrib["width"]) <= width


@given(st.integers(1, 10**9))
def test_the_highest_bar_uses_its_picture(most: int) -> None:
    drawn = _svg([most, 0])
    bar = max(float(element.attrib["height"]) for element in drawn.iter("rect"))
    grid = [float(e.attrib["y1"]) for e in drawn.iter("line") if e.attrib["class"] != "gap"]
    assert bar >= (max(grid) - min(grid)) * 0.6
    assert bar <= max(grid) - min(grid) + 0.1


@given(st.integers(1, 10**9))
def test_ticks_are_short_and_a_count_has_no_halves(most: int) -> None:
    ticks = [str(tick) for tick in _ticks(_svg([most]))][:-1]
    assert ticks[0] == "0"
    assert all(len(tick) <= 5 for tick in ticks)
    assert all("." not in tick or tick.endswith(("k", "M")) for tick in ticks)


def test_large_ticks_are_in_thousands_and_millions() -> None:
    assert _ticks(_svg([1_900_000]))[:3] == ["0", "1M", "2M"]
    assert _ticks(_svg([29_000]))[:3] == ["0", "15k", "30k"]
    assert _ticks(_svg([5]))[:2] == ["0", "5"]


def test_a_score_out_of_five_is_drawn_against_five() -> None:
    satisfaction = next(i for i in INDICATORS if i.key == "satisfaction")
    assert _ticks(_svg([3, 2], satisfaction))[:3] == ["0", "2.5", "5"]


def test_days_without_any_value_say_so_once() -> None:
    drawn = _svg([None, None])
    assert [element.text for element in drawn.iter("text")].count("no value") == 1
    assert not [e for e in drawn.iter("line") if e.attrib["class"] == "gap"]


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_light_and_dark_can_both_be_read(folder: Path) -> None:
    html = page(from_folder(folder, SOURCES, PERIOD))
    themes = [
        dict(re.findall(r"--(\w+): (#\w{6})", block))
        for block in re.findall(r":root \{(.*?)\}", html, re.DOTALL)
        if "--page" in block
    ]
    assert len(themes) == 2
    for theme in themes:
        for text in ("ink", "soft"):
            for ground in ("page", "card"):
                assert _contrast(theme[text], theme[ground]) >= 4.5
        assert _contrast(theme["ink"], theme["alert"]) >= 4.5
        assert _contrast(theme["mark"], theme["card"]) >= 3
        assert _contrast(theme["soft"], theme["card"]) >= 3  # the dash of a day without a value
