"""The eight indicators equal what was worked out by hand, from the instance and from exports."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest
from snow_calls import BY_AGENT, DAILY, WHOLE, export_calls, record_calls
from snow_instance import SnowInstance, reading

from connect_voice.errors import UsageError
from connect_voice.servicenow.chart import chart
from connect_voice.servicenow.declaration import load
from connect_voice.servicenow.figures import INDICATORS, CallFigures, Figures, InsightFigures
from connect_voice.servicenow.instance import Instance
from connect_voice.servicenow.kpi import Period, Report
from connect_voice.servicenow.kpi_api import from_instance
from connect_voice.servicenow.kpi_csv import from_folder
from connect_voice.servicenow.output import report_json
from connect_voice.servicenow.page import page
from connect_voice.servicenow.values import parse_duration

SOURCES = load(Path(__file__).resolve().parents[3] / "servicenow.yaml").indicators
PERIOD = Period(date(2026, 11, 2), date(2026, 11, 4))


def _whole(report: Report) -> dict[str, str]:
    return {i.key: i.show(i.value(report.whole)) for i in INDICATORS}


def _daily(report: Report) -> dict[str, list[str]]:
    return {i.key: [i.show(value) for _, value in report.series(i)] for i in INDICATORS}


def _ask(at: Instance, period: Period = PERIOD) -> Report:
    with reading(at) as reader:
        return from_instance(reader, SOURCES, period, at.host)


@pytest.fixture
def calls(snow: SnowInstance) -> SnowInstance:
    record_calls(snow)
    return snow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    export_calls(tmp_path)
    return tmp_path


def test_units_precision_and_frequency_are_the_vendors() -> None:
    assert [(i.key, i.unit, i.precision) for i in INDICATORS] == [
        ("conversations", "#", 0),
        ("without-agent", "#", 0),
        ("with-agent", "#", 0),
        ("tickets", "#", 0),
        ("disconnected", "#", 0),
        ("satisfaction", "of 5", 1),
        ("duration", "minutes", 0),
        ("deflected", "#", 0),
    ]


def test_the_instance_gives_the_answers_worked_out_by_hand(
    calls: SnowInstance, at: Instance
) -> None:
    report = _ask(at)
    assert report.problems == ()
    assert _whole(report) == WHOLE
    assert _daily(report) == DAILY
    assert report.by_agent == BY_AGENT
    assert calls.writes() == []


def test_no_content_and_no_more_than_a_handful_of_records_leave_the_instance(
    calls: SnowInstance, at: Instance
) -> None:
    _ask(at)
    tables = ("interaction", "interaction_related_record", "sn_na_analytics_insights")
    samples = [
        query
        for method, path, query in calls.requests
        if path.endswith(tuple(f"/api/now/table/{table}" for table in tables))
    ]
    assert [query["sysparm_limit"] for query in samples] == ["10", "10", "10"]
    assert sum("/stats/" in path for _, path, _ in calls.requests) == 4 * len(PERIOD.days)


def test_exports_give_the_same_answers(folder: Path) -> None:
    report = from_folder(folder, SOURCES, PERIOD)
    assert report.problems == ()
    assert _whole(report) == WHOLE
    assert _daily(report) == DAILY
    assert report.by_agent == BY_AGENT


@pytest.mark.usefixtures("calls")
def test_a_period_without_calls_divides_by_nothing(at: Instance) -> None:
    quiet = Period(date(2026, 11, 3), date(2026, 11, 3))
    shown = _whole(_ask(at, quiet))
    assert {key for key, value in shown.items() if value == "n/a"} == {"satisfaction", "duration"}
    assert set(shown.values()) == {"0", "n/a"}


def test_a_forbidden_table_takes_only_its_own_indicators(calls: SnowInstance, at: Instance) -> None:
    calls.denied.add("sn_na_analytics_insights")
    report = _ask(at)
    assert report.problems == (
        "not allowed to read sn_na_analytics_insights; give the integration user a role that may.",
    )
    shown = _whole(report)
    assert (shown["satisfaction"], shown["deflected"]) == ("n/a", "n/a")
    assert {key: shown[key] for key in WHOLE if key not in {"satisfaction", "deflected"}} == {
        key: value for key, value in WHOLE.items() if key not in {"satisfaction", "deflected"}
    }


def test_a_label_of_another_release_is_a_problem_not_a_guess(
    calls: SnowInstance, at: Instance
) -> None:
    for row in calls.tables["sys_dictionary"]:
        if row["column_label"] == "AI Voice":
            row["column_label"] = "AI voice call"
    report = _ask(at)
    assert len(report.problems) == 2  # calls and tickets both need it
    assert "<AI Voice> of interaction does not exist" in report.problems[0]
    assert _whole(report)["conversations"] == "n/a"


def test_a_dropped_condition_is_noticed_before_anything_is_counted(
    calls: SnowInstance, at: Instance
) -> None:
    for row in calls.tables["interaction"]:
        del row["ai_voice"]  # in the dictionary, and hidden from the user
    report = _ask(at)
    assert "ignored the condition on ai_voice of interaction" in report.problems[0]
    assert _whole(report)["conversations"] == "n/a"
    assert [p for _, p, _ in calls.requests if p == "/api/now/stats/interaction"] == []


def test_a_missing_export_takes_only_its_own_indicators(folder: Path) -> None:
    (folder / "interaction_related_record.csv").unlink()
    report = from_folder(folder, SOURCES, PERIOD)
    assert report.problems == (f"interaction_related_record.csv is not in {folder}.",)
    assert _whole(report) == {**WHOLE, "tickets": "n/a"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"AI Voice"', '"Voice"', r"interaction.csv has no column AI Voice; export it too"),
        ("5 Minutes", "a while", r"interaction.csv, line 2: Duration is 'a while'"),
        (
            "2026-11-02 10:00:00",
            "02/11/2026",
            r"interaction.csv, line 3: opened_at is '02/11/2026'",
        ),
        ('"40 Seconds"', '"40 Seconds","more"', r"line 4: it lacks cells, or has too many"),
    ],
)
def test_an_export_that_cannot_be_read_is_told_where(
    folder: Path, old: str, new: str, said: str
) -> None:
    file = folder / "interaction.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    report = from_folder(folder, SOURCES, PERIOD)
    assert re.search(said, report.problems[0])
    assert _whole(report)["conversations"] == "n/a"
    assert _whole(report)["satisfaction"] == WHOLE["satisfaction"]


def test_a_folder_without_exports_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has none of interaction\.csv"):
        from_folder(tmp_path, SOURCES, PERIOD)


def test_a_period_must_go_forward_and_end() -> None:
    with pytest.raises(UsageError, match="swap them"):
        Period(date(2026, 11, 2), date(2026, 11, 1))
    with pytest.raises(UsageError, match="More than 366 days"):
        Period(date(2024, 1, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300", 300),
        ("1970-01-01 00:05:00", 300),
        ("1970-01-03 01:00:01", 2 * 86400 + 3601),
        ("1 Hour 3 Minutes", 3780),
        ("2 Days, 1 Second", 172801),
    ],
)
def test_durations_in_all_their_forms(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["soon", "5 Fortnights", "5 Minutes ago", "1970-13-01 00:00:00"])
def test_what_is_no_duration_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_duration(text)


def test_programs_get_numbers_and_null(folder: Path) -> None:
    shown = {i["key"]: i for i in report_json(from_folder(folder, SOURCES, PERIOD))["indicators"]}  # type: ignore[attr-defined]
    assert shown["satisfaction"]["value"] == 4.3
    assert shown["conversations"]["value"] == 5
    assert shown["duration"]["days"] == {"2026-11-02": 6, "2026-11-03": None, "2026-11-04": 2}
    assert shown["deflected"]["by_agent"] == BY_AGENT


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


def _svg(values: list[int | None], *, line: bool = False) -> ET.Element:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(len(values))]
    series = [
        (day, None if value is None else Decimal(value))
        for day, value in zip(days, values, strict=True)
    ]
    return ET.fromstring(chart(INDICATORS[0], series, line=line))  # noqa: S314  (our own)


def test_bars_stand_in_proportion_to_their_values() -> None:
    heights = [float(bar.attrib["height"]) for bar in _svg([2, 4, 0]).iter("rect")]
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.02)
    assert heights[2] == 0


def test_a_line_is_broken_where_a_day_has_no_value() -> None:
    drawn = _svg([1, 2, None, 4, 5], line=True)
    lines = [element.attrib["points"].split() for element in drawn.iter("polyline")]
    assert [len(points) for points in lines] == [2, 2]
    assert len(list(drawn.iter("circle"))) == 4
    gaps = [e for e in drawn.iter("line") if e.attrib["class"] == "gap"]
    assert [gap.findtext("title") for gap in gaps] == ["2026-01-03: n/a"]


@pytest.mark.parametrize("values", [[0], [None], [7], [10**6, 3], [1] * 366, [9, None] * 40])
@pytest.mark.parametrize("line", [True, False])
def test_every_mark_is_inside_of_the_picture(values: list[int | None], line: bool) -> None:  # noqa: FBT001
    drawn = _svg(values, line=line)
    _, _, width, height = map(float, drawn.attrib["viewBox"].split())
    for element in drawn.iter():
        for name, text in element.attrib.items():
            if name in {"x", "x1", "x2", "cx"}:
                assert 0 <= float(text) <= width
            if name in {"y", "y1", "y2", "cy"}:
                assert 8 <= float(text) <= height
        if element.tag == "rect":
            assert float(element.attrib["x"]) + float(element.attrib["width"]) <= width


def test_large_ticks_are_short_and_a_count_has_no_halves() -> None:
    ticks = [e.text for e in _svg([1_900_000]).iter("text") if e.attrib["class"] == "tick"]
    assert ticks[:3] == ["0", "1,000k", "2,000k"]
    ticks = [e.text for e in _svg([5]).iter("text") if e.attrib["class"] == "tick"]
    assert ticks[:2] == ["0", "5"]


def test_days_without_any_value_say_so() -> None:
    assert "no value" in [element.text for element in _svg([None, None]).iter("text")]


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
    ]
    assert len(themes) == 2
    for theme in themes:
        for text in ("ink", "soft"):
            for ground in ("page", "card"):
                assert _contrast(theme[text], theme[ground]) >= 4.5
        assert _contrast(theme["ink"], theme["alert"]) >= 4.5
        assert _contrast(theme["mark"], theme["card"]) >= 3
        assert _contrast(theme["soft"], theme["card"]) >= 3  # the dash of a day without a value


def test_a_half_is_rounded_up() -> None:
    satisfaction = next(i for i in INDICATORS if i.key == "satisfaction")
    rated = InsightFigures(rated=4, rating=Decimal(17))  # 4.25, which banks round to 4.2
    assert satisfaction.show(satisfaction.value(Figures(None, None, rated))) == "4.3"


def test_days_without_figures_make_the_whole_unknown() -> None:
    known = Figures(CallFigures(total=1, without_agent=1), 1, InsightFigures())
    report = Report(
        PERIOD, "x", {date(2026, 11, 2): known, date(2026, 11, 3): Figures(None, 1, None)}
    )
    shown = _whole(report)
    assert (shown["conversations"], shown["tickets"], shown["deflected"]) == ("n/a", "2", "n/a")
