"""Condition operators: how one value of the request is held against one of the policy."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from local_aws.iam import patterns

Variables = Mapping[str, str] | None
Comparison = Callable[[str, str, Variables], bool]


class UnknownOperatorError(LookupError):
    """A condition operator we do not know."""

    def __str__(self) -> str:
        return f"The embedded AWS does not know the condition operator {self.args[0]}."


@dataclass(frozen=True)
class Operator:
    """An operator with its prefix (`ForAllValues`, `ForAnyValue`) and suffix (`IfExists`)."""

    compare: Comparison
    negated: bool = False
    if_exists: bool = False
    over: Literal["any", "all"] | None = None
    null: bool = False

    def holds(
        self, asked: tuple[str, ...] | None, wanted: tuple[str, ...], variables: Variables
    ) -> bool:
        """Whether the request's values (None: the key is absent) satisfy the policy's."""
        if self.null:
            return (asked is None) is (wanted[0].lower() == "true")
        if asked is None:
            # ForAllValues and negated operators hold for a key that is not there.
            return self.if_exists or self.over == "all" or (self.negated and self.over is None)
        fits = [self._fits(value, wanted, variables) for value in asked]
        return all(fits) if self.over == "all" else any(fits)

    def _fits(self, value: str, wanted: tuple[str, ...], variables: Variables) -> bool:
        hit = any(self.compare(want, value, variables) for want in wanted)
        return hit is not self.negated


def find(name: str) -> Operator:
    """Return the operator of that name, prefix and suffix included.

    Raises:
        UnknownOperatorError: there is none.
    """
    prefix, colon, bare = name.rpartition(":")
    over: Literal["any", "all"] | None = None
    if colon:
        if prefix not in ("ForAnyValue", "ForAllValues"):
            raise UnknownOperatorError(name)
        over = "any" if prefix == "ForAnyValue" else "all"
    if bare == "Null":
        return Operator(_equal, null=True)
    if_exists = bare.endswith("IfExists")
    bare = bare.removesuffix("IfExists")
    if bare in _OPERATORS:
        return Operator(_OPERATORS[bare], if_exists=if_exists, over=over)
    positive = bare.replace("Not", "", 1)
    if bare != positive and positive in _OPERATORS and not bare.startswith("Bool"):
        return Operator(_OPERATORS[positive], negated=True, if_exists=if_exists, over=over)
    raise UnknownOperatorError(name)


def _literal(want: str, variables: Variables) -> str:
    """A wanted value with its variables filled in; its wildcards mean nothing here."""
    if variables is None or "${" not in want:
        return want
    return patterns.fill(want, variables)


def _equal(want: str, value: str, variables: Variables) -> bool:
    return _literal(want, variables) == value


def _equal_ignoring_case(want: str, value: str, variables: Variables) -> bool:
    return _literal(want, variables).casefold() == value.casefold()


def _like(want: str, value: str, variables: Variables) -> bool:
    return patterns.matches(want, value, variables)


def _boolean(want: str, value: str, variables: Variables) -> bool:
    return _literal(want, variables).lower() == value.lower()


def _address(want: str, value: str, _: Variables) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(want, strict=False)
    except ValueError:
        return False


def _number(test: Callable[[float, float], bool]) -> Comparison:
    def compare(want: str, value: str, _: Variables) -> bool:
        try:
            return test(float(value), float(want))
        except ValueError:
            return False

    return compare


def _date(test: Callable[[float, float], bool]) -> Comparison:
    def compare(want: str, value: str, _: Variables) -> bool:
        try:
            return test(_moment(value), _moment(want))
        except ValueError:
            return False

    return compare


def _moment(text: str) -> float:
    """Seconds since the epoch of a date (taken as UTC) or of such a number."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


_TESTS: dict[str, Callable[[float, float], bool]] = {
    "Equals": lambda one, other: one == other,
    "LessThan": lambda one, other: one < other,
    "LessThanEquals": lambda one, other: one <= other,
    "GreaterThan": lambda one, other: one > other,
    "GreaterThanEquals": lambda one, other: one >= other,
}
_OPERATORS: dict[str, Comparison] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": _like,
    # ArnEquals and ArnLike behave identically (IAM user guide, condition operators).
    "ArnEquals": patterns.arn_matches,
    "ArnLike": patterns.arn_matches,
    "Bool": _boolean,
    "IpAddress": _address,
    **{f"Numeric{name}": _number(test) for name, test in _TESTS.items()},
    **{f"Date{name}": _date(test) for name, test in _TESTS.items()},
}
