"""What a plan says of an attribute: a value, that it is known only after apply, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = ["Step", "Value", "any_true", "as_json", "known", "leaves", "look_up"]

Step = str | int


class _State(Enum):
    KNOWN = "known"
    UNKNOWN = "unknown until apply"
    ABSENT = "absent"


@dataclass(frozen=True)
class Value:
    """An attribute of a resource as it will be.

    Attributes:
        data: the value where it is known, else None.
        whole: whether nothing within it is unknown.
        rehearsed: whether it is known from a rehearsal only.
    """

    _state: _State
    data: Any = field(default=None, repr=False)
    whole: bool = True
    rehearsed: bool = False

    @property
    def known(self) -> bool:
        """Whether there is a value and the plan, or its rehearsal, says which."""
        return self._state is _State.KNOWN

    @property
    def unknown(self) -> bool:
        """Whether there is one that only the apply will tell."""
        return self._state is _State.UNKNOWN

    @property
    def absent(self) -> bool:
        """Whether there is none: not set, null, or left to AWS."""
        return self._state is _State.ABSENT

    @property
    def text(self) -> str | None:
        """The value if it is known and a text."""
        return self.data if isinstance(self.data, str) else None

    @property
    def number(self) -> int | float | None:
        """The value if it is known and a number."""
        if isinstance(self.data, bool) or not isinstance(self.data, int | float):
            return None
        return self.data

    @property
    def items(self) -> tuple[Any, ...]:
        """The value's items if it is a known list, else none."""
        return tuple(self.data) if isinstance(self.data, list) else ()

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The value if it is a known object, else an empty one."""
        return self.data if isinstance(self.data, dict) else {}


ABSENT = Value(_State.ABSENT)
UNKNOWN = Value(_State.UNKNOWN)


def known(data: Any, *, whole: bool = True, rehearsed: bool = False) -> Value:
    """A known value; null is an absent one."""
    if data is None:
        return ABSENT
    return Value(_State.KNOWN, data, whole, rehearsed)


def look_up(data: Any, unknown: Any, path: tuple[Step, ...]) -> Value:
    """What stands at a path.

    Args:
        data: known values, such as ``ResourceChange.after``.
        unknown: true wherever a value is unknown, shaped as the data.
        path: keys and positions.
    """
    for step in path:
        if unknown is True:
            return UNKNOWN
        data = _step(data, step)
        unknown = _step(unknown, step)
    if unknown is True:
        return UNKNOWN
    partly = any_true(unknown)
    if data is None:
        return UNKNOWN if partly else ABSENT
    return known(data, whole=not partly)


def any_true(mask: Any) -> bool:
    """Whether anything in a mask of whatever shape is true."""
    pending = [mask]
    while pending:
        each = pending.pop()
        if each is True:
            return True
        if isinstance(each, Mapping):
            pending += each.values()
        elif isinstance(each, list):
            pending += each
    return False


def _step(data: Any, step: Step) -> Any:
    if isinstance(step, int):
        return data[step] if isinstance(data, list) and -len(data) <= step < len(data) else None
    return data.get(step) if isinstance(data, Mapping) else None


def as_json(text: str) -> Any:
    """What a text holds if it is a JSON object or list, else None."""
    if text.lstrip()[:1] not in {"{", "["}:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def leaves(data: Any) -> Iterator[tuple[str, str, Any]]:
    """Every text, number and switch of a document: its place, its nearest key and itself.

    Text that is a JSON document is taken apart.
    """
    pending: list[tuple[str, str, Any]] = [("", "", data)]
    while pending:
        place, name, value = pending.pop()
        if isinstance(value, str):
            inner = as_json(value)
            if inner is not None:
                value = inner
        if isinstance(value, Mapping):
            pending += [
                (f"{place}.{key}" if place else str(key), str(key), item)
                for key, item in reversed(list(value.items()))
            ]
        elif isinstance(value, list):
            pending += [
                (f"{place}[{at}]", name, item) for at, item in reversed(list(enumerate(value)))
            ]
        elif value is not None:
            yield place, name, value
