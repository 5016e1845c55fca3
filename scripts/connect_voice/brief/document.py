"""What a brief says, apart from how it looks: sections of blocks, lines of spans.

Content modules make documents; `markdown` and `page` show them. A string in a line may come from
anywhere, so it is text and never markup, and whoever shows it escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Tone(IntEnum):
    """How much a reviewer should worry; the greater, the more."""

    CALM = 0
    PLAIN = 1
    LOOK = 2
    STOP = 3


@dataclass(frozen=True)
class Code:
    """A value, a name or an address, shown letter by letter."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Words that a reader should not miss."""

    text: str


Span = str | Code | Strong
Line = tuple[Span, ...]


@dataclass(frozen=True)
class Paragraph:
    """A line on its own."""

    line: Line


@dataclass(frozen=True)
class Item:
    """A line of a list, with what belongs to it."""

    line: Line
    blocks: tuple[Block, ...] = ()
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Listing:
    """Lines in which every space counts; ``+``, ``-`` and ``~`` at their start are marks."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A picture; only the page shows it.

    Args:
        svg: a complete SVG without references to elsewhere.
        title: what it shows, for those who cannot see it.
    """

    svg: str
    title: str


@dataclass(frozen=True)
class Fold:
    """What only some readers want to see: a line that opens."""

    line: Line
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class PageOnly:
    """What would make a comment too long; the page shows it."""

    blocks: tuple[Block, ...]


Block = Paragraph | Bullets | Listing | Picture | Fold | PageOnly


@dataclass(frozen=True)
class Section:
    """A part of a brief with a heading.

    Args:
        count: how much it holds, beside the heading; empty says nothing.
    """

    title: str
    blocks: tuple[Block, ...]
    tone: Tone = Tone.PLAIN
    count: str = ""


@dataclass(frozen=True)
class Document:
    """A brief.

    Args:
        title: what it is about: the environment and the purpose.
        tone: whether to worry.
        verdict: the greatest risk in one sentence.
        more: further risks, a line each.
        facts: what the plan is bound to, by name.
    """

    title: str
    tone: Tone
    verdict: Line
    more: tuple[Item, ...]
    facts: tuple[tuple[str, Line], ...]
    sections: tuple[Section, ...]


def plain(line: Line) -> str:
    """A line without its marks; values with spaces are quoted."""
    return "".join(
        f"“{span.text}”" if isinstance(span, Code) and " " in span.text else _words(span)
        for span in line
    )


def _words(span: Span) -> str:
    return span if isinstance(span, str) else span.text


def bullets(*items: Item | Line) -> Bullets:
    """A list of items, or of lines."""
    return Bullets(tuple(item if isinstance(item, Item) else Item(item) for item in items))
