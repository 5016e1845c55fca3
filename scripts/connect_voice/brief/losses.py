"""What a plan takes away: what is lost with a resource, why, and how much that matters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connect_voice.brief.attributes import attribute_changes, attribute_items
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
from connect_voice.brief.references import Names
from connect_voice.brief.words import (
    LONGEST_NAME,
    as_object,
    called,
    counted,
    kind,
    known_as,
    short,
)
from plan_policy import protection
from plan_policy.plan import Action, Plan, ResourceChange

_VERBS = {Action.DELETE: "Deletes", Action.REPLACE: "Replaces", Action.FORGET: "Forgets"}
_APART = 6  # more of what can be made again would hide what cannot


@dataclass(frozen=True)
class Loss:
    """Something that goes.

    Args:
        lost: what is lost with it, as the rest of a sentence; None where it can be made again.
        tone: STOP where it cannot be had back.
    """

    change: ResourceChange
    lost: str | None
    tone: Tone


def losses(plan: Plan) -> tuple[Loss, ...]:
    """All that is deleted, replaced or left to itself, what cannot be had back first."""
    protected = {loss.address: loss.what for loss in protection.losses(plan)}
    found = []
    for change in plan.changes:
        if not change.managed or change.action not in _VERBS:
            continue
        address = change.address
        if change.deposed is not None:
            address = f"{address} (deposed {change.deposed})"
        what = protected.get(address)
        gone = what is not None and change.action is not Action.FORGET
        lost = (_in_words(change) or f"{what}.") if gone else None
        found.append(Loss(change, lost, Tone.STOP if gone else Tone.LOOK))
    order = {Action.DELETE: 0, Action.REPLACE: 1, Action.FORGET: 2}
    return tuple(
        sorted(found, key=lambda loss: (-loss.tone, order[loss.change.action], loss.change.address))
    )


def section(found: tuple[Loss, ...], names: Names) -> Section | None:
    """The section of what goes; None where nothing does."""
    if not found:
        return None
    counts = [
        (Action.DELETE, "deleted"),
        (Action.REPLACE, "replaced"),
        (Action.FORGET, "left to itself"),
    ]
    told = ", ".join(
        f"{number} {word}"
        for action, word in counts
        if (number := sum(loss.change.action is action for loss in found))
    )
    tone = max(loss.tone for loss in found)
    apart = [loss for loss in found if loss.tone is Tone.STOP]
    rest = [loss for loss in found if loss.tone is not Tone.STOP]
    if len(rest) <= _APART:
        apart, rest = [*apart, *rest], []
    reasons = {reason(loss.change) for loss in found}
    said = reasons.pop() if len(reasons) == 1 and len(found) > 1 else None
    blocks: list[Block] = [Paragraph(("Why: ", said, "."))] if said else []
    if apart:
        blocks.append(Bullets(tuple(_item(each, names, why=not said) for each in apart)))
    if rest:
        groups = Bullets(tuple(_groups(rest, names, said)))
        more: Line = (f"And {len(rest)} that can be made again",)
        blocks.append(Fold(more, (groups,)) if apart else groups)
    return Section("Deleted and replaced", tuple(blocks), tone, told)


def _groups(found: Sequence[Loss], names: Names, said: str | None) -> Iterator[Item]:
    """Those of one kind that go for one reason, together; what was said is not repeated."""
    groups: defaultdict[tuple[str, str, str], list[Loss]] = defaultdict(list)
    for loss in found:
        change = loss.change
        groups[_VERBS[change.action], kind(change), reason(change)].append(loss)
    for (verb, noun, why), group in groups.items():
        if len(group) == 1:
            yield _item(group[0], names, why=why != said)
            continue
        items = []
        for loss in group:
            name = known_as(loss.change)
            shown: Line = (Code(short(name or loss.change.address, LONGEST_NAME)),)
            forcing = [each for each in attribute_changes(loss.change) if each.forces]
            for each in forcing[:3]:
                shown = (*shown, "; ", *each.line)
            items.append(Item(shown))
        lost = f" Lost: {group[0].lost}" if group[0].lost else ""
        because = f": {why}." if why != said else "."
        line: Line = (Strong(verb), f" {counted(len(group), noun)}{because}{lost}")
        yield Item(line, (Bullets(tuple(items)),), Tone.LOOK)


def _item(loss: Loss, names: Names, *, why: bool = True) -> Item:
    change = loss.change
    line: Line = (Strong(_VERBS[change.action]), " ", *called(change), *_address(change))
    facts: list[Item] = []
    if loss.lost:
        facts.append(Item((Strong("Lost: "), loss.lost), tone=loss.tone))
    if why:
        facts.append(Item(("Why: ", reason(change), ".")))
    if change.action is Action.REPLACE:
        changes = attribute_changes(change)
        forcing = [each for each in changes if each.forces]
        facts += attribute_items(forcing or changes, most=8)
    if change.type == "aws_lambda_invocation" and change.action is Action.DELETE:
        number = led_number(change, names)
        facts.append(Item(("The number ", Code(number), " no longer leads to a flow.")))
    return Item(line, (Bullets(tuple(facts)),) if facts else (), tone=loss.tone)


def reason(change: ResourceChange) -> str:
    """Why Terraform deletes, replaces or forgets it, in plain words and without a full stop."""
    if change.deposed is not None:
        return f"an earlier replacement left this old object behind (deposed {change.deposed})"
    if change.action is Action.FORGET:
        return "a removed block says to keep it and no longer manage it; it goes on to exist in AWS"
    if change.reason is None:
        deleted = change.action is Action.DELETE
        return "the plan is to remove everything" if deleted else "Terraform says no reason"
    return protection.reason_in_words(change) or f"Terraform says {change.reason}"


def led_number(change: ResourceChange, names: Names) -> str:
    """The phone number that an invocation of ours leads to a flow, or its id."""
    told: Mapping[str, Any] = as_object((change.before or change.after or {}).get("input")) or {}
    number_id = told.get("phone_number_id")
    found = names.by_id(number_id)
    name = known_as(found) if found is not None else None
    return name or (str(number_id) if number_id else change.address)


def _address(change: ResourceChange) -> Line:
    name = known_as(change)
    if name is None:
        return ()
    return (" (", Code(short(change.address, LONGEST_NAME)), ")")


def _in_words(change: ResourceChange) -> str | None:
    """What is lost, where more can be said than for its kind in general."""
    match change.type:
        case "aws_connect_phone_number":
            return "callers reach nobody, and the number goes back to where anybody can claim it."
        case "aws_connect_instance":
            return (
                "the instance with its phone numbers, users, queues, flows, contact records and "
                "real-time metrics."
            )
        case "aws_kms_key":
            days = (change.before or {}).get("deletion_window_in_days")
            when = counted(days, "day") if isinstance(days, int) else "the waiting period"
            return f"after {when}, whatever is encrypted under this key can never be read again."
        case _:
            return None
