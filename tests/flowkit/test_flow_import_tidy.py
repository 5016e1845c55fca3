from __future__ import annotations

import itertools
import json
from typing import Any

import flow_import_support as s

from flowkit.importing import import_flow
from flowkit.jsontext import JsonText
from flowkit.layout import positions
from flowkit.tidy import tidied


def _rolled(number: int) -> str:
    return f"{number:08x}-1111-4222-8333-444455556666"


def _tidy(document: dict[str, Any]) -> Any:
    return json.loads(tidied(JsonText.read(json.dumps(document))))


def _document() -> dict[str, Any]:
    document = s.flow(
        s.action(
            _rolled(1), "MessageParticipant", {"Text": "Welcome to Example 24, hi"}, _rolled(2)
        ),
        s.action(_rolled(2), "InvokeLambdaFunction", {"LambdaFunctionARN": s.LAMBDA}, _rolled(3)),
        s.action(_rolled(3), "Compare", {"ComparisonValue": "$.External.status"}, _rolled(5)),
        s.action(_rolled(4), "DisconnectParticipant", {}, None),
        s.action(_rolled(5), "UpdateContactTargetQueue", {"QueueId": s.QUEUE}, "My own name"),
        s.action("My own name", "NewType", {}, _rolled(6)),
        s.action(
            _rolled(6), "MessageParticipant", {"Text": "Welcome to Example 24, hi"}, _rolled(4)
        ),
        metadata={
            _rolled(1): {"position": {"x": 7.5, "y": 8}, "children": [_rolled(2)], "kept": [1]},
            _rolled(5): {"parameters": {"QueueId": {"displayName": "BasicQueue"}}},
        },
    )
    document["Actions"][2]["Transitions"] |= {
        "Conditions": [
            {"NextAction": _rolled(5), "Condition": {"Operator": "Equals", "Operands": ["ok"]}}
        ],
        "Errors": [{"ErrorType": "NoMatchingCondition", "NextAction": _rolled(4)}],
    }
    return document


def test_identifiers_say_what_an_action_does() -> None:
    tidy = _tidy(_document())
    assert [action["Identifier"] for action in tidy["Actions"]] == [
        "say-welcome-to-example-hi",
        "invoke-customer-lookup-live",
        "check-external-status",
        "hang-up",
        "set-queue-basic-queue",
        "My own name",
        "say-welcome-to-example-hi-2",
    ]
    assert tidy["StartAction"] == "say-welcome-to-example-hi"


def test_every_transition_and_the_metadata_follow_and_nothing_else_changes() -> None:
    before, after = _document(), _tidy(_document())
    new = {
        old["Identifier"]: action["Identifier"]
        for old, action in zip(before["Actions"], after["Actions"], strict=True)
    }
    expected = json.dumps(before)
    for old, name in new.items():
        expected = expected.replace(old, name)
    wanted = json.loads(expected)
    assert after["Actions"] == wanted["Actions"]
    metadata = after["Metadata"]["ActionMetadata"]
    assert (
        metadata[new[_rolled(1)]].items()
        >= {
            "children": [new[_rolled(2)]],
            "kept": [1],
            "isFriendlyName": True,
        }.items()
    )
    assert "isFriendlyName" not in metadata["My own name"]
    assert "4222" not in "".join(metadata)


def test_the_layout_runs_from_the_start_to_the_right_without_overlaps() -> None:
    tidy = _tidy(_document())
    metadata = tidy["Metadata"]["ActionMetadata"]
    places = {name: (m["position"]["x"], m["position"]["y"]) for name, m in metadata.items()}
    assert places.keys() == {action["Identifier"] for action in tidy["Actions"]}
    for one, other in itertools.combinations(places.values(), 2):
        assert abs(one[0] - other[0]) >= 260 or abs(one[1] - other[1]) >= 220
    for action in tidy["Actions"]:
        following = action["Transitions"].get("NextAction")
        assert following is None or places[action["Identifier"]][0] < places[following][0]


def test_circles_and_what_nothing_leads_to_have_a_place() -> None:
    placed = positions("a", {"lost": ["a"], "a": ["b"], "b": ["a", "c"], "c": ["c", "gone"]})
    assert placed == {"a": (160, 40), "b": (420, 40), "c": (680, 40), "lost": (160, 260)}


def test_identifiers_that_two_actions_share_stay() -> None:
    document = s.flow(
        s.action(_rolled(1), "Wait", {}, _rolled(1)), s.action(_rolled(1), "Wait", {}, None)
    )
    assert {action["Identifier"] for action in _tidy(document)["Actions"]} == {_rolled(1)}


def test_without_tidy_identifiers_and_layout_stay() -> None:
    text = json.dumps(_document())
    template = json.loads(import_flow(text).template)
    assert template["StartAction"] == _rolled(1)
    assert (
        template["Metadata"]["ActionMetadata"][_rolled(1)]
        == (_document()["Metadata"]["ActionMetadata"][_rolled(1)])
    )


def test_names_give_away_nothing_that_the_template_hides() -> None:
    document = s.flow(
        s.action(_rolled(1), "MessageParticipant", {"Text": f"Call {s.NUMBER} now"}, _rolled(2)),
        s.action(_rolled(2), "UpdateContactTargetQueue", {"QueueId": s.QUEUE}, None),
    )
    tidy = _tidy(document)
    assert [a["Identifier"] for a in tidy["Actions"]] == ["say-call-now", "set-queue"]
