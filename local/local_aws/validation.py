"""Parameter checks from botocore's model, beyond those botocore makes itself.

A client checks required members, types and lower bounds before it sends anything. The service also
checks enumerations, patterns and upper bounds, which is what its users meet first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import cast

from moto.core.model import ListShape, MapShape, Shape, StructureShape

# Patterns that botocore ships in a form Python cannot use: escaped twice on their way into the
# model, written as a JavaScript literal, or with Unicode classes. Everything else is taken as is.
_REPAIRED: Mapping[str, str] = {
    "Password": r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[a-zA-Z\d\S]{8,64}$",
    "PhoneNumber": r"^\+[1-9]\d{1,14}$",
    "PhoneNumberPrefix": r"^\+?[0-9]{1,11}$",
    "TagKey": r"^(?!aws:)[\w\s.:/=+\-@]*$",
}


@cache
def _pattern(shape_name: str, source: str) -> re.Pattern[str] | None:
    source = _REPAIRED.get(shape_name, source)
    if "\\\\" in source or source.startswith("/"):
        return None
    try:
        return re.compile(source)
    except re.error:
        return None


def violations(shape: Shape, value: object) -> tuple[str, ...]:
    """Say how a request breaks the constraints of its model.

    Args:
        shape: the operation's input shape.
        value: the parsed request.

    Returns:
        One clause a broken constraint, in the words AWS uses; empty when all hold.
    """
    return tuple(_check(shape, value, ""))


def message(clauses: tuple[str, ...]) -> str:
    """Join clauses of :func:`violations` into the sentence AWS answers with."""
    noun = "error" if len(clauses) == 1 else "errors"
    return f"{len(clauses)} validation {noun} detected: " + "; ".join(clauses)


def _check(shape: Shape, value: object, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _list(shape, value, path)
    elif isinstance(shape, MapShape):
        yield from _map(shape, value, path)
    elif shape.type_name == "string":
        yield from _string(shape, value, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from _number(shape, value, path)
    elif shape.type_name == "boolean" and not isinstance(value, bool):
        yield _clause(shape, value, path, "Member must be a boolean")


def _structure(shape: StructureShape, value: object, path: str) -> Iterator[str]:
    if shape.is_document_type:
        return
    if not isinstance(value, Mapping):
        yield _clause(shape, value, path, "Member must be a structure")
        return
    for name in shape.required_members:
        if value.get(name) is None:
            at = _join(path, name)
            yield f"Value null at '{at}' failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        item = value.get(name)
        if item is not None:
            yield from _check(member, item, _join(path, name))


def _list(shape: ListShape, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _clause(shape, value, path, "Member must be a list")
        return
    yield from _length(shape, value, len(value), path)
    for index, item in enumerate(value, start=1):
        yield from _check(cast(Shape, shape.member), item, f"{path}.{index}.member")


def _map(shape: MapShape, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _clause(shape, value, path, "Member must be a map")
        return
    yield from _length(shape, value, len(value), path)
    for key, item in value.items():
        yield from _check(cast(Shape, shape.key), key, path)
        yield from _check(cast(Shape, shape.value), item, f"{path}.{key}.member")


def _string(shape: Shape, value: object, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _clause(shape, value, path, "Member must be a string")
        return
    yield from _length(shape, value, len(value), path)
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        values = ", ".join(allowed)
        yield _clause(shape, value, path, f"Member must satisfy enum value set: [{values}]")
    source = shape.metadata.get("pattern")
    if not value and shape.metadata.get("min") == 0:
        return  # "may be empty" and "must hold something" stand side by side in some shapes
    if source:
        pattern = _pattern(shape.name, source)
        if pattern and not pattern.search(value):
            yield _clause(
                shape, value, path, f"Member must satisfy regular expression pattern: {source}"
            )


def _number(shape: Shape, value: object, path: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        yield _clause(shape, value, path, "Member must be a number")
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        yield _clause(shape, value, path, f"Member must have value greater than or equal to {low}")
    if high is not None and value > high:
        yield _clause(shape, value, path, f"Member must have value less than or equal to {high}")


def _length(shape: Shape, value: object, length: int, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and length < low:
        yield _clause(shape, value, path, f"Member must have length greater than or equal to {low}")
    if high is not None and length > high:
        yield _clause(shape, value, path, f"Member must have length less than or equal to {high}")


_SHOWN = 200  # characters of a value that a message repeats


def _clause(shape: Shape, value: object, path: str, constraint: str) -> str:
    shown = "***" if shape.metadata.get("sensitive") else str(value)[:_SHOWN]
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, member: str) -> str:
    name = member[0].lower() + member[1:]
    return f"{path}.{name}" if path else name
