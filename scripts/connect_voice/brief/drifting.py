"""A brief of drift: what is otherwise in AWS than the last apply left it, and than is described."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connect_voice.brief import drift
from connect_voice.brief.document import (
    Bullets,
    Code,
    Document,
    Item,
    Line,
    Section,
    Strong,
    Tone,
)
from connect_voice.brief.making import Brief, render
from connect_voice.brief.words import LONGEST_NAME, called, codes, counted, short
from plan_policy.plan import Action, Plan

_MOST = 4
_NO_DRIFT = "No drift: what is there is what was applied."


@dataclass(frozen=True)
class Unseen:
    """Drift that Terraform's refresh does not see, such as that of Cloud Control resources.

    Args:
        address: the resource.
        message: one sentence: what is otherwise.
    """

    address: str
    message: str


@dataclass(frozen=True)
class DriftInputs:
    """All that a brief of drift is made from.

    Args:
        plan: of a run with ``-refresh-only``, from the redacted JSON.
        unseen: what that run does not see.
        calls: why calls do not get through, a sentence each.
        at: when it was looked, UTC.
        commit: of the checkout, empty outside of git.
    """

    environment: str
    account_id: str
    region: str
    plan: Plan
    at: datetime
    unseen: Sequence[Unseen] = ()
    calls: Sequence[str] = ()
    commit: str = ""

    @property
    def drifted(self) -> bool:
        """Whether anything is otherwise."""
        return bool(self.calls) or bool(self.unseen) or bool(drift.drifted(self.plan))


def make_drift_brief(given: DriftInputs) -> Brief:
    """The brief of drift; one that says so where there is none."""
    found = drift.drifted(given.plan)
    sections = [_calls(given.calls), _seen(given.plan), _unseen(given.unseen)]
    resources = _resources(given, found)
    facts: list[tuple[str, Line]] = [
        ("Environment", (Strong(given.environment),)),
        ("Account and region", (Code(given.account_id), " in ", Code(given.region))),
        ("Looked at", (f"{given.at:%Y-%m-%d %H:%M} UTC",)),
    ]
    if given.commit:
        facts.append(("Commit", (Code(given.commit[:12]),)))
    document = Document(
        title=f"Drift in {given.environment}",
        tone=_tone(given, found),
        verdict=_first(given.calls) or resources or (_NO_DRIFT,),
        more=(Item(resources),) if given.calls and resources else (),
        facts=tuple(facts),
        sections=tuple(section for section in sections if section is not None),
    )
    return render(document)


def _tone(given: DriftInputs, found: Sequence[drift.Drifted]) -> Tone:
    if given.calls or any(change.action is Action.DELETE for change, _ in found):
        return Tone.STOP
    return Tone.LOOK if found or given.unseen else Tone.CALM


def _first(calls: Sequence[str]) -> Line:
    if not calls:
        return ()
    more = f" ({len(calls) - 1} more)" if len(calls) > 1 else ""
    return (f"Calls do not get through{more}: ", short(calls[0], 1_000))


def _resources(given: DriftInputs, found: Sequence[drift.Drifted]) -> Line:
    """What changed, in one sentence; nothing where nothing did."""
    gone = [change for change, _ in found if change.action is Action.DELETE]
    seen = {change.address for change, _ in found}
    number = len(seen | {each.address for each in given.unseen})
    if not number:
        return ()
    if gone:
        rest = f", and {counted(number - 1, 'more resource')} drifted" if number > 1 else ""
        return ("Somebody removed the ", *called(gone[0]), f" outside Terraform{rest}.")
    names = [change.address for change, _ in found] + [each.address for each in given.unseen]
    what = counted(number, "resource")
    return (f"{what} changed outside Terraform: ", *codes(dict.fromkeys(names), _MOST), ".")


def _calls(calls: Sequence[str]) -> Section | None:
    if not calls:
        return None
    items = tuple(Item((short(sentence, 1_000),)) for sentence in calls)
    return Section("Calls", (Bullets(items),), Tone.STOP, counted(len(items), "finding"))


def _seen(plan: Plan) -> Section | None:
    return drift.section(plan, corrected=None)


def _unseen(unseen: Sequence[Unseen]) -> Section | None:
    if not unseen:
        return None
    items = tuple(
        Item((Code(short(each.address, LONGEST_NAME)), ": ", short(each.message, 1_000)))
        for each in unseen
    )
    title = "Seen by Cloud Control alone"
    return Section(title, (Bullets(items),), Tone.LOOK, counted(len(items), "finding"))
