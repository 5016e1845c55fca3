"""checkov's report, and what follows from it; pure, so that every way it can lie is a test.

checkov goes on after whatever it cannot read, import, find or run, and reports success. So nothing
is taken as passed because nothing failed: what had to be looked at is counted from Terraform's own
plan, each check must have answered for each of those resources, and each must have failed on a
canary in the same run.
"""

from __future__ import annotations

import fnmatch
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from plan_policy.plan import Action, Plan
from plan_policy.verdict import Answer, Source, Verdict

FORMAT: Final = 1
CODE: Final = "code"
PLAN: Final = "plan"
_WHERE: Final = {"code": frozenset({CODE}), "plan": frozenset({PLAN})} | {
    "both": frozenset({CODE, PLAN})
}
_CANARY: Final = {CODE: "code canary", PLAN: "plan canary"}
_INDEX: Final = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')
_SHOWN: Final = 3

COVERAGE: Final = "checkov-coverage"
"""The rule that what checkov did not do is told under; no waiver can name it."""
SKIPS: Final = "checkov-skips"
"""The rule that comments are told under which would keep a check from answering."""


class ReportError(ValueError):
    """The checks or the report are not usable; the message is one sentence."""


@dataclass(frozen=True)
class Check:
    """A check that counts.

    Args:
        on: where it is asked, `CODE`, `PLAN` or both.
        why: what holds where it passes, as a sentence.
        rule: the rule of ours that answers where checkov cannot tell, or None.
    """

    id: str
    on: frozenset[str]
    why: str
    rule: str | None


def read_checks(text: str) -> tuple[Check, ...]:
    """The checks of ``checks.toml``.

    Raises:
        ReportError: it is not TOML, or an entry lacks something.
    """
    try:
        data = tomllib.loads(text)
        found = tuple(_check(name, entry) for name, entry in data["checks"].items())
        unknown = data.keys() - {"checks", "left-out"}
        both = data["checks"].keys() & data.get("left-out", {}).keys()
    except tomllib.TOMLDecodeError as error:
        raise ReportError(f"policies/checkov/checks.toml is not TOML: {error}.") from None
    except (KeyError, AttributeError, TypeError):
        raise ReportError(
            "policies/checkov/checks.toml has no table [checks], or an entry in it that is no "
            "table; see its first lines."
        ) from None
    if unknown or both or not found:
        raise ReportError(
            f"policies/checkov/checks.toml has {', '.join(sorted(unknown | both)) or 'no checks'} "
            "where it should not; see its first lines."
        )
    return found


def _check(name: str, entry: Mapping[str, str]) -> Check:
    wrong = entry.keys() - {"on", "why", "rule"}
    if wrong or entry.get("on") not in _WHERE or not entry.get("why"):
        raise ReportError(
            f"Give {name} in policies/checkov/checks.toml on = code, plan or both, why, and at "
            "most a rule."
        )
    return Check(name, _WHERE[entry["on"]], entry["why"], entry.get("rule"))


@dataclass(frozen=True)
class Scan:
    """What one scan saw and what the checks answered.

    Args:
        answers: by check and address, with the place in the code.
        raised: the checks that raised, with the address.
        skipped: the checks that a comment in the code names, with the address.
    """

    resources: frozenset[str]
    unreadable: tuple[str, ...]
    answers: Mapping[str, Mapping[str, tuple[str, str]]] = field(repr=False)
    raised: tuple[tuple[str, str], ...]
    skipped: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Report:
    """What the worker reported.

    Args:
        known: every check that checkov has, ours included.
        types: what each check that counts looks at, as patterns like ``resource.aws_kms_key``.
        plan_sha256: of the plan's JSON that was scanned.
        complaints: where in its own code checkov met an error and went on.
    """

    checkov: str
    known: tuple[str, ...] = field(repr=False)
    types: Mapping[str, tuple[str, ...]] = field(repr=False)
    plan_sha256: str
    scans: Mapping[str, Scan] = field(repr=False)
    complaints: tuple[str, ...]


def parse_report(text: str | bytes) -> Report:
    """A report from what the worker wrote.

    Raises:
        ReportError: it is cut off, of another format, or not one at all.
    """
    try:
        data = json.loads(text)
        _check_format(data["format"])
        return Report(
            checkov=str(data["checkov"]),
            known=tuple(map(str, data["known"])),
            types={str(check): tuple(types) for check, types in data["types"].items()},
            plan_sha256=str(data["plan_sha256"]),
            scans={name: _scan(data["scans"][name]) for name in (CODE, PLAN, *_CANARY.values())},
            complaints=tuple(map(str, data["complaints"])),
        )
    except ReportError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ReportError("checkov's report is cut off or not a report.") from None


def _check_format(found: object) -> None:
    if found != FORMAT:
        raise ReportError(f"checkov's report has format {found!r}, not {FORMAT}.")


_WORST: Final = ("FAILED", "UNKNOWN", "PASSED")


