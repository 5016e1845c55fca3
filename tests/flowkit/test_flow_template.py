from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowkit.template import TemplateError, check, fill, has_placeholder, placeholders

# Any text at all, the lone halves of surrogate pairs included.
ANYTHING = st.text(st.characters(codec=None))
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,12}", fullmatch=True)


def test_names_its_placeholders() -> None:
    text = '{"Text": "${greeting}, ${name}. ${greeting}!", "QueueId": "${queue_arn}"}'
    assert placeholders(text) == {"greeting", "name", "queue_arn"}


@pytest.mark.parametrize(
    "literal",
    [
        "$.External.dnis",
        "$['Attributes']['name']",
        "Costs $5",
        "$$ and $ {x}",
        "100%",
        "$${name}",
        "%%{if}",
        "% {x}",
    ],
)
def test_takes_paths_and_literal_signs_for_what_they_are(literal: str) -> None:
    text = json.dumps({"Text": literal})
    assert placeholders(text) == frozenset()
    filled = json.loads(fill(text, {}))["Text"]
    assert filled == literal.replace("$${", "${").replace("%%{", "%{")


def test_a_dollar_before_an_escape_is_text() -> None:
    assert fill('"$$${a}${b}"', {"b": "B"}) == '"$${a}B"'


@given(values=st.dictionaries(NAMES, ANYTHING, min_size=1))
def test_whatever_the_values_the_result_is_json_that_holds_them(values: dict[str, str]) -> None:
    document = {name: f"<${{{name}}}|$.External.{name}>" for name in values}
    filled = fill(json.dumps(document), values)
    filled.encode()
    assert json.loads(filled) == {
        name: f"<{value}|$.External.{name}>" for name, value in values.items()
    }


@given(text=ANYTHING)
def test_any_text_survives_once_its_signs_are_escaped(text: str) -> None:
    escaped = text.replace("${", "$${").replace("%{", "%%{")
    assert json.loads(fill(json.dumps(escaped), {})) == text


@given(name=NAMES, value=ANYTHING)
def test_a_value_is_never_read_as_template(name: str, value: str) -> None:
    assert json.loads(fill(f'"${{{name}}}"', {name: f"${{x}}%{{y}}{value}"})) == (
        f"${{x}}%{{y}}{value}"
    )


def test_says_which_values_are_missing() -> None:
    with pytest.raises(TemplateError, match=r"needs values for a, b; give each"):
        fill('"${b}${a}${c}"', {"c": ""})


def test_says_which_values_have_no_placeholder() -> None:
    with pytest.raises(TemplateError, match=r"no placeholder grating; remove the value or"):
        fill('"${greeting}"', {"greeting": "", "grating": ""})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": ${b}}', r"placeholder at line 1, column 7 stands outside a string"),
        ('{\n  "a": "b"\n', r"not JSON: .* at line 3, column 1"),
        ('{"a": NaN}', r"NaN is no JSON value"),
        ('"${upper(a)}"', r"'\$\{' at line 1, column 2 does not begin a plain placeholder"),
        ('"${ a }"', r"does not begin a plain placeholder"),
        ('"${~a~}"', r"does not begin a plain placeholder"),
        ('"${1a}"', r"does not begin a plain placeholder"),
        ('"${a"', r"does not begin a plain placeholder"),
        ('\n"%{if a}b%{endif}"', r"'%\{' at line 2, column 2 .* write '%%\{'"),
        ("[" * 100_000, r"nested too deeply"),
    ],
)
def test_refuses_what_the_two_fillers_would_not_agree_on(text: str, sentence: str) -> None:
    for reading in (check, placeholders, lambda text: fill(text, {})):
        with pytest.raises(TemplateError, match=sentence) as refusal:
            reading(text)
        assert "\n" not in str(refusal.value)


def test_tells_a_string_that_filling_changes() -> None:
    assert has_placeholder("to ${name}")
    assert not has_placeholder("$${name} $.External.name %{x}")
