"""A flow as boxes and the ways between them, each measured, none placed yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from flowkit.drawing.branches import Branch, branches
from flowkit.drawing.text import is_generated, readable, squeeze, width, wrap
from flowkit.drawing.words import describe
from flowkit.model import Action, Flow

TITLE_SIZE, BODY_SIZE, SMALL_SIZE = 14.0, 13.0, 11.0
TITLE_LEADING, BODY_LEADING, SMALL_LEADING = 19.0, 17.0, 14.0
PADDING = 12.0
BOX_WIDTH = 270.0
_BODY_LINES = 8
_CELL_WIDTHS = (46.0, 92.0)
_CELL_LINES = 4
_CANVAS = 1e6
_MOST_ACTIONS, _MOST_WAYS = 1000, 5000


class Change(StrEnum):
    """What became of a box or a way between two versions of a flow."""

    NONE = ""
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Port:
    """One way out of a box, leaving at its lower edge.

    Attributes:
        target: index of the box it leads to.
        label: when it is taken, in full.
        lines: the label, wrapped.
        error: whether only faults lead here.
        at: where it leaves, from the box's left edge.
        width: how much of the lower edge is its own, around ``at``.
        change: what became of it, in a picture of two versions.
    """

    target: int
    label: str
    lines: tuple[str, ...]
    error: bool
    at: float = 0.0
    width: float = 0.0
    change: Change = Change.NONE


@dataclass(frozen=True)
class Box:
    """An action, the entry point, or the hole that a dangling branch leads to.

    Attributes:
        kind: ``action``, ``end`` (an action nothing follows), ``start`` or ``missing``.
        name: the action's identifier; empty when it is a generated one.
        title: what it does, wrapped.
        lines: with what, wrapped and shortened.
        words: everything it says, in full.
        position: where the flow's own metadata puts it, if it does.
    """

    kind: str
    name: tuple[str, ...]
    title: tuple[str, ...]
    lines: tuple[str, ...]
    words: str
    ports: tuple[Port, ...] = ()
    width: float = BOX_WIDTH
    height: float = 0.0
    cells: float = 0.0
    position: tuple[float, float] | None = None
    change: Change = Change.NONE


@dataclass(frozen=True)
class Marks:
    """What a comparison found, by index of the action.

    Attributes:
        actions: what became of the action.
        ways: its branches in both versions, instead of those that the flow has.
        notes: a paragraph or two about what it was before.
    """

    actions: Mapping[int, Change] = field(default_factory=lambda: MappingProxyType({}))
    ways: Mapping[int, tuple[tuple[Branch, Change], ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    notes: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))


class TooLargeError(ValueError):
    """There is more of a flow than a picture can show."""


_Ways = tuple[tuple[Branch, Change], ...]


def boxes(flow: Flow, marks: Marks | None = None) -> tuple[Box, ...]:
    """The boxes of a flow: the entry point, its actions in document order, then the holes.

    Raises:
        TooLargeError: of more than 1,000 actions or 5,000 branches; Connect takes 250 actions.
    """
    marks = marks or Marks()
    if len(flow.actions) > _MOST_ACTIONS:
        raise TooLargeError(
            f"The flow has {len(flow.actions):,} actions, and a picture shows {_MOST_ACTIONS:,} at "
            "most; Amazon Connect takes 250."
        )
    ways = [_ways(marks, number, action) for number, action in enumerate(flow.actions)]
    if (count := sum(map(len, ways))) > _MOST_WAYS:
        raise TooLargeError(
            f"The flow has {count:,} branches, and a picture shows {_MOST_WAYS:,} at most."
        )
    index: dict[str, int] = {}
    for number, action in enumerate(flow.actions, start=1):
        index.setdefault(action.identifier, number)
    named = [flow.start_action, *(branch.target for leaving in ways for branch, _ in leaving)]
    holes = [name for name in dict.fromkeys(named) if name not in index]
    index.update({name: len(flow.actions) + 1 + n for n, name in enumerate(holes)})
    targets = [[index[branch.target] for branch, _ in leaving] for leaving in ways]
    reached = _reached(index[flow.start_action], targets)
    start = Port(index[flow.start_action], "", (), error=False)
    made = [_sized(_pill("start", "Start"), (start,))]
    for number, (action, leaving) in enumerate(zip(flow.actions, ways, strict=True)):
        notes = marks.notes.get(number, ())
        if number + 1 not in reached:
            notes = ("⚠ nothing leads here", *notes)
        box = _box(flow, action, notes, marks.actions.get(number, Change.NONE))
        made.append(_sized(box, _ports(leaving, index)))
    made += [
        _sized(_pill("missing", f"Missing: {squeeze(name) or 'no name'}"), ()) for name in holes
    ]
    return tuple(made)


def _ways(marks: Marks, number: int, action: Action) -> _Ways:
    known = marks.ways.get(number)
    return tuple((branch, Change.NONE) for branch in branches(action)) if known is None else known


def _reached(start: int, targets: Sequence[Sequence[int]]) -> set[int]:
    """The boxes that a contact can come to."""
    seen: set[int] = set()
    pending = [start]
    while pending:
        number = pending.pop()
        if number not in seen:
            seen.add(number)
            if number <= len(targets):
                pending.extend(targets[number - 1])
    return seen


def _pill(kind: str, text: str) -> Box:
    lines = wrap(text, BOX_WIDTH - 2 * PADDING, TITLE_SIZE, lines=2, bold=True)
    widest = max(width(line, TITLE_SIZE, bold=True) for line in lines)
    return Box(kind, (), lines, (), text, width=widest + 4 * PADDING)


def _box(flow: Flow, action: Action, notes: tuple[str, ...], change: Change) -> Box:
    words = describe(flow, action)
    paragraphs = (*notes, *words.paragraphs)
    room = BOX_WIDTH - 2 * PADDING
    name = "" if is_generated(action.identifier) else readable(action.identifier)
    return Box(
        kind="action" if action.transitions.targets() else "end",
        name=wrap(name, room, SMALL_SIZE, lines=2),
        title=wrap(words.title, room - 20, TITLE_SIZE, lines=2, bold=True),
        lines=tuple(_body(paragraphs, room)),
        words=". ".join([words.title, *paragraphs]),
        position=_position(flow, action.identifier),
        change=change,
    )


def _ports(ways: _Ways, index: Mapping[str, int]) -> tuple[Port, ...]:
    limit = BOX_WIDTH - 2 * PADDING if len(ways) == 1 else _CELL_WIDTHS[1] - 6
    return tuple(
        Port(
            index[branch.target],
            branch.label,
            wrap(branch.label, limit, SMALL_SIZE, lines=_CELL_LINES),
            branch.error,
            change=change,
        )
        for branch, change in ways
    )


def _body(paragraphs: Iterable[str], room: float) -> list[str]:
    lines: list[str] = []
    for paragraph in paragraphs:
        left = _BODY_LINES - len(lines)
        if left < 1:
            break
        lines += wrap(paragraph, room, BODY_SIZE, lines=left)
    return lines


def _sized(box: Box, ports: tuple[Port, ...]) -> Box:
    """The box with its ports side by side; faults outside, so that the main way is straight."""
    placed, needed = _cells(ports, box.width)
    total = max(box.width, needed)
    labelled = max((len(port.lines) for port in placed), default=0)
    cells = labelled * SMALL_LEADING + 10 if labelled else 0.0
    height = (
        2 * PADDING
        + len(box.title) * TITLE_LEADING
        + len(box.lines) * BODY_LEADING
        + len(box.name) * SMALL_LEADING
        + cells
    )
    shift = total / 2
    return replace(
        box,
        ports=tuple(replace(port, at=port.at + shift) for port in placed),
        width=total,
        height=height,
        cells=cells,
    )


def _cells(ports: tuple[Port, ...], wide: float) -> tuple[tuple[Port, ...], float]:
    """Ports with their places measured from the box's middle, and the width they need."""
    normal = [port for port in ports if not port.error]
    failing = [port for port in ports if port.error]
    if not normal:
        normal, failing = failing, []
    order: list[Port] = [*reversed(failing[1::2]), *normal, *failing[0::2]]
    middle = len(failing[1::2])
    widths = [_cell_width(port) for port in order]
    sides = 2 * max(sum(widths[:middle]), sum(widths[middle + len(normal) :]))
    spare = wide / (sum(widths[middle : middle + len(normal)]) + sides) if ports else 1.0
    widths = [cell * max(1.0, spare) for cell in widths]
    left = sum(widths[:middle])
    core = sum(widths[middle : middle + len(normal)])
    right = sum(widths[middle + len(normal) :])
    needed = core + 2 * max(left, right)
    at = -core / 2 - left
    placed: list[Port] = []
    for port, cell in zip(order, widths, strict=True):
        placed.append(replace(port, at=at + cell / 2, width=cell))
        at += cell
    return tuple(placed), needed


def _cell_width(port: Port) -> float:
    widest = max((width(line, SMALL_SIZE) for line in port.lines), default=0.0)
    return max(_CELL_WIDTHS[0], min(_CELL_WIDTHS[1], widest + 10))


def _position(flow: Flow, identifier: str) -> tuple[float, float] | None:
    actions = flow.metadata.get("ActionMetadata")
    entry = actions.get(identifier) if isinstance(actions, Mapping) else None
    position = entry.get("position") if isinstance(entry, Mapping) else None
    if not isinstance(position, Mapping):
        return None
    x, y = _coordinate(position.get("x")), _coordinate(position.get("y"))
    return None if x is None or y is None else (x, y)


def _coordinate(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # The designer's canvas is a few ten thousand units wide; beyond that it is no position.
    return float(value) if abs(value) < _CANVAS else None