def _scan(data: Mapping[str, Any]) -> Scan:
    answers: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    for check, address, answer, place in data["answers"]:
        if answer not in _WORST:
            raise ReportError(f"checkov's report has the answer {answer!r}, which is not known.")
        known = answers[check].get(address)
        # Two roots may have the same address: the worse answer stands.
        if known is None or _WORST.index(answer) < _WORST.index(known[0]):
            answers[check][address] = (answer, place)
    return Scan(
        resources=frozenset(map(str, data["resources"])),
        unreadable=tuple(map(str, data["unreadable"])),
        answers=dict(answers),
        raised=tuple((str(check), str(address)) for check, address, _ in data["raised"]),
        skipped=tuple((str(check), str(address)) for check, address in data["skipped"]),
    )


@dataclass(frozen=True)
class Expected:
    """What checkov must have seen, as Terraform counts it.

    Args:
        planned: the type of each managed resource that is there after the apply, by address.
        configured: the type of each managed resource in the code, by address without indices.
        data: the type of each data source in the code, by address without indices.
    """

    planned: Mapping[str, str] = field(repr=False)
    configured: Mapping[str, str] = field(repr=False)
    data: Mapping[str, str] = field(repr=False, default_factory=dict)


def expected_of(plan: Plan) -> Expected:
    """Count in the plan what a scan of the plan, and of its code, must have seen."""
    forgotten = {change.address for change in plan.changes if change.action is Action.FORGET}
    values: Mapping[str, Any] = plan.data["planned_values"].get("root_module", {})
    root: Mapping[str, Any] = plan.configuration.get("root_module", {})
    return Expected(
        planned={address: kind for address, kind in _planned(values) if address not in forgotten},
        configured=dict(_configured(root, "", "managed")),
        data=dict(_configured(root, "", "data")),
    )


