"""Ranks, lanes and the order within layers.

The layered drawing of Sugiyama, Tagawa and Toda (IEEE Trans. SMC 11, 1981), with one departure:
ways to the same box share one lane past the layers in between. Half the branches of a contact flow
lead to the same apology; a line each would bury the rest.

It is written out here because nothing on the index fits: grandalf has not been released since
2023 and knows neither ports nor shared lanes, and Graphviz would be a binary to install.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowkit.drawing.graph import Box, Change
from flowkit.ranking import finished_order, raise_ranks

LANE_WIDTH = 16.0
BOX_GAP = 34.0
_SWEEPS = 10
# Actions that nothing leads to would otherwise all stand beside the entry point.
_ROOTS = 6


@dataclass(frozen=True, order=True)
class Net:
    """Ways drawn as one line with several beginnings: same box, same style, same direction."""

    target: int
    error: bool
    change: Change
    upward: bool


@dataclass(frozen=True)
class Way:
    """One port of one box and the net it belongs to."""

    source: int
    port: int
    net: Net


@dataclass(frozen=True)
class Item:
    """What takes up room in a layer: a box, or the lane of a net."""

    box: int = -1
    net: Net | None = None


@dataclass(frozen=True)
class Link:
    """A line between two neighbouring layers, or beside each other in one, with port offsets."""

    upper: Item
    lower: Item
    upper_at: float
    weight: float


@dataclass(frozen=True)
class Layers:
    """Every item in its layer, in order, and what is linked to what."""

    ranks: tuple[int, ...]
    ways: tuple[Way, ...]
    order: tuple[tuple[Item, ...], ...]
    links: tuple[tuple[Link, ...], ...]
    """By channel: entry ``n`` lies between layer ``n - 1`` and layer ``n``."""
    beside: tuple[tuple[Item, Item], ...]
    """An upward lane and the box in its own layer where it begins or ends."""


def arrange(boxes: Sequence[Box]) -> Layers:
    """Rank the boxes and order each layer so that few lines cross."""
    ranks = _ranks(boxes)
    ways = tuple(
        Way(source, number, _net(ranks, source, port.target, port.error, port.change))
        for source, box in enumerate(boxes)
        for number, port in enumerate(box.ports)
    )
    spans = _spans(ranks, ways)
    depth = max(ranks) + 1
    layers: list[list[Item]] = [[] for _ in range(depth)]
    for box in _discovered(boxes):
        layers[ranks[box]].append(Item(box=box))
    for net, (first, last) in spans.items():
        for rank in range(first, last + 1):
            layers[rank].append(Item(net=net))
    links = _links(boxes, ranks, ways, spans, depth)
    beside = tuple(_beside(ranks, ways, spans))
    order = _ordered(boxes, layers, links, beside, ranks)
    return Layers(
        tuple(ranks),
        ways,
        tuple(tuple(layer) for layer in order),
        tuple(tuple(channel) for channel in links),
        beside,
    )


def _net(ranks: Sequence[int], source: int, target: int, error: bool, change: Change) -> Net:  # noqa: FBT001
    return Net(target, error, change, upward=ranks[source] >= ranks[target])


def _discovered(boxes: Sequence[Box]) -> list[int]:
    """Boxes in depth-first order from the entry point, then those that nothing leads to."""
    seen: dict[int, None] = {}
    for root in range(len(boxes)):
        pending = [root]
        while pending:
            box = pending.pop()
            if box not in seen:
                seen[box] = None
                pending.extend(port.target for port in reversed(boxes[box].ports))
    return list(seen)


def _ranks(boxes: Sequence[Box]) -> list[int]:
    """Longest path from the roots over what is left when ways back are taken out."""

    def following(box: int) -> Iterator[int]:
        return _targets(boxes[box])

    finished = finished_order(range(len(boxes)), following)
    led_to = {port.target for box in boxes for port in box.ports}
    roots = [box for box in range(len(boxes)) if box not in led_to]
    ranks = dict.fromkeys(range(len(boxes)), 0)
    for number, box in enumerate(roots):
        ranks[box] = number // _ROOTS
    raise_ranks(finished, following, ranks)
    return [ranks[box] for box in range(len(boxes))]


def _targets(box: Box) -> Iterator[int]:
    return (port.target for port in sorted(box.ports, key=lambda port: port.error))


def _spans(ranks: Sequence[int], ways: Iterable[Way]) -> dict[Net, tuple[int, int]]:
    """The layers that a net's lane passes through."""
    spans: dict[Net, tuple[int, int]] = {}
    for way in ways:
        net, here, there = way.net, ranks[way.source], ranks[way.net.target]
        first, last = (there, here) if net.upward else (here + 1, there - 1)
        if first <= last:
            known = spans.get(net, (first, last))
            spans[net] = (min(known[0], first), max(known[1], last))
    return spans


