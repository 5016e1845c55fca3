"""A brief as Markdown for GitHub and GitLab, in which no text from elsewhere can do anything.

Both hosts turn ``@name``, ``#1``, ``!1``, ``~label``, ``:emoji:`` and addresses into links, pings
and pictures after the Markdown is parsed, so a character reference alone does not stop them; a
zero-width space behind the mark does, and so does code. GitLab obeys a line that begins with
``/merge`` (https://docs.gitlab.com/user/project/quick_actions/), so no line begins so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from connect_voice.brief.document import (
    Block,
    Bullets,
    Code,
    Document,
    Fold,
    Item,
    Line,
    Listing,
    PageOnly,
    Paragraph,
    Picture,
    Section,
    Strong,
    Tone,
)
from connect_voice.brief.visible import visible, visible_lines

MARKS = {Tone.STOP: "🔴", Tone.LOOK: "🟡", Tone.PLAIN: "🔵", Tone.CALM: "🟢"}

_MARKUP = re.compile(
    r"[\\`*\[\]<>&|~{}^$@#!%]"
    r"|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])"  # inside of a word it is no emphasis
    r"|:(?=//|[\w+-]+:)"  # an address, an :emoji:
)
_CALLS = frozenset("@#!%~&$^:[{")
_GAP = "&#8203;"
_BARE = re.compile(r"(?i)\b(www)(?=\.)|\b(GH)(?=-\d)")
_BACKTICKS = re.compile(r"`+")


def markdown(document: Document) -> str:
    """The whole brief."""
    parts = [
        f"## {MARKS[document.tone]} {_line((document.title,))}",
        f"**{_line(document.verdict, strong=True)}**",
    ]
    if document.more:
        parts.append("\n".join(_block(Bullets(document.more))))
    parts.append(
        "\n".join(f"- {_first(_text(name))}: {_line(line)}" for name, line in document.facts)
    )
    parts += [_section(section) for section in document.sections]
    return "\n\n".join(parts) + "\n"


def inline(line: Line) -> str:
    """One line, to be put where a line of Markdown may stand."""
    return _first(_line(line))


def _section(section: Section) -> str:
    mark = f"{MARKS[section.tone]} " if section.tone >= Tone.LOOK else ""
    count = f" ({_text(section.count)})" if section.count else ""
    lines = [f"### {mark}{_text(section.title)}{count}"]
    for block in section.blocks:
        lines += _spaced(block)
    return "\n".join(lines)


def _spaced(block: Block) -> Iterator[str]:
    shown = list(_block(block))
    if shown:
        yield ""
        yield from shown


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(line):
            yield _first(_line(line))
        case Bullets(items):
            for item in items:
                yield from _item(item)
        case Listing(text):
            yield from _fence(text)
        case Fold(line, blocks):
            yield f"<details><summary>{_html(line)}</summary>"
            for inner in blocks:
                yield from _spaced(inner)
            yield ""
            yield "</details>"
            yield ""
        case Picture() | PageOnly():
            return


def _item(item: Item) -> Iterator[str]:
    mark = f"{MARKS[item.tone]} " if item.tone >= Tone.LOOK else ""
    text = _line(item.line).strip() or "·"  # what follows an empty line is not the item's
    yield f"- {mark}{text if mark else _first(text)}"
    for block in item.blocks:
        lines = list(_spaced(block))
        if isinstance(block, Bullets):
            lines = lines[1:]  # a list in a list needs no empty line before it
        for line in lines:
            yield f"  {line}" if line else ""


def _fence(text: str) -> Iterator[str]:
    shown = visible_lines(text)
    fence = "`" * max(3, _longest_run(shown) + 1)
    yield fence
    for line in shown.split("\n"):
        yield f" {line}" if line.startswith("/") else line  # not even here could GitLab obey it
    yield fence


def _line(line: Line, *, strong: bool = False) -> str:
    parts: list[str] = []
    marked = False
    for span in line:
        if not (span if isinstance(span, str) else span.text):
            continue
        if marked and not isinstance(span, str):
            parts.append(_GAP)  # the marks of two neighbours would be read as those of one
        marked = not isinstance(span, str)
        match span:
            case Code(text):
                parts.append(_code(text))
            case Strong(text):
                parts.append(_text(text) if strong else _strong(text))
            case _:
                parts.append(_text(span))
    return "".join(parts)


def _strong(text: str) -> str:
    # Markdown sees no emphasis where a space is inside of the marks.
    inner = text.strip()
    if not inner:
        return _text(text)
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{_text(before)}**{_text(inner)}**{_text(after)}"


def _text(text: str) -> str:
    shown = visible(text)
    escaped = _MARKUP.sub(_mark, shown)
    return _BARE.sub(lambda found: f"{found[0]}{_GAP}", escaped)


def _mark(found: re.Match[str]) -> str:
    mark = found[0]
    gap = _GAP if mark in _CALLS else ""
    return f"&#{ord(mark)};{gap}"


def _first(shown: str) -> str:
    """A line whose first character cannot make a heading, a list, a rule or a command of it."""
    if shown[:1].isalpha() or shown[:1] in {"", "&", "*", "`"}:
        return shown  # `*` and a backtick are ours: those of the text are character references
    return f"&#{ord(shown[0])};{shown[1:]}"


def _code(text: str) -> str:
    shown = visible(text) or " "
    fence = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def _html(line: Line) -> str:
    """A line inside an HTML block, where Markdown is not read and marks still become links."""
    parts = []
    for span in line:
        match span:
            case Code(text):
                parts.append(f"<code>{escape(visible(text))}</code>")
            case Strong(text):
                parts.append(f"<b>{_text(text)}</b>")
            case _:
                parts.append(_text(span))
    return "".join(parts)
