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


BEFORE_2022 = (
    "This export is of the designer before 2022, which is not in the flow language; import it in "
    "the console, save it, and export it again."
)
# Faults told of one text; who has so many has something else than a flow.
_TOLD = 1000


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


@dataclass(frozen=True)
class Fault:
    """A part of a flow that has not the language's shape: where, and a sentence about it."""

    path: str
    sentence: str


def parse(content: str) -> Flow:
    """Read a flow from the text that ``CreateContactFlow`` takes as ``Content``.

    Raises:
        FlowSyntaxError: with one sentence that names the place, when the text is not JSON or a
            part of it has the wrong JSON type. Rules beyond shape (dangling transitions, wrong
            parameters) are `flowkit.validation`'s.
    """
    flow, faults = read(content)
    if faults:
        raise FlowSyntaxError(faults[0].sentence)
    return flow


def read(content: str) -> tuple[Flow, tuple[Fault, ...]]:
    """Read what can be read of a flow: who looks at it or draws it wants the rest all the same.

    Parts of the wrong JSON type are told and taken for empty ones; every action keeps its place.

    Raises:
        FlowSyntaxError: the text is not JSON, or holds no list of actions.
    """
    document = _json(content)
    if not isinstance(document, dict):
        raise FlowSyntaxError(_wrong("the flow", "a JSON object", document))
    if of_before_2022(document):
        raise FlowSyntaxError(BEFORE_2022)
    if not isinstance(document.get("Actions"), list):
        raise FlowSyntaxError(_wrong("Actions", "a list", document.get("Actions")))
    reader = _Reader()
    return reader.flow(cast("JsonObject", document)), tuple(reader.faults)


def of_before_2022(document: Mapping[str, Any]) -> bool:
    """Whether a document is a flow or a module as the designer before 2022 exported it."""
    listed = any(isinstance(document.get(name), list) for name in ("modules", "blocks"))
    return listed and "Actions" not in document


def _json(content: str) -> object:
    try:
        return json.loads(content, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise FlowSyntaxError(
            f"The flow is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise FlowSyntaxError("The flow is nested too deeply to be one.") from None
    except ValueError as error:
        # NaN and its like, and numbers of more digits than Python converts.
        raise FlowSyntaxError(f"The flow is not JSON: {error}.") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


class _Reader:
    """Reads the parts of a document and notes those that have the wrong JSON type."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def flow(self, root: JsonObject) -> Flow:
        return Flow(
            start_action=self._string(root.get("StartAction"), "StartAction"),
            actions=tuple(
                self._action(item, f"Actions[{index}]")
                for index, item in enumerate(root["Actions"])
            ),
            version=self._string(root.get("Version"), "Version"),
            metadata=self._object(root.get("Metadata", {}), "Metadata"),
            document=root,
        )

    def _action(self, value: object, path: str) -> Action:
        item = self._object(value, path)
        if not isinstance(value, dict):  # told, and nothing in it is missing besides
            return Action("", "")
        return Action(
            identifier=self._string(item.get("Identifier"), f"{path}.Identifier"),
            type=self._string(item.get("Type"), f"{path}.Type"),
            # Console exports leave Parameters out of blocks that have none.
            parameters=self._object(item.get("Parameters", {}), f"{path}.Parameters"),
            transitions=self._transitions(item.get("Transitions", {}), f"{path}.Transitions"),
        )

    def _transitions(self, value: object, path: str) -> Transitions:
        item = self._object(value, path)
        following = item.get("NextAction")
        conditions = self._list(item.get("Conditions", []), f"{path}.Conditions")
        errors = self._list(item.get("Errors", []), f"{path}.Errors")
        return Transitions(
            None if following is None else self._string(following, f"{path}.NextAction"),
            tuple(
                self._condition(condition, f"{path}.Conditions[{index}]")
                for index, condition in enumerate(conditions)
            ),
            tuple(
                self._error(error, f"{path}.Errors[{index}]") for index, error in enumerate(errors)
            ),
        )

    def _condition(self, value: object, path: str) -> Condition:
        item = self._object(value, path)
        test = self._object(item.get("Condition"), f"{path}.Condition")
        operands = self._list(test.get("Operands"), f"{path}.Condition.Operands")
        return Condition(
            operator=self._string(test.get("Operator"), f"{path}.Condition.Operator"),
            operands=tuple(
                self._string(operand, f"{path}.Condition.Operands[{index}]")
                for index, operand in enumerate(operands)
            ),
            next_action=self._string(item.get("NextAction"), f"{path}.NextAction"),
        )

    def _error(self, value: object, path: str) -> ErrorBranch:
        item = self._object(value, path)
        return ErrorBranch(
            error_type=self._string(item.get("ErrorType"), f"{path}.ErrorType"),
            next_action=self._string(item.get("NextAction"), f"{path}.NextAction"),
        )

    def _object(self, value: object, path: str) -> JsonObject:
        if isinstance(value, dict):
            return cast("JsonObject", value)
        self._note(path, "a JSON object", value)
        return {}

    def _list(self, value: object, path: str) -> list[Any]:
        if isinstance(value, list):
            return value
        self._note(path, "a list", value)
        return []

    def _string(self, value: object, path: str) -> str:
        if isinstance(value, str):
            return value
        self._note(path, "a string", value)
        return ""

    def _note(self, path: str, wanted: str, value: object) -> None:
        # What is missing in a part that is told of already is no fault of its own.
        inside = self.faults and path.startswith(f"{self.faults[-1].path}.")
        if not inside and len(self.faults) < _TOLD:
            self.faults.append(Fault(path, _wrong(path, wanted, value)))


def _wrong(path: str, wanted: str, value: object) -> str:
    return f"{path} must be {wanted}, not {_kind(value)}."


def _kind(value: object) -> str:
    names: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        type(None): "missing",
    }
    return names.get(type(value), "a number")
