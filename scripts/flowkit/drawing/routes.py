"""Lines between the layers: straight down, across on a track of their own, straight down again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flowkit.drawing.columns import columns
from flowkit.drawing.graph import Box
from flowkit.drawing.layers import Item, Layers, Net, Way, arrange

Point = tuple[float, float]

MARGIN = 24.0
_TRACK = 11.0
_ABOVE, _BELOW = 16.0, 24.0
_IN_PORT_GAP = 22.0
# Two verticals nearer than this look like one.
_TOUCHING = 6.0
# Comparing every two nets of a channel takes too long beyond this; such a picture is past reading.
_COMPARED = 60
_SAME, _NEARLY = 0.5, 30.0
# Parts without a connection fill rows of at least this width.
_ROW = 1200.0


@dataclass(frozen=True)
class Line:
    """A part of a net: drawn once, however many ways share it."""

    net: Net
    points: tuple[Point, ...]
    arrow: bool


@dataclass(frozen=True)
class Route:
    """One way from its port to its target, over parts that others may share."""

    source: int
    port: int
    target: int
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Drawing:
    """Everything placed: boxes by their upper left corners, lines, and the size of the whole."""

    boxes: tuple[Box, ...]
    corners: tuple[Point, ...]
    lines: tuple[Line, ...]
    routes: tuple[Route, ...]
    width: float
    height: float
    curved: bool = False


@dataclass
class _Crossing:
    """A net in one channel: where it comes in and where it leaves."""

    net: Net
    entries: list[tuple[float, bool]] = field(default_factory=list)  # x, from above
    exit: tuple[float, bool] = (0.0, False)  # x, to below
    arrives: bool = False
    track: float = 0.0

    @property
    def ends(self) -> list[tuple[float, bool]]:
        """Every vertical: its x, and whether it is above the track."""
        return [*self.entries, (self.exit[0], not self.exit[1])]

    @property
    def reach(self) -> tuple[float, float]:
        """From the leftmost to the rightmost vertical."""
        xs = [x for x, _ in self.ends]
        return min(xs), max(xs)

    @property
    def straight(self) -> bool:
        """Whether it needs no track."""
        low, high = self.reach
        return high - low < _SAME and all(above for _, above in self.entries) and self.exit[1]


def layered(boxes: Sequence[Box]) -> Drawing:
    """The boxes in layers from top to bottom, and the lines between them.

    Parts of a flow without a connection between them stand in rows below the one that starts.
    """
    parts = _parts(boxes)
    drawings = [_connected([_renumbered(boxes[n], part) for n in part]) for part in parts]
    row = max(_ROW, drawings[0].width)
    corners: list[Point] = [(0.0, 0.0)] * len(boxes)
    lines: list[Line] = []
    routes: list[Route] = []
    left = top = right = height = 0.0
    for number, (part, made) in enumerate(zip(parts, drawings, strict=True)):
        if number == 1 or left + made.width > row:
            left, top, height = 0.0, top + height, 0.0
        for place, n in enumerate(part):
            corners[n] = _moved(made.corners[place], left, top)
        lines += [
            replace(
                line,
                net=replace(line.net, target=part[line.net.target]),
                points=tuple(_moved(point, left, top) for point in line.points),
            )
            for line in made.lines
        ]
        routes += [
            replace(
                route,
                source=part[route.source],
                target=part[route.target],
                points=tuple(_moved(point, left, top) for point in route.points),
            )
            for route in made.routes
        ]
        left += made.width
        right, height = max(right, left), max(height, made.height)
    return Drawing(tuple(boxes), tuple(corners), tuple(lines), tuple(routes), right, top + height)


def _moved(point: Point, x: float, y: float) -> Point:
    return point[0] + x, point[1] + y


def _parts(boxes: Sequence[Box]) -> list[list[int]]:
    """Groups of boxes with ways between them; the entry point's first."""
    neighbours: list[set[int]] = [set() for _ in boxes]
    for n, box in enumerate(boxes):
        for port in box.ports:
            neighbours[n].add(port.target)
            neighbours[port.target].add(n)
    parts: list[list[int]] = []
    seen: set[int] = set()
    for root in range(len(boxes)):
        if root in seen:
            continue
        part, pending = {root}, [root]
        while pending:
            fresh = neighbours[pending.pop()] - part
            part |= fresh
            pending.extend(fresh)
        seen |= part
        parts.append(sorted(part))
    return parts


def _renumbered(box: Box, part: Sequence[int]) -> Box:
    places = {n: place for place, n in enumerate(part)}
    return replace(
        box, ports=tuple(replace(port, target=places[port.target]) for port in box.ports)
    )


