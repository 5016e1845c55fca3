"""Operators of the flow language, each as a function of the result and one operand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from callsim.paths import Unset, as_text

Operator = Callable[[object, str], bool]


def _text(test: Callable[[str, str], bool]) -> Operator:
    return lambda result, operand: not isinstance(result, Unset) and test(as_text(result), operand)


def _number(test: Callable[[Decimal, Decimal], bool]) -> Operator:
    def apply(result: object, operand: str) -> bool:
        left, right = _decimal(as_text(result)), _decimal(operand)
        # Connect answers "no" when either side is not a number; it does not take an error branch.
        return left is not None and right is not None and test(left, right)

    return apply


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _key_exists(result: object, operand: str) -> bool:
    return isinstance(result, Mapping) and operand in result


OPERATORS: Mapping[str, Operator] = {
    "Equals": _text(lambda left, right: left == right),
    "TextStartsWith": _text(str.startswith),
    "TextEndsWith": _text(str.endswith),
    "TextContains": _text(lambda left, right: right in left),
    "NumberGreaterThan": _number(lambda left, right: left > right),
    "NumberGreaterOrEqualTo": _number(lambda left, right: left >= right),
    "NumberLessThan": _number(lambda left, right: left < right),
    "NumberLessOrEqualTo": _number(lambda left, right: left <= right),
    # Accepted by the service and documented nowhere; its meaning is taken from its name.
    "KeyExists": _key_exists,
}
