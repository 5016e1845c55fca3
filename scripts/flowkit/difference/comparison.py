"""What differs between two versions of a flow: actions and branches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flowkit.difference.matching import Key, branch_keys, match
from flowkit.difference.values import ValueChange, changes
from flowkit.drawing.branches import error_words, result_words
from flowkit.drawing.graph import Change
from flowkit.model import Action, Flow

# Kept apart from the comparison of the rest of the document.
_COMPARED = ("Actions", "StartAction", "Metadata")


@dataclass(frozen=True)
class BranchChange:
    """A branch that differs.

    Attributes:
        change: what became of it; changed means it leads elsewhere.
        when: when it is taken, in words.
        old: identifier of the action it led to, in the old version.
        new: identifier of the action it leads to, in the new version.
    """

    change: Change
    when: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class ActionChange:
    """An action that differs; ``old`` or ``new`` is None where the version does not have it."""

    change: Change
    old: Action | None
    new: Action | None
    values: tuple[ValueChange, ...] = ()
    branches: tuple[BranchChange, ...] = ()

    @property
    def action(self) -> Action:
        """The action as it is now, or as it was."""
        action = self.new or self.old
        assert action is not None, "a change is of some action"  # noqa: S101 (for the type checker)
        return action


@dataclass(frozen=True)
class Difference:
    """Two versions of a flow and what differs.

    Attributes:
        old: the old version.
        new: the new version.
        pairs: index of each new action that has an old one, with the index of that.
        actions: what differs, in the order of the new version, then what was removed.
        start: the identifiers the flow started and starts at, if that changed.
        document: other parts of the document that differ, such as a module's settings.
        renamed: old and new identifiers of what is the same but for its name.
        moved: identifiers of actions that stand elsewhere in the designer; only when asked for.
    """

    old: Flow
    new: Flow
    pairs: dict[int, int]
    actions: tuple[ActionChange, ...]
    start: tuple[str, str] | None
    document: tuple[ValueChange, ...]
    renamed: tuple[tuple[str, str], ...]
    moved: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether a caller could notice: names and places in the designer do not count."""
        return bool(self.actions or self.start or self.document)

    def count(self, change: Change) -> int:
        """How many actions were added, removed or changed."""
        return sum(found.change is change for found in self.actions)


def compare(old: Flow, new: Flow, *, moved: bool = False) -> Difference:
    """Compare two versions of a flow.

    Args:
        old: the version before.
        new: the version after.
        moved: also say what only stands elsewhere in the designer.
    """
    pairs = match(old, new)
    names = _Names(old, new, pairs)
    found: list[ActionChange] = []
    for number, action in enumerate(new.actions):
        if number not in pairs:
            found.append(ActionChange(Change.ADDED, None, action))
            continue
        before = old.actions[pairs[number]]
        values = changes(before.parameters, action.parameters)
        branches = tuple(_branches(names, before, action))
        if values or branches:
            found.append(ActionChange(Change.CHANGED, before, action, values, branches))
    kept = set(pairs.values())
    found += [
        ActionChange(Change.REMOVED, action, None)
        for number, action in enumerate(old.actions)
        if number not in kept
    ]
    matched = [(old.actions[before], new.actions[number]) for number, before in pairs.items()]
    return Difference(
        old,
        new,
        pairs,
        tuple(found),
        None
        if names.same(old.start_action, new.start_action)
        else (old.start_action, new.start_action),
        changes(_rest(old), _rest(new)),
        tuple((a.identifier, b.identifier) for a, b in matched if a.identifier != b.identifier),
        tuple(
            b.identifier
            for a, b in matched
            if _place(old, a.identifier) != _place(new, b.identifier)
        )
        if moved
        else (),
    )


class _Names:
    """Which identifier of the old version is which of the new one."""

    def __init__(self, old: Flow, new: Flow, pairs: dict[int, int]) -> None:
        self._now: dict[str, str] = {}
        for number, before in sorted(pairs.items()):
            self._now.setdefault(old.actions[before].identifier, new.actions[number].identifier)
        self._old = {action.identifier for action in old.actions}
        self._new = {action.identifier for action in new.actions}

    def same(self, old: str, new: str) -> bool:
        """Whether a branch leads to what it led to."""
        if old in self._now:
            return self._now[old] == new
        # Both may lead nowhere, by the same name.
        return old == new and old not in self._old and new not in self._new


def _branches(names: _Names, old: Action, new: Action) -> Iterator[BranchChange]:
    before, after = dict(branch_keys(old)), dict(branch_keys(new))
    for key in dict.fromkeys([*after, *before]):
        was, now = before.get(key), after.get(key)
        action = old if now is None else new
        when = _when(action, key)
        if was is None:
            yield BranchChange(Change.ADDED, when, None, now)
        elif now is None:
            yield BranchChange(Change.REMOVED, when, was, None)
        elif not names.same(was, now):
            yield BranchChange(Change.CHANGED, when, was, now)
    if list(before) != list(after) and _order(before) != _order(after):
        # Conditions are tried in order, so another order can be another outcome.
        yield BranchChange(Change.CHANGED, "order of the conditions", None, None)


def _order(branches: dict[Key, str]) -> tuple[list[Key], bool]:
    conditions = [key for key in branches if key[0] == "condition"]
    exclusive = all(key[1] == "Equals" for key in conditions)
    return (sorted(conditions), True) if exclusive else (conditions, False)


def _when(action: Action, key: Key) -> str:
    if key[0] == "error":
        return error_words(key[1])
    if key[0] == "condition":
        for number, condition in enumerate(action.transitions.conditions):
            if (condition.operator, *condition.operands) == key[1 : 2 + len(condition.operands)]:
                return result_words(action, number, condition)
    return "next"


def _rest(flow: Flow) -> dict[str, object]:
    return {key: value for key, value in flow.document.items() if key not in _COMPARED}


def _place(flow: Flow, identifier: str) -> str:
    actions = flow.metadata.get("ActionMetadata")
    entry = actions.get(identifier) if isinstance(actions, dict) else None
    return str(entry.get("position")) if isinstance(entry, dict) else ""


__all__ = ["ActionChange", "BranchChange", "Difference", "compare"]
