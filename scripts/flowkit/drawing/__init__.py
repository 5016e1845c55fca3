"""Flows as pictures: SVG, a page of its own, Mermaid."""

from __future__ import annotations

from enum import StrEnum

from flowkit.drawing.as_drawn import as_drawn
from flowkit.drawing.graph import Change, Marks, TooLargeError, boxes
from flowkit.drawing.mermaid import mermaid
from flowkit.drawing.page import page
from flowkit.drawing.routes import layered
from flowkit.drawing.svg import svg
from flowkit.model import Flow

__all__ = ["Change", "Format", "Marks", "TooLargeError", "render"]


class Format(StrEnum):
    """What a picture can be."""

    SVG = "svg"
    HTML = "html"
    MERMAID = "mermaid"


def render(
    flow: Flow,
    form: Format = Format.SVG,
    *,
    title: str,
    own_positions: bool = False,
    marks: Marks | None = None,
) -> str:
    """A flow as a picture.

    Args:
        flow: the flow, or a template of one.
        form: the kind of picture.
        title: what the reader knows the flow by.
        own_positions: put the boxes where the flow's metadata has them, if it has any; Mermaid
            always places by itself.
        marks: what became of each action and branch, for a picture of a comparison.

    Raises:
        TooLargeError: there is more of the flow than a picture can show (1,000 actions).
    """
    made = boxes(flow, marks)
    description = _description(flow, marks)
    if form is Format.MERMAID:
        return mermaid(made, title=title, description=description)
    drawing = (as_drawn(made) if own_positions else None) or layered(made)
    write = svg if form is Format.SVG else page
    return write(drawing, title=title, description=description)


def _description(flow: Flow, marks: Marks | None) -> str:
    if marks is not None:
        counts = [
            f"{sum(found is change for found in marks.actions.values())} {change}"
            for change in (Change.ADDED, Change.REMOVED, Change.CHANGED)
        ]
        return f"A comparison of two versions of a contact flow: {', '.join(counts)} actions."
    count = len(flow.actions)
    return (
        f"A contact flow of {count} action{'s' * (count != 1)}, from its start downwards. "
        "Branches taken only on an error are dashed and say so."
    )
