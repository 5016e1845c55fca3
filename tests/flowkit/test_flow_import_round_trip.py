"""Whatever a flow holds, importing and compiling it gives the flow again."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import flow_import_support as s
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowkit.compiling import compile_flow
from flowkit.importing import ImportRefusedError, import_flow
from flowkit.jsontext import JsonText, indented
from flowkit.placeholder_map import parse_map
from flowkit.template import fill
from flowkit.tidy import tidied

INGREDIENTS = [
    *(s.QUEUE, s.QUEUE_ID, s.FLOW, s.LAMBDA, s.ALIAS, s.VIEW, s.CONNECTOR, s.NUMBER),
    *("123456789012", "eu-central-1", "${", "%{", "$", "$$", "%", "{", "}", "$.External.x"),
    *("\\", '"', "é", "😀", "\ud83d", "\u2028", "AKIAABCDEFGHIJKLMNOP", "a", " "),
]
STRINGS = st.lists(st.sampled_from(INGREDIENTS) | st.text(max_size=3), max_size=5).map("".join)
KEYS = STRINGS | st.sampled_from(
    [
        "QueueId",
        "ContactFlowId",
        "EventHooks",
        "password",
        "Text",
        "Attributes",
        "displayName",
        "id",
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
GOOD_FLOW = Path(__file__).with_name("good_flow.json")


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    here = [path] if path else []
    if isinstance(value, dict):
        return here + [p for k, v in value.items() for p in _places(v, (*path, k))]
    if isinstance(value, list):
        return here + [p for k, v in enumerate(value) for p in _places(v, (*path, k))]
    return here


PLACES = _places(json.loads(GOOD_FLOW.read_text()))
IDENTIFIERS = st.sampled_from([s.ENTRY, s.MODULE_ID, s.QUEUE_ID, "greet", "end", "ende"]) | STRINGS


@st.composite
def flows(draw: st.DrawFn) -> str:
    names = draw(st.lists(IDENTIFIERS, min_size=1, max_size=5))
    target = st.sampled_from(names) | STRINGS
    actions = [
        {
            "Identifier": name,
            "Type": draw(STRINGS | st.sampled_from(["MessageParticipant", "Compare"])),
            "Parameters": draw(st.dictionaries(KEYS, JSON, max_size=4)),
            "Transitions": {
                "NextAction": draw(target),
                "Errors": [{"ErrorType": draw(STRINGS), "NextAction": draw(target)}],
                "Conditions": [
                    {
                        "NextAction": draw(target),
                        "Condition": {"Operator": "Equals", "Operands": [draw(STRINGS)]},
                    }
                ],
            },
            **draw(st.dictionaries(st.sampled_from(["New", "Other"]), JSON)),
        }
        for name in names
    ]
    metadata = draw(JSON | st.fixed_dictionaries({"ActionMetadata": st.dictionaries(target, JSON)}))
    document = {
        "StartAction": draw(target),
        "Actions": actions,
        "Metadata": metadata,
        **draw(st.dictionaries(st.sampled_from(["Version", "Settings", "New"]), JSON)),
    }
    return json.dumps(
        document, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1]))
    )


def _there_and_back(text: str, *, tidy: bool = False) -> str:
    imported = import_flow(text, tidy=tidy)
    imported.template.encode()
    return compile_flow(imported.template, parse_map(imported.map.text()))


many = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(text=flows())
def test_nothing_is_lost(text: str) -> None:
    assert s.same(_there_and_back(text)) == s.same(text)


@many
@given(text=flows())
def test_a_tidied_flow_comes_back_tidied(text: str) -> None:
    once = tidied(JsonText.read(text))
    assert tidied(JsonText.read(once)) == once
    assert s.same(_there_and_back(text, tidy=True)) == s.same(once)


@many
@given(value=STRINGS)
def test_no_arn_stays_in_a_parameter(value: str) -> None:
    template = import_flow(s.one("MessageParticipant", {"Text": value})).template
    assert "arn:aws:" not in template


@pytest.mark.parametrize(
    "spelling",
    [
        r'"\u00e9 \/ \u0024{x} $\u007bx} \u0025{x} \\${x} $${x} $$${x} %%{x} \ud83d\ude00 \ud83d"',
        "1.50",
        "1E400",
        "-0",
        "12345678901234567890.000",
        '{"a": 1, "a": 2, "": null}',
    ],
)
def test_spellings_survive(spelling: str) -> None:
    text = s.one("New", {"P": "HERE", "Q": f"{s.NUMBER} HERE"}).replace('"HERE"', spelling)
    back = _there_and_back(text)
    assert s.same(back) == s.same(text)
    if "{x}" not in spelling:
        assert spelling in re.sub(r"\s*\n\s*", " ", back).replace("{ ", "{").replace(" }", "}")


def test_escapes_beside_a_reference_keep_their_spelling() -> None:
    text = s.one("New", {"P": f"<é> {s.NUMBER} / é"}).replace("/ ", r"\/ ")
    assert r"<\u00e9> +12065550177 \/ \u00e9" in _there_and_back(text)


def test_a_flow_over_lines_keeps_its_bytes() -> None:
    text = json.dumps(json.loads(s.one("X", {"QueueId": s.QUEUE})), indent=7).replace("\n", "\r\n")
    assert _there_and_back(text) == text


def test_a_flow_on_one_line_is_broken_into_lines_and_nothing_else() -> None:
    text = s.one("X", {"Text": "a, b: [c] {d}"})
    template = import_flow(text).template
    assert template == indented(text) == json.dumps(json.loads(text), indent=2) + "\n"


def test_a_described_flow_with_half_a_pair_of_surrogates_can_be_written() -> None:
    content = s.one("X", {"Text": "HERE"}).replace("HERE", "\ud83d")
    template = import_flow(json.dumps({"ContactFlow": {"Content": content}})).template
    template.encode()
    assert s.same(fill(template, {})) == s.same(content)


@many
@given(place=st.sampled_from(PLACES), value=JSON)
def test_any_value_anywhere_is_imported_or_refused(place: tuple[Any, ...], value: object) -> None:
    document = json.loads(GOOD_FLOW.read_text())
    holder = document
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    text = json.dumps(document)
    try:
        back = _there_and_back(text)
    except ImportRefusedError:
        assert place == ("Actions",)
        return
    assert s.same(back) == s.same(text)
    once = tidied(JsonText.read(text))
    assert tidied(JsonText.read(once)) == once


@pytest.mark.parametrize(
    "text",
    [
        *("<" * 300_000, "${" * 150_000, "eyJ-" * 75_000, "arn:aws:s:::" * 25_000, "a1" * 150_000),
        *("://a:" * 60_000, "Bearer " * 40_000, "$" * 300_000, "+12065550177" * 25_000),
        " ".join(f"+1206{number:07}" for number in range(20_000)),
    ],
    ids=lambda text: text[:8],
)
def test_long_texts_take_seconds_at_most(text: str) -> None:
    flow = s.one("MessageParticipant", {"Text": text, "QueueId": text}).replace('"end"', '"e"')
    started = time.process_time()
    back = _there_and_back(flow, tidy=True)
    assert time.process_time() - started < 10
    assert text in json.loads(back)["Actions"][0]["Parameters"]["Text"]


def test_the_flows_of_any_size_are_taken() -> None:
    actions: list[dict[str, Any]] = [
        s.action(f"{n:08x}-1111-4222-8333-444455556666", "MessageParticipant", {"Text": "x"},
                 f"{n + 1:08x}-1111-4222-8333-444455556666")
        for n in range(3000)
    ]  # fmt: skip
    text = json.dumps(s.flow(*actions))
    assert len(json.loads(_there_and_back(text, tidy=True))["Actions"]) == 3000
