"""Where the blocks of a flow stand: in layers from the start, the same place for the same flow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from flowkit.ranking import finished_order, raise_ranks

__all__ = ["positions"]

# Blocks in the console are about 200 wide and 160 high.
_LEFT, _TOP = 160, 40
_STEP_X, _STEP_Y = 260, 220

_Targets = Mapping[str, Sequence[str]]


def positions(start: str, targets: _Targets) -> dict[str, tuple[int, int]]:
    """The x and y of every block; no two share a place.

    A block stands right of all that lead to it, edges that close a circle aside; within a layer,
    near what leads to it. What the start does not reach stands below the rest.

    Args:
        start: identifier of the first block.
        targets: where each block leads, in the flow's order; unknown targets are passed over.
    """
    placed: dict[str, tuple[int, int]] = {}
    top = 0
    for first in (start, *targets):
        if first in placed or first not in targets:
            continue
        rows = _rows(_layers(first, targets, placed.keys()), targets)
        for name, (column, row) in rows.items():
            placed[name] = (_LEFT + _STEP_X * column, _TOP + _STEP_Y * (top + row))
        top += 1 + max(row for _, row in rows.values())
    return placed


def _layers(first: str, targets: _Targets, done: Collection[str]) -> list[list[str]]:
    """What is reached from ``first``, by the length of the longest way there without circles."""

    def following(name: str) -> Iterator[str]:
        return (target for target in targets[name] if target in targets)

    finished = finished_order([first], following, done)
    depth = dict.fromkeys(finished, 0)
    raise_ranks(finished, following, depth)
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name in reversed(finished):
        layers[depth[name]].append(name)
    return layers


def _rows(layers: list[list[str]], targets: _Targets) -> dict[str, tuple[int, int]]:
    """Column and row of each block: each as near as may be to the middle of what leads to it."""
    before: dict[str, list[str]] = {}
    for name, following in targets.items():
        for target in following:
            before.setdefault(target, []).append(name)
    rows: dict[str, tuple[int, int]] = {}
    for column, layer in enumerate(layers):
        wished = {name: _wished_row(before.get(name, []), rows) for name in layer}
        row = -1
        for name in sorted(layer, key=lambda name: wished[name]):  # stable: as walked
            row = max(row + 1, int(wished[name]))
            rows[name] = (column, row)
    return rows


def _wished_row(leading: list[str], rows: dict[str, tuple[int, int]]) -> float:
    known = sorted(rows[name][1] for name in leading if name in rows)
    return sum(known) / len(known) if known else 0.0