def _planned(module: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for resource in module.get("resources", ()):
        if resource["mode"] == "managed":
            yield resource["address"], resource["type"]
    for child in module.get("child_modules", ()):
        yield from _planned(child)


def _configured(module: Mapping[str, Any], path: str, mode: str) -> Iterator[tuple[str, str]]:
    for resource in module.get("resources", ()):
        if resource["mode"] == mode:
            yield f"{path}{resource['address']}", resource["type"]
    for name, call in module.get("module_calls", {}).items():
        yield from _configured(call.get("module", {}), f"{path}module.{name}.", mode)


def check_names(report: Report, checks: Collection[Check]) -> None:
    """See that every check that counts exists.

    Raises:
        ReportError: one does not; the message names the likely one.
    """
    for check in checks:
        if check.id not in report.known:
            close = get_close_matches(check.id, report.known, n=1)
            hint = f"; did you mean {close[0]}?" if close else "."
            raise ReportError(
                f"policies/checkov/checks.toml names {check.id}, which checkov {report.checkov} "
                f"does not have{hint}"
            )


def verdicts_of(
    report: Report, checks: Collection[Check], expected: Expected, rules: Collection[str]
) -> tuple[Verdict, ...]:
    """What follows from a report.

    One verdict a check and resource that does not pass, and one a check that passes everywhere.

    Args:
        rules: the ids of our own rules.
    """
    gaps = [*_gaps(report, checks, expected, rules)]
    found: list[Verdict] = [_gap(message) for message in gaps]
    found += [
        Verdict(
            SKIPS,
            "",
            Answer.FAIL,
            f"A comment at {address} would keep {check} from answering; remove it, and waive the "
            "check in policies/waivers.toml if it cannot be met.",
            Source.CHECKOV,
        )
        for check, address in sorted(set(report.scans[CODE].skipped))
    ]
    for check in checks:
        found += _verdicts(report, check, expected)
    return tuple(found)


def _gap(message: str) -> Verdict:
    return Verdict(COVERAGE, "", Answer.CANNOT_PROVE, message, Source.CHECKOV)


def _gaps(
    report: Report, checks: Collection[Check], expected: Expected, rules: Collection[str]
) -> Iterator[str]:
    code, plan = report.scans[CODE], report.scans[PLAN]
    for name, scan in report.scans.items():
        if scan.unreadable:
            yield f"checkov could not read {_some(scan.unreadable)} of the {name}."
        for raising, address in scan.raised:
            yield f"{raising} raised an exception at {address}, so it says nothing."
    if report.complaints:
        yield f"checkov met errors of its own and went on ({_some(report.complaints)})."
    if overlooked := expected.configured.keys() - {_plain(one) for one in code.resources}:
        yield f"checkov's scan of the code overlooked {_some(overlooked)}."
    if overlooked := expected.planned.keys() - plan.resources:
        yield f"checkov's scan of the plan overlooked {_some(overlooked)}."
    if invented := plan.resources - expected.planned.keys():
        yield f"checkov's scan of the plan found {_some(invented)}, which the plan does not hold."
    for check in checks:
        yield from _silent(report, check, expected)
        if check.rule is not None and check.rule not in rules:
            yield (
                f"{check.id} is left to the rule {check.rule} where checkov cannot tell, and there "
                "is no such rule."
            )


def _silent(report: Report, check: Check, expected: Expected) -> Iterator[str]:
    """Where a check did not answer though it had to."""
    for where in sorted(check.on):
        canary = report.scans[_CANARY[where]].answers.get(check.id, {})
        if not any(answer == "FAILED" for answer, _ in canary.values()):
            yield f"{check.id} does not fail on the {where} of its canary, so its answers are void."
    raised = {(one, address) for scan in report.scans.values() for one, address in scan.raised}
    if CODE in check.on:
        answered = {_plain(address) for address in report.scans[CODE].answers.get(check.id, {})}
        wanted = {one for one, kind in expected.configured.items() if _asks(report, check, kind)}
        wanted |= {one for one, kind in expected.data.items() if _asks(report, check, kind, "data")}
        if missing := wanted - answered - {_plain(one) for name, one in raised if name == check.id}:
            yield f"{check.id} was not asked about the code of {_some(missing)}."
    if PLAN in check.on:
        asked = report.scans[PLAN].answers.get(check.id, {}).keys()
        wanted = {one for one, kind in expected.planned.items() if _asks(report, check, kind)}
        if missing := wanted - asked - {one for name, one in raised if name == check.id}:
            yield f"{check.id} was not asked about the plan of {_some(missing)}."


def _asks(report: Report, check: Check, kind: str, block: str = "resource") -> bool:
    name = f"{block}.{kind}"
    return any(fnmatch.fnmatchcase(name, each) for each in report.types.get(check.id, ()))


def _verdicts(report: Report, check: Check, expected: Expected) -> list[Verdict]:
    code: dict[str, tuple[str, str]] = {}
    for address, answer in report.scans[CODE].answers.get(check.id, {}).items():
        plain = _plain(address)
        if plain not in code or _WORST.index(answer[0]) < _WORST.index(code[plain][0]):
            code[plain] = answer
    plan = report.scans[PLAN].answers.get(check.id, {})
    found: list[Verdict] = []
    tally: Counter[Answer] = Counter()
    planned = [one for one, kind in expected.planned.items() if _asks(report, check, kind)]
    for address in sorted({*planned, *plan}):
        answers = [given for given in (code.get(_plain(address)), plan.get(address)) if given]
        verdict = _verdict(check, address, answers)
        tally[verdict.answer] += 1
        if verdict.answer is Answer.FAIL or (
            verdict.answer is Answer.CANNOT_PROVE and check.rule is None
        ):
            found.append(verdict)
    # What stands in the code and makes nothing now: what is wrong there is wrong, what cannot be
    # told matters only for data sources, which are read by every plan and stand in none.
    made = {_plain(address) for address in expected.planned}
    for address, answer in sorted(code.items()):
        verdict = _verdict(check, address, [answer])
        unproven = verdict.answer is Answer.CANNOT_PROVE
        if address in made or (unproven and address not in expected.data):
            continue
        if not expected.planned and address in expected.configured:
            continue  # everything goes: what was wrong with it must not keep it
        tally[verdict.answer] += 1
        if verdict.answer is Answer.FAIL or (unproven and check.rule is None):
            found.append(verdict)
    return found or [_passed(check, tally)]


def _verdict(check: Check, address: str, answers: Sequence[tuple[str, str]]) -> Verdict:
    given = {answer for answer, _ in answers}
    place = next((where for _, where in answers if where), "")
    at = f" ({place})" if place else ""
    if "FAILED" in given:
        message = (
            f"{check.why} That is not so here{at}: mend it, or waive {check.id} in "
            "policies/waivers.toml."
        )
        return Verdict(check.id, address, Answer.FAIL, message, Source.CHECKOV)
    if "PASSED" in given:
        return Verdict(check.id, address, Answer.PASS, check.why, Source.CHECKOV)
    message = (
        f"{check.why} Neither the code{at} nor the plan shows whether that is so: write the value "
        f"where checkov can see it, or waive {check.id} in policies/waivers.toml."
    )
    return Verdict(check.id, address, Answer.CANNOT_PROVE, message, Source.CHECKOV)


def _passed(check: Check, tally: Mapping[Answer, int]) -> Verdict:
    held, left = tally.get(Answer.PASS, 0), tally.get(Answer.CANNOT_PROVE, 0)
    seen = f"{held} of {held + left}" if left else str(held)
    rest = f"; the rule {check.rule} answers for the rest" if left and check.rule else ""
    message = (
        f"{check.why} Seen at {seen}{rest}." if held + left else f"{check.why} Nothing to see."
    )
    return Verdict(check.id, "", Answer.PASS, message, Source.CHECKOV)


def coverage_of(report: Report, checks: Collection[Check], expected: Expected) -> dict[str, object]:
    """What was looked at, in figures."""
    return {
        "checkov": report.checkov,
        "checks": len(checks),
        "resources_in_code": len(expected.configured),
        "resources_in_plan": len(expected.planned),
        "answers": sum(
            len(given) for where in (CODE, PLAN) for given in report.scans[where].answers.values()
        ),
        "canaries": sum(len(check.on) for check in checks),
    }


def _plain(address: str) -> str:
    """An address without indices: where it stands in the code."""
    return _INDEX.sub("", address)


def _some(names: Collection[str]) -> str:
    shown = sorted(names)[:_SHOWN]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
