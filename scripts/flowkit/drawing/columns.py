"""Where each item of a layer stands from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flowkit.drawing.graph import Box
from flowkit.drawing.layers import BOX_GAP, LANE_WIDTH, Item, Layers

_SWEEPS = 24
# What nothing pulls stays roughly where it is.
_INERTIA = 0.05


@dataclass(frozen=True)
class Pull:
    """An item of another layer (or this one) that wants this one at its place plus an offset."""

    rank: int
    item: Item
    offset: float
    weight: float


def columns(boxes: Sequence[Box], layers: Layers) -> list[dict[Item, float]]:
    """The middle of every item, by layer; the leftmost edge of all is at zero.

    Each sweep puts every layer where its neighbours pull it, by weighted least squares under the
    condition that nothing overlaps (pool adjacent violators, which solves that exactly).
    """
    places = [_packed(boxes, layer) for layer in layers.order]
    above, below = _pulls(layers)
    for sweep in range(_SWEEPS):
        both = sweep >= _SWEEPS - 8
        down = sweep % 2 == 0
        ranks = range(len(places))
        for rank in ranks if down else reversed(ranks):
            pulls = [
                *([above[rank]] if down or both else []),
                *([below[rank]] if both or not down else []),
            ]
            _place(boxes, layers.order[rank], places, rank, pulls)
    left = min(x - width(boxes, item) / 2 for layer in places for item, x in layer.items())
    return [{item: x - left for item, x in layer.items()} for layer in places]


def width(boxes: Sequence[Box], item: Item) -> float:
    """How much room an item takes."""
    return boxes[item.box].width if item.net is None else 0.0


def _gap(first: Item, second: Item) -> float:
    lanes = (first.net is not None) + (second.net is not None)
    return (BOX_GAP, BOX_GAP * 0.7, LANE_WIDTH)[lanes]


def _packed(boxes: Sequence[Box], layer: Sequence[Item]) -> dict[Item, float]:
    places: dict[Item, float] = {}
    edge = 0.0
    for number, item in enumerate(layer):
        if number:
            edge += _gap(layer[number - 1], item)
        places[item] = edge + width(boxes, item) / 2
        edge += width(boxes, item)
    return places


_Pulls = list[dict[Item, list[Pull]]]


def _pulls(layers: Layers) -> tuple[_Pulls, _Pulls]:
    above: _Pulls = [{} for _ in layers.order]
    below: _Pulls = [{} for _ in layers.order]
    for rank in range(1, len(layers.order)):
        for link in layers.links[rank]:
            above[rank].setdefault(link.lower, []).append(
                Pull(rank - 1, link.upper, link.upper_at, link.weight)
            )
            below[rank - 1].setdefault(link.upper, []).append(
                Pull(rank, link.lower, -link.upper_at, link.weight)
            )
    for lane, box in layers.beside:
        rank = layers.ranks[box.box]
        for pulls in (above, below):
            pulls[rank].setdefault(lane, []).append(Pull(rank, box, 0.0, 0.2))
    return above, below


def _place(
    boxes: Sequence[Box],
    layer: Sequence[Item],
    places: list[dict[Item, float]],
    rank: int,
    sources: Sequence[dict[Item, list[Pull]]],
) -> None:
    wanted: list[tuple[float, float]] = []
    offsets: list[float] = []
    offset = 0.0
    for number, item in enumerate(layer):
        if number:
            before = layer[number - 1]
            offset += (width(boxes, before) + width(boxes, item)) / 2 + _gap(before, item)
        offsets.append(offset)
        total, weights = places[rank][item] * _INERTIA, _INERTIA
        for source in sources:
            for pull in source.get(item, ()):
                total += (places[pull.rank][pull.item] + pull.offset) * pull.weight
                weights += pull.weight
        wanted.append((total / weights - offset, weights))
    for item, x, offset in zip(layer, _rising(wanted), offsets, strict=True):
        places[rank][item] = x + offset


def _rising(wanted: Sequence[tuple[float, float]]) -> list[float]:
    """The nearest sequence that never falls, by weighted least squares."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in wanted:
        mean, total, count = value, weight, 1
        while blocks and blocks[-1][0] > mean:
            other, other_total, other_count = blocks.pop()
            mean = (mean * total + other * other_total) / (total + other_total)
            total += other_total
            count += other_count
        blocks.append((mean, total, count))
    return [mean for mean, _, count in blocks for _ in range(count)]