def _connected(boxes: Sequence[Box]) -> Drawing:
    layers = arrange(boxes)
    places = columns(boxes, layers)
    channels = _channels(boxes, layers, places)
    heights = [
        max((boxes[item.box].height for item in layer if item.net is None), default=0.0)
        for layer in layers.order
    ]
    tops: list[float] = []
    y = MARGIN
    for rank, channel in enumerate(channels):
        tracks = _tracks(channel)
        for crossing in channel:
            crossing.track = y + _ABOVE + crossing.track * _TRACK
        if channel:
            y += _ABOVE + max(tracks - 1, 0) * _TRACK + _BELOW
        if rank < len(heights):
            tops.append(y)
            y += heights[rank]
    corners = tuple(
        (places[rank][Item(box=n)] - box.width / 2 + MARGIN, tops[rank])
        for n, (box, rank) in enumerate(zip(boxes, layers.ranks, strict=True))
    )
    right = max(
        [corner[0] + box.width for corner, box in zip(corners, boxes, strict=True)]
        + [x + MARGIN for layer in places for x in layer.values()]
        + [c.reach[1] + MARGIN for channel in channels for c in channel]
    )
    ports = {
        (
            layers.ranks[way.source],
            way.net,
            float(round(corners[way.source][0] + boxes[way.source].ports[way.port].at)),
        ): corners[way.source][1] + boxes[way.source].height
        for way in layers.ways
    }
    by_net = [{crossing.net: crossing for crossing in channel} for channel in channels]
    frame = _Frame(boxes, layers, by_net, ports, tops, heights, corners)
    return Drawing(
        tuple(boxes),
        corners,
        tuple(frame.lines()),
        tuple(frame.route(way) for way in layers.ways),
        right + MARGIN,
        y + MARGIN,
    )


def _channels(
    boxes: Sequence[Box], layers: Layers, places: Sequence[Mapping[Item, float]]
) -> list[list[_Crossing]]:
    found: list[dict[Net, _Crossing]] = [{} for _ in range(len(places) + 1)]

    def crossing(rank: int, net: Net) -> _Crossing:
        return found[rank].setdefault(net, _Crossing(net))

    for way in layers.ways:
        rank = layers.ranks[way.source]
        box = boxes[way.source]
        x = places[rank][Item(box=way.source)] - box.width / 2 + box.ports[way.port].at
        crossing(rank + 1, way.net).entries.append((x + MARGIN, True))
    for rank, layer in enumerate(places):
        for item, x in layer.items():
            if item.net is None:
                continue
            above, below = crossing(rank, item.net), crossing(rank + 1, item.net)
            if item.net.upward:
                below.exit = (x + MARGIN, False)
                above.entries.append((x + MARGIN, False))
            else:
                above.exit = (x + MARGIN, True)
                below.entries.append((x + MARGIN, True))
    for channel in found:
        for made in channel.values():
            made.entries = list(dict.fromkeys(made.entries))
    _arrive(layers, places, found)
    return [list(channel.values()) for channel in found]


def _arrive(
    layers: Layers,
    places: Sequence[Mapping[Item, float]],
    channels: Sequence[Mapping[Net, _Crossing]],
) -> None:
    """Spread the nets that reach a box over its upper edge, in the order they come from."""
    arriving: dict[int, list[_Crossing]] = {}
    for net in dict.fromkeys(way.net for way in layers.ways):
        arriving.setdefault(net.target, []).append(channels[layers.ranks[net.target]][net])
    for target, nets in arriving.items():
        rank = layers.ranks[target]
        middle = places[rank][Item(box=target)] + MARGIN
        nets.sort(key=lambda c: (sum(x for x, _ in c.entries) / len(c.entries), c.net))
        # The main way goes to the middle if there is one; the others stand around it.
        main = next(
            (n for n, c in enumerate(nets) if not c.net.error and not c.net.upward),
            (len(nets) - 1) / 2,
        )
        for place, made in enumerate(nets):
            made.exit = (middle + (place - main) * _IN_PORT_GAP, True)
            made.arrives = True
        near = [x for x, above in nets[0].entries if above and abs(x - middle) < _NEARLY]
        if len(nets) == 1 and near:
            # Straight down, a little off the middle, reads better than a jog of a few units.
            nets[0].exit = (near[0], True)


def _tracks(channel: list[_Crossing]) -> int:
    """Give every net a track so that few lines cross; answers how many tracks that takes.

    `_Crossing.track` is a number here and becomes a height afterwards.
    """
    waiting = [made for made in channel if not made.straight]
    if len(waiting) > _COMPARED:
        return _tracks_in_turn(sorted(waiting, key=lambda c: c.reach))
    cost = {
        (a.net, b.net): _cost(a, b) - _cost(b, a) for a in waiting for b in waiting if a is not b
    }
    on_top = {
        made.net: sum(cost[made.net, other.net] for other in waiting if other is not made)
        for made in waiting
    }
    done: list[_Crossing] = []
    tracks = 0
    while waiting:
        # The one that is cheapest above all others that remain.
        first = min(waiting, key=lambda c: (on_top[c.net], c.reach))
        waiting.remove(first)
        for other in waiting:
            on_top[other.net] -= cost[other.net, first.net]
        low, high = first.reach
        first.track = max(
            (
                other.track + 1
                for other in done
                if other.reach[0] <= high + _TRACK and low <= other.reach[1] + _TRACK
            ),
            default=0.0,
        )
        tracks = max(tracks, int(first.track) + 1)
        done.append(first)
    return tracks


