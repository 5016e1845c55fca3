"""The map beside a template: what each placeholder stands for in one environment."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from flowkit.jsontext import JsonText, JsonTextError

__all__ = ["Entry", "MapError", "PlaceholderMap", "parse_map"]


class MapError(ValueError):
    """The text is no map, or it does not fit the template; one sentence says why."""


@dataclass(frozen=True)
class Entry:
    """One placeholder.

    Attributes:
        name: what stands in the template between ``${`` and ``}``.
        value: what it is filled with; None where somebody must fill it in first.
        kind: what it is, such as ``queue`` or ``lambda``.
        display_name: what the console calls it, where the flow says so.
    """

    name: str
    value: str | None
    kind: str = ""
    display_name: str = ""


@dataclass(frozen=True)
class PlaceholderMap:
    """Every placeholder of a template, and what else to remember of the flow.

    Attributes:
        entries: the placeholders, in the template's order.
        flow_name: the flow's name, where the source gave it.
        flow_type: ``Type`` of CreateContactFlow, where the source gave it; a flow's content does
            not say it.
    """

    entries: tuple[Entry, ...]
    flow_name: str = ""
    flow_type: str = ""

    def text(self) -> str:
        """The map as a file."""
        flow = {"name": self.flow_name, "type": self.flow_type}
        document = {
            "flow": {key: value for key, value in flow.items() if value},
            "placeholders": {
                entry.name: {
                    "value": entry.value,
                    "kind": entry.kind,
                    "display_name": entry.display_name,
                }
                for entry in self.entries
            },
        }
        # ASCII, because a value may hold half of a surrogate pair, which no encoding takes.
        return json.dumps(document, indent=2) + "\n"


def parse_map(text: str) -> PlaceholderMap:
    """Read a map; where only the value matters, ``"name": "value"`` will do.

    Raises:
        MapError: it is not JSON, has another shape, or names a placeholder twice.
    """
    try:
        source = JsonText.read(text)
    except JsonTextError as error:
        raise MapError(f"The map cannot be read: {error}") from None
    document = source.document
    if not isinstance(document, dict) or not isinstance(document.get("placeholders"), dict):
        raise MapError(
            'The map must be a JSON object with an object "placeholders" in it, as flow import '
            "writes it."
        )
    if unknown := document.keys() - {"flow", "placeholders"}:
        raise MapError(f"The map has no place for {', '.join(sorted(unknown))}; remove it.")
    names = [text.value for text in source.texts if text.is_key and _is_name(text.path)]
    if twice := next((name for name, count in Counter(names).items() if count > 1), None):
        raise MapError(f"The map gives {twice} twice; keep one.")
    flow = document.get("flow", {})
    if not isinstance(flow, dict):
        raise MapError('"flow" in the map must be an object with the flow\'s name and type.')
    return PlaceholderMap(
        tuple(_entry(name, value) for name, value in document["placeholders"].items()),
        flow_name=_string(flow, "name", "flow"),
        flow_type=_string(flow, "type", "flow"),
    )


def _is_name(path: tuple[str | int, ...]) -> bool:
    return len(path) == 2 and path[0] == "placeholders"  # noqa: PLR2004 (one level inside)


def _entry(name: str, given: object) -> Entry:
    if isinstance(given, str):
        return Entry(name, given)
    if not isinstance(given, dict) or "value" not in given:
        raise MapError(f'{name} in the map must be a string, or an object with a "value".')
    if unknown := given.keys() - {"value", "kind", "display_name"}:
        raise MapError(f"{name} in the map has no place for {', '.join(sorted(unknown))}.")
    value = given["value"]
    if value is not None and not isinstance(value, str):
        raise MapError(f"The value of {name} in the map must be a string.")
    return Entry(name, value, _string(given, "kind", name), _string(given, "display_name", name))


def _string(holder: Mapping[str, object], key: str, name: str) -> str:
    value = holder.get(key, "")
    if not isinstance(value, str):
        raise MapError(f'"{key}" of {name} in the map must be a string.')
    return value
