"""Who may do what from now on, in words."""

from __future__ import annotations

from collections.abc import Sequence

from connect_voice.brief.access import AccessChange, Clause
from connect_voice.brief.document import (
    Block,
    Bullets,
    Code,
    Fold,
    Item,
    Line,
    Paragraph,
    Section,
    Strong,
    Tone,
)
from connect_voice.brief.words import LONGEST_NAME, codes, counted, short

_REHEARSED = (
    "What is known only after apply is told as a rehearsal of the apply had it; ids are made up."
)
_MOST = 25
_MOST_ACTIONS = 30
_LONGEST_CONDITION = 600


def section(
    access: Sequence[AccessChange], *, first: bool, rehearsed: bool = False
) -> Section | None:
    """The section of access; None where nobody's changes.

    Args:
        access: what changes for whom.
        first: whether nothing is deployed yet, so that all of it is new.
        rehearsed: whether some of it is known only after apply and told from a rehearsal.
    """
    if not access:
        return None
    tone = Tone.PLAIN
    if any(each.wider for each in access) and not first:
        tone = Tone.LOOK
    if any(each.alarming and each.stranger for each in access):
        tone = Tone.STOP
    items = tuple(_item(each) for each in access)
    note = (Paragraph((_REHEARSED,)),) if rehearsed else ()
    blocks: tuple[Block, ...] = (*note, Bullets(items[:_MOST]))
    if len(items) > _MOST:
        rest = counted(len(items) - _MOST, "more principal")
        blocks = (*blocks, Fold((rest,), (Bullets(items[_MOST:]),)))
    return Section("Access", blocks, tone, counted(len(access), "principal"))


def _item(access: AccessChange) -> Item:
    gained, lost = list(access.gained), list(access.lost)
    lines: list[Item] = []
    for new in access.gained:
        old = next((each for each in lost if _alike(each, new)), None)
        if old is not None:
            lines.append(_moved(old, new))
            gained.remove(new)
            lost.remove(old)
    lines = [_clause(clause, "may now", "is now denied") for clause in gained] + lines
    lines += [_clause(clause, "may no longer", "is no longer denied") for clause in lost]
    if access.unknown:
        lines.append(Item((*codes(access.unknown), ": known only after apply")))
    tone = Tone.STOP if access.alarming and access.stranger else Tone.PLAIN
    return Item((Code(short(access.who, LONGEST_NAME)),), (Bullets(tuple(lines)),), tone)


def _alike(old: Clause, new: Clause) -> bool:
    """Whether the same is allowed, on other resources or under another condition."""
    same = (old.effect, old.actions) == (new.effect, new.actions)
    return same and (old.resources == new.resources or old.condition == new.condition)


def _moved(old: Clause, new: Clause) -> Item:
    verb = "may do otherwise" if new.effect == "Allow" else "is denied otherwise"
    parts = [
        Item((Strong("now"), *_place(new)), tone=_tone(new)),
        Item((Strong("no longer"), *_place(old))),
    ]
    return Item((Strong(verb), " ", *codes(new.actions, _MOST_ACTIONS)), (Bullets(tuple(parts)),))


def _clause(clause: Clause, allowed: str, denied: str) -> Item:
    gains = allowed == "may now" and clause.effect == "Allow"
    verb = allowed if clause.effect == "Allow" else denied
    actions = codes(clause.actions, _MOST_ACTIONS)
    tone = _tone(clause) if gains else Tone.PLAIN
    return Item((Strong(verb), " ", *actions, *_place(clause)), tone=tone)


def _place(clause: Clause) -> Line:
    condition: Line = ()
    if clause.condition:
        condition = (", only if ", Code(short(clause.condition, _LONGEST_CONDITION)))
    return (" on ", *codes(clause.resources), *condition)


def _tone(clause: Clause) -> Tone:
    return Tone.LOOK if clause.wide else Tone.PLAIN
