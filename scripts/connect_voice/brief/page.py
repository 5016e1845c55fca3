"""A brief as one page that needs nothing but a browser, and no script to be read."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib.resources import files

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
    plain,
)
from connect_voice.brief.visible import visible, visible_lines

_NAMES = {Tone.STOP: "stop", Tone.LOOK: "look", Tone.PLAIN: "plain", Tone.CALM: "calm"}
_WORDS = {Tone.STOP: "Stop", Tone.LOOK: "Look", Tone.PLAIN: "Changes", Tone.CALM: "Calm"}
_SIGNS = {"+": "add", "-": "remove", "~": "change"}


def page(document: Document) -> str:
    """The page; its content security policy allows its own style, script and pictures alone."""
    script, style = _part("page.js"), _part("page.css")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"script-src '{_digest(script)}'; style-src '{_digest(style)}'"
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{_text(document.title)}: {_text(plain(document.verdict))}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#sections">Skip to what changes</a>
{"".join(_head(document))}
<main id="sections">
{"".join(_sections(document))}
</main>
<footer>
<p><kbd>j</kbd> and <kbd>k</kbd> go from section to section, <kbd>o</kbd> opens or closes
all that folds.</p>
</footer>
<script>{script}</script>
</body>
</html>
"""


def _head(document: Document) -> Iterator[str]:
    tone = _NAMES[document.tone]
    yield f'<header class="{tone}">\n<p class="title">{_text(document.title)}</p>\n'
    yield f'<h1><span class="badge">{_WORDS[document.tone]}</span> {_line(document.verdict)}</h1>\n'
    if document.more:
        yield "".join(_block(Bullets(document.more)))
    yield "<dl>\n"
    for name, line in document.facts:
        yield f"<div><dt>{_text(name)}</dt><dd>{_line(line)}</dd></div>\n"
    yield "</dl>\n</header>\n"
    yield '<nav aria-label="Sections"><ul>\n'
    for section in document.sections:
        count = f" <span>{_text(section.count)}</span>" if section.count else ""
        yield (
            f'<li class="{_NAMES[section.tone]}"><a href="#{_anchor(section)}">'
            f"{_text(section.title)}{count}</a></li>\n"
        )
    yield "</ul></nav>\n"


def _sections(document: Document) -> Iterator[str]:
    for section in document.sections:
        anchor = _anchor(section)
        count = f' <span class="count">{_text(section.count)}</span>' if section.count else ""
        yield (
            f'<section class="{_NAMES[section.tone]}" id="{anchor}" '
            f'aria-labelledby="{anchor}-title">\n'
            f'<h2 id="{anchor}-title" tabindex="-1">{_text(section.title)}{count}</h2>\n'
        )
        for block in section.blocks:
            yield from _block(block)
        yield "</section>\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(line):
            yield f"<p>{_line(line)}</p>\n"
        case Bullets(items):
            yield "<ul>\n"
            for item in items:
                yield from _item(item)
            yield "</ul>\n"
        case Listing(text):
            yield f'<pre tabindex="0">{"".join(_listed(text))}</pre>\n'
        case Fold(line, blocks):
            yield f"<details><summary>{_line(line)}</summary>\n<div>\n"
            for inner in blocks:
                yield from _block(inner)
            yield "</div>\n</details>\n"
        case PageOnly(blocks):
            for inner in blocks:
                yield from _block(inner)
        case Picture(svg, title):
            data = base64.b64encode(svg.encode("utf-8", "replace")).decode("ascii")
            yield (
                f'<figure tabindex="0"><img alt="{_text(title)}" '
                f'src="data:image/svg+xml;base64,{data}">'
                f"<figcaption>{_text(title)}</figcaption></figure>\n"
            )


def _item(item: Item) -> Iterator[str]:
    tone = f' class="{_NAMES[item.tone]}"' if item.tone >= Tone.LOOK else ""
    yield f"<li{tone}>{_line(item.line)}"
    for block in item.blocks:
        yield from _block(block)
    yield "</li>\n"


def _listed(text: str) -> Iterator[str]:
    for line in visible_lines(text).split("\n"):
        sign = _SIGNS.get(line.lstrip(" ")[:1])
        shown = escape(line)
        yield f'<span class="{sign}">{shown}</span>\n' if sign else f"{shown}\n"


def _line(line: Line) -> str:
    parts = []
    for span in line:
        match span:
            case Code(text):
                parts.append(f"<code>{_text(text)}</code>")
            case Strong(text):
                parts.append(f"<strong>{_text(text)}</strong>")
            case _:
                parts.append(_text(span))
    return "".join(parts)


def _text(text: str) -> str:
    return escape(visible(text))


def _anchor(section: Section) -> str:
    return re.sub(r"[^a-z]+", "-", section.title.lower()).strip("-")


@cache
def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8").strip()


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
