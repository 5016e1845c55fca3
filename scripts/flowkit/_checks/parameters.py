"""Rules over ``Parameters``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from flowkit._checks.place import Place
from flowkit.catalogue import closest, meant_parameter
from flowkit.catalogue.form import Form
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
from flowkit.problem import Problem, Rule

# `$.A.b`, `$['A']` and `$.Attributes.['a name']`; a lone `$` or `${` is no path.
_PATH_STARTS = re.compile(r"\$(?=[.\[])")
_ONE_PATH = re.compile(r"""\$(?:\.?\[(?:'[^']*'|"[^"]*"|\d+)\]|\.[^.\[\]$'"]+)+""")
_STEPS = re.compile(r"""\[[^\]]*\]|\.[^.\[\]]+""")
FOR_THE_BOT = "LexSessionAttributes"
# What a Java long holds, and the highest priority with it; Python refuses a few thousand digits.
_NUMBER = re.compile(r"-?[0-9]{1,19}")

# Namespaces that hold no value of their own; `$.External` alone is refused by Compare.
_NAMESPACES = frozenset(
    {
        "Agent",
        "Attributes",
        "Case",
        "Customer",
        "CustomerEndpoint",
        "External",
        "FlowAttributes",
        "LambdaInvocation",
        "Lex",
        "Loop",
        "Media",
        "MediaStreams",
        "Metrics",
        "Modules",
        "Queue",
        "References",
        "SegmentAttributes",
        "SystemEndpoint",
        "Tags",
        "Task",
        "Views",
        "Wisdom",
    }
)


def parameter_problems(place: Place, form: Form) -> Iterator[Problem]:
    """Everything the service would refuse in an action's parameters."""
    parameters = place.action.parameters
    path = f"{place.path}.Parameters"
    for name, because in form.forbidden.items():
        if name in parameters:
            yield place.invalid_name(
                Rule.PARAMETER_CONFLICT,
                f"{path}.{name}",
                f"{place.label} must not have {name} {because}; remove it.",
            )
    yield from _fields(place, form.parameters, parameters, path)
    yield from empty_values(place, form.parameters)


def empty_values(place: Place, shape: Fields | None = None) -> Iterator[Problem]:
    """Empty strings, which the service refuses wherever they stand in any type of action.

    But for what is handed to a bot: DescribeContactFlow has shown a published flow with one.
    """
    alternatives = {key for group in (shape.groups if shape else ()) for key in group.keys}
    for name, value in place.action.parameters.items():
        if name == FOR_THE_BOT:
            continue
        for path in _empties(value, f"Parameters.{name}"):
            if place.action.type == "UpdateContactAttributes" and name == "Attributes":
                message = "Empty value in Parameters.Attributes"
            elif path == f"Parameters.{name}" and name in alternatives:
                # An empty text counts as no text, so the choice of prompts is what fails.
                message = f"Invalid Action property value. Path: {place.path}.Parameters"
            else:
                message = f"Invalid Action property value. Path: {place.index}.Parameter"
            yield place.problem(
                Rule.PARAMETER_EMPTY,
                message,
                f"{place.path}.{path}",
                f"{path.removeprefix('Parameters.')} of {place.label} is an empty string, which "
                "Amazon Connect refuses; give it a value (a single blank is one) or remove it.",
            )


def _empties(value: object, path: str) -> Iterator[str]:
    if value == "":
        yield path
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _empties(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _empties(inner, f"{path}[{index}]")


def _shape(place: Place, shape: Shape, value: object, path: str) -> Iterator[Problem]:
    if value == "" or place.is_open(value):
        return
    match shape:
        case Text():
            yield from _text(place, shape, value, path)
        case Whole():
            yield from _whole(place, shape, value, path)
        case Fields():
            yield from _fields(place, shape, value, path)
        case Entries():
            yield from _entries(place, shape, value, path)
        case Items():
            yield from _items(place, shape, value, path)
        case Json():
            pass


def _text(place: Place, shape: Text, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield _wrong_kind(place, "a string", value, path)
        return
    if has_path(value):
        yield from _paths(place, shape.paths, value, path)
        if shape.leaf and _is_namespace(value):
            yield place.invalid_value(
                Rule.PARAMETER_PATH,
                path,
                f"{value} names a whole namespace in {place.label}; name a value below it.",
            )
        return
    if shape.paths is Paths.ONLY:
        yield place.invalid_value(
            Rule.PARAMETER_PATH,
            path,
            f"{_last(path)} of {place.label} must be one JSONPath such as $.Attributes.name, not "
            "fixed text.",
        )
    elif shape.choices and value not in shape.choices:
        yield place.invalid_value(
            Rule.PARAMETER_VALUE,
            path,
            f"{_last(path)} of {place.label} is {value!r}; it must be "
            f"{' or '.join(shape.choices)}{_meant(value, shape.choices)}.",
        )
    elif shape.pattern and not re.fullmatch(shape.pattern, value):
        yield place.invalid_value(
            Rule.PARAMETER_VALUE,
            path,
            f"{_last(path)} of {place.label} is {value!r}, which does not match {shape.pattern}.",
        )


def _whole(place: Place, shape: Whole, value: object, path: str) -> Iterator[Problem]:
    if isinstance(value, str) and has_path(value):
        yield from _paths(place, shape.paths, value, path)
        return
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        number = int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        yield place.invalid_value(
            Rule.PARAMETER_SHAPE,
            path,
            f"{_last(path)} of {place.label} must be a whole number written as a string, "
            f"{_limits(shape)}.",
        )
        return
    below = shape.minimum is not None and number < shape.minimum
    if below or (shape.maximum is not None and number > shape.maximum):
        yield place.invalid_value(
            Rule.PARAMETER_RANGE,
            path,
            f"{_last(path)} of {place.label} is {number}; it must be {_limits(shape)}.",
        )


def _fields(place: Place, shape: Fields, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield _wrong_kind(place, "an object", value, path)
        return
    for name, parameter in shape.known.items():
        if name in value:
            yield from _shape(place, parameter.shape, value[name], f"{path}.{name}")
        elif parameter.required:
            yield place.missing(
                Rule.PARAMETER_MISSING, f"{path}.{name}", f"{place.label} needs {name}; add it."
            )
    if not shape.others:
        for name in value:
            if name not in shape.known:
                yield _unknown(place, shape, name, path)
    for group in shape.groups:
        yield from _group(place, group, value, path)


def _unknown(place: Place, shape: Fields, name: str, path: str) -> Problem:
    meant = meant_parameter(name, shape.known)
    remedy = f"did you mean {meant[0]}?" if meant else "remove it."
    return place.invalid_name(
        Rule.PARAMETER_UNKNOWN, f"{path}.{name}", f"{place.label} has no parameter {name}; {remedy}"
    )


def _group(place: Place, group: Group, value: Mapping[str, object], path: str) -> Iterator[Problem]:
    count = sum(key in value for key in group.keys)
    fine = {
        Need.EXACTLY_ONE: count == 1,
        Need.AT_MOST_ONE: count <= 1,
        Need.AT_LEAST_ONE: count >= 1,
        Need.ALL_OR_NONE: count in (0, len(group.keys)),
    }
    if not fine[group.need]:
        yield place.invalid_value(
            Rule.PARAMETER_CONFLICT,
            path,
            f"{place.label} takes {group.need.value} {', '.join(group.keys)}; it has {count}.",
        )


def _entries(place: Place, shape: Entries, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield _wrong_kind(place, "an object", value, path)
        return
    yield from _count(place, len(value), shape.minimum, shape.maximum, path)
    for key, inner in value.items():
        if shape.keys and key not in shape.keys and not place.is_open(key):
            yield place.invalid_name(
                Rule.PARAMETER_UNKNOWN,
                f"{path}.{key}",
                f"{_last(path)} of {place.label} has no key {key}; it takes "
                f"{', '.join(shape.keys)}{_meant(key, shape.keys)}.",
            )
        yield from _shape(place, shape.values, inner, f"{path}.{key}")


def _items(place: Place, shape: Items, value: object, path: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield _wrong_kind(place, "a list", value, path)
        return
    yield from _count(place, len(value), shape.minimum, None, path)
    for index, inner in enumerate(value):
        yield from _shape(place, shape.items, inner, f"{path}[{index}]")


def _count(
    place: Place, count: int, minimum: int, maximum: int | None, path: str
) -> Iterator[Problem]:
    if count < minimum or (maximum is not None and count > maximum):
        limits = f"{minimum} to {maximum}" if maximum is not None else f"at least {minimum}"
        advice = f"{_last(path)} of {place.label} takes {limits} entries, not {count}."
        if place.action.type == "TagContact":
            message = f"More than {maximum} tags in Parameters.Tags"
            yield place.problem(Rule.PARAMETER_SHAPE, message, path, advice)
        else:
            yield place.invalid_value(Rule.PARAMETER_SHAPE, path, advice)


def has_path(value: str) -> bool:
    """Whether a text refers to run-time data."""
    return _PATH_STARTS.search(value) is not None


def _paths(place: Place, allowed: Paths, value: str, path: str) -> Iterator[Problem]:
    if allowed is Paths.NONE:
        yield place.invalid_value(
            Rule.PARAMETER_PATH,
            path,
            f"{_last(path)} of {place.label} must be fixed; it cannot be read from {value!r} "
            "while the flow runs.",
        )
    elif allowed is not Paths.FREE and not _ONE_PATH.fullmatch(value):
        yield place.invalid_value(
            Rule.PARAMETER_PATH,
            path,
            f"{_last(path)} of {place.label} must be one JSONPath and nothing else, not {value!r}.",
        )


def _meant(word: str, known: tuple[str, ...]) -> str:
    # Where there are one or two, the sentence has named them already.
    meant = closest(word, known) if len(known) > 2 else ()  # noqa: PLR2004
    return f" (did you mean {meant[0]}?)" if meant else ""


def _is_namespace(value: str) -> bool:
    steps = _STEPS.findall(value)
    return len(steps) == 1 and steps[0].strip(".[]'\"") in _NAMESPACES


def _wrong_kind(place: Place, wanted: str, value: object, path: str) -> Problem:
    names: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "true or false",
        type(None): "null",
    }
    found = names.get(type(value), "a number")
    return place.invalid_value(
        Rule.PARAMETER_SHAPE,
        path,
        f"{_last(path)} of {place.label} must be {wanted}, not {found}.",
    )


def _limits(shape: Whole) -> str:
    if shape.minimum is None:
        return "of any size" if shape.maximum is None else f"at most {shape.maximum}"
    if shape.maximum is None:
        return f"at least {shape.minimum}"
    return f"from {shape.minimum} to {shape.maximum}"


def _last(path: str) -> str:
    return path.partition(".Parameters")[2].removeprefix(".") or "Parameters"
