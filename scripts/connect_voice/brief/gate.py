"""What the policy gate says of a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connect_voice.brief.document import (
    Block,
    Bullets,
    Code,
    Fold,
    Item,
    Line,
    Paragraph,
    Section,
    Tone,
)
from connect_voice.brief.words import LONGEST_NAME, counted, short
from plan_policy.verdict import Answer, Source, Verdict

_LONGEST = 1_500


def section(verdicts: Sequence[Verdict], coverage: Mapping[str, object]) -> Section:
    """The section of verdicts: those that refuse first, then those excused, then counts."""
    refusing = refusals(verdicts)
    excused = [each for each in verdicts if each.answer is not Answer.PASS and not each.refuses]
    passed = [each for each in verdicts if each.answer is Answer.PASS]
    blocks: list[Block] = []
    if not verdicts:
        blocks.append(Paragraph(("No verdict was given: the gate did not look at this plan.",)))
    if refusing:
        blocks.append(Bullets(tuple(_refusing(each) for each in refusing)))
    if excused:
        line: Line = (f"Excused: {counted(len(excused), 'verdict')}",)
        blocks.append(Fold(line, (Bullets(tuple(_excused(each) for each in excused)),)))
    if passed:
        blocks.append(Paragraph(_passes(passed)))
    if coverage:
        facts = ", ".join(_covered(key, value) for key, value in coverage.items())
        blocks.append(Paragraph(("In figures: ", short(facts, _LONGEST), ".")))
    tone = Tone.STOP if refusing or not verdicts else Tone.CALM
    count = counted(len(refusing), "refusal") if refusing else "passed" if verdicts else ""
    return Section("Policy gate", tuple(blocks), tone, count)


def refusals(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts that keep the plan from being applied, by rule and address."""
    return sorted(
        (each for each in verdicts if each.refuses), key=lambda each: (each.rule, each.address)
    )


def _refusing(verdict: Verdict) -> Item:
    return Item((*_head(verdict), ": ", short(verdict.message, _LONGEST)), tone=Tone.STOP)


def _excused(verdict: Verdict) -> Item:
    told = Item(("Excused: ", short(verdict.excused or "", _LONGEST)))
    return Item((*_head(verdict), ": ", short(verdict.message, _LONGEST)), (Bullets((told,)),))


def _head(verdict: Verdict) -> Line:
    doubt: Line = (" cannot be proved",) if verdict.answer is Answer.CANNOT_PROVE else ()
    address: Line = (" for ", Code(short(verdict.address, LONGEST_NAME))) if verdict.address else ()
    return (Code(short(verdict.rule, LONGEST_NAME)), *doubt, *address)


def _passes(passed: Sequence[Verdict]) -> Line:
    rules = {
        source: {each.rule for each in passed if each.source is source}
        for source in (Source.RULES, Source.CHECKOV)
    }
    told = [
        f"{counted(len(names), 'rule')} of {'ours' if source is Source.RULES else 'checkov'}"
        for source, names in rules.items()
        if names
    ]
    return (f"Passed: {counted(len(passed), 'verdict')}, by {' and '.join(told)}.",)


def _covered(name: str, value: object) -> str:
    words = name.replace("_", " ")
    return f"{value:,} {words}" if isinstance(value, int) else f"{words} {_fact(value)}"


def _fact(value: object) -> str:
    if isinstance(value, Mapping):
        return "(" + ", ".join(f"{key} {_fact(each)}" for key, each in value.items()) + ")"
    if isinstance(value, list | tuple):
        return " ".join(_fact(each) for each in value)
    return str(value)
