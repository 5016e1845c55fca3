"""A placed flow as one page that needs nothing but a browser: pan, zoom, search, keyboard."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from html import escape
from importlib.resources import files

from flowkit.drawing.graph import Box
from flowkit.drawing.routes import Drawing
from flowkit.drawing.svg import STYLE, svg


def page(drawing: Drawing, *, title: str, description: str) -> str:
    """The page; its content security policy allows its own style and script and nothing else."""
    script, style = _part("page.js"), _part("page.css")
    policy = (
        "default-src 'none'; "
        f"script-src '{_digest(script)}'; style-src '{_digest(style)}' '{_digest(STYLE)}'"
    )
    picture = svg(drawing, title=title, description=description, routes=True)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<input id="search" type="search" placeholder="Search  /" aria-label="Search the actions">
<span id="found" role="status"></span>
<button id="out" aria-label="Smaller" title="Smaller (-)">&minus;</button>
<button id="in" aria-label="Larger" title="Larger (+)">+</button>
<button id="fit" title="The whole flow (0)">All</button>
<button id="begin" title="Where it starts (1)">Start</button>
</header>
<main aria-label="The flow as a picture">
{picture}</main>
<footer>
<details><summary>The same in words</summary>
<ol>
{"".join(_outline(drawing.boxes))}</ol></details>
</footer>
<script>{script}</script>
</body>
</html>
"""


def _outline(boxes: tuple[Box, ...]) -> Iterable[str]:
    for number, box in enumerate(boxes):
        ways = "".join(
            f"<li>{escape(port.label or 'then')} → "
            f'<a href="#box-{port.target}">{escape(_name(boxes[port.target]))}</a></li>'
            for port in sorted(box.ports, key=lambda port: port.error)
        )
        change = f"{box.change.capitalize()}: " if box.change else ""
        yield (
            f'<li><a href="#box-{number}">{escape(change + _name(box))}</a> '
            f"{escape(box.words)}<ul>{ways}</ul></li>\n"
        )


def _name(box: Box) -> str:
    return " ".join(box.name or box.title)


@cache
def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
