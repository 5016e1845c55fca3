import pytest
from hypothesis import given
from hypothesis import strategies as st

from callsim import paths

DATA = {
    "Attributes": {"name": "Ada", "name with blank": "B", "a-b": "C", "empty": ""},
    "External": {"nested": {"leaf": 7}, "nothing": None, "yes": True, "items": ["x"]},
    "SegmentAttributes": {"connect:Subtype": "connect:Telephony"},
    "Channel": "VOICE",
}


def read(keys: tuple[str, ...]) -> object:
    return paths.lookup(DATA, keys)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.Attributes.name", "Ada"),
        ("$['Attributes']['name']", "Ada"),
        ('$["Attributes"].name', "Ada"),
        ("$.Attributes.['name with blank']", "B"),
        ("$.Attributes['name with blank']", "B"),
        ("$.Attributes.a-b", "C"),
        ("$.SegmentAttributes['connect:Subtype']", "connect:Telephony"),
        ("$.External.nested.leaf", 7),
        ("$.External.yes", True),
        ("$.Channel", "VOICE"),
    ],
)
def test_both_spellings_lead_to_the_value(path: str, value: object) -> None:
    keys = paths.single_path(path)
    assert keys is not None
    assert paths.lookup(DATA, keys) == value


@pytest.mark.parametrize(
    "path",
    ["$.External.nothing", "$.External.missing", "$.External.items.0", "$.Attributes.name.x"],
)
def test_null_missing_and_what_has_no_keys_are_unset(path: str) -> None:
    keys = paths.single_path(path)
    assert keys is not None
    assert paths.lookup(DATA, keys) is paths.UNSET


def test_an_empty_attribute_is_set() -> None:
    assert paths.lookup(DATA, ("Attributes", "empty")) == ""


@pytest.mark.parametrize("text", ["$", "$.", "name", "$.Attributes.name and more", "$5", ""])
def test_text_is_not_taken_for_a_path(text: str) -> None:
    assert paths.single_path(text) is None


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hello $.Attributes.name.", "Hello Ada."),
        ("$.Attributes.name, $.Attributes.name!", "Ada, Ada!"),
        ("It costs $5. Really.", "It costs $5. Really."),
        ("[$.External.missing]", "[]"),
        ("is it $.External.yes?", "is it true?"),
    ],
)
def test_paths_in_text_are_filled(text: str, filled: str) -> None:
    assert paths.fill(text, read) == filled


def test_nested_parameters_are_filled_and_other_values_kept() -> None:
    value = {"a": ["$.Attributes.name", 3], "b": {"c": "x$.External.nested.leaf"}, "d": None}
    assert paths.fill_all(value, read) == {"a": ["Ada", 3], "b": {"c": "x7"}, "d": None}


@given(st.text())
def test_text_without_a_dollar_is_never_changed(text: str) -> None:
    plain = text.replace("$", "")
    assert paths.fill(plain, read) == plain
