"""The gate: every rule over a plan, and what excuses its verdicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import replace
from datetime import timedelta

from plan_policy.context import DESTROY, Context
from plan_policy.exceptions import (
    EVERYTHING,
    Override,
    PolicyError,
    Waiver,
    check_environments,
    overrides_from,
    waivers_from,
)
from plan_policy.plan import Action, Plan
from plan_policy.protection import PROTECTION, losses
from plan_policy.rule import Rule
from plan_policy.rules import RULES as _RULES
from plan_policy.verdict import Answer, Verdict
from plan_policy.world import World

__all__ = [
    "RULES",
    "Context",
    "Override",
    "PolicyError",
    "Waiver",
    "judge",
    "override_destroy",
    "read_overrides",
    "read_waivers",
]

RULES: tuple[Rule, ...] = (*_RULES, PROTECTION)
"""Every rule, in the order of the reference; `waivers` and `overrides` are the gate's own."""

WAIVERS = "waivers"
OVERRIDES = "overrides"

_LONGEST_WAIVER = timedelta(days=366)
_LONGEST_OVERRIDE = timedelta(days=7)


def read_waivers(text: str, environments: Collection[str] = ()) -> tuple[Waiver, ...]:
    """The waivers of ``policies/waivers.toml``.

    Args:
        environments: the names of those that there are; any name will do without.

    Raises:
        PolicyError: the text is not usable as it stands; the message is one sentence.
    """
    waivers = waivers_from(text, [rule.id for rule in _RULES])
    for waiver in waivers:
        check_environments(waiver.environments, environments, "waivers.toml")
    return waivers


def read_overrides(text: str, environments: Collection[str] = ()) -> tuple[Override, ...]:
    """The overrides of ``policies/overrides.toml``.

    Args:
        environments: the names of those that there are; any name will do without.

    Raises:
        PolicyError: the text is not usable as it stands; the message is one sentence.
    """
    overrides = overrides_from(text)
    check_environments([each.environment for each in overrides], environments, "overrides.toml")
    return overrides


def override_destroy(context: Context, *, owner: str, reason: str) -> Override:
    """The override that somebody gives who types an environment's name to destroy it.

    Args:
        owner: who typed it.
    """
    return Override(
        environment=context.environment,
        change=context.change,
        address=EVERYTHING,
        action=Action.DELETE,
        owner=owner,
        reason=reason,
        expires=context.today,
    )


def judge(
    plan: Plan,
    context: Context,
    *,
    waivers: Sequence[Waiver] = (),
    overrides: Sequence[Override] = (),
    others: Sequence[Verdict] = (),
) -> tuple[Verdict, ...]:
    """Every verdict on a plan; it may be applied if none of them refuses it.

    Args:
        plan: from the JSON as Terraform printed it, nothing redacted.
        waivers: of ``waivers.toml``; they count for the verdicts of `others` too.
        overrides: of ``overrides.toml``.
        others: verdicts from elsewhere.
    """
    verdicts = [*_verdicts(plan, context), *others]
    verdicts, told = _waived(verdicts, context, waivers, others=bool(others))
    verdicts, told_too = _overridden(verdicts, plan, context, overrides)
    return (*verdicts, *told, *told_too)


def _verdicts(plan: Plan, context: Context) -> Iterator[Verdict]:
    try:
        world = World(plan, context)
    except Exception as error:  # noqa: BLE001 (a gate that falls over must stay shut)
        yield _broken("gate", error)
        return
    for rule in RULES:
        try:
            found = [
                Verdict(rule.id, str(each.address), Answer(each.answer), str(each.message))
                for each in rule.judge(world)
            ]
        except Exception as error:  # noqa: BLE001 (a rule that falls over proves nothing)
            found = [_broken(rule.id, error)]
        yield from found


def _broken(rule: str, error: Exception) -> Verdict:
    return Verdict(
        rule,
        "",
        Answer.CANNOT_PROVE,
        f"The rule {rule} could not be judged because it failed with {type(error).__name__}; "
        "report it with the plan's bundle.",
    )


def _waived(
    verdicts: list[Verdict], context: Context, waivers: Sequence[Waiver], *, others: bool
) -> tuple[list[Verdict], list[Verdict]]:
    told: list[Verdict] = []
    for waiver in waivers:
        if waiver.environments and context.environment not in waiver.environments:
            continue
        covered = [
            at
            for at, verdict in enumerate(verdicts)
            if waiver.covers(verdict.rule, verdict.address) and _may_be_waived(verdict)
        ]
        problem = _waiver_problem(waiver, context, used=bool(covered))
        if problem is None:
            for at in covered:
                if verdicts[at].excused is None:
                    verdicts[at] = replace(verdicts[at], excused=waiver.excuse)
        elif covered or others or not waiver.rule.startswith("CKV"):
            told.append(Verdict(WAIVERS, "", Answer.FAIL, problem))
    return verdicts, told


def _may_be_waived(verdict: Verdict) -> bool:
    if verdict.answer is Answer.PASS:
        return False
    # A rule that fell over said nothing that anybody could have decided about.
    return bool(verdict.address) or verdict.answer is Answer.FAIL


def _waiver_problem(waiver: Waiver, context: Context, *, used: bool) -> str | None:
    what = f"The waiver of {waiver.rule} for {waiver.resource} by {waiver.owner}"
    if waiver.expires < context.today:
        return f"{what} expired on {waiver.expires}; mend the resource, or decide again."
    if waiver.expires > context.today + _LONGEST_WAIVER:
        return f"{what} lasts until {waiver.expires}; let it end within a year."
    if not used:
        return f"{what} excuses nothing; remove it from waivers.toml."
    return None


def _overridden(
    verdicts: list[Verdict], plan: Plan, context: Context, overrides: Sequence[Override]
) -> tuple[list[Verdict], list[Verdict]]:
    told: list[Verdict] = []
    lost = {(loss.address, loss.action) for loss in losses(plan)} if overrides else set()
    for override in overrides:
        if (override.environment, override.change) != (context.environment, context.change):
            continue
        covered = [
            at
            for at, verdict in enumerate(verdicts)
            if verdict.rule == PROTECTION.id
            and verdict.answer is Answer.FAIL
            and _covers(override, verdict.address, lost, context)
        ]
        problem = _override_problem(override, context, used=bool(covered))
        if problem is None:
            for at in covered:
                verdicts[at] = replace(verdicts[at], excused=override.excuse)
        else:
            told.append(Verdict(OVERRIDES, "", Answer.FAIL, problem))
    return verdicts, told


def _covers(
    override: Override, address: str, lost: Set[tuple[str, Action]], context: Context
) -> bool:
    if override.address == EVERYTHING:
        return context.purpose == DESTROY and override.action is Action.DELETE
    return override.address == address and (address, override.action) in lost


def _override_problem(override: Override, context: Context, *, used: bool) -> str | None:
    what = f"The override for {override.address} by {override.owner}"
    if override.expires < context.today:
        return f"{what} expired on {override.expires}; decide again."
    if override.expires > context.today + _LONGEST_OVERRIDE:
        return (
            f"{what} lasts until {override.expires}; let it end within "
            f"{_LONGEST_OVERRIDE.days} days."
        )
    if not used:
        return (
            f"{what} overrides nothing that this plan would {override.action}; correct its address."
        )
    return None
