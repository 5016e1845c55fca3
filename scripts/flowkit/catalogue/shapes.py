"""What a parameter's value may look like: the small type system of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType


class Paths(Enum):
    """Where a value may refer to run-time data (the reference's "parameter restrictions")."""

    NONE = "static"
    """No ``$.`` path may appear."""
    WHOLE = "static or one path"
    """Static text, or one path that is the entire value."""
    ONLY = "one path"
    """One path that is the entire value; static text is refused."""
    FREE = "free"
    """Text with any number of paths in it."""


@dataclass(frozen=True)
class Text:
    """A JSON string.

    Attributes:
        paths: where run-time data may be referred to.
        choices: the only static values allowed; empty allows any.
        pattern: a regular expression that a static value matches from end to end.
        leaf: a path must go below its namespace (``$.External`` alone is refused).
    """

    paths: Paths = Paths.FREE
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    leaf: bool = False


@dataclass(frozen=True)
class Whole:
    """A whole number, written as a decimal string (the console's way) or as a JSON number.

    The live service was seen to take both spellings (flow-as-code, ``Loop``, 2026-09-15).
    """

    minimum: int | None = None
    maximum: int | None = None
    paths: Paths = Paths.NONE


@dataclass(frozen=True)
class Json:
    """Any JSON value; only the rule against empty strings looks inside."""


@dataclass(frozen=True)
class Items:
    """A list."""

    items: Shape
    minimum: int = 0


@dataclass(frozen=True)
class Entries:
    """An object whose keys are the author's, or a choice of ``keys``."""

    values: Shape
    keys: tuple[str, ...] = ()
    minimum: int = 0
    maximum: int | None = None


class Need(Enum):
    """How many of a group of keys must be there."""

    EXACTLY_ONE = "exactly one of"
    AT_MOST_ONE = "at most one of"
    AT_LEAST_ONE = "at least one of"
    ALL_OR_NONE = "all or none of"


@dataclass(frozen=True)
class Group:
    """A rule over several keys of one object."""

    need: Need
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Parameter:
    """One known key of an object."""

    shape: Shape
    required: bool = False


@dataclass(frozen=True)
class Fields:
    """An object with known keys.

    Attributes:
        known: the keys and what they hold.
        groups: rules over several keys.
        others: whether keys beyond the known ones pass (for shapes known from examples alone).
    """

    known: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    groups: tuple[Group, ...] = ()
    others: bool = False


Shape = Text | Whole | Json | Items | Entries | Fields


def required(shape: Shape) -> Parameter:
    """A key that must be there."""
    return Parameter(shape, required=True)


def optional(shape: Shape) -> Parameter:
    """A key that may be left out."""
    return Parameter(shape)


def fields(*groups: Group, **known: Parameter) -> Fields:
    """An object with the given keys; the keyword is the key."""
    return Fields(MappingProxyType(known), groups)


def open_fields(**known: Parameter) -> Fields:
    """An object with the given keys and any others."""
    return Fields(MappingProxyType(known), others=True)


def exactly_one(*keys: str) -> Group:
    """One of the keys must be there, and one only."""
    return Group(Need.EXACTLY_ONE, keys)


def at_most_one(*keys: str) -> Group:
    """The keys exclude each other."""
    return Group(Need.AT_MOST_ONE, keys)


def at_least_one(*keys: str) -> Group:
    """One of the keys must be there."""
    return Group(Need.AT_LEAST_ONE, keys)


def all_or_none(*keys: str) -> Group:
    """The keys come together."""
    return Group(Need.ALL_OR_NONE, keys)


def choice(*values: str, paths: Paths = Paths.NONE) -> Text:
    """One of a few words."""
    return Text(paths=paths, choices=values)


STATIC = Text(paths=Paths.NONE)
RESOURCE = Text(paths=Paths.WHOLE)
"""An id or ARN of a Connect resource, or the one path that yields it."""
FREE = Text()
# Exports spell switches in three ways, one for each generation of blocks.
SWITCH = choice("true", "false", "True", "False", "TRUE", "FALSE")
STRING_MAP = Entries(FREE)
