"""The eight indicators equal what was worked out by hand, from the instance and from exports."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from snow_calls import BY_AGENT, DAILY, WHOLE, export_calls, record_calls
from snow_instance import SnowInstance, reading

from connect_voice.errors import UsageError
from connect_voice.servicenow.declaration import load
from connect_voice.servicenow.figures import (
    INDICATORS,
    CallFigures,
    Figures,
    InsightFigures,
)
from connect_voice.servicenow.instance import Instance
from connect_voice.servicenow.kpi import Period, Report
from connect_voice.servicenow.kpi_api import from_instance
from connect_voice.servicenow.kpi_csv import from_folder
from connect_voice.servicenow.output import report_json
from connect_voice.servicenow.values import parse_duration

ROOT = Path(__file__).resolve().parents[3]
SOURCES = load(ROOT / "servicenow.yaml").indicators
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


# The table "AI voice agent analytics indicators details" of ServiceNow's AI voice agent reference,
# release Australia: name, type, calculation, unit, precision. Each is computed daily and has no
# breakdowns.
REFERENCE = [
    ("Total voice conversations", "Automated", "Count of all voice calls", "#", 0),
    (
        "Calls completed without a live agent",
        "Automated",
        "Count of voice calls where Agent chat=false",
        "#",
        0,
    ),
    (
        "Conversations transferred to a live agent",
        "Automated",
        "Count of voice calls where Agent chat=true",
        "#",
        0,
    ),
    (
        "Number of tickets created",
        "Automated",
        (
            "Count of Interaction Related Records where Agent chat = false and Interaction Virtual "
            "agent = true and Interaction Type = Phone and Interaction AI Voice = true"
        ),
        "#",
        0,
    ),
    (
        "Conversations disconnected",
        "Automated",
        "Count of voice calls where State=Closed Abandoned",
        "#",
        0,
    ),
    (
        "Inferred customer satisfaction (CSAT): average score (out of 5)",
        "sn_na_analytics_insights table",
        "Average of session CSAT",
        "#",
        1,
    ),
    (
        "Average voice conversation duration",
        "Formula",
        "[[AI Agent- Summed duration of calls]] / [[AI Agents- Total Calls]]",
        "Minutes",
        0,
    ),
    (
        "Number of deflected conversations per AI agent",
        "sn_na_analytics_insights table",
        "Count of voice calls where Resolved is Yes",
        "#",
        0,
    ),
]


def _plainly(calculation: str) -> str:
    """A calculation without brackets, the names of collections, and differences in spaces."""
    words = re.sub(r"\[\[AI Agents?- (.*?)\]\]", r"\1", calculation)
    return re.sub(r" ?= ?", " = ", words)


def test_the_indicators_are_those_of_the_reference() -> None:
    assert [(i.title, i.kind, i.definition, i.unit, i.precision) for i in INDICATORS] == [
        (name, kind, _plainly(calculation), unit, precision)
        for name, kind, calculation, unit, precision in REFERENCE
    ]


def test_the_guide_has_the_same_table() -> None:
    guide = (ROOT / "docs" / "servicenow-instance.md").read_text(encoding="utf-8")
    for i in INDICATORS:
        row = (
            rf"\| {re.escape(i.title)} \| {re.escape(i.definition)} \| {i.unit} \| {i.precision} \|"
        )
        assert re.search(row, guide, re.IGNORECASE), i.title


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
