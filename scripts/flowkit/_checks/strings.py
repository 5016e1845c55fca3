"""Every string of a flow with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flowkit.model import Flow

SPEECH = frozenset({"Text", "SSML"})
"""Keys of what a caller hears: words, whatever they look like."""
# What flow attributes and references wrap theirs in: {"tier": {"Value": "gold"}}.
_WRAPPER = "Value"


@dataclass(frozen=True)
class Value:
    """A string that stands in a flow.

    Attributes:
        text: the string.
        path: its place, such as ``Actions[3].Parameters.Attributes.tier``.
        key: the nearest key above it that names it.
        action: index of the action it belongs to; None in the flow's Metadata or Settings.
    """

    text: str
    path: str
    key: str
    action: int | None


def action_values(flow: Flow) -> Iterator[Value]:
    """The strings in parameters and operands, in document order."""
    for index, action in enumerate(flow.actions):
        path = f"Actions[{index}]"
        yield from _strings(action.parameters, f"{path}.Parameters", "", index)
        for at, condition in enumerate(action.transitions.conditions):
            for number, operand in enumerate(condition.operands):
                where = f"{path}.Transitions.Conditions[{at}].Condition.Operands[{number}]"
                yield Value(operand, where, "Operands", index)


def other_values(flow: Flow) -> Iterator[Value]:
    """The strings outside the actions: Metadata, and the Settings of a module."""
    for key, value in flow.document.items():
        if key not in ("Actions", "StartAction", "Version"):
            yield from _strings(value, key, key, None)


def _strings(value: object, path: str, key: str, action: int | None) -> Iterator[Value]:
    # A stack and not recursion: parsing allows deeper nesting than a generator each level bears.
    waiting: list[tuple[object, str, str]] = [(value, path, key)]
    while waiting:
        inner, where, name = waiting.pop()
        if isinstance(inner, str):
            yield Value(inner, where, name, action)
        elif isinstance(inner, Mapping):
            waiting.extend(
                (v, f"{where}.{k}", name if k == _WRAPPER and name else str(k))
                for k, v in reversed(list(inner.items()))
            )
        elif isinstance(inner, list):
            waiting.extend((v, f"{where}[{n}]", name) for n, v in reversed(list(enumerate(inner))))
