"""A long brief as several comments: nothing is cut off, and every part stands by itself.

Limits: GitHub takes 65,536 characters in a pull request's text and 262,144 bytes in a comment,
GitLab 1,000,000 characters in a note. Counting bytes against the smallest of them holds everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LIMIT = 65_535

_FENCE = re.compile(r"( *)(`{3,})[^`]*")
_OPEN = re.compile(r" *<details><summary>.*</summary>")
_CLOSE = re.compile(r" *</details>")
_SECTION = re.compile(r"#{2,3} ")
_HEADING_ROOM = 64  # bytes for "Part 12 of 34"
_SMALLEST = 1_024


@dataclass
class _Open:
    """What is open at a line: folds by their first lines, and a fence."""

    folds: list[str] = field(default_factory=list)
    fence: str | None = None

    def read(self, line: str) -> None:
        found = _FENCE.fullmatch(line)
        if self.fence is not None:
            if found and line.strip() == self.fence.strip():
                self.fence = None
        elif found:
            self.fence = found[1] + found[2]
        elif _OPEN.fullmatch(line):
            self.folds.append(line)
        elif _CLOSE.fullmatch(line) and self.folds:
            self.folds.pop()

    def ending(self) -> list[str]:
        closing = [f"{_indent(line)}</details>" for line in reversed(self.folds)]
        spaced = [text for line in closing for text in ("", line)]
        return ([self.fence] if self.fence else []) + spaced

    def opening(self) -> list[str]:
        again = [
            text
            for line in self.folds
            for text in (line.replace("</summary>", " (continued)</summary>"), "")
        ]
        return again + ([self.fence] if self.fence else [])


def split_markdown(markdown: str, limit: int = LIMIT) -> list[str]:
    """The brief in parts of at most ``limit`` bytes of UTF-8, numbered if there are several.

    It is split before a section where that is possible, else between two lines; folds and fences
    that this would cut end in one part and begin anew in the next.

    Raises:
        ValueError: the limit is below 1,024 bytes.
    """
    if limit < _SMALLEST:
        raise ValueError(f"A part needs at least {_SMALLEST} bytes.")
    if _size(markdown) <= limit:
        return [markdown]
    parts = list(_parts(markdown, limit - _HEADING_ROOM))
    return [f"**Part {n} of {len(parts)}**\n\n{part}" for n, part in enumerate(parts, 1)]


def _parts(markdown: str, limit: int) -> Iterator[str]:
    part: list[str] = []
    size = 0
    for section in _sections(markdown):
        needed = sum(_size(line) + 1 for line in section)
        if part and size + needed > limit:
            yield _joined(part)
            part, size = [], 0
        if needed <= limit:
            part += section
            size += needed
            continue
        pieces = list(_pieces(section, limit))
        yield from (_joined(piece) for piece in pieces[:-1])
        part = pieces[-1]
        size = sum(_size(line) + 1 for line in part)
    if part:
        yield _joined(part)


def _sections(markdown: str) -> Iterator[list[str]]:
    open_ = _Open()
    section: list[str] = []
    for line in markdown.rstrip("\n").split("\n"):
        if section and _SECTION.match(line) and not open_.fence and not open_.folds:
            yield section
            section = []
        open_.read(line)
        section.append(line)
    yield section


def _pieces(lines: list[str], limit: int) -> Iterator[list[str]]:
    open_ = _Open()
    piece: list[str] = []
    size = 0
    for line in _bearable(lines, limit):
        before = open_.ending()
        needed = _size(line) + 1
        after = _Open(list(open_.folds), open_.fence)
        after.read(line)
        room = sum(_size(each) + 1 for each in after.ending())
        if piece and size + needed + room > limit and not _CLOSE.fullmatch(line):
            yield piece + before
            piece = open_.opening()
            size = sum(_size(each) + 1 for each in piece)
        piece.append(line)
        size += needed
        open_ = after
    yield piece


def _bearable(lines: list[str], limit: int) -> Iterator[str]:
    """The lines, those that no part could hold as listings in bearable pieces."""
    longest = limit // 4
    fence: str | None = None
    open_ = _Open()
    for line in lines:
        open_.read(line)
        if _size(line) <= longest:
            yield line
            continue
        fence = None if open_.fence else "`" * (_run(line) + 3)
        if fence:
            yield fence
        yield from _cut(line, longest)
        if fence:
            yield fence


def _cut(line: str, longest: int) -> Iterator[str]:
    step = max(1, longest // 4)  # no character has more than four bytes
    for start in range(0, len(line), step):
        yield line[start : start + step]


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n") + "\n"


def _indent(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" ")))


def _run(line: str) -> int:
    return max((len(run) for run in re.findall(r"`+", line)), default=0)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
