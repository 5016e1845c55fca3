"""A template and its map back into the content that Amazon Connect takes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from flowkit.placeholder_map import MapError, PlaceholderMap
from flowkit.template import fill, placeholders

__all__ = ["compile_flow"]


def compile_flow(template: str, values: PlaceholderMap) -> str:
    """The template with every placeholder filled.

    Args:
        template: a flow template.
        values: exactly one value for each placeholder.

    Raises:
        TemplateError: the text is no template.
        MapError: a value is missing, or one has no placeholder.
    """
    wanted = placeholders(template)
    given = {entry.name: entry.value for entry in values.entries}
    missing, unused = sorted(wanted - given.keys()), sorted(given.keys() - wanted)
    if missing:
        raise MapError(
            f"The map has no value for {_listed(missing, unused)}; the template needs "
            f"{'it' if len(missing) == 1 else 'them'}."
        )
    if unused:
        raise MapError(
            f"The template has no placeholder {_listed(unused, sorted(wanted))}; remove the value "
            "from the map or correct its name."
        )
    if empty := [name for name, value in given.items() if value is None]:
        raise MapError(f"The map leaves the value of {', '.join(empty)} open; fill it in.")
    return fill(template, {name: value for name, value in given.items() if value is not None})


def _listed(names: Sequence[str], others: Iterable[str]) -> str:
    others = list(others)
    return ", ".join(f"{name}{_meant(name, others)}" for name in names)


def _meant(name: str, others: list[str]) -> str:
    near = difflib.get_close_matches(name, others, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