def _tracks_in_turn(ordered: Sequence[_Crossing]) -> int:
    """Tracks for more nets than can be compared with each other: the first that is free."""
    ends: list[float] = []
    for made in ordered:
        low, high = made.reach
        free = next((n for n, end in enumerate(ends) if end + _TRACK < low), len(ends))
        ends[free : free + 1] = [high]
        made.track = float(free)
    return len(ends)


def _cost(upper: _Crossing, lower: _Crossing) -> float:
    """Crossings, and verticals on top of each other, when one net's track is above the other's."""
    total = 0.0
    low, high = upper.reach
    for x, above in lower.ends:
        if above and low - 1 < x < high + 1:
            total += 1
    low, high = lower.reach
    for x, above in upper.ends:
        if not above and low - 1 < x < high + 1:
            total += 1
    for x, above in upper.ends:
        for other, other_above in lower.ends:
            if not above and other_above and abs(x - other) < _TOUCHING:
                total += 100
    return total


@dataclass(frozen=True)
class _Frame:
    """What lines are drawn into."""

    boxes: Sequence[Box]
    layers: Layers
    channels: Sequence[Mapping[Net, _Crossing]]
    ports: Mapping[tuple[int, Net, float], float]
    """Where a net leaves a box: the lower edge, by rank, net and place from left to right."""
    tops: Sequence[float]
    heights: Sequence[float]
    corners: Sequence[Point]

    def lines(self) -> Iterable[Line]:
        for rank, channel in enumerate(self.channels):
            for crossing in channel.values():
                yield from self._lines(rank, crossing)
        for rank, layer in enumerate(self.layers.order):
            top, bottom = self.tops[rank], self.tops[rank] + self.heights[rank]
            for item in layer:
                if item.net is not None:
                    x = self._lane(rank, item.net)
                    ends = ((x, top), (x, bottom))
                    yield Line(item.net, ends[::-1] if item.net.upward else ends, arrow=False)

    def _lane(self, rank: int, net: Net) -> float:
        if net.upward:
            return self._crossing(rank + 1, net).exit[0]
        return self._crossing(rank, net).exit[0]

    def _crossing(self, rank: int, net: Net) -> _Crossing:
        return self.channels[rank][net]

    def _edge(self, rank: int, crossing: _Crossing, x: float, *, above: bool) -> float:
        """Where a vertical meets what is above or below the channel."""
        if not above:
            return self.tops[rank]
        lane = self.tops[rank - 1] + self.heights[rank - 1]
        return self.ports.get((rank - 1, crossing.net, round(x)), lane)

    def _lines(self, rank: int, crossing: _Crossing) -> Iterable[Line]:
        out, below = crossing.exit
        end = (out, self._edge(rank, crossing, out, above=not below))
        track = crossing.track
        turn = (out, track)
        left = sorted((e for e in crossing.entries if e[0] < out - _SAME), reverse=True)
        right = sorted(e for e in crossing.entries if e[0] > out + _SAME)
        level = [e for e in crossing.entries if abs(e[0] - out) <= _SAME]
        exited = False
        for x, above in level:
            begin = (x, self._edge(rank, crossing, x, above=above))
            yield Line(crossing.net, (begin, end), arrow=crossing.arrives)
            exited = True
        for side in (left, right):
            previous: float | None = None
            # From the outermost inwards: only that one is drawn to the end, the others join it.
            for x, above in reversed(side):
                begin = (x, self._edge(rank, crossing, x, above=above))
                corner = (x, track)
                if previous is None and not exited:
                    yield Line(crossing.net, (begin, corner, turn, end), arrow=crossing.arrives)
                    exited = True
                elif previous is None:
                    yield Line(crossing.net, (begin, corner, turn), arrow=False)
                else:
                    step = min(8.0, abs(out - x))
                    joined = (x + (step if out > x else -step), track)
                    yield Line(crossing.net, (begin, corner, joined), arrow=False)
                previous = x

    def route(self, way: Way) -> Route:
        """The whole of one way, for whoever wants to see it alone."""
        box, (left, top) = self.boxes[way.source], self.corners[way.source]
        x = left + box.ports[way.port].at
        points: list[Point] = [(x, top + box.height)]
        rank = self.layers.ranks[way.source] + 1
        target = self.layers.ranks[way.net.target]
        while True:
            crossing = self._crossing(rank, way.net)
            points += [(points[-1][0], crossing.track), (crossing.exit[0], crossing.track)]
            if crossing.arrives:
                break
            rank += -1 if way.net.upward else 1
        points.append((points[-1][0], self.tops[target]))
        if len({x for x, _ in points}) == 1:
            points = [points[0], points[-1]]
        return Route(way.source, way.port, way.net.target, tuple(points))
