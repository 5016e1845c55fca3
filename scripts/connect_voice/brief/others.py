"""Every other change, by kind, attribute by attribute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from connect_voice.brief import access, flows
from connect_voice.brief.attributes import (
    attribute_changes,
    attribute_items,
    values_of,
    without_computed,
)
from connect_voice.brief.document import (
    Block,
    Bullets,
    Code,
    Fold,
    Item,
    Line,
    PageOnly,
    Section,
    Tone,
    bullets,
)
from connect_voice.brief.references import Names
from connect_voice.brief.words import (
    LONGEST_NAME,
    codes,
    counted,
    kind,
    known_as,
    short,
)
from plan_policy.plan import Action, Plan, ResourceChange

_UNFOLDED = 12  # more are easier to take in as a list of kinds


def changed_section(plan: Plan, names: Names) -> Section | None:
    """What is changed in place, by kind; None where nothing is."""
    changed = [each for each in plan.changes if each.managed and each.action is Action.UPDATE]
    if not changed:
        return None
    groups = _by_kind(changed)
    count = counted(len(changed), "resource")
    blocks: tuple[Block, ...] = tuple(
        Fold((counted(len(group), noun),), (_changes(group, names),)) for noun, group in groups
    )
    if len(changed) <= _UNFOLDED:
        blocks = (
            bullets(
                *(
                    Item((counted(len(group), noun),), (_changes(group, names),))
                    for noun, group in groups
                )
            ),
        )
    return Section("Changed in place", blocks, Tone.PLAIN, count)


def created_section(plan: Plan) -> Section | None:
    """What is made, by kind; the page also shows with which values. None where nothing is."""
    made = [each for each in plan.changes if each.managed and each.action is Action.CREATE]
    if not made:
        return None
    items = tuple(
        Item(
            (f"{counted(len(group), noun)}: ", *_names(group)),
            (PageOnly((Fold((f"With what values ({len(group)})",), (_values(group),)),)),),
        )
        for noun, group in _by_kind(made)
    )
    return Section("Created", (Bullets(items),), Tone.CALM, counted(len(made), "resource"))


def moved_section(plan: Plan) -> Section | None:
    """What is imported or gets another address; None where nothing does."""
    items: list[Item] = []
    for each in plan.changes:
        address = Code(short(each.address, LONGEST_NAME))
        if each.imported is not None:
            items.append(
                Item(("Imports ", address, " as ", Code(short(each.imported, LONGEST_NAME))))
            )
        if each.previous_address is not None:
            old = Code(short(each.previous_address, LONGEST_NAME))
            items.append(Item(("Moves ", old, " to ", address)))
    if not items:
        return None
    return Section("Imported and moved", (Bullets(tuple(items)),), Tone.PLAIN, str(len(items)))


def _changes(group: Sequence[ResourceChange], names: Names) -> Bullets:
    return Bullets(tuple(_changed(change, names) for change in group))


def _changed(change: ResourceChange, names: Names) -> Item:
    told, where = _told(change)
    every = attribute_changes(change)
    changes = without_computed(every, names.configured(change))
    shown = [each for each in changes if each.path.partition(".")[0].partition("[")[0] not in told]
    name = known_as(change)
    line: Line = (Code(short(name or change.address, LONGEST_NAME)),)
    if name is not None:
        line = (*line, " (", Code(short(change.address, LONGEST_NAME)), ")")
    if len(shown) < len(changes):
        line = (*line, f": see {where}" if not shown else f": also see {where}")
    elif not shown:
        line = (*line, ": only what AWS decides" if every else ": what differs is not shown")
    return Item(line, (Bullets(attribute_items(shown)),) if shown else ())


def _told(change: ResourceChange) -> tuple[frozenset[str], str]:
    """The attributes that are told elsewhere, and where."""
    if change.type in flows.TYPES:
        return frozenset({"content"}), "Flows"
    if change.type in access.TYPES:
        return frozenset({"policy", "assume_role_policy"}), "Access"
    return frozenset(), ""


def _names(group: Sequence[ResourceChange]) -> Line:
    return codes([known_as(change) or change.address for change in group])


def _values(group: Sequence[ResourceChange]) -> Bullets:
    items = []
    for change in group:
        pairs = tuple(Item((Code(name), ": ", Code(value))) for name, value in values_of(change))
        items.append(Item((Code(short(change.address, LONGEST_NAME)),), (Bullets(pairs),)))
    return Bullets(tuple(items))


def _by_kind(changes: Sequence[ResourceChange]) -> list[tuple[str, list[ResourceChange]]]:
    groups: defaultdict[str, list[ResourceChange]] = defaultdict(list)
    for change in changes:
        groups[kind(change)].append(change)
    return [(noun, groups[noun]) for noun in sorted(groups)]
