"""What the console calls the things that a flow refers to, as the flow's metadata keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowkit.jsontext import JsonText, Path

__all__ = ["DisplayNames"]


@dataclass(frozen=True)
class DisplayNames:
    """Display names by where the parameter stands, and by what its value is.

    The designer of today writes ``ActionMetadata.<id>.parameters.<place>.displayName``, the one
    before it ``ActionMetadata.<id>.queue.{id,text}`` and its like.
    """

    identifiers: dict[int, str]
    by_place: dict[tuple[str, Path], str]
    by_value: dict[str, str]

    @classmethod
    def of(cls, content: JsonText) -> DisplayNames:
        """All that a flow's metadata tells."""
        strings = {text.path: text.value for text in content.texts if not text.is_key}
        by_place: dict[tuple[str, Path], str] = {}
        by_value: dict[str, str] = {}
        for path, name in strings.items():
            if path[:2] != ("Metadata", "ActionMetadata") or not name.strip():
                continue
            holder = path[:-1]
            if path[-1] == "displayName" and path[3:4] == ("parameters",):
                bot = strings.get(
                    (*holder, "lexV2BotName"), strings.get((*path[:3], "lexV2BotName"))
                )
                by_place[str(path[2]), holder[4:]] = (
                    f"{bot} {name}" if bot and path[-2] == "AliasArn" else name
                )
            elif path[-1] in ("text", "name", "displayName") and (*holder, "id") in strings:
                by_value.setdefault(strings[*holder, "id"], name)
        return cls(_identifiers(content.document), by_place, by_value)

    def of_reference(self, path: Path, value: str) -> str:
        """The display name of a value at a place of the flow; empty where none is told."""
        identifier = self.identifier(path)
        return self.by_place.get((identifier, path[3:])) or self.by_value.get(value, "")

    def identifier(self, path: Path) -> str:
        """The identifier of the action that a place belongs to; empty outside actions."""
        is_action = path[0] == "Actions" and len(path) > 1 and isinstance(path[1], int)
        return self.identifiers.get(int(path[1]), "") if is_action else ""


def _identifiers(document: Any) -> dict[int, str]:
    return {
        index: action["Identifier"]
        for index, action in enumerate(document["Actions"])
        if isinstance(action, dict) and isinstance(action.get("Identifier"), str)
    }
