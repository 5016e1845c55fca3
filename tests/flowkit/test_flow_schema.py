"""The language as JSON Schema: takes what lint takes, and marks the commonest mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from connect_voice.flow_files import schema_
from flowkit.schema import schema

GOOD_FLOW = Path(__file__).with_name("good_flow.json")
TEMPLATES = sorted((Path(__file__).parents[2] / "flows").glob("*/*.json"))
VALIDATOR = Draft202012Validator(schema())


def _document(file: Path) -> Any:
    return json.loads(file.read_text())


def _places(document: Any) -> list[str]:
    return [error.json_path for error in VALIDATOR.iter_errors(document)]


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("file", [GOOD_FLOW, *TEMPLATES], ids=lambda file: file.stem)
def test_flows_and_templates_that_lint_clean_pass(file: Path) -> None:
    assert _places(_document(file)) == []


def test_a_type_that_nobody_knows_passes(good: dict[str, Any]) -> None:
    good["Actions"][0]["Type"] = "TranslateSpeech"
    assert _places(good) == []


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("InvokeLambdaFunction", "InvocationTimeLimitSeconds", "eight"),
        ("InvokeLambdaFunction", "FunctionArn", "arn"),
        ("GetParticipantInput", "StoreInput", "Maybe"),
        ("MessageParticipant", "SSML", "both"),
        ("MessageParticipant", "Text", ""),
        ("UpdateContactAttributes", "Attributes", "none"),
    ],
)
def test_wrong_parameters_are_marked(
    good: dict[str, Any], kind: str, key: str, value: object
) -> None:
    index, action = next((n, a) for n, a in enumerate(good["Actions"]) if a["Type"] == kind)
    action["Parameters"][key] = value
    assert any(place.startswith(f"$.Actions[{index}].Parameters") for place in _places(good))


def test_missing_branches_are_marked(good: dict[str, Any]) -> None:
    index, action = next(
        (n, a) for n, a in enumerate(good["Actions"]) if a["Type"] == "InvokeLambdaFunction"
    )
    action["Transitions"] = {"NextAction": action["Transitions"]["NextAction"], "Errors": []}
    assert _places(good) == [f"$.Actions[{index}].Transitions.Errors"]
    del action["Transitions"]["NextAction"]
    assert f"$.Actions[{index}].Transitions" in _places(good)


def test_the_command_prints_it() -> None:
    answer = CliRunner().invoke(schema_, [])
    assert json.loads(answer.output) == schema()
