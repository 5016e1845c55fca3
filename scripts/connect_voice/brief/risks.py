"""The few sentences that a reviewer should read before anything else, from the plan's data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connect_voice.brief import flows
from connect_voice.brief.access import AccessChange
from connect_voice.brief.attributes import attribute_changes
from connect_voice.brief.document import Code, Line, Tone
from connect_voice.brief.losses import Loss, led_number
from connect_voice.brief.references import Names
from connect_voice.brief.words import (
    as_object,
    codes,
    counted,
    kind,
    known_as,
    plural_of,
    short,
)
from plan_policy.plan import Action, Plan, ResourceChange

_MOST = 4
_NUMBER = "aws_connect_phone_number"
_INSTANCE = "aws_connect_instance"
_LOGS = "aws_cloudwatch_log_group"  # they are missed least


@dataclass(frozen=True)
class Risk:
    """One sentence, and how much to worry."""

    tone: Tone
    line: Line


def of_losses(losses: Sequence[Loss]) -> Iterator[Risk]:
    """What is lost, the instance and the numbers first, a sentence a kind."""
    groups: defaultdict[str, list[Loss]] = defaultdict(list)
    for loss in losses:
        if loss.tone is Tone.STOP:
            groups[loss.change.type].append(loss)
    others = groups.keys() - {_INSTANCE, _NUMBER}
    first = [_INSTANCE, _NUMBER, *sorted(others, key=lambda type_: (type_ == _LOGS, type_))]
    for type_ in first:
        if groups[type_]:
            yield Risk(Tone.STOP, _lost(type_, groups[type_]))


def _lost(type_: str, group: Sequence[Loss]) -> Line:
    names = codes([known_as(loss.change) or loss.change.address for loss in group], _MOST)
    noun = kind(group[0].change)
    actions = {loss.change.action for loss in group}
    verb = "Replaces" if actions == {Action.REPLACE} else "Removes"
    several = len(group) > 1
    what = counted(len(group), noun) if several else f"the {noun}"
    if type_ == _NUMBER:
        if verb == "Replaces":
            return (
                f"{verb} {what} ",
                *names,
                ": callers of it reach nobody, another number comes.",
            )
        one = "a phone number" if not several else what
        return (f"{verb} {one}: callers of ", *names, " reach nobody.")
    if type_ == _INSTANCE:
        anew = " A new, empty one takes its place." if verb == "Replaces" else ""
        return (
            f"{verb} {what} ",
            *names,
            f" with its phone numbers, users, queues, flows and contact records.{anew}",
        )
    return (f"{verb} {what} ", *names, f". Lost: {group[0].lost}")


def of_other_removals(losses: Sequence[Loss], *, everything: bool) -> Iterator[Risk]:
    """What goes and can be made again."""
    if everything:
        return
    groups: defaultdict[tuple[Action, str], int] = defaultdict(int)
    for loss in losses:
        if loss.tone is not Tone.STOP:
            groups[loss.change.action, kind(loss.change)] += 1
    for action, verb in (
        (Action.DELETE, "Deletes"),
        (Action.REPLACE, "Replaces"),
        (Action.FORGET, "No longer manages, and leaves in AWS,"),
    ):
        told = [counted(number, noun) for (each, noun), number in groups.items() if each is action]
        if told:
            rest = counted(len(told) - _MOST, "more kind")
            more = f" and {rest}" if len(told) > _MOST else ""
            yield Risk(Tone.LOOK, (f"{verb} {', '.join(told[:_MOST])}{more}.",))


def of_calls(plan: Plan, names: Names) -> Iterator[Risk]:
    """Where callers are led to otherwise than now."""
    led: defaultdict[str, list[str]] = defaultdict(list)
    lost_numbers = {
        known_as(change)
        for change in plan.changes
        if change.type == _NUMBER and change.action in {Action.DELETE, Action.REPLACE}
    }
    for change in plan.changes:
        if change.type == "aws_lambda_invocation" and "phone_number_id" in _input(change):
            number = led_number(change, names)
            if change.action is Action.DELETE and number not in lost_numbers:
                led["none"].append(number)
            elif change.action in {Action.UPDATE, Action.REPLACE}:
                led["other"].append(number)
    if led["none"]:
        yield Risk(
            Tone.STOP, ("No flow answers calls to ", *codes(led["none"], _MOST), " any more.")
        )
    if led["other"]:
        yield Risk(
            Tone.LOOK, ("May lead calls to ", *codes(led["other"], _MOST), " to another flow.")
        )


def _input(change: ResourceChange) -> Mapping[str, Any]:
    return as_object((change.before or {}).get("input")) or {}


def of_flows(plan: Plan) -> Iterator[Risk]:
    """Flows that callers already meet and that are changed."""
    names = [
        known_as(change) or change.address
        for change in plan.changes
        if change.type in flows.TYPES
        and change.action is Action.UPDATE
        and any(each.path.startswith("content") for each in attribute_changes(change))
    ]
    if names:
        what = "the flow " if len(names) == 1 else f"{counted(len(names), 'flow')}: "
        yield Risk(Tone.LOOK, (f"Changes what callers meet in {what}", *codes(names, _MOST), "."))


def of_access(access: Sequence[AccessChange]) -> Iterator[Risk]:
    """Who gains access; strangers and wildcards by name."""
    for each in access:
        if each.alarming:
            told = [clause for clause in each.gained if clause.effect == "Allow"]
            worst = next((clause for clause in told if clause.wide), told[0])
            yield Risk(
                Tone.STOP if each.stranger else Tone.LOOK,
                (
                    "Lets ",
                    Code(short(each.who, 200)),
                    " do ",
                    *codes(worst.actions, 2),
                    " on ",
                    *codes(worst.resources, 2),
                    ".",
                ),
            )
    wider = [each.who for each in access if each.wider and not each.alarming]
    if wider:
        what = counted(len(wider), "principal")
        yield Risk(
            Tone.LOOK, (f"Allows other things than now to {what}: ", *codes(wider, _MOST), ".")
        )


def of_changes(plan: Plan) -> Risk:
    """What is left to say when nothing above is."""
    changed = [each for each in plan.changes if each.managed and each.action is not Action.NO_OP]
    created = sum(each.action is Action.CREATE for each in changed)
    updated = sum(each.action is Action.UPDATE for each in changed)
    removed = len(changed) - created - updated
    if not changed:
        return Risk(Tone.CALM, ("Changes nothing: what is deployed is what this describes.",))
    if removed:
        return Risk(Tone.LOOK, (f"Removes or replaces {counted(removed, 'resource')}.",))
    if not updated:
        return Risk(
            Tone.CALM,
            (f"Only creates, {counted(created, 'resource')}; nothing that exists is touched.",),
        )
    kinds = sorted({kind(each) for each in changed if each.action is Action.UPDATE})
    few = len(kinds) <= _MOST
    what = f" ({', '.join(plural_of(each) for each in kinds)})" if few else ""
    and_creates = f", creates {created}" if created else ""
    return Risk(
        Tone.PLAIN,
        (
            f"Changes {counted(updated, 'resource')} in place{what}{and_creates}",
            "; nothing is removed.",
        ),
    )


def of_checks(plan: Plan) -> Iterator[Risk]:
    """Checks of the configuration that fail; Terraform applies all the same."""
    for check in plan.data.get("checks") or ():
        for instance in check.get("instances") or ():
            if instance.get("status") != "fail":
                continue
            problems = [str(each.get("message", "")) for each in instance.get("problems") or ()]
            where = str((instance.get("address") or {}).get("to_display", "a check"))
            yield Risk(
                Tone.LOOK,
                (
                    Code(short(where, 200)),
                    " fails: ",
                    short(" ".join(problems) or "no reason", 500),
                ),
            )
