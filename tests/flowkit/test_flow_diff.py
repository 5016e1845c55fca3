from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowkit.difference import Form, compare, headline, picture, summary
from flowkit.drawing import Format
from flowkit.drawing.graph import Change
from flowkit.model import Flow, parse

SHIPPED = sorted((Path(__file__).parents[2] / "flows").glob("*/*.json"))


def _document(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def _flow(document: dict[str, Any]) -> Flow:
    return parse(json.dumps(document))


def _action(document: dict[str, Any], identifier: str) -> dict[str, Any]:
    return next(a for a in document["Actions"] if a["Identifier"] == identifier)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: names.get(item, item)
            if key in {"Identifier", "NextAction", "StartAction"} and isinstance(item, str)
            else _renamed(item, names)
            for key, item in value.items()
        }
    return [_renamed(item, names) for item in value] if isinstance(value, list) else value


shipped = pytest.mark.parametrize("file", SHIPPED, ids=lambda f: f"{f.parent.name}-{f.stem}")
INBOUND = next(file for file in SHIPPED if file.stem == "inbound")


@shipped
def test_a_flow_does_not_differ_from_itself(file: Path) -> None:
    flow = parse(file.read_text())
    difference = compare(flow, flow, moved=True)
    assert not difference
    assert not difference.renamed
    assert not difference.moved
    assert summary(difference, title="x") == "x: no difference\n"


@shipped
@settings(deadline=None, max_examples=20)
@given(st.randoms(use_true_random=False))
def test_other_identifiers_in_another_order_are_no_difference(file: Path, random: Any) -> None:
    document = _document(file)
    names = {a["Identifier"]: f"block-{n}" for n, a in enumerate(document["Actions"])}
    other = _renamed(document, names)
    random.shuffle(other["Actions"])
    difference = compare(_flow(document), _flow(other))
    assert difference.actions == ()
    assert difference.start is None
    assert dict(difference.renamed) == names


def test_an_edit_is_found_through_other_identifiers() -> None:
    document = _document(INBOUND)
    names = {a["Identifier"]: f"block-{n}" for n, a in enumerate(document["Actions"])}
    other = _renamed(document, names)
    _action(other, names["get-call-context"])["Parameters"]["InvocationTimeLimitSeconds"] = "5"
    (found,) = compare(_flow(document), _flow(other)).actions
    assert found.old is not None
    assert found.old.identifier == "get-call-context"
    assert [(v.path, v.old, v.new) for v in found.values] == [
        ("InvocationTimeLimitSeconds", "8", "5")
    ]


def test_added_and_removed_actions_and_branches_are_told() -> None:
    document, other = _document(INBOUND), _document(INBOUND)
    greet = _action(other, "greet")
    new = {
        "Identifier": "say-more",
        "Type": "MessageParticipant",
        "Parameters": {"Text": "One moment."},
        "Transitions": {"NextAction": greet["Transitions"]["NextAction"]},
    }
    greet["Transitions"] = {"NextAction": "say-more"}
    other["Actions"].append(new)
    difference = compare(_flow(document), _flow(other))
    by_name = {found.action.identifier: found for found in difference.actions}
    assert by_name["say-more"].change is Change.ADDED
    assert [(b.change, b.when, b.new) for b in by_name["greet"].branches] == [
        (Change.CHANGED, "next", "say-more"),
        (Change.REMOVED, "error", None),
    ]
    back = compare(_flow(other), _flow(document))
    assert {f.action.identifier: f.change for f in back.actions} == {
        "say-more": Change.REMOVED,
        "greet": Change.CHANGED,
    }


def test_what_only_moved_is_left_out_unless_asked_for() -> None:
    document, other = _document(INBOUND), _document(INBOUND)
    other["Metadata"]["ActionMetadata"]["greet"]["position"] = {"x": 1, "y": 2}
    assert not compare(_flow(document), _flow(other))
    assert compare(_flow(document), _flow(other)).moved == ()
    assert compare(_flow(document), _flow(other), moved=True).moved == ("greet",)


