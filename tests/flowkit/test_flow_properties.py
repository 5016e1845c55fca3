"""What holds for every flow: for those that lint clean, and for whatever else is called a flow."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowkit.catalogue import CATALOGUE, ActionType, FlowType
from flowkit.catalogue.form import form_of
from flowkit.catalogue.shapes import Entries, Fields, Items, Json, Need, Paths, Shape, Text, Whole
from flowkit.compiling import compile_flow
from flowkit.describing import ImportRefusedError
from flowkit.drawing import Format, render
from flowkit.importing import import_flow
from flowkit.lint import lint_text
from flowkit.model import FlowSyntaxError, parse, read
from flowkit.problem import Severity
from flowkit.review import TooLargeError, review
from flowkit.validation import content_problems

GOOD_FLOW = Path(__file__).with_name("good_flow.json")
INBOUND = [entry for entry in CATALOGUE.values() if FlowType.CONTACT_FLOW in entry.flow_types]
PATTERNS = {r"\+[1-9][0-9]{1,14}": "+14155550100", "[0-9*#]": "1"}
WORDS = st.sampled_from(["hello", "a b", "é", "日本", "<&>", "$.Attributes.tier", "${x}", "1"])
slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def _value(draw: st.DrawFn, shape: Shape) -> Any:  # noqa: PLR0911 (a line a shape)
    match shape:
        case Text():
            if shape.choices:
                return draw(st.sampled_from(shape.choices))
            if shape.pattern:
                return PATTERNS.get(shape.pattern, "1")
            if shape.paths is Paths.ONLY:
                return "$.Attributes.number"
            return draw(WORDS) if shape.paths is Paths.FREE else "plain"
        case Whole():
            least = 1 if shape.minimum is None else shape.minimum
            most = min(least + 5, shape.maximum or least + 5)
            return str(draw(st.integers(least, most)))
        case Json():
            return draw(st.sampled_from(["x", {"a": "b"}, ["c"], True, 3]))
        case Items():
            return [draw(_value(shape.items)) for _ in range(max(1, shape.minimum))]
        case Entries():
            key = shape.keys[0] if shape.keys else "key"
            return {key: draw(_value(shape.values))}
        case Fields():
            return draw(_fields(shape))


@st.composite
def _fields(draw: st.DrawFn, fields: Fields) -> dict[str, Any]:
    wanted = {name for name, each in fields.known.items() if each.required}
    wanted |= {name for name in fields.known if draw(st.integers(0, 3)) == 0}
    for group in fields.groups:
        there = [key for key in group.keys if key in wanted]
        if group.need is Need.ALL_OR_NONE:
            wanted |= set(group.keys) if there else set()
            continue
        wanted -= set(there[1:])
        if not there and group.need is not Need.AT_MOST_ONE:
            wanted.add(draw(st.sampled_from(group.keys)))
    return {name: draw(_value(fields.known[name].shape)) for name in sorted(wanted)}


@st.composite
def _action(draw: st.DrawFn, entry: ActionType, name: str, names: list[str]) -> dict[str, Any]:
    target = st.sampled_from(names)
    parameters = draw(_fields(entry.parameters))
    for _ in range(2):  # what a form asks for may make another of it
        form = form_of(entry, parameters, FlowType.CONTACT_FLOW)
        for key in form.forbidden:
            parameters.pop(key, None)
        for key, held in form.parameters.known.items():
            if held.required and key not in parameters:
                parameters[key] = draw(_value(held.shape))
    form = form_of(entry, parameters, FlowType.CONTACT_FLOW)
    transitions: dict[str, Any] = {}
    if not entry.terminal:
        transitions["NextAction"] = draw(target)
        transitions["Errors"] = [
            {"NextAction": draw(target), "ErrorType": error} for error in form.required_errors
        ]
        wanted = form.conditions
        operands = [*wanted.required, *((wanted.operands or ("1",))[:1] if wanted.minimum else ())]
        listed = parameters.get(wanted.required_from or "")
        operands += listed if isinstance(listed, list) else []
        transitions["Conditions"] = [
            {
                "NextAction": draw(target),
                "Condition": {"Operator": wanted.operators[0], "Operands": [operand]},
            }
            for operand in dict.fromkeys(operands)
        ]
    return {
        "Identifier": name,
        "Type": entry.name,
        "Parameters": parameters,
        "Transitions": transitions,
    }


@st.composite
def flows(draw: st.DrawFn) -> str:
    """A flow out of the catalogue's own shapes, its branches leading anywhere."""
    entries = draw(st.lists(st.sampled_from(INBOUND), min_size=1, max_size=9))
    names = [f"block {number}" for number in range(len(entries) + 1)]
    actions = [
        draw(_action(entry, name, names)) for entry, name in zip(entries, names, strict=False)
    ]
    actions.append({"Identifier": names[-1], "Type": "DisconnectParticipant", "Transitions": {}})
    document = {"Version": "2019-10-30", "StartAction": names[0], "Actions": actions}
    return json.dumps(document, indent=draw(st.sampled_from([None, 2])))


def _errors(text: str) -> list[str]:
    return [
        f"{p.rule} {p.path} {p.advice}" for p in lint_text(text) if p.severity is Severity.ERROR
    ]


@slow
@given(flows())
def test_the_generator_makes_flows_that_lint_clean(text: str) -> None:
    # So that the property below holds of something.
    assert _errors(text) == []


