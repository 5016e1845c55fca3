"""A placed flow as SVG: light and dark, with words for screen readers, fault branches dashed."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import pairwise

from flowkit.drawing.graph import (
    BODY_LEADING,
    BODY_SIZE,
    PADDING,
    SMALL_LEADING,
    SMALL_SIZE,
    TITLE_LEADING,
    TITLE_SIZE,
    Box,
    Change,
    Port,
)
from flowkit.drawing.routes import Drawing, Line, Point

_RADIUS = 7.0
_SYMBOLS = {Change.ADDED: "+", Change.REMOVED: "\u2212", Change.CHANGED: "~"}

# Contrast of text on its ground is at least 4.5 to 1 in both schemes (WCAG 2.2, 1.4.3), that of
# lines at least 3 to 1 (1.4.11).
_LIGHT = {
    "ground": "#ffffff",
    "box": "#f6f8fa",
    "edge": "#6e7781",
    "text": "#1f2328",
    "soft": "#57606a",
    "line": "#57606a",
    "error": "#b3261e",
    "end": "#eaeef2",
    "added": "#116329",
    "removed": "#b3261e",
    "changed": "#7a4e00",
}
_DARK = {
    "ground": "#0d1117",
    "box": "#161b22",
    "edge": "#7d8590",
    "text": "#e6edf3",
    "soft": "#9da7b3",
    "line": "#9da7b3",
    "error": "#ff7b72",
    "end": "#21262d",
    "added": "#56d364",
    "removed": "#ff7b72",
    "changed": "#e3b341",
}


def _scheme(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in colours.items())


_BASE = (
    f".flow{{{_scheme(_LIGHT)}"
    "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}"
    f"@media(prefers-color-scheme:dark){{.flow{{{_scheme(_DARK)}}}}}"
    ".flow .ground{fill:var(--ground)}"
    ".flow .box>rect{fill:var(--box);stroke:var(--edge);stroke-width:1.2}"
    ".flow .end>rect{fill:var(--end);stroke-width:2.4}"
    ".flow .missing>rect{stroke:var(--error);stroke-dasharray:4 3}"
    ".flow text{fill:var(--text)}"
    f".flow .title{{font-size:{TITLE_SIZE:g}px;font-weight:600}}"
    f".flow .body{{font-size:{BODY_SIZE:g}px}}"
    f".flow .small{{font-size:{SMALL_SIZE:g}px;fill:var(--soft)}}"
    ".flow .rule{stroke:var(--edge);stroke-width:.6;opacity:.6}"
    ".flow .line{fill:none;stroke:var(--line);stroke-width:1.5;stroke-linejoin:round}"
    ".flow .head{fill:var(--line)}"
    ".flow .line.error{stroke:var(--error);stroke-dasharray:5 4}"
    ".flow .head.error{fill:var(--error)}"
    ".flow .small.error{fill:var(--error)}"
)
_CHANGES = "".join(
    f".flow .box.{change}>rect{{stroke:var(--{change});stroke-width:2.6}}"
    f".flow .badge.{change}{{fill:var(--{change})}}"
    f".flow .line.{change}{{stroke:var(--{change});stroke-width:2.6}}"
    f".flow .head.{change},.flow text.small.{change}{{fill:var(--{change})}}"
    for change in ("added", "removed", "changed")
)
STYLE = (
    f"{_BASE}{_CHANGES}"
    ".flow .badge text{fill:var(--ground);font-size:15px;font-weight:700}"
    ".flow .box.removed>rect{stroke-dasharray:2 3}"
)


def svg(drawing: Drawing, *, title: str, description: str, routes: bool = False) -> str:
    """The picture as one SVG document.

    Args:
        drawing: what to draw.
        title: its name, for screen readers and as a tool tip.
        description: what it shows, in a sentence or two.
        routes: add every way as a hidden line of its own, and let boxes take the focus: what a
            page with a script makes use of.
    """
    size = f"{_number(drawing.width)} {_number(drawing.height)}"
    role = 'role="group"' if routes else 'role="img"'
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="flow" viewBox="0 0 {size}" '
        f'width="{_number(drawing.width)}" height="{_number(drawing.height)}" {role} '
        'aria-labelledby="flow-title flow-description">'
    )
    parts = [
        opening,
        f'<title id="flow-title">{escape(title)}</title>',
        f'<desc id="flow-description">{escape(description)}</desc>',
        f"<style>{STYLE}</style>",
        '<rect class="ground" width="100%" height="100%"/>',
        *_lines(drawing),
    ]
    if routes:
        parts += [
            f'<path class="route" data-from="{route.source}" data-to="{route.target}" '
            f'd="{_path(route.points, curved=drawing.curved)}"/>'
            for route in drawing.routes
        ]
    for number, (box, corner) in enumerate(zip(drawing.boxes, drawing.corners, strict=True)):
        parts += _box(number, box, corner, focus=routes)
    return "\n".join([*parts, "</svg>", ""])


def _lines(drawing: Drawing) -> Iterable[str]:
    for line in drawing.lines:
        kind = " ".join(
            part for part in ("error" if line.net.error else "", line.net.change) if part
        )
        suffix = f" {kind}" if kind else ""
        points = line.points
        if line.arrow:
            head = _head(points)
            points = (*points[:-1], _before(points))
            yield f'<path class="head{suffix}" d="{head}"/>'
        yield f'<path class="line{suffix}" d="{_path(points, curved=drawing.curved)}"/>'


def _head(points: tuple[Point, ...]) -> str:
    (x, y), (from_x, _) = points[-1], points[-2]
    n = _number
    if points[-1][1] == points[-2][1] and from_x < x:
        return f"M{n(x)} {n(y)}l-9 -4.5v9z"
    return f"M{n(x)} {n(y)}l-4.5 -9h9z"


def _before(points: tuple[Point, ...]) -> Point:
    """The end of a line that carries an arrow head, where the head begins."""
    (x, y), (from_x, from_y) = points[-1], points[-2]
    return (x - 8, y) if from_y == y and from_x < x else (x, y - 8)


def _path(points: tuple[Point, ...], *, curved: bool) -> str:
    n = _number
    if curved:
        (x, y), *rest = points
        return f"M{n(x)} {n(y)}C" + " ".join(f"{n(a)} {n(b)}" for a, b in rest)
    return "".join(_rounded(points))


def _rounded(points: tuple[Point, ...]) -> Iterable[str]:
    n = _number
    clean = [p for i, p in enumerate(points) if not i or p != points[i - 1]]
    yield f"M{n(clean[0][0])} {n(clean[0][1])}"
    for before, corner, after in zip(clean, clean[1:], clean[2:], strict=False):
        first, last = _towards(corner, before), _towards(corner, after)
        yield f"L{n(first[0])} {n(first[1])}Q{n(corner[0])} {n(corner[1])} "
        yield f"{n(last[0])} {n(last[1])}"
    yield f"L{n(clean[-1][0])} {n(clean[-1][1])}"


def _towards(corner: Point, other: Point) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = max(abs(dx), abs(dy))
    step = min(_RADIUS, length / 2)
    return corner[0] + dx / length * step, corner[1] + dy / length * step


def _box(number: int, box: Box, corner: Point, *, focus: bool) -> Iterable[str]:
    n = _number
    x, y = corner
    kind = " ".join(part for part in ("box", box.kind, box.change) if part)
    words = ". ".join(
        part for part in (box.change.capitalize(), " ".join(box.name), box.words) if part
    )
    reach = (
        f' tabindex="0" role="group" id="box-{number}" aria-label="{escape(words)}"'
        if focus
        else ""
    )
    radius = 18 if box.kind == "start" else 8
    yield f'<g class="{kind}" transform="translate({n(x)} {n(y)})"{reach}>'
    yield f"<title>{escape(words)}</title>"
    yield f'<rect width="{n(box.width)}" height="{n(box.height)}" rx="{radius}"/>'
    at = PADDING
    middle = box.width / 2
    centred = box.kind in {"start", "missing"}
    for lines, style, leading in (
        (box.title, "title", TITLE_LEADING),
        (box.lines, "body", BODY_LEADING),
        (box.name, "small", SMALL_LEADING),
    ):
        for text in lines:
            place = f'x="{n(middle)}" text-anchor="middle"' if centred else f'x="{n(PADDING)}"'
            line = n(at + leading * 0.76)
            yield f'<text class="{style}" {place} y="{line}">{escape(text)}</text>'
            at += leading
    yield from _ports(box)
    if box.change:
        yield f'<g class="badge {box.change}"><circle cx="{n(box.width - 16)}" cy="18" r="10"/>'
        yield (
            f'<text x="{n(box.width - 16)}" y="23" text-anchor="middle">'
            f"{_SYMBOLS[box.change]}</text></g>"
        )
    yield "</g>"


def _ports(box: Box) -> Iterable[str]:
    n = _number
    if not box.cells:
        return
    top = box.height - box.cells
    yield f'<path class="rule" d="M0 {n(top)}H{n(box.width)}"/>'
    ordered = sorted(box.ports, key=lambda port: port.at)
    for left, right in pairwise(ordered):
        edge = (left.at + left.width / 2 + right.at - right.width / 2) / 2
        yield f'<path class="rule" d="M{n(edge)} {n(top)}V{n(box.height)}"/>'
    for port in ordered:
        yield from _label(port, top)


def _label(port: Port, top: float) -> Iterable[str]:
    kind = " ".join(part for part in ("small", "error" if port.error else "", port.change) if part)
    for number, text in enumerate(port.lines):
        mark = f"{_SYMBOLS[port.change]} " if port.change and not number else ""
        yield (
            f'<text class="{kind}" x="{_number(port.at)}" text-anchor="middle" '
            f'y="{_number(top + 4 + SMALL_LEADING * (number + 0.8))}">{escape(mark + text)}</text>'
        )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


__all__ = ["STYLE", "Line", "svg"]
