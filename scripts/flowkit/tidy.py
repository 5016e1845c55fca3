"""A flow with readable identifiers and a fixed layout; what it does stays the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flowkit.jsontext import Edit, JsonText, Path, Text, edited, indented
from flowkit.layout import positions
from flowkit.readable import readable_identifiers

__all__ = ["tidied"]

_ENTRY = (40, 40)


def tidied(content: JsonText) -> str:
    """The text of the flow, tidied and indented.

    Tidying twice is tidying once; a flow in which only rolled identifiers differ gives the same.

    Args:
        content: a flow; parts that have not the shape of one are left as they are.
    """
    new = readable_identifiers(content)
    renamed = JsonText.read(edited(content.source, _renamings(content, new)))
    settings = dict(_settings(renamed.document, set(new.values())))
    return indented(edited(renamed.source, _with(renamed, settings)))


def _renamings(content: JsonText, new: Mapping[str, str]) -> Iterator[Edit]:
    for text in content.texts:
        if text.value in new and _is_identifier(text):
            yield Edit(text.start, text.end, json.dumps(new[text.value]))


def _is_identifier(text: Text) -> bool:
    path = text.path
    if text.is_key:
        return path[:2] == ("Metadata", "ActionMetadata") and len(path) == 3  # noqa: PLR2004
    return (
        path == ("StartAction",)
        or (path[:1] == ("Actions",) and path[2:] == ("Identifier",))
        or (path[:1] == ("Actions",) and path[2:3] == ("Transitions",) and path[-1] == "NextAction")
        # The designer's: blocks inside blocks, and notes that hang on one.
        or (
            path[:1] == ("Metadata",)
            and bool({"children", "fragments", "actionId"}.intersection(path[2:]))
        )
    )


def _settings(document: Any, renamed: set[str]) -> Iterator[tuple[Path, str]]:
    """What to set in the metadata."""
    actions = [
        action
        for action in document["Actions"]
        if isinstance(action, dict) and isinstance(action.get("Identifier"), str)
    ]
    targets = {action["Identifier"]: list(_targets(action)) for action in actions}
    metadata = ("Metadata", "ActionMetadata")
    yield ("Metadata", "entryPointPosition"), _point(*_ENTRY)
    for name, (x, y) in positions(str(document.get("StartAction")), targets).items():
        yield (*metadata, name, "position"), _point(x, y)
        if name in renamed:
            yield (*metadata, name, "isFriendlyName"), "true"


def _point(x: int, y: int) -> str:
    return json.dumps({"x": x, "y": y})


def _targets(action: Mapping[str, Any]) -> Iterator[str]:
    transitions = action.get("Transitions")
    if not isinstance(transitions, dict):
        return
    branches = [transitions]
    for key in ("Conditions", "Errors"):
        held = transitions.get(key)
        if isinstance(held, list):
            branches += [branch for branch in held if isinstance(branch, dict)]
    for branch in branches:
        if isinstance(branch.get("NextAction"), str):
            yield branch["NextAction"]


def _with(content: JsonText, settings: Mapping[Path, str]) -> Iterator[Edit]:
    """What puts those values in their places; objects on the way are made where they lack."""
    lacking: dict[Path, dict[str, Any]] = {}
    for path, value in settings.items():
        if path in content.spans:
            yield Edit(*content.spans[path], value)
            continue
        depth = next(n for n in range(len(path) - 1, -1, -1) if path[:n] in content.spans)
        inner = lacking.setdefault(path[:depth], {})
        for step in path[depth:-1]:
            inner = inner.setdefault(str(step), {})
        inner[str(path[-1])] = json.loads(value)
    for holder, members in lacking.items():
        start, end = content.spans[holder]
        if content.source[start] == "{":  # otherwise it is no place for settings
            is_empty = not content.source[start + 1 : end - 1].strip()
            text = json.dumps(members)[1:-1]
            yield Edit(start + 1, start + 1, text if is_empty else f"{text}, ")
