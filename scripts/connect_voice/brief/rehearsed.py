"""Texts that are known only after apply, as a rehearsal of the apply had them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from plan_policy.plan import Plan, ResourceChange

# Policies and flows alone: they hold no secrets, and reviewers must see them.
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "aws_connect_contact_flow": ("content",),
    "aws_connect_contact_flow_module": ("content",),
    "aws_iam_policy": ("policy",),
    "aws_iam_role": ("assume_role_policy",),
    "aws_iam_role_policy": ("policy",),
    "aws_kms_key_policy": ("policy",),
    "aws_s3_bucket_policy": ("policy",),
}

Rehearsed = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Rehearsal:
    """A plan with what was rehearsed.

    Args:
        plan: the plan, whose policies and flows are there where they were rehearsed.
        addresses: whose they are; ids in them are made up.
    """

    plan: Plan
    addresses: frozenset[str]


def with_rehearsed(plan: Plan, rehearsed: Rehearsed) -> Rehearsal:
    """The plan with rehearsed texts where it has none itself.

    Args:
        plan: the plan.
        rehearsed: attributes by address, see `plan_policy.rehearsal`.
    """
    changes = []
    found = set()
    for change in plan.changes:
        texts = _texts(change, rehearsed.get(change.address, {}))
        if texts:
            found.add(change.address)
            known = dict.fromkeys(texts, False)
            changes.append(
                replace(
                    change,
                    after={**(change.after or {}), **texts},
                    after_unknown={**change.after_unknown, **known},
                )
            )
        else:
            changes.append(change)
    return Rehearsal(replace(plan, changes=tuple(changes)), frozenset(found))


def _texts(change: ResourceChange, rehearsed: Mapping[str, Any]) -> dict[str, str]:
    unknown = change.after_unknown
    if not change.managed or not change.stays or not isinstance(unknown, Mapping):
        return {}
    return {
        name: rehearsed[name]
        for name in _TEXTS.get(change.type, ())
        if unknown.get(name) is True and isinstance(rehearsed.get(name), str)
    }
