"""Rules over ``Transitions``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowkit._checks.place import Place
from flowkit.catalogue import closest
from flowkit.catalogue.form import Form
from flowkit.catalogue.types import (
    CAMPAIGN_COMPARISONS,
    COMPARISONS,
    ActionType,
    Conditions,
    FlowType,
)
from flowkit.model import Condition
from flowkit.problem import Problem, Rule


def transition_problems(place: Place, entry: ActionType, form: Form) -> Iterator[Problem]:
    """Everything the service would refuse in an action's transitions, targets aside."""
    transitions = place.action.transitions
    path = f"{place.path}.Transitions"
    if entry.terminal and transitions.next_action is not None:
        yield place.invalid_name(
            Rule.NEXT_ACTION,
            f"{path}.NextAction",
            f"{place.label} ends the flow, so it must have no NextAction; remove it.",
        )
    if entry.needs_next and not entry.terminal and transitions.next_action is None:
        yield place.missing(
            Rule.NEXT_ACTION,
            f"{path}.NextAction",
            f"{place.label} needs a NextAction, even where every outcome has its own branch; "
            "repeat the target of the else branch.",
        )
    yield from _errors(place, entry, form)
    yield from _conditions(place, form.conditions)


def operator_problems(place: Place) -> Iterator[Problem]:
    """What holds for the conditions of any type of action, known or not."""
    for index, condition in enumerate(place.action.transitions.conditions):
        path = f"{place.path}.Transitions.Conditions[{index}].Condition"
        bare = CAMPAIGN_COMPARISONS if place.flow_type is FlowType.CAMPAIGN else ()
        operators = (*COMPARISONS, *bare)
        if condition.operator not in operators and not place.is_open(condition.operator):
            meant = closest(condition.operator, operators)
            remedy = f"did you mean {meant[0]}?" if meant else f"use {', '.join(operators)}."
            yield place.invalid_value(
                Rule.CONDITION_OPERATOR,
                f"{path}.Operator",
                f"{place.label} compares by {condition.operator!r}, which is no operator; {remedy}",
            )
        wanted = 0 if condition.operator in bare else 1
        if len(condition.operands) != wanted:
            takes = "each operator takes exactly one" if wanted else "this operator takes none"
            yield place.invalid_value(
                Rule.CONDITION_OPERATOR,
                f"{path}.Operands",
                f"A condition of {place.label} has {len(condition.operands)} operands; {takes}.",
            )
        if "" in condition.operands:
            yield place.problem(
                Rule.CONDITION_OPERAND,
                f"Invalid branch. Path: {place.index}.{_block_name(place)}",
                f"{path}.Operands[{condition.operands.index('')}]",
                f"A condition of {place.label} compares with an empty string, which Amazon "
                "Connect refuses; let the value be a word such as 'none' and compare with that.",
            )


def _block_name(place: Place) -> str:
    # The service names the block of the console here; only this one's name was observed.
    return "Evaluate" if place.action.type == "Compare" else place.action.type


def _errors(place: Place, entry: ActionType, form: Form) -> Iterator[Problem]:
    branches = place.action.transitions.errors
    present = {branch.error_type for branch in branches}
    for error in form.required_errors:
        if error not in present:
            yield place.problem(
                Rule.ERROR_BRANCH_MISSING,
                f"Action is missing required error. Error: {error}, Path: {place.path}",
                f"{place.path}.Transitions.Errors",
                f"{place.label} needs an error branch for {error}; add it to Errors.",
            )
    for index, branch in enumerate(branches):
        error = branch.error_type
        known = error in form.allowed_errors or entry.other_errors
        if (known and error not in form.forbidden_errors) or place.is_open(error):
            continue
        if error in form.forbidden_errors:
            because = form.forbidden_errors[error]
            advice = f"{place.label} must not have the error branch {error} {because}; remove it."
        else:
            meant = closest(error, form.allowed_errors)
            remedy = f"did you mean {meant[0]}?" if meant else "remove it."
            advice = f"{place.label} has no error branch {error}; {remedy}"
        yield place.problem(
            Rule.ERROR_BRANCH_UNKNOWN,
            f"Invalid Action error. Error: {error}, Path: {place.path}",
            f"{place.path}.Transitions.Errors[{index}]",
            advice,
        )


def _conditions(place: Place, allowed: Conditions) -> Iterator[Problem]:
    conditions = place.action.transitions.conditions
    path = f"{place.path}.Transitions.Conditions"
    if not allowed.operators:
        if conditions:
            yield place.problem(
                Rule.CONDITION_OPERATOR,
                "Action does not support conditions",
                path,
                f"{place.label} takes no conditions; compare its result in a Compare action.",
            )
        return
    waited = _listed(place, allowed)
    for index, condition in enumerate(conditions):
        yield from _condition(place, allowed, waited, condition, f"{path}[{index}].Condition")
    if len(conditions) < allowed.minimum:
        yield place.invalid_value(
            Rule.CONDITION_MISSING,
            path,
            f"{place.label} needs at least {allowed.minimum} condition; add it.",
        )
    present = {operand for condition in conditions for operand in condition.operands}
    for operand in dict.fromkeys((*allowed.required, *waited)):
        if operand not in present and not place.is_open(operand):
            yield place.invalid_value(
                Rule.CONDITION_MISSING,
                path,
                f"{place.label} needs a condition that equals {operand}; add it.",
            )


def _condition(
    place: Place, allowed: Conditions, waited: tuple[str, ...], condition: Condition, path: str
) -> Iterator[Problem]:
    # What is no operator at all is operator_problems' to say.
    if condition.operator in COMPARISONS and condition.operator not in allowed.operators:
        yield place.invalid_value(
            Rule.CONDITION_OPERATOR,
            path.rpartition("[")[0],
            f"{place.label} compares by {condition.operator}; it takes "
            f"{' or '.join(allowed.operators)}.",
        )
    closed = allowed.operands or ((*allowed.required, *waited) if allowed.required_from else ())
    for operand in condition.operands:
        if not operand or place.is_open(operand):
            continue
        if (closed and operand not in closed) or (
            allowed.pattern and not re.fullmatch(allowed.pattern, operand)
        ):
            wanted = " or ".join(closed) if closed else f"what matches {allowed.pattern}"
            yield place.invalid_value(
                Rule.CONDITION_OPERAND,
                path.rpartition("[")[0],
                f"{place.label} compares with {operand!r}, which can never come up; it takes "
                f"{wanted}.",
            )


def _listed(place: Place, allowed: Conditions) -> tuple[str, ...]:
    if allowed.required_from is None:
        return ()
    value = place.action.parameters.get(allowed.required_from)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
