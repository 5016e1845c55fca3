"""An action type as it applies to one action: the variants that its parameters select."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flowkit.catalogue.shapes import Fields, required
from flowkit.catalogue.types import ActionType, Conditions, FlowType, Variant, When


@dataclass(frozen=True)
class Form:
    """The rules that hold for one action.

    Attributes:
        parameters: shape of its parameters.
        forbidden: parameters this form must not have, each with the reason.
        conditions: the condition branches it may have.
        required_errors: error branches it must have.
        allowed_errors: every error branch it may have.
        forbidden_errors: error branches of the type that this form must not have, with the reason.
    """

    parameters: Fields
    forbidden: Mapping[str, str]
    conditions: Conditions
    required_errors: tuple[str, ...]
    allowed_errors: frozenset[str]
    forbidden_errors: Mapping[str, str]


def form_of(entry: ActionType, parameters: Mapping[str, object], flow_type: FlowType) -> Form:
    """The form of an action with these parameters in a flow of this type."""
    known = dict(entry.parameters.known)
    forbidden: dict[str, str] = {}
    forbidden_errors: dict[str, str] = {}
    required_errors = dict.fromkeys(entry.required_errors)
    conditions = entry.conditions
    for variant in _applying(entry, parameters, flow_type):
        known.update(variant.parameters)
        known.update({name: required(known[name].shape) for name in variant.requires})
        because = _reason(variant.when)
        forbidden.update(dict.fromkeys(variant.forbids, because))
        forbidden_errors.update(dict.fromkeys(variant.forbidden_errors, because))
        required_errors.update(dict.fromkeys(variant.required_errors))
        conditions = variant.conditions or conditions
    return Form(
        parameters=Fields(known, entry.parameters.groups, entry.parameters.others),
        forbidden=forbidden,
        conditions=conditions,
        required_errors=tuple(required_errors),
        allowed_errors=frozenset((*required_errors, *entry.optional_errors))
        - forbidden_errors.keys(),
        forbidden_errors=forbidden_errors,
    )


def _applying(
    entry: ActionType, parameters: Mapping[str, object], flow_type: FlowType
) -> tuple[Variant, ...]:
    applying = tuple(v for v in entry.variants if _holds(v.when, parameters, flow_type))
    return tuple(v for v in applying if v.alone) or applying


def _holds(when: When, parameters: Mapping[str, object], flow_type: FlowType) -> bool:
    if flow_type not in when.flow_types:
        return False
    if not when.path:
        return True
    value = _at(when.path, parameters)
    if when.absent:
        return value is None
    if not when.equals:
        return value is not None
    # A list is tested by what it holds: `Wait` differs by the events it waits for.
    candidates = value if isinstance(value, list) else [value]
    return any(candidate in when.equals for candidate in candidates)


def _at(path: str, parameters: Mapping[str, object]) -> object:
    value: object = parameters
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _reason(when: When) -> str:
    if not when.path:
        return f"in a flow of type {', '.join(sorted(when.flow_types))}"
    if when.absent:
        return f"without {when.path}"
    return f"when {when.path} is {' or '.join(when.equals)}" if when.equals else f"with {when.path}"