@slow
@given(flows())
def test_a_flow_that_lints_clean_compiles_renders_and_is_itself(text: str) -> None:
    if _errors(text):
        return
    for tidy in (False, True):
        imported = import_flow(text, tidy=tidy)
        compiled = compile_flow(imported.template, imported.map)
        assert tidy or json.loads(compiled) == json.loads(text)
        assert _errors(compiled) == []
        # Other names and places are no difference.
        assert not review(text, compiled, title="x").different
    flow = parse(text)
    for form in Format:
        picture = render(flow, form, title="x")
        if form is Format.SVG:
            ET.fromstring(picture)  # noqa: S314 (our own)
    same = review(text, text, title="x")
    assert not same.different
    assert same.text() == "x: no difference\n"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        ["", "$.", "$.External", "${x}", "%{", "\ud800", "\x00", "\u202e", "a" * 300]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    here = [path] if path else []
    if isinstance(value, dict):
        return here + [p for k, v in value.items() for p in _places(v, (*path, k))]
    if isinstance(value, list):
        return here + [p for k, v in enumerate(value) for p in _places(v, (*path, k))]
    return here


PLACES = _places(json.loads(GOOD_FLOW.read_text()))


def _everything(text: str) -> None:
    """What is done to flows; none of it may end in an exception that is not its own."""
    for problem in (*lint_text(text), *content_problems(text)):
        assert problem.message
    try:
        flow, _ = read(text)
        for form in Format:
            render(flow, form, title="x")
        render(flow, title="x", own_positions=True)
        change = review(text, GOOD_FLOW.read_text(), title="x")
        assert change.text()
        assert change.markdown()
        change.picture()
    except (FlowSyntaxError, TooLargeError):
        pass
    try:
        for tidy in (False, True):
            imported = import_flow(text, tidy=tidy)
            imported.template.encode()
            if not tidy:
                compiled = compile_flow(imported.template, imported.map)
                assert json.loads(compiled) == json.loads(text)
    except ImportRefusedError:
        pass


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(places=st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=4))
def test_any_values_anywhere_are_borne(places: list[tuple[tuple[Any, ...], Any]]) -> None:
    document = json.loads(GOOD_FLOW.read_text())
    for place, value in places:
        holder = document
        try:
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = value
        except (TypeError, KeyError, IndexError):
            continue  # another value took its place
    _everything(json.dumps(document))


@settings(max_examples=60, deadline=None)
@given(value=JSON)
def test_any_json_is_borne(value: object) -> None:
    _everything(json.dumps(value))
    _everything(json.dumps({"Version": value, "StartAction": value, "Actions": [value, {}]}))


def _flow(actions: list[Any], **more: Any) -> str:
    return json.dumps({"Version": "2019-10-30", "StartAction": "a0", "Actions": actions, **more})


def _says(text: str) -> str:
    action = {"Identifier": "a0", "Type": "MessageParticipant", "Parameters": {"Text": text}}
    return _flow([{**action, "Transitions": {"NextAction": "a0"}}])


def _nested(depth: int) -> str:
    inner = '{"a":' * depth + "1" + "}" * depth
    return (
        '{"Version":"2019-10-30","StartAction":"a","Actions":[{"Identifier":"a","Type":"X",'
        f'"Parameters":{inner},"Transitions":{inner}}}],"Metadata":{inner}}}'
    )


def _circle(size: int) -> str:
    return _flow(
        [
            {
                "Identifier": f"a{n}",
                "Type": "InvokeLambdaFunction",
                "Transitions": {"NextAction": f"a{(n + 1) % size}"},
            }
            for n in range(size)
        ]
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: "",
        lambda: "{",
        lambda: "\ufeff{}",
        lambda: "[" * 100_000,
        lambda: '{"Actions":' + "[" * 50_000 + "]" * 50_000 + "}",
        lambda: _nested(900),
        lambda: _nested(50_000),
        lambda: _flow([None] * 20_000),
        lambda: _flow([{}] * 900),
        lambda: _circle(5000),
        lambda: _circle(250),
        lambda: _says("lorem " * 160_000),
        lambda: _says("${" * 450_000),
        lambda: _says("<speak>" + "<" * 900_000),
        lambda: _says("$['" * 300_000),
        lambda: _says("9" * 950_000),
        lambda: _says("\u202e\u0000\ud800\udfff\ufffe\U0001f469\u200d\U0001f680"),
        lambda: '{"Version":1e999,"StartAction":"a","Actions":[]}',
        lambda: f'{{"Version":{"1" * 5000},"StartAction":"a","Actions":[]}}',
        lambda: '{"Actions":[],"Actions":[{}],"Version":1,"Version":2,"StartAction":"a"}',
        lambda: '{"modules":[{"id":"x","type":"PlayPrompt"}],"version":"1","start":"x"}',
    ],
)
def test_hostile_text_is_borne_in_seconds(make: Callable[[], str]) -> None:
    text = make()
    started = time.process_time()
    assert lint_text(text)
    _everything(text)
    assert time.process_time() - started < 20


def test_a_malformed_part_does_not_hide_the_rest() -> None:
    document = json.loads(GOOD_FLOW.read_text())
    document["Actions"][0]["Transitions"] = "next"
    document["Actions"][9]["Parameters"]["InvocationTimeLimitSeconds"] = "30"
    found = {(p.rule, p.path) for p in lint_text(json.dumps(document))}
    assert ("flow-syntax", "Actions[0].Transitions") in found
    assert ("parameter-range", "Actions[9].Parameters.InvocationTimeLimitSeconds") in found
    # What a misshapen part lacks is not told again.
    assert not any(place.startswith("Actions[0].Transitions.") for _, place in found)
    assert "<svg" in render(read(json.dumps(document))[0], title="x")


def test_what_is_too_large_to_draw_is_said() -> None:
    with pytest.raises(TooLargeError, match="5,000 actions"):
        review(None, _circle(5000), title="x").picture()
