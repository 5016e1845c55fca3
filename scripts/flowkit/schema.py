"""The flow language as JSON Schema, out of the catalogue: completion and marks in any editor.

A schema says less than lint: nothing of reachability, of what a value excludes elsewhere, of time.
What it refuses, lint refuses too.
"""

from __future__ import annotations

from typing import Any

from flowkit.catalogue import CATALOGUE, COMPARISONS, ActionType
from flowkit.catalogue.shapes import (
    Entries,
    Fields,
    Group,
    Items,
    Json,
    Need,
    Paths,
    Shape,
    Text,
    Whole,
)
from flowkit.catalogue.types import CAMPAIGN_COMPARISONS
from flowkit.model import FLOW_LANGUAGE_VERSION

__all__ = ["schema"]

_Schema = dict[str, Any]

# A template's strings may hold placeholders, and then nothing is known of them.
_OPEN: _Schema = {"type": "string", "pattern": r"\$\{"}
# Run-time data: `$.External.name`, `$['Attributes']`.
_PATH: _Schema = {"type": "string", "pattern": r"\$[.\[]"}
_WHOLE = r"^-?[0-9]+$"


def schema() -> _Schema:
    """The schema of a flow's content and of a template, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Amazon Connect flow",
        "description": "Made by `connect-voice flow schema`; `connect-voice flow lint` knows more.",
        "type": "object",
        "required": ["Version", "StartAction", "Actions"],
        "properties": {
            "Version": {"const": FLOW_LANGUAGE_VERSION},
            "StartAction": {"type": "string", "minLength": 1},
            "Metadata": {"type": "object"},
            "Settings": {"type": "object"},
            "Actions": {"type": "array", "maxItems": 250, "items": {"$ref": "#/$defs/action"}},
        },
        "$defs": {
            "action": {
                "type": "object",
                "required": ["Identifier", "Type"],
                "properties": {
                    "Identifier": {"type": "string", "minLength": 1, "maxLength": 50},
                    # Types that the catalogue lacks pass; the known ones are offered.
                    "Type": {"anyOf": [{"enum": sorted(CATALOGUE)}, {"type": "string"}]},
                    "Parameters": {"type": "object"},
                    "Transitions": {"$ref": "#/$defs/transitions"},
                },
                "allOf": [
                    {
                        "if": {
                            "properties": {"Type": {"const": entry.name}},
                            "required": ["Type"],
                        },
                        "then": _action(entry),
                    }
                    for entry in sorted(CATALOGUE.values(), key=lambda each: each.name)
                ],
            },
            "transitions": _TRANSITIONS,
        },
    }


_CONDITION: _Schema = {
    "properties": {
        "Operator": {"anyOf": [{"enum": list(COMPARISONS)}, _OPEN]},
        "Operands": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {"type": "string", "minLength": 1},
        },
    }
}
# In which flows it may stand, a schema of one flow's text cannot say.
_BARE_CONDITION: _Schema = {
    "properties": {
        "Operator": {"enum": list(CAMPAIGN_COMPARISONS)},
        "Operands": {"type": "array", "maxItems": 0},
    }
}
_TRANSITIONS: _Schema = {
    "type": "object",
    "properties": {
        "NextAction": {"type": "string"},
        "Errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["ErrorType", "NextAction"],
                "properties": {
                    "ErrorType": {"type": "string"},
                    "NextAction": {"type": "string"},
                },
            },
        },
        "Conditions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["Condition", "NextAction"],
                "properties": {
                    "NextAction": {"type": "string"},
                    "Condition": {
                        "type": "object",
                        "required": ["Operator", "Operands"],
                        "anyOf": [_CONDITION, _BARE_CONDITION],
                    },
                },
            },
        },
    },
}


def _action(entry: ActionType) -> _Schema:
    return {
        "description": entry.about.title,
        "properties": {"Parameters": _parameters(entry), "Transitions": _transitions(entry)},
        "required": [
            *(["Parameters"] if _needs_any(entry.parameters) else []),
            *(["Transitions"] if entry.needs_next and not entry.terminal else []),
        ],
    }


def _needs_any(fields: Fields) -> bool:
    return any(parameter.required for parameter in fields.known.values())


def _parameters(entry: ActionType) -> _Schema:
    made = _fields(entry.parameters)
    for variant in entry.variants:
        for name, parameter in variant.parameters.items():
            # Which of them applies, another parameter decides; lint knows.
            made["properties"][name] = {
                "anyOf": [made["properties"].get(name, {}), _shape(parameter.shape)]
            }
            if not parameter.required and name in made.get("required", ()):
                made["required"].remove(name)
    return made


def _transitions(entry: ActionType) -> _Schema:
    if entry.terminal:
        return {"properties": {"NextAction": False}}
    made: _Schema = {}
    if entry.needs_next:
        made["required"] = ["NextAction"]
    branches: list[_Schema] = [
        {"contains": {"properties": {"ErrorType": {"const": error}}}}
        for error in entry.required_errors
    ]
    if not entry.other_errors:
        extra = {error for variant in entry.variants for error in variant.required_errors}
        known = {*entry.required_errors, *entry.optional_errors, *extra}
        offered = {"anyOf": [{"enum": sorted(known)}, _OPEN]} if known else _OPEN
        branches.append({"items": {"properties": {"ErrorType": offered}}})
    if branches:
        made["properties"] = {"Errors": {"allOf": branches}}
    if entry.required_errors:
        made.setdefault("required", []).append("Errors")
    return made


def _shape(shape: Shape) -> _Schema:
    match shape:
        case Text():
            return _text(shape)
        case Whole():
            return _whole(shape)
        case Json():
            return {}
        case Items():
            return {"type": "array", "items": _shape(shape.items), "minItems": shape.minimum}
        case Entries():
            made: _Schema = {
                "type": "object",
                "additionalProperties": _shape(shape.values),
                "minProperties": shape.minimum,
            }
            if shape.keys:
                made["propertyNames"] = {"enum": list(shape.keys)}
            if shape.maximum is not None:
                made["maxProperties"] = shape.maximum
            return made
        case Fields():
            return _fields(shape)


def _text(shape: Text) -> _Schema:
    plain: _Schema = {"type": "string", "minLength": 1}
    if shape.choices:
        plain = {"enum": list(shape.choices)}
    elif shape.pattern:
        plain["pattern"] = f"^(?:{shape.pattern})$"
    if shape.paths is Paths.ONLY:
        return {"anyOf": [_PATH, _OPEN]}
    if not shape.choices and not shape.pattern:
        return plain
    return {"anyOf": [plain, _OPEN, *([] if shape.paths is Paths.NONE else [_PATH])]}


def _whole(shape: Whole) -> _Schema:
    number: _Schema = {"type": "integer"}
    if shape.minimum is not None:
        number["minimum"] = shape.minimum
    if shape.maximum is not None:
        number["maximum"] = shape.maximum
    text = {"type": "string", "pattern": _WHOLE}
    return {"anyOf": [text, number, _OPEN, *([] if shape.paths is Paths.NONE else [_PATH])]}


def _fields(shape: Fields) -> _Schema:
    made: _Schema = {
        "type": "object",
        "properties": {name: _shape(each.shape) for name, each in shape.known.items()},
    }
    if needed := [name for name, each in shape.known.items() if each.required]:
        made["required"] = needed
    if not shape.others:
        made["additionalProperties"] = False
    if shape.groups:
        made["allOf"] = [_group(group) for group in shape.groups]
    return made


def _group(group: Group) -> _Schema:
    one = [{"required": [key]} for key in group.keys]
    if group.need is Need.EXACTLY_ONE:
        return {"oneOf": one}
    if group.need is Need.AT_LEAST_ONE:
        return {"anyOf": one}
    none = {"not": {"anyOf": one}}
    if group.need is Need.AT_MOST_ONE:
        return {"oneOf": [*one, none]}
    return {"anyOf": [{"required": list(group.keys)}, none]}
