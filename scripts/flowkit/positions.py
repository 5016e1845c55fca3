"""Where a part of a JSON document stands in its text, for editors and reviews."""

from __future__ import annotations

import json
import re
from bisect import bisect_right

__all__ = ["Positions"]

_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^\s,\]}]+")
_DECODER = json.JSONDecoder()
_NEWLINE = re.compile(r"\n")


class Positions:
    """Lines and columns of the parts of a valid JSON text.

    A part is named as findings name it: ``Actions[3].Parameters.Text``. Its position is that of
    its key, or of the value itself in a list.
    """

    def __init__(self, text: str) -> None:
        """Read the places.

        Args:
            text: JSON that ``json.loads`` takes.
        """
        self._offsets, self.repeated = _scan(text)
        self._lines = [0, *(match.end() for match in _NEWLINE.finditer(text))]

    def of(self, path: str) -> tuple[int, int]:
        """Line and column of a part, counted from 1; of what should hold it, if it is missing."""
        while path and path not in self._offsets:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.at(self._offsets.get(path, 0))

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, counted from 1."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1


def _scan(text: str) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """Offsets of all parts, and the keys that stand twice in their object with their offsets."""
    offsets: dict[str, int] = {}
    repeated: list[tuple[str, int]] = []
    # What is open: its path, and the number of the next element or None in an object.
    open_: list[tuple[str, int | None]] = []
    at = _skip(text, 0)
    path = ""
    while at < len(text):
        character = text[at]
        if character in "}]":
            open_.pop()
            at += 1
        elif character == ",":
            at += 1
        else:
            if open_:
                parent, number = open_[-1]
                begin = at
                if number is None:
                    key, at = _DECODER.raw_decode(text, at)
                    path = f"{parent}.{key}" if parent else key
                    if path in offsets:
                        repeated.append((path, begin))
                    at = _skip(text, _skip(text, at) + 1)
                else:
                    path = f"{parent}[{number}]"
                    open_[-1] = (parent, number + 1)
                offsets[path] = begin
            character = text[at]
            if character in "{[":
                open_.append((path, None if character == "{" else 0))
                at += 1
            elif character == '"':
                at = _DECODER.raw_decode(text, at)[1]
            else:
                scalar = _SCALAR.match(text, at)
                at = scalar.end() if scalar else at + 1
        at = _skip(text, at)
    return offsets, repeated


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
