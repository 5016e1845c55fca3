import pytest

from callsim import paths
from callsim.conditions import OPERATORS


@pytest.mark.parametrize(
    ("operator", "result", "operand", "holds"),
    [
        ("Equals", "ok", "ok", True),
        ("Equals", "OK", "ok", False),
        ("Equals", True, "true", True),
        ("Equals", "", "", True),
        ("TextStartsWith", "+4930", "+49", True),
        ("TextStartsWith", "0049", "+49", False),
        ("TextEndsWith", "abc", "bc", True),
        ("TextContains", "abc", "b", True),
        ("TextContains", "abc", "d", False),
        ("NumberGreaterThan", "10", "9", True),
        ("NumberGreaterThan", "9", "9", False),
        ("NumberGreaterOrEqualTo", "9.0", "9", True),
        ("NumberLessThan", 3, "3.5", True),
        ("NumberLessOrEqualTo", "4", "3.5", False),
        ("KeyExists", {"a": "1"}, "a", True),
        ("KeyExists", "a", "a", False),
    ],
)
def test_operator(operator: str, result: object, operand: str, holds: bool) -> None:  # noqa: FBT001
    assert OPERATORS[operator](result, operand) is holds


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_an_unset_value_matches_nothing_not_even_empty_text(operator: str) -> None:
    assert OPERATORS[operator](paths.UNSET, "") is False


@pytest.mark.parametrize("operator", sorted(o for o in OPERATORS if o.startswith("Number")))
@pytest.mark.parametrize("pair", [("many", "1"), ("1", "many"), ("NaN", "NaN"), ("", "0")])
def test_numbers_compare_only_with_numbers(operator: str, pair: tuple[str, str]) -> None:
    assert OPERATORS[operator](*pair) is False
