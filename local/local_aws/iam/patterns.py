"""Wildcards and variables of policies."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PARTS = re.compile(r"\$\{([^}]*)\}|(\*)|(\?)|([^$*?]+|\$)")
_ARN_PARTS = 6


class UnknownVariableError(LookupError):
    """A variable the request gives no value for; what holds it matches nothing."""


def matches(
    pattern: str,
    value: str,
    variables: Mapping[str, str] | None = None,
    *,
    ignore_case: bool = False,
) -> bool:
    """Whether a value matches a pattern with `*` and `?`, and variables where they are given.

    What a variable stands for is taken literally: a user called `*` gains nothing by it.

    Raises:
        UnknownVariableError: the pattern has a variable without a value.
    """
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.fullmatch(_expression(pattern, variables), value, flags) is not None


def arn_matches(pattern: str, value: str, variables: Mapping[str, str] | None = None) -> bool:
    """Whether an ARN matches, each of its six parts by itself, as ArnLike wants it."""
    patterns, parts = pattern.split(":", _ARN_PARTS - 1), value.split(":", _ARN_PARTS - 1)
    if len(patterns) != _ARN_PARTS or len(parts) != _ARN_PARTS:
        return pattern == "*"
    return all(matches(one, other, variables) for one, other in zip(patterns, parts, strict=True))


def _expression(pattern: str, variables: Mapping[str, str] | None) -> str:
    made = []
    for variable, star, mark, text in _PARTS.findall(pattern):
        if star:
            made.append(".*")
        elif mark:
            made.append(".")
        elif text:
            made.append(re.escape(text))
        elif variables is None:
            made.append(re.escape("${" + variable + "}"))
        else:
            made.append(re.escape(_value(variable, variables)))
    return "".join(made)


def _value(variable: str, variables: Mapping[str, str]) -> str:
    name, _, default = (part.strip() for part in variable.partition(","))
    if name in ("*", "?", "$"):  # how a policy writes these characters themselves
        return name
    found = variables.get(name.lower())
    if found is not None:
        return found
    if default:
        return default.strip("'")
    raise UnknownVariableError(name)


def fill(text: str, variables: Mapping[str, str]) -> str:
    """Put values in the place of variables and leave all else.

    Raises:
        UnknownVariableError: a variable has no value.
    """
    return re.sub(r"\$\{([^}]*)\}", lambda found: _value(found[1], variables), text)
