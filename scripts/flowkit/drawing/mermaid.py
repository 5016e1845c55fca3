"""A flow as a Mermaid flowchart, for places that draw those (GitHub, GitLab, wikis)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flowkit.drawing.graph import Box

# https://mermaid.js.org/syntax/flowchart.html, "Special characters that break syntax": entities
# with a number sign for the ampersand.
_ENTITIES = {ord(c): f"#{ord(c)};" for c in '"#<>&`{}[]()|\\;%@'}
_SHAPES = {
    "start": ('(["', '"])'),
    "end": ('[["', '"]]'),
    "missing": ('>"', '"]'),
    "action": ('["', '"]'),
}


def mermaid(boxes: Sequence[Box], *, title: str, description: str) -> str:
    """The flowchart; fault branches are dotted and say so."""
    return "\n".join(
        [
            "flowchart TD",
            f"    accTitle: {_plain(title)}",
            f"    accDescr: {_plain(description)}",
            *_nodes(boxes),
            *_ways(boxes),
            "",
        ]
    )


def _nodes(boxes: Sequence[Box]) -> Iterable[str]:
    for number, box in enumerate(boxes):
        opening, closing = _SHAPES[box.kind]
        change = f"{box.change}: " if box.change else ""
        title = f"{change}{' '.join(box.title)}"
        text = "<br/>".join(
            _escaped(line) for line in (title, *box.lines, " ".join(box.name)) if line
        )
        yield f"    n{number}{opening}{text}{closing}"


def _ways(boxes: Sequence[Box]) -> Iterable[str]:
    for number, box in enumerate(boxes):
        for port in sorted(box.ports, key=lambda port: port.error):
            arrow = "-.->" if port.error else "-->"
            text = ": ".join(part for part in (port.change, port.label) if part)
            label = f'|"{_escaped(text)}"|' if text else ""
            yield f"    n{number} {arrow}{label} n{port.target}"


def _escaped(text: str) -> str:
    return text.translate(_ENTITIES)


def _plain(text: str) -> str:
    return _escaped(" ".join(text.split()))