def test_another_start_is_a_difference() -> None:
    document, other = _document(INBOUND), _document(INBOUND)
    other["StartAction"] = "greet"
    difference = compare(_flow(document), _flow(other))
    assert difference.start == (document["StartAction"], "greet")
    assert headline(difference) == "another start"


def test_settings_of_a_module_are_compared() -> None:
    document, other = _document(INBOUND), _document(INBOUND)
    other["Settings"] = {"Transitions": []}
    assert [value.path for value in compare(_flow(document), _flow(other)).document] == [
        "Settings.Transitions"
    ]


def _comparison() -> dict[str, Any]:
    def says(name: str) -> dict[str, Any]:
        return {
            "Identifier": name,
            "Type": "MessageParticipant",
            "Parameters": {"Text": name},
            "Transitions": {},
        }

    def branch(operator: str, operand: str, target: str) -> dict[str, Any]:
        return {
            "NextAction": target,
            "Condition": {"Operator": operator, "Operands": [operand]},
        }

    return {
        "Version": "2019-10-30",
        "StartAction": "check",
        "Actions": [
            {
                "Identifier": "check",
                "Type": "Compare",
                "Parameters": {"ComparisonValue": "$.Attributes.n"},
                "Transitions": {
                    "Conditions": [
                        branch("NumberGreaterThan", "1", "a"),
                        branch("NumberGreaterThan", "5", "b"),
                    ]
                },
            },
            says("a"),
            says("b"),
        ],
    }


def test_the_order_of_conditions_counts_where_more_than_one_can_hold() -> None:
    document, other = _comparison(), _comparison()
    other["Actions"][0]["Transitions"]["Conditions"].reverse()
    (found,) = compare(_flow(document), _flow(other)).actions
    assert [b.when for b in found.branches] == ["order of the conditions"]
    for version in (document, other):
        for condition in version["Actions"][0]["Transitions"]["Conditions"]:
            condition["Condition"]["Operator"] = "Equals"
    assert not compare(_flow(document), _flow(other))


def _edited() -> tuple[Flow, Flow]:
    document, other = _document(INBOUND), _document(INBOUND)
    _action(other, "greet")["Parameters"]["Text"] = "Hello *@everyone* [x](y) & <b>"
    other["Actions"] = [a for a in other["Actions"] if a["Identifier"] != "say-closed"]
    return _flow(document), _flow(other)


def test_text_and_markdown_say_what_changed() -> None:
    difference = compare(*_edited())
    text = summary(difference, title="inbound").splitlines()
    assert text[0].startswith("inbound: 1 removed, ")
    assert any(line.startswith("~ greet (Play prompt") for line in text)
    assert any(line.startswith("- say-closed") for line in text)
    markdown = summary(difference, Form.MARKDOWN, title="inbound")
    assert "- **Removed** say-closed" in markdown
    assert "Hello &#42;&#64;everyone&#42; &#91;x&#93;(y) &#38; &#60;b&#62;" in markdown


def test_json_has_every_change() -> None:
    told = json.loads(summary(compare(*_edited()), Form.JSON, title="x"))
    assert told["different"] is True
    greet = next(a for a in told["actions"] if a["new"] == "greet")
    assert greet["change"] == "changed"
    assert greet["parameters"][0]["path"] == "Text"
    assert {a["change"] for a in told["actions"] if a["old"] == "say-closed"} == {"removed"}


def test_the_picture_marks_changes_by_sign_and_by_class() -> None:
    drawn = picture(compare(*_edited()), title="x")
    root = ET.fromstring(drawn)  # noqa: S314 (our own)
    badges = {
        (group.get("class") or "").split()[-1]: "".join(group.itertext()).strip()
        for group in root.iter("{http://www.w3.org/2000/svg}g")
        if (group.get("class") or "").startswith("badge")
    }
    assert badges == {"changed": "~", "removed": "\u2212"}
    assert 'class="line removed"' in drawn
    assert "Text was \u2039greeting\u203a" in drawn
    assert "1 removed" in drawn
    assert "removed: Play prompt" in picture(compare(*_edited()), Format.MERMAID, title="x")
