"""Who may do what from now on, in words."""

from __future__ import annotations

from collections.abc import Sequence

from connect_voice.brief.access import AccessChange, Clause
from connect_voice.brief.document import Bullets, Code, Fold, Item, Line, Section, Strong, Tone
from connect_voice.brief.words import LONGEST_NAME, codes, counted, short

_MOST = 25
_LONGEST_CONDITION = 600


def section(access: Sequence[AccessChange]) -> Section | None:
    """The section of access; None where nobody's changes."""
    if not access:
        return None
    tone = Tone.PLAIN
    if any(each.wider for each in access):
        tone = Tone.LOOK
    if any(each.alarming and each.stranger for each in access):
        tone = Tone.STOP
    items = tuple(_item(each) for each in access)
    blocks: tuple[Bullets | Fold, ...] = (Bullets(items[:_MOST]),)
    if len(items) > _MOST:
        rest = counted(len(items) - _MOST, "more principal")
        blocks = (*blocks, Fold((f"and {rest}",), (Bullets(items[_MOST:]),)))
    return Section("Access", blocks, tone, counted(len(access), "principal"))


def _item(access: AccessChange) -> Item:
    lines: list[Item] = []
    lines += [_clause(clause, "may now", "is now denied") for clause in access.gained]
    lines += [_clause(clause, "may no longer", "is no longer denied") for clause in access.lost]
    lines += [
        Item((Strong(told), " is written; what it says is known after apply"), tone=Tone.PLAIN)
        for told in access.unknown
    ]
    tone = Tone.STOP if access.alarming else Tone.PLAIN
    return Item((Code(short(access.who, LONGEST_NAME)),), (Bullets(tuple(lines)),), tone)


def _clause(clause: Clause, allowed: str, denied: str) -> Item:
    verb = allowed if clause.effect == "Allow" else denied
    condition: Line = ()
    if clause.condition:
        condition = (", only if ", Code(short(clause.condition, _LONGEST_CONDITION)))
    line: Line = (
        Strong(verb),
        " ",
        *codes(clause.actions, 30),
        " on ",
        *codes(clause.resources, 12),
        *condition,
    )
    gains = allowed == "may now" and clause.effect == "Allow" and clause.wide
    return Item(line, tone=Tone.LOOK if gains else Tone.PLAIN)
