"""What was changed outside Terraform since the last apply, without what only looks so."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from connect_voice.brief.attributes import AttributeChange, attribute_changes, attribute_items
from connect_voice.brief.document import (
    Block,
    Bullets,
    Code,
    Item,
    Line,
    Paragraph,
    Section,
    Strong,
    Tone,
)
from connect_voice.brief.words import LONGEST_NAME, as_object, called, counted, known_as, short
from plan_policy.plan import Action, Plan, ResourceChange

Drifted = tuple[ResourceChange, tuple[AttributeChange, ...]]


def drifted(plan: Plan) -> tuple[Drifted, ...]:
    """What really differs from the last apply, and in what.

    Left out is what a provider merely writes otherwise (null for an empty list), and what other
    resources of the plan put there: the policies of a role, the policy of a key.
    """
    found: list[Drifted] = []
    for change in plan.drift:
        if change.action in {Action.DELETE, Action.CREATE}:
            found.append((change, ()))
            continue
        changes = attribute_changes(change, leave_out=_put_there(change, plan))
        if changes:
            found.append((change, changes))
    return tuple(found)


def section(plan: Plan, corrected: Collection[str] | None) -> Section | None:
    """The section of drift; None where there is none.

    Args:
        plan: the plan that found it.
        corrected: the addresses that the plan touches; None where it touches nothing by nature.
    """
    found = drifted(plan)
    if not found:
        return None
    items = tuple(_item(change, changes, corrected) for change, changes in found)
    note = Paragraph(
        ("Somebody or something else than this project changed these since the last apply.",)
    )
    count = counted(len(found), "resource")
    return Section("Changed outside Terraform", (note, Bullets(items)), Tone.LOOK, count)


def touched(plan: Plan) -> frozenset[str]:
    """The addresses that a plan touches."""
    idle = {Action.NO_OP, Action.READ}
    return frozenset(change.address for change in plan.changes if change.action not in idle)


def _item(
    change: ResourceChange,
    changes: tuple[AttributeChange, ...],
    corrected: Collection[str] | None,
) -> Item:
    name = known_as(change)
    address: Line = (" (", Code(short(change.address, LONGEST_NAME)), ")") if name else ()
    head: Line = (Strong("Gone: "),) if change.action is Action.DELETE else ()
    after: Line = ()
    if corrected is not None:
        puts_back = change.address in corrected
        after = (" This plan touches it." if puts_back else " This plan leaves it so.",)
    blocks: tuple[Block, ...] = (Bullets(attribute_items(changes)),) if changes else ()
    return Item((*head, *called(change), *address, ".", *after), blocks, Tone.LOOK)


def _put_there(change: ResourceChange, plan: Plan) -> tuple[str, ...]:
    if change.type == "aws_iam_role":
        managed = {
            (str(values.get("name")), _canonical(values.get("policy")))
            for each in plan.changes
            if each.type == "aws_iam_role_policy"
            for values in (each.before, each.after)
            if values and values.get("role") == (change.after or {}).get("name")
        }
        inline = (change.after or {}).get("inline_policy") or []
        had = (change.before or {}).get("inline_policy") or []
        names = {(str(each.get("name")), _canonical(each.get("policy"))) for each in inline}
        before = {(str(each.get("name")), _canonical(each.get("policy"))) for each in had}
        return ("inline_policy",) if names - before <= managed and not (before - names) else ()
    if change.type == "aws_kms_key":
        policy = _canonical((change.after or {}).get("policy"))
        policies = [
            _canonical(values.get("policy"))
            for each in plan.changes
            if each.type == "aws_kms_key_policy"
            for values in (each.before, each.after)
            if values and values.get("key_id") == (change.after or {}).get("key_id")
        ]
        return ("policy",) if policy in policies else ()
    return ()


def _canonical(policy: Any) -> str:
    found: Mapping[str, Any] | None = as_object(policy)
    return json.dumps(found, sort_keys=True) if found is not None else str(policy)
