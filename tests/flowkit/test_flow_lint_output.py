"""How findings are handed over: places, SARIF, the command's output and exit codes, the docs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from connect_voice.cli import cli
from flowkit.lint import lint_text
from flowkit.positions import Positions
from flowkit.problem import Rule
from flowkit.report import rules_page
from flowkit.sarif import log

ROOT = Path(__file__).parents[2]
INBOUND = ROOT / "flows" / "servicenow_voice" / "inbound.json"


def test_every_rule_stands_in_the_reference_once() -> None:
    page = rules_page()
    assert all(page.count(f"| `{rule.value}` |") == 1 for rule in Rule)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just('}],"{[:'),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["a", 'b"', "c\\", "é", "{"]), inner, max_size=4)
    ),
    max_leaves=20,
)


def _parts(value: object, path: str) -> list[str]:
    if isinstance(value, dict):
        inside = [(f"{path}.{key}" if path else key, inner) for key, inner in value.items()]
    elif isinstance(value, list):
        inside = [(f"{path}[{number}]", inner) for number, inner in enumerate(value)]
    else:
        return []
    return [part for here, inner in inside for part in (here, *_parts(inner, here))]


@settings(max_examples=150, deadline=None)
@given(document=JSON, indent=st.sampled_from([None, 2]))
def test_every_part_of_a_document_has_a_place_in_its_text(
    document: object, indent: int | None
) -> None:
    text = json.dumps({"x": document}, indent=indent)
    lines = text.split("\n")
    positions = Positions(text)
    assert positions.repeated == []
    for part in _parts({"x": document}, ""):
        line, column = positions.of(part)
        rest = lines[line - 1][column - 1 :]
        if part.endswith("]"):
            assert rest
            assert not rest[0].isspace()
        else:
            assert rest.startswith(json.dumps(part.rpartition(".")[2])[:2])


def test_what_is_missing_is_placed_at_what_should_hold_it() -> None:
    positions = Positions('{\n  "a": [\n    {"b": 1}\n  ]\n}')
    assert positions.of("a[0].b") == (3, 6)
    assert positions.of("a[0].c.d") == (3, 5)
    assert positions.of("a[7]") == (2, 3)
    assert positions.of("") == (1, 1)


def test_text_that_is_no_json_is_placed_where_it_breaks_off() -> None:
    (problem,) = lint_text('{\n  "Version": 1,,\n}')
    assert (problem.rule, problem.line) == ("flow-syntax", 2)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    flow: dict[str, Any] = json.loads(INBOUND.read_text())
    flow["Actions"][0]["Transitions"]["NextAction"] = "nowhere"
    flow["Actions"][4]["Parameters"]["Text"] = "Call +442071838750."
    file = tmp_path / "bad flow.json"
    file.write_text(json.dumps(flow, indent=2))
    return file


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    text = INBOUND.read_text().replace("${greeting}", "Call +442071838750.")
    file = tmp_path / "doubtful.json"
    file.write_text(text)
    return file


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["flow", "lint", *map(str, arguments)])
    return result.exit_code, result.stdout


def test_the_flows_of_this_project_are_fine() -> None:
    code, output = run("--severity", "note")
    assert code == 0
    assert output.count(": fine") == len(list((ROOT / "flows").glob("*/*.json")))


def test_an_error_fails_the_command_and_names_line_and_column(bad: Path) -> None:
    code, output = run(bad)
    assert code == 1
    assert f"{bad}:" in output
    assert "error [dangling-transition]" in output


def test_a_warning_fails_the_command_only_when_asked_to(doubtful: Path) -> None:
    code, output = run(doubtful)
    assert (code, "warning [hard-coded-number]" in output) == (0, True)
    assert run("--severity", "warning", doubtful)[0] == 1
    code, output = run("--severity", "error", doubtful)
    assert (code, output) == (0, f"{doubtful}: fine\n")


def test_json_is_the_same_by_either_name(bad: Path) -> None:
    code, output = run("--json", bad)
    assert code == 1
    first = json.loads(output)[0]
    assert {"file", "line", "column", "rule", "severity", "path", "advice"} <= first.keys()
    assert run("--format", "json", bad) == (code, output)


def test_an_unknown_flow_type_is_refused_with_what_was_meant() -> None:
    result = CliRunner().invoke(cli, ["flow", "lint", "--type", "CUSTOMR_QUEUE"])
    assert "did you mean CUSTOMER_QUEUE?" in str(result.exception)


def test_sarif_names_rule_level_file_and_region(bad: Path) -> None:
    code, output = run("--format", "sarif", bad)
    assert code == 1
    document = json.loads(output)
    assert document["version"] == "2.1.0"
    (one,) = document["runs"]
    rules = one["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.value for rule in Rule]
    for result in one["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        assert result["message"]["text"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uri"].startswith("file:///")
        assert " " not in place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1
        assert place["region"]["startColumn"] >= 1
    assert {"dangling-transition", "hard-coded-number"} <= {r["ruleId"] for r in one["results"]}


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
    }


TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
MESSAGE = _closed(["text"], text=TEXT)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
NUMBER = {"type": "integer", "minimum": 1}
# The part of SARIF 2.1.0 (OASIS, sections 3.13 to 3.52) that is written here; the whole schema, in
# which objects are as closed, comes with no package.
SARIF = _closed(
    ["version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "items": _closed(
            ["tool"],
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            tool=_closed(
                ["driver"],
                driver=_closed(
                    ["name"],
                    name=TEXT,
                    version=TEXT,
                    rules={
                        "type": "array",
                        "uniqueItems": True,
                        "items": _closed(
                            ["id"],
                            id=TEXT,
                            shortDescription=MESSAGE,
                            defaultConfiguration=_closed([], level=LEVEL),
                            properties={"type": "object"},
                        ),
                    },
                ),
            ),
            results={
                "type": "array",
                "items": _closed(
                    ["message"],
                    ruleId=TEXT,
                    ruleIndex={"type": "integer", "minimum": -1},
                    level=LEVEL,
                    message=MESSAGE,
                    partialFingerprints={"type": "object", "additionalProperties": TEXT},
                    locations={
                        "type": "array",
                        "items": _closed(
                            [],
                            physicalLocation=_closed(
                                ["artifactLocation"],
                                artifactLocation=_closed([], uri=TEXT),
                                region=_closed([], startLine=NUMBER, startColumn=NUMBER),
                            ),
                            logicalLocations={
                                "type": "array",
                                "items": _closed([], fullyQualifiedName=TEXT, name=TEXT),
                            },
                        ),
                    },
                ),
            },
        ),
    },
)


@pytest.mark.parametrize("text", ["", "{", '{"Actions":[null,{"Identifier":""}]}'])
def test_sarif_has_the_shape_of_the_standard(bad: Path, text: str) -> None:
    Draft202012Validator(SARIF).validate(json.loads(run("--format", "sarif", bad)[1]))
    document: Any = log([("a b/é.json", lint_text(text)), ("c.json", ())], "1")
    Draft202012Validator(SARIF).validate(document)
    assert document["runs"][0]["results"]


def test_a_finding_keeps_its_fingerprint_when_the_flow_moves(bad: Path) -> None:
    flow = json.loads(bad.read_text())
    moved = {**flow, "Actions": [*flow["Actions"][1:], flow["Actions"][0]]}

    def prints(each: dict[str, Any]) -> set[str]:
        document: Any = log([("a.json", lint_text(json.dumps(each)))], "1")
        return {r["partialFingerprints"]["finding/v1"] for r in document["runs"][0]["results"]}

    assert prints(flow) == prints(moved)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"Version": "2019-10-30", "StartAction": "a", "Actions": 7}',
        '{"Version": "2019-10-30", "StartAction": "\\ud800", "Actions": []}',
        '{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"Compare",'
        '"Parameters":{"ComparisonValue":' + "[" * 400 + "]" * 400 + "}}]}",
        "[" * 100_000,
        '{"Version": "2019-10-30", "StartAction": "a", "Actions": [], "x": "'
        + "y" * 1_000_000
        + '"}',
    ],
    ids=["empty", "list", "null", "number", "surrogate", "deep", "deeper", "large"],
)
def test_hostile_text_gives_findings(text: str) -> None:
    findings = lint_text(text)
    assert findings
    assert all(problem.advice for problem in findings)
    json.dumps(log([("a.json", findings)], "1"))