def _links(
    boxes: Sequence[Box],
    ranks: Sequence[int],
    ways: Iterable[Way],
    spans: dict[Net, tuple[int, int]],
    depth: int,
) -> list[list[Link]]:
    channels: list[list[Link]] = [[] for _ in range(depth + 1)]
    for way in ways:
        if way.net.upward:
            continue
        below = ranks[way.source] + 1
        direct = below == ranks[way.net.target]
        offset = boxes[way.source].ports[way.port].at - boxes[way.source].width / 2
        # A main way in the middle of its box is what the eye follows: it should be straight.
        weight = 0.5 if way.net.error else 10.0 if abs(offset) < 1 else 3.0
        channels[below].append(
            Link(
                Item(box=way.source),
                Item(box=way.net.target) if direct else Item(net=way.net),
                offset,
                weight,
            )
        )
    for net, (first, last) in spans.items():
        lane = Item(net=net)
        for rank in range(first + 1, last + 1):
            channels[rank].append(Link(lane, lane, 0.0, 8.0))
        if not net.upward:
            channels[last + 1].append(Link(lane, Item(box=net.target), 0.0, 1.0))
    return channels


def _beside(
    ranks: Sequence[int], ways: Iterable[Way], spans: dict[Net, tuple[int, int]]
) -> Iterator[tuple[Item, Item]]:
    for net in spans:
        if net.upward:
            yield Item(net=net), Item(box=net.target)
    for way in ways:
        if way.net.upward and spans[way.net][1] == ranks[way.source]:
            yield Item(net=way.net), Item(box=way.source)


def _ordered(
    boxes: Sequence[Box],
    layers: list[list[Item]],
    links: list[list[Link]],
    beside: Sequence[tuple[Item, Item]],
    ranks: Sequence[int],
) -> list[list[Item]]:
    """Barycentre sweeps, down and up in turn; the order with the fewest crossings is kept."""
    partners: dict[tuple[int, Item], list[Item]] = {}
    for lane, box in beside:
        partners.setdefault((ranks[box.box], lane), []).append(box)
    best = [list(layer) for layer in layers]
    fewest = _crossings(boxes, best, links)
    current = [list(layer) for layer in layers]
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for rank in range(len(current)) if down else reversed(range(len(current))):
            _sort_layer(boxes, current, links, partners, rank, down=down)
        count = _crossings(boxes, current, links)
        if count < fewest:
            best, fewest = [list(layer) for layer in current], count
        if not fewest:
            break
    return best


def _sort_layer(
    boxes: Sequence[Box],
    layers: list[list[Item]],
    links: list[list[Link]],
    partners: dict[tuple[int, Item], list[Item]],
    rank: int,
    *,
    down: bool,
) -> None:
    pulls: dict[Item, list[float]] = {}
    if down and rank:
        above = {item: n for n, item in enumerate(layers[rank - 1])}
        for link in links[rank]:
            pulls.setdefault(link.lower, []).append(_port_place(boxes, above, link))
    elif not down and rank + 1 < len(layers):
        below = {item: n for n, item in enumerate(layers[rank + 1])}
        for link in links[rank + 1]:
            pulls.setdefault(link.upper, []).append(float(below[link.lower]))
    here = {item: float(n) for n, item in enumerate(layers[rank])}
    keys = {
        item: sum(pulls[item]) / len(pulls[item]) if item in pulls else place
        for item, place in here.items()
    }
    for item in layers[rank]:
        if item not in pulls and (found := partners.get((rank, item))):
            keys[item] = sum(keys[box] for box in found) / len(found) + 0.4
    layers[rank].sort(key=lambda item: keys[item])


def _port_place(boxes: Sequence[Box], above: dict[Item, int], link: Link) -> float:
    if link.upper.box < 0:
        return float(above[link.upper])
    return above[link.upper] + 0.9 * link.upper_at / boxes[link.upper.box].width


def _crossings(
    boxes: Sequence[Box], layers: Sequence[Sequence[Item]], links: Sequence[Sequence[Link]]
) -> int:
    total = 0
    for rank in range(1, len(layers)):
        above = {item: n for n, item in enumerate(layers[rank - 1])}
        below = {item: n for n, item in enumerate(layers[rank])}
        ends = sorted((_port_place(boxes, above, link), below[link.lower]) for link in links[rank])
        passed: list[int] = []
        for _, end in ends:
            total += len(passed) - bisect_right(passed, end)
            insort(passed, end)
    return total
