"""The Amazon Connect Flow language (version 2019-10-30) as typed values.

Parsing is total over JSON objects that have the shape of a flow: unknown action types, unknown
parameters and unknown top-level keys survive, because Connect adds blocks several times a year.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

JsonObject = dict[str, Any]

FLOW_LANGUAGE_VERSION = "2019-10-30"


class FlowSyntaxError(ValueError):
    """The text is not a flow: not JSON, or not of the flow language's shape."""


@dataclass(frozen=True)
class Condition:
    """A branch taken when the action's result satisfies ``operator`` over ``operands``."""

    operator: str
    operands: tuple[str, ...]
    next_action: str


@dataclass(frozen=True)
class ErrorBranch:
    """A branch taken when the action fails with ``error_type``."""

    error_type: str
    next_action: str


@dataclass(frozen=True)
class Transitions:
    """Where an action can lead; all empty for a terminal action."""

    next_action: str | None = None
    conditions: tuple[Condition, ...] = ()
    errors: tuple[ErrorBranch, ...] = ()

    def error(self, error_type: str) -> str | None:
        """Identifier of the action behind the error branch of that type, if there is one."""
        for branch in self.errors:
            if branch.error_type == error_type:
                return branch.next_action
        return None

    def targets(self) -> tuple[str, ...]:
        """Every identifier this action can lead to, in document order, with repetitions."""
        first = () if self.next_action is None else (self.next_action,)
        return (
            *first,
            *(condition.next_action for condition in self.conditions),
            *(branch.next_action for branch in self.errors),
        )


@dataclass(frozen=True)
class Action:
    """One block of a flow."""

    identifier: str
    type: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    transitions: Transitions = field(default_factory=Transitions)


@dataclass(frozen=True)
class Flow:
    """A parsed flow; ``document`` is the JSON object it came from, untouched."""

    start_action: str
    actions: tuple[Action, ...]
    version: str = FLOW_LANGUAGE_VERSION
    metadata: Mapping[str, Any] = field(default_factory=dict)
    document: JsonObject = field(default_factory=dict, repr=False, compare=False)

    def action(self, identifier: str) -> Action | None:
        """The action of that identifier, or None."""
        return next((a for a in self.actions if a.identifier == identifier), None)


def parse(content: str) -> Flow:
    """Read a flow from the text that ``CreateContactFlow`` takes as ``Content``.

    Raises:
        FlowSyntaxError: with one sentence that names the place, when the text is not JSON or a
            part of it has the wrong JSON type. Rules beyond shape (dangling transitions, wrong
            parameters) are `flowkit.validation`'s.
    """
    try:
        document = json.loads(content, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise FlowSyntaxError(
            f"The flow is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise FlowSyntaxError("The flow is nested too deeply to be one.") from None
    except ValueError as error:
        # NaN and its like, and numbers of more digits than Python converts.
        raise FlowSyntaxError(f"The flow is not JSON: {error}.") from None
    root = _object(document, "the flow")
    actions = _list(root.get("Actions"), "Actions")
    return Flow(
        start_action=_string(root.get("StartAction"), "StartAction"),
        actions=tuple(_action(item, f"Actions[{index}]") for index, item in enumerate(actions)),
        version=_string(root.get("Version"), "Version"),
        metadata=_object(root.get("Metadata", {}), "Metadata"),
        document=root,
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _action(value: object, path: str) -> Action:
    item = _object(value, path)
    return Action(
        identifier=_string(item.get("Identifier"), f"{path}.Identifier"),
        type=_string(item.get("Type"), f"{path}.Type"),
        # Console exports leave Parameters out of blocks that have none.
        parameters=_object(item.get("Parameters", {}), f"{path}.Parameters"),
        transitions=_transitions(item.get("Transitions", {}), f"{path}.Transitions"),
    )


def _transitions(value: object, path: str) -> Transitions:
    item = _object(value, path)
    next_action = item.get("NextAction")
    conditions = _list(item.get("Conditions", []), f"{path}.Conditions")
    errors = _list(item.get("Errors", []), f"{path}.Errors")
    return Transitions(
        next_action=None if next_action is None else _string(next_action, f"{path}.NextAction"),
        conditions=tuple(
            _condition(c, f"{path}.Conditions[{index}]") for index, c in enumerate(conditions)
        ),
        errors=tuple(_error(e, f"{path}.Errors[{index}]") for index, e in enumerate(errors)),
    )


def _condition(value: object, path: str) -> Condition:
    item = _object(value, path)
    test = _object(item.get("Condition"), f"{path}.Condition")
    operands = _list(test.get("Operands"), f"{path}.Condition.Operands")
    return Condition(
        operator=_string(test.get("Operator"), f"{path}.Condition.Operator"),
        operands=tuple(
            _string(operand, f"{path}.Condition.Operands[{index}]")
            for index, operand in enumerate(operands)
        ),
        next_action=_string(item.get("NextAction"), f"{path}.NextAction"),
    )


def _error(value: object, path: str) -> ErrorBranch:
    item = _object(value, path)
    return ErrorBranch(
        error_type=_string(item.get("ErrorType"), f"{path}.ErrorType"),
        next_action=_string(item.get("NextAction"), f"{path}.NextAction"),
    )


def _object(value: object, path: str) -> JsonObject:
    if not isinstance(value, dict):
        raise FlowSyntaxError(f"{path} must be a JSON object, not {_kind(value)}.")
    return cast("JsonObject", value)


def _list(value: object, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise FlowSyntaxError(f"{path} must be a list, not {_kind(value)}.")
    return value


def _string(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise FlowSyntaxError(f"{path} must be a string, not {_kind(value)}.")
    return value


def _kind(value: object) -> str:
    names: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        type(None): "missing",
    }
    return names.get(type(value), "a number")
