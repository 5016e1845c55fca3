from __future__ import annotations

import json
from typing import Any

from flowkit.report import lines, values
from flowkit.validation import content_problems


def test_a_finding_is_one_line_that_names_file_place_and_rule(good: dict[str, Any]) -> None:
    good["Actions"][9]["Parameters"]["InvocationTimeLimitSeconds"] = "30"
    (line,) = lines("flows/parcel.json", content_problems(json.dumps(good)))
    assert line == (
        "flows/parcel.json: Actions[9].Parameters.InvocationTimeLimitSeconds: "
        "error [parameter-range] InvocationTimeLimitSeconds of InvokeLambdaFunction "
        "'find-parcel' is 30; it must be from 1 to 8."
    )


def test_a_finding_about_the_whole_text_has_no_place() -> None:
    (line,) = lines("a.json", content_problems("{"))
    assert line.startswith("a.json: error [flow-syntax] The flow is not JSON: ")


def test_findings_go_into_json_and_back(good: dict[str, Any]) -> None:
    good["StartAction"] = "nowhere"
    good["Actions"][0]["Parameters"] = {}
    findings = content_problems(json.dumps(good))
    (start, missing) = json.loads(json.dumps(values("a.json", findings)))
    assert start["rule"] == "start-action"
    assert start["action"] is None
    assert missing == {
        "file": "a.json",
        "severity": "error",
        "rule": "parameter-missing",
        "line": None,
        "column": None,
        "path": "Actions[0].Parameters.FlowLoggingBehavior",
        "action": "log",
        "message": (
            "Action is missing required property. Path: Actions[0].Parameters.FlowLoggingBehavior"
        ),
        "advice": "UpdateFlowLoggingBehavior 'log' needs FlowLoggingBehavior; add it.",
    }


def test_no_findings_are_no_lines() -> None:
    assert lines("a.json", ()) == []
    assert values("a.json", ()) == []


def test_a_line_stays_one_line_whatever_the_flow_calls_its_actions(good: dict[str, Any]) -> None:
    good["StartAction"] = "two\nlines"
    (line,) = lines("a.json", content_problems(json.dumps(good)))
    assert "\n" not in line
