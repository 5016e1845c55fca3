"""Parameters as flat paths and plain texts, which is what two versions are compared by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ValueChange:
    """A parameter that differs; None where the version does not have it."""

    path: str
    old: str | None
    new: str | None


def flat(value: object) -> dict[str, str]:
    """Every leaf of a JSON value by its dotted path; strings as they are, the rest as JSON."""
    leaves: dict[str, str] = {}
    pending: list[tuple[str, object]] = [("", value)]
    while pending:
        path, item = pending.pop()
        if isinstance(item, Mapping) and item:
            # From the end, because the stack turns the order round.
            for key, inner in reversed(list(item.items())):
                pending.append((f"{path}.{key}" if path else str(key), inner))
        elif isinstance(item, list) and item:
            pending += [(f"{path}[{n}]", item[n]) for n in reversed(range(len(item)))]
        elif path:
            leaves[path] = item if isinstance(item, str) else json.dumps(item)
    return leaves


def changes(old: object, new: object) -> tuple[ValueChange, ...]:
    """The leaves that differ, in the order of the new version, then what it no longer has."""
    before, after = flat(old), flat(new)
    return tuple(
        ValueChange(path, before.get(path), after.get(path))
        for path in dict.fromkeys([*after, *before])
        if before.get(path) != after.get(path)
    )
