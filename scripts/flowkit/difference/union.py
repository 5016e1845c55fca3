"""Both versions in one picture: what was added, removed and changed, marked by sign and colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flowkit.difference.comparison import ActionChange, Difference
from flowkit.drawing import Change, Format, Marks, render
from flowkit.drawing.branches import Branch, branches
from flowkit.drawing.text import readable
from flowkit.model import Action, Flow
from flowkit.secrets import withheld

_NOTES = 3


def picture(difference: Difference, form: Format = Format.SVG, *, title: str) -> str:
    """The new version with what the old one had besides."""
    old, new = difference.old, difference.new
    names = _old_names(difference)
    kept = set(difference.pairs.values())
    gone = [number for number in range(len(old.actions)) if number not in kept]
    removed = [replace(old.actions[n], identifier=names[n]) for n in gone]
    actions = (*new.actions, *removed)
    first: dict[str, str] = {}
    for number, action in enumerate(old.actions):
        first.setdefault(action.identifier, names[number])
    ways: dict[int, tuple[tuple[Branch, Change], ...]] = {}
    for number, action in enumerate(new.actions):
        before = difference.pairs.get(number)
        now = branches(action)
        was = () if before is None else _renamed(branches(old.actions[before]), first)
        ways[number] = (
            *((way, Change.NONE if way in was else Change.ADDED) for way in now),
            *((way, Change.REMOVED) for way in was if way not in now),
        )
    for place, number in enumerate(gone, start=len(new.actions)):
        was = _renamed(branches(old.actions[number]), first)
        ways[place] = tuple((way, Change.REMOVED) for way in was)
    of_old = {id(old.actions[n]): place for place, n in enumerate(gone, start=len(new.actions))}
    of_new = {id(action): number for number, action in enumerate(new.actions)}
    places = [
        (of_old[id(change.old)] if change.new is None else of_new[id(change.new)], change)
        for change in difference.actions
    ]
    marks = Marks(
        actions={place: change.change for place, change in places},
        ways=ways,
        notes={place: _notes(change) for place, change in places},
    )
    return render(
        replace(new, actions=actions, metadata=_metadata(old, new, removed, gone)),
        form,
        title=title,
        marks=marks,
    )


def _old_names(difference: Difference) -> dict[int, str]:
    """What each old action is called in the picture: by its new name, or by its old one."""
    new = difference.new.actions
    taken = {action.identifier for action in new}
    names = {before: new[number].identifier for number, before in difference.pairs.items()}
    for number, action in enumerate(difference.old.actions):
        if number not in names:
            name = action.identifier
            while name in taken:
                name += " (old)"
            taken.add(name)
            names[number] = name
    return names


def _renamed(ways: tuple[Branch, ...], names: Mapping[str, str]) -> tuple[Branch, ...]:
    return tuple(replace(way, target=names.get(way.target, way.target)) for way in ways)


def _notes(change: ActionChange) -> tuple[str, ...]:
    if change.change is not Change.CHANGED:
        return ()
    return tuple(
        f"{value.path} was {'absent' if value.old is None else _shown(value.path, value.old)}"
        for value in change.values[:_NOTES]
    )


def _shown(path: str, value: str) -> str:
    return readable(withheld(path.removesuffix(".Value").rpartition(".")[2], value))


def _metadata(old: Flow, new: Flow, removed: list[Action], gone: list[int]) -> Mapping[str, object]:
    """Names that the designer keeps, of both versions."""
    known = new.metadata.get("ActionMetadata")
    merged = dict(known) if isinstance(known, dict) else {}
    before = old.metadata.get("ActionMetadata")
    if isinstance(before, dict):
        for action, number in zip(removed, gone, strict=True):
            entry = before.get(old.actions[number].identifier)
            if entry is not None:
                merged[action.identifier] = entry
    return {**new.metadata, "ActionMetadata": merged}
