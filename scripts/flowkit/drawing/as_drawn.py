"""Boxes where the flow's author put them in the designer."""

from __future__ import annotations

from collections.abc import Sequence

from flowkit.drawing.graph import Box
from flowkit.drawing.layers import Net
from flowkit.drawing.routes import MARGIN, Drawing, Line, Point, Route

# The designer's blocks are about this much narrower than boxes with everything written out.
_SCALE = (1.45, 1.25)
_GAP = 36.0
# A line to a box as near as this has nothing in between.
_NEIGHBOUR = 260.0


def as_drawn(boxes: Sequence[Box]) -> Drawing | None:
    """The flow's own positions, moved down only where boxes would overlap; None without any."""
    known = [box.position for box in boxes if box.position is not None]
    if not known:
        return None
    left, top = min(x for x, _ in known), min(y for _, y in known)
    bottom = max(y for _, y in known)
    wanted: list[Point] = []
    for box in boxes:
        if box.position is not None:
            x, y = box.position
            wanted.append(((x - left) * _SCALE[0], (y - top) * _SCALE[1] + 80))
        elif box.kind == "start":
            wanted.append((0.0, 0.0))
        else:
            wanted.append((0.0, (bottom - top) * _SCALE[1] + 400))
    corners = _apart(boxes, wanted)
    routes = [
        Route(n, number, port.target, _curve(boxes, corners, n, number))
        for n, box in enumerate(boxes)
        for number, port in enumerate(box.ports)
    ]
    lines = [
        Line(
            Net(
                route.target,
                boxes[route.source].ports[route.port].error,
                boxes[route.source].ports[route.port].change,
                upward=False,
            ),
            route.points,
            arrow=True,
        )
        for route in routes
    ]
    xs = [x for route in routes for x, _ in route.points]
    ys = [y for route in routes for _, y in route.points]
    return Drawing(
        tuple(boxes),
        tuple(corners),
        tuple(lines),
        tuple(routes),
        max([x + box.width for (x, _), box in zip(corners, boxes, strict=True)] + xs) + MARGIN,
        max([y + box.height for (_, y), box in zip(corners, boxes, strict=True)] + ys) + MARGIN,
        curved=True,
    )


def _apart(boxes: Sequence[Box], wanted: Sequence[Point]) -> list[Point]:
    placed: dict[int, Point] = {}
    for n in sorted(range(len(boxes)), key=lambda n: (wanted[n][1], wanted[n][0])):
        x, y = wanted[n]
        while True:
            inside = [
                corner[1] + boxes[other].height + _GAP
                for other, corner in placed.items()
                if corner[0] < x + boxes[n].width + _GAP
                and x < corner[0] + boxes[other].width + _GAP
                and corner[1] < y + boxes[n].height + _GAP
                and y < corner[1] + boxes[other].height + _GAP
            ]
            if not inside:
                break
            # Past the nearest of them; the others are looked at again.
            y = min(inside)
        placed[n] = (x, y)
    # Room for lines that leave to the left or above.
    return [(placed[n][0] + 2 * MARGIN, placed[n][1] + 2 * MARGIN) for n in range(len(boxes))]


def _curve(
    boxes: Sequence[Box], corners: Sequence[Point], source: int, port: int
) -> tuple[Point, ...]:
    """Four points of a Bézier curve: down out of the port, into the target's side or top."""
    left, top = corners[source]
    x, y = left + boxes[source].ports[port].at, top + boxes[source].height
    target = boxes[source].ports[port].target
    (to_x, to_y), box = corners[target], boxes[target]
    reach = max(40.0, min(160.0, abs(to_x - x) / 2))
    if to_x > x + 30:
        side = (to_x, to_y + min(box.height / 2, 30.0))
        edge = (left + boxes[source].width, y - boxes[source].cells / 2 - 4)
        if len(boxes[source].ports) == 1 and 0 < to_x - edge[0] < _NEIGHBOUR:
            reach = max(20.0, (to_x - edge[0]) / 2)
            return (edge, (edge[0] + reach, edge[1]), (to_x - reach, side[1]), side)
        # Below the box that it leaves, then up or down to the other.
        return ((x, y), (x, y + reach), (to_x - 60, side[1]), side)
    over = (to_x + box.width / 2, to_y)
    return ((x, y), (x, y + reach), (over[0], over[1] - reach), over)
