"""A brief from a plan and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connect_voice.brief import (
    drift,
    flows,
    gate,
    inputs,
    lambdas,
    losses,
    others,
    permissions,
    risks,
)
from connect_voice.brief.access import TYPES as ACCESS_TYPES
from connect_voice.brief.access import AccessChange, access_changes
from connect_voice.brief.document import Code, Document, Item, Line, Strong, Tone, plain
from connect_voice.brief.markdown import markdown
from connect_voice.brief.page import page
from connect_voice.brief.references import Names
from connect_voice.brief.rehearsed import Rehearsal, Rehearsed, with_rehearsed
from connect_voice.brief.risks import Risk
from connect_voice.brief.visible import visible
from connect_voice.brief.words import LONGEST_NAME, counted, joined, short
from connect_voice.bundle.manifest import BundleManifest
from plan_policy.plan import Action, Plan
from plan_policy.verdict import Verdict

_SUMMARY = 6
_WORDS = {Tone.STOP: "Stop", Tone.LOOK: "Look", Tone.PLAIN: "Changes", Tone.CALM: "Calm"}


@dataclass(frozen=True)
class BriefInputs:
    """All that a brief is made from.

    Args:
        manifest: the bundle's; its ``files`` need not be complete, for the brief is one of them.
        plan: from the redacted JSON.
        verdicts: what the gate says.
        lambdas: ``lambdas`` of ``dist/manifest.json``.
        last: what was applied last, None where nothing is known of it.
        templates: the flow templates that the plan was made from, by their paths.
        promotion: a sentence on whether these are the Lambdas of the environment before.
        coverage: what the gate looked at.
        rehearsed: attributes that are known only after apply as a rehearsal had them, by address.
    """

    manifest: BundleManifest
    plan: Plan
    verdicts: tuple[Verdict, ...]
    lambdas: Mapping[str, Any]
    last: Mapping[str, Any] | None
    templates: Mapping[str, str] = field(default_factory=dict)
    promotion: str = ""
    coverage: Mapping[str, object] = field(default_factory=dict)
    rehearsed: Rehearsed = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Brief:
    """What a reviewer reads.

    Args:
        tone: whether to worry: STOP, LOOK, PLAIN or CALM.
        summary: the few lines for a terminal, the greatest risk first; control characters of
            foreign text are already made visible, markup of rich is not escaped.
    """

    tone: Tone
    summary: tuple[str, ...]
    markdown: str = field(repr=False)
    html: str = field(repr=False)


def make_brief(given: BriefInputs) -> Brief:
    """The brief of a plan."""
    return render(document_of(given))


def render(document: Document) -> Brief:
    """A document in every form."""
    more = [visible(plain(item.line)) for item in document.more]
    shown = more[: _SUMMARY - 1]
    if len(shown) < len(more):
        shown.append(f"and {counted(len(more) - len(shown), 'further point')}")
    verdict = f"{_WORDS[document.tone]}: {visible(plain(document.verdict))}"
    return Brief(document.tone, (verdict, *shown), markdown(document), page(document))


def document_of(given: BriefInputs) -> Document:
    """The brief of a plan, before it is written."""
    plan, manifest = given.plan, given.manifest
    names = Names(plan, manifest.account_id)
    found = losses.losses(plan)
    rehearsal = with_rehearsed(plan, given.rehearsed)
    access = access_changes(rehearsal.plan, manifest.account_id)
    last = given.last or {}
    first = all(change.before is None for change in plan.changes if change.managed)
    judged = gate.section(given.verdicts, given.coverage)
    refused = judged.tone is Tone.STOP
    sections = [
        losses.section(found, names),
        judged if refused else None,
        drift.section(plan, drift.touched(plan)),
        permissions.section(access, first=first, rehearsed=_some_access(rehearsal)),
        flows.section(rehearsal, given.templates),
        lambdas.section(given.lambdas, last.get("lambdas")),
        inputs.section(plan.data.get("variables") or {}, last.get("variables")),
        others.moved_section(plan),
        others.changed_section(plan, names),
        others.created_section(plan),
        judged if not refused else None,
    ]
    told = _risks(given, found, access, names, first=first)
    return Document(
        title=_title(manifest),
        tone=max(risk.tone for risk in told),
        verdict=told[0].line,
        more=tuple(Item(risk.line, tone=risk.tone) for risk in told[1:]),
        facts=_facts(given),
        sections=tuple(section for section in sections if section is not None),
    )


def _some_access(rehearsal: Rehearsal) -> bool:
    return any(
        change.address in rehearsal.addresses and change.type in ACCESS_TYPES
        for change in rehearsal.plan.changes
    )


def _risks(
    given: BriefInputs,
    found: tuple[losses.Loss, ...],
    access: tuple[AccessChange, ...],
    names: Names,
    *,
    first: bool,
) -> list[Risk]:
    plan, manifest = given.plan, given.manifest
    told = [*risks.of_losses(found), *risks.of_calls(plan, names)]
    everything = manifest.purpose == "destroy"
    told += risks.of_other_removals(found, everything=everything)
    told += risks.of_flows(plan)
    told += [risk for risk in risks.of_access(access) if risk.tone is Tone.STOP or not first]
    drifted = drift.drifted(plan)
    if drifted:
        what = counted(len(drifted), "resource")
        told.append(Risk(Tone.LOOK, (f"Changed outside Terraform since the last apply: {what}.",)))
    told += risks.of_checks(plan)
    if manifest.leftovers:
        what = counted(len(manifest.leftovers), "resource")
        told.append(
            Risk(Tone.LOOK, (f"First removes {what} that an interrupted run left behind.",))
        )
    if manifest.commit is not None and not manifest.commit.clean:
        told.append(
            Risk(Tone.LOOK, ("Made from a checkout with changes that its commit does not have.",))
        )
    refused = gate.refusals(given.verdicts)
    if refused or not given.verdicts:
        told.append(Risk(Tone.STOP, _refusal(len(refused))))
    told.sort(key=lambda risk: -risk.tone)
    return told or [risks.of_changes(plan)]


def _refusal(number: int) -> Line:
    if not number:
        return ("The policy gate gave no verdict, so this cannot be applied.",)
    return (f"The policy gate refuses this plan, for {counted(number, 'reason')}.",)


def _title(manifest: BundleManifest) -> str:
    if manifest.purpose == "destroy":
        return f"Plan to remove everything in {manifest.environment}"
    return f"Plan for {manifest.environment}"


def _facts(given: BriefInputs) -> tuple[tuple[str, Line], ...]:
    manifest = given.manifest
    facts: list[tuple[str, Line]] = [
        ("What", (manifest.summary or _counts(given.plan),)),
        ("Environment", (Strong(manifest.environment),)),
        ("Account and region", (Code(manifest.account_id), " in ", Code(manifest.region))),
        ("Commit", _commit(manifest)),
        ("Planned by", _author(manifest)),
        ("Planned at", (f"{manifest.made_at:%Y-%m-%d %H:%M} UTC",)),
        ("Expires at", (f"{manifest.expires_at:%Y-%m-%d %H:%M} UTC",)),
        ("State", _state(manifest)),
        ("Change digest", (Code(manifest.change),)),
    ]
    if given.promotion:
        facts.append(("Promotion", (given.promotion,)))
    return tuple(facts)


def _author(manifest: BundleManifest) -> Line:
    known = [name for name in (manifest.author.name, manifest.author.identity) if name]
    return joined(((Code(short(name, LONGEST_NAME)),) for name in dict.fromkeys(known)), " as ")


def _commit(manifest: BundleManifest) -> Line:
    if manifest.commit is None:
        return ("none: not made in a git checkout",)
    exactly: Line = ("",) if manifest.commit.clean else (" ", Strong("with uncommitted changes"))
    return (Code(manifest.commit.sha[:12]), *exactly)


def _state(manifest: BundleManifest) -> Line:
    if manifest.state is None:
        return ("none: nothing is deployed yet",)
    return (f"serial {manifest.state.serial}",)


def _counts(plan: Plan) -> str:
    words = {
        Action.CREATE: "to create",
        Action.UPDATE: "to update",
        Action.REPLACE: "to replace",
        Action.DELETE: "to delete",
        Action.FORGET: "to forget",
    }
    told = [
        f"{number} {word}"
        for action, word in words.items()
        if (number := sum(each.action is action and each.managed for each in plan.changes))
    ]
    return ", ".join(told) or "no changes"
