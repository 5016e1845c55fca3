"""The branches of an action as a reader sees them: one for each place it can lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flowkit.catalogue.types import CAMPAIGN_COMPARISONS
from flowkit.drawing.text import camel_words, readable
from flowkit.model import Action, Condition

# An "error" that is none: the result matched no condition.
_OTHERWISE = "NoMatchingCondition"
# The console repeats these branches in NextAction (Compare and menus, hours, loops).
_MIRRORED = (("False",), ("DoneLooping",))
_PERCENTAGE = re.compile("[0-9]{1,3}")
_ERRORS = {
    "NoMatchingError": "error",
    "QueueAtCapacity": "error: queue full",
    "InputTimeLimitExceeded": "error: no input in time",
    "TimeLimitExceeded": "error: too late",
    "InvalidPhoneNumber": "error: no valid number",
    "InvalidCallbackNumber": "error: no valid number",
    "CallbackNumberNotDialable": "error: cannot be dialled",
    "ConnectionTimeLimitExceeded": "error: no answer",
    "CallFailed": "error: call failed",
}
_OPERATORS = {
    "Equals": "=",
    "TextStartsWith": "starts with",
    "TextEndsWith": "ends with",
    "TextContains": "contains",
    "NumberGreaterThan": ">",
    "NumberGreaterOrEqualTo": "≥",
    "NumberLessThan": "<",
    "NumberLessOrEqualTo": "≤",
}
_RESULTS = {
    "CheckHoursOfOperation": {"True": "open", "False": "closed"},
    "Loop": {"ContinueLooping": "again", "DoneLooping": "done"},
    "Wait": {"WaitCompleted": "time is up"},
    "MessageParticipantIteratively": {"MessagesInterrupted": "interrupted"},
}


@dataclass(frozen=True)
class Branch:
    """One way out of an action.

    Attributes:
        target: identifier of the action it leads to; of none when the flow is broken.
        label: when it is taken; empty for the only way there is.
        error: whether only faults lead here.
    """

    target: str
    label: str
    error: bool


def branches(action: Action) -> tuple[Branch, ...]:
    """The ways out of an action, ways to the same place made one; faults come last."""
    ways = action.transitions
    normal: dict[str, list[str]] = {}
    failing: dict[str, list[str]] = {}
    for index, condition in enumerate(ways.conditions):
        normal.setdefault(condition.next_action, []).append(result_words(action, index, condition))
    for error in ways.errors:
        if error.error_type == _OTHERWISE:
            _add(normal, error.next_action, "otherwise")
        else:
            _add(failing, error.next_action, error_words(error.error_type))
    if ways.next_action is not None and not _is_mirrored(action):
        # Where both lead to different places, no match goes by its own branch.
        is_else = ways.conditions and ways.error(_OTHERWISE) is None
        _add(normal, ways.next_action, "otherwise" if is_else else "then")
    merged = [
        Branch(target, _joined([*labels, *_on_error(failing.pop(target, []))]), error=False)
        for target, labels in normal.items()
    ]
    merged += [Branch(target, _joined(labels), error=True) for target, labels in failing.items()]
    if len(merged) == 1 and merged[0].label in {"then", "otherwise"}:
        return (Branch(merged[0].target, "", error=False),)
    return tuple(merged)


def error_words(error_type: str) -> str:
    """When an error branch is taken."""
    if error_type == _OTHERWISE:
        return "otherwise"
    return _ERRORS.get(error_type) or f"error: {camel_words(error_type).lower()}"


def _add(ways: dict[str, list[str]], target: str, label: str) -> None:
    labels = ways.setdefault(target, [])
    if label not in labels:
        labels.append(label)


def _is_mirrored(action: Action) -> bool:
    ways = action.transitions
    return ways.next_action == ways.error(_OTHERWISE) or any(
        condition.next_action == ways.next_action and condition.operands[:1] in _MIRRORED
        for condition in ways.conditions
    )


def _on_error(labels: list[str]) -> list[str]:
    """Faults that lead where the call goes anyway."""
    if not labels:
        return []
    return ["also on error"] if len(labels) > 1 else [f"also on {labels[0]}"]


def _joined(labels: list[str]) -> str:
    plain = [label.removeprefix("error: ") for label in labels]
    if all(label.startswith("error") for label in labels) and len(labels) > 1:
        specific = [label for label in plain if label != "error"]
        return f"error: {', '.join(specific)}" + (", any other" if "error" in plain else "")
    return ", ".join(labels)


def result_words(action: Action, index: int, condition: Condition) -> str:
    """When a condition branch is taken."""
    operand = readable(" ".join(condition.operands))
    if action.type == "DistributeByPercentage":
        return _share(action, index)
    if action.type == "GetParticipantInput":
        return f"key {operand}"
    if condition.operator == "KeyExists":
        return f"has {operand}"
    if condition.operator == "Equals" and action.type != "Compare":
        known = _RESULTS.get(action.type, {}).get(operand)
        return known or operand or "nothing"
    if condition.operator in CAMPAIGN_COMPARISONS:  # it takes no operand
        return camel_words(condition.operator).lower()
    operator = _OPERATORS.get(condition.operator) or camel_words(condition.operator).lower()
    return f"{operator} {operand or 'nothing'}"


def _share(action: Action, index: int) -> str:
    """A share of the calls: each threshold is one more than the percentages so far."""
    operands = [c.operands[:1] for c in action.transitions.conditions[: index + 1]]
    numbers = [int(o[0]) if o and _PERCENTAGE.fullmatch(o[0]) else 0 for o in operands]
    before = numbers[index - 1] if index else 1
    return f"{numbers[index] - before} %"
