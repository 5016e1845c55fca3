"""Verdicts for people: what refuses first, then what is excused and why, then how much passes."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import groupby

from rich.console import Console
from rich.text import Text

from connect_voice.policy import Judgement
from plan_policy.verdict import Answer, Verdict

_ADDRESSES = 5  # of one rule and one message; the rest is a number


def print_judgement(judgement: Judgement, console: Console | None = None) -> None:
    """The verdicts on a plan, one block a rule and message."""
    # A log is searched line by line; only a terminal wants lines broken to its width.
    console = console or Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    for mark, colour, verdicts in (
        ("✗ ", "red", judgement.refusing),
        ("○ ", "yellow", judgement.excused),
    ):
        for text in _rows(verdicts):
            console.print(Text.assemble((mark, colour), text))
    coverage = judgement.coverage
    passing = len(judgement.verdicts) - len(judgement.refusing) - len(judgement.excused)
    console.print(
        f"{passing} verdicts pass: {coverage['rules']} rules, and {coverage['checks']} checks of "
        f"checkov {coverage['checkov']} that gave {coverage['answers']} answers about "
        f"{coverage['resources_in_code']} resources in the code and "
        f"{coverage['resources_in_plan']} in the plan."
    )
    console.print(
        "Policy lets this plan pass."
        if judgement.passed
        else f"Policy refuses this plan: {judgement.summary}."
    )


def _rows(verdicts: Iterable[Verdict]) -> list[Text]:
    """One for each rule and message, with the addresses it is about."""
    ordered = sorted(verdicts, key=lambda one: (one.rule, _wording(one), one.address))
    return [
        _row(list(group))
        for _, group in groupby(ordered, key=lambda one: (one.rule, _wording(one)))
    ]


def _wording(verdict: Verdict) -> tuple[str, str]:
    return verdict.message, verdict.excused or ""


def _row(verdicts: list[Verdict]) -> Text:
    first = verdicts[0]
    text = Text.assemble((first.rule, "bold"))
    if first.answer is Answer.CANNOT_PROVE:
        text.append(" cannot prove", "yellow")
    addresses = [verdict.address for verdict in verdicts if verdict.address]
    text.append("".join(f"\n  {address}" for address in addresses[:_ADDRESSES]))
    if len(addresses) > _ADDRESSES:
        text.append(f"\n  and {len(addresses) - _ADDRESSES} more")
    text.append(f"\n  {first.message}", "dim" if first.excused else "")
    if first.excused:
        text.append(f"\n  {first.excused}")
    return text
