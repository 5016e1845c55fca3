"""Everything a person should know about a flow: what Amazon Connect would refuse, and what it
would take and a caller, a colleague or the next account would suffer from.

`flowkit.validation` is the part that predicts the service; the rest is judgement and never an
error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flowkit._checks.across import Member, across_problems
from flowkit._checks.care import care_problems
from flowkit._checks.doubtful import doubtful_problems
from flowkit._checks.graph import Graph
from flowkit._checks.left_out import left_out_problems
from flowkit._checks.portability import portability_problems
from flowkit._checks.references import reference_problems
from flowkit._checks.secrets import secret_problems
from flowkit._checks.structure import size_problems
from flowkit._checks.time import time_problems
from flowkit._checks.ways import way_problems
from flowkit.flow_types import is_export, likely_type
from flowkit.model import Fault, Flow, FlowSyntaxError, read
from flowkit.positions import Positions
from flowkit.problem import Problem, Rule, Severity
from flowkit.template import TemplateError, check
from flowkit.validation import (
    MAXIMUM_CONTENT,
    FlowType,
    length_problems,
    problems,
    template_problems,
    warnings,
)

__all__ = ["Source", "lint", "lint_flow", "lint_text"]

_CHECKS = (
    way_problems,
    left_out_problems,
    doubtful_problems,
    time_problems,
    reference_problems,
    portability_problems,
    secret_problems,
    care_problems,
)
# Four times what Connect takes; whatever is longer is no flow, and its findings would fill a book.
_LOOKED_AT = 1000
_PLACEHOLDER = re.compile(r"\$\{\w+\}")
_JOINT = re.compile(r"[.\[]")
_LINE = re.compile(r"at line (\d+), column (\d+)")
_TOLD = frozenset({Rule.FLOW_SYNTAX, Rule.TEMPLATE_SYNTAX})
# The console saves a flow whose blocks are not all filled in and connected.
_DRAFT_RULES = frozenset(
    {
        Rule.CONDITION_MISSING,
        Rule.CONDITION_OPERAND,
        Rule.DANGLING_TRANSITION,
        Rule.ERROR_BRANCH_MISSING,
        Rule.NEXT_ACTION,
        Rule.PARAMETER_CONFLICT,
        Rule.PARAMETER_EMPTY,
        Rule.PARAMETER_MISSING,
        Rule.PARAMETER_PATH,
        Rule.PARAMETER_RANGE,
        Rule.PARAMETER_SHAPE,
        Rule.PARAMETER_VALUE,
        Rule.START_ACTION,
    }
)
# In an export of a published flow, which Amazon Connect has taken, these mean that the catalogue is
# behind, unless the word is a slip for a known one.
_LAGGING_RULES = frozenset(
    {
        Rule.ERROR_BRANCH_UNKNOWN,
        Rule.FLOW_TYPE,
        Rule.PARAMETER_UNKNOWN,
        Rule.PARAMETER_VALUE,
    }
)
_PLACE = re.compile(r"([A-Z]\w*(?:\[\d+\]|\.\w+)*) must be ")


@dataclass(frozen=True)
class Source:
    """A flow or a template to be checked.

    Attributes:
        file: what the reader knows it by, most often its path.
        text: its text.
        flow_type: its type; None takes the likeliest (`flowkit.flow_types.likely_type`).
        sent: whether it is about to be published as it is, so that what a draft leaves open counts.
    """

    file: str
    text: str
    flow_type: FlowType | None = None
    sent: bool = False


def lint(sources: Sequence[Source]) -> list[tuple[Problem, ...]]:
    """The findings in each of several flows, those between them included, in document order."""
    read_in = [_parsed(source.text) for source in sources]
    flows = [flow for flow, _ in read_in]
    found = [_findings(source, *each) for source, each in zip(sources, read_in, strict=True)]
    known = [index for index, flow in enumerate(flows) if flow is not None]
    members = [
        Member(sources[index].file, flow, flow_type=_type(sources[index], flow))
        for index in known
        if (flow := flows[index]) is not None
    ]
    for member, problem in across_problems(members):
        found[known[member]].append(problem)
    return [_placed(source.text, each) for source, each in zip(sources, found, strict=True)]


def lint_text(
    text: str, flow_type: str | None = None, *, sent: bool = False
) -> tuple[Problem, ...]:
    """The findings in one flow or template, with their lines and columns.

    Args:
        text: its text.
        flow_type: its type; None takes the likeliest.
        sent: whether it is about to be published as it is.

    Raises:
        ValueError: there is no such flow type.
    """
    wanted = None if flow_type is None else FlowType(flow_type)
    return lint([Source("", text, wanted, sent)])[0]


def lint_flow(
    flow: Flow, flow_type: str = FlowType.CONTACT_FLOW, *, template: bool = True
) -> tuple[Problem, ...]:
    """What `lint` finds in a flow beyond what the service would refuse.

    Raises:
        ValueError: there is no such flow type.
    """
    graph = Graph(flow, FlowType(flow_type), template)
    return (*warnings(flow), *(problem for check in _CHECKS for problem in check(graph)))


def _parsed(text: str) -> tuple[Flow | None, tuple[Fault, ...]]:
    try:
        return read(text)
    except FlowSyntaxError:
        return None, ()


def _type(source: Source, flow: Flow) -> FlowType:
    return source.flow_type or likely_type(flow)


def _findings(source: Source, flow: Flow | None, faults: Sequence[Fault]) -> list[Problem]:
    found = [*length_problems(_compact(source.text, flow))]
    if flow is None:
        return found + list(template_problems(source.text))
    if len(flow.actions) > _LOOKED_AT:
        return [*found, *size_problems(flow)]
    try:
        check(source.text)
    except TemplateError as error:
        found.append(_no_template(str(error)))
    flow_type = _type(source, flow)
    refused = problems(flow, flow_type, template=True)
    if str(flow.metadata.get("status")).upper() == "SAVED" and not source.sent:
        refused = tuple(_unfinished(problem) for problem in refused)
    if is_export(flow) and not _PLACEHOLDER.search(source.text):
        refused = tuple(_taken_once(problem, sent=source.sent) for problem in refused)
    found += [*refused, *lint_flow(flow, flow_type)]
    if not faults:
        return found
    # What follows from a part of the wrong shape says nothing new.
    told = frozenset(fault.path for fault in faults)
    return [
        *(_misshapen(fault) for fault in faults),
        *(problem for problem in found if not _within(problem.path, told)),
    ]


def _misshapen(fault: Fault) -> Problem:
    rule = Rule.FLOW_SYNTAX
    return Problem(fault.sentence, fault.path, None, rule.value, fault.sentence, rule.severity)


def _within(path: str, told: frozenset[str]) -> bool:
    """Whether a place is one of those, or inside one."""
    joints = (joint.start() for joint in _JOINT.finditer(path))
    return path in told or any(path[:at] in told for at in joints)


def _no_template(sentence: str) -> Problem:
    """A flow as it came from the console may hold ``${`` all the same."""
    rule = Rule.TEMPLATE_SYNTAX
    return Problem(sentence, "", None, rule.value, sentence, rule.severity)


def _unfinished(problem: Problem) -> Problem:
    """In a draft the console leaves open what publishing will insist on."""
    if problem.rule not in _DRAFT_RULES:
        return problem
    return replace(
        problem,
        advice=f"{problem.advice.removesuffix('.')} before this draft is published.",
        severity=Severity.WARNING,
    )


def _taken_once(problem: Problem, *, sent: bool) -> Problem:
    """What the console exported was taken once; what is empty in it, somebody may have emptied."""
    if problem.severity is not Severity.ERROR:
        return problem
    if problem.rule == Rule.PARAMETER_EMPTY and not sent:
        fault, _, _ = problem.advice.partition(";")
        advice = f"{fault}; fill it in before this export is published again."
    elif problem.rule in _LAGGING_RULES and "did you mean" not in problem.advice:
        advice = (
            f"{problem.advice.removesuffix('.')}; if the console wrote it, the catalogue is behind."
        )
    else:
        return problem
    return replace(problem, advice=advice, severity=Severity.WARNING)


def _compact(text: str, flow: Flow | None) -> str:
    """The text as Terraform would send it: a template's own line ends and blanks do not count."""
    if flow is None or len(text) <= MAXIMUM_CONTENT:
        return text
    return json.dumps(flow.document, ensure_ascii=False, separators=(",", ":"))


def _placed(text: str, found: Sequence[Problem]) -> tuple[Problem, ...]:
    try:
        repeats = _repeats(text)
    except (ValueError, RecursionError):
        return tuple(_at(problem) for problem in found)
    if not found and not repeats:
        return ()
    positions = Positions(text)
    placed = [_at(problem, *positions.of(_path(problem))) for problem in found]
    if repeats:
        placed += [_repeated(key, *positions.at(at)) for key, at in positions.repeated]
    # Sorting is stable: what stands at one place stays in the order it was found.
    return tuple(sorted(placed, key=lambda p: (p.line or 0, p.column or 0)))


def _repeats(text: str) -> bool:
    """Whether an object of the text has a key twice."""
    found = False

    def pairs(members: list[tuple[str, Any]]) -> None:
        nonlocal found
        found = found or len({key for key, _ in members}) < len(members)

    json.loads(text, object_pairs_hook=pairs)
    return found


def _path(problem: Problem) -> str:
    # The parser's sentences begin with the place.
    place = None if problem.path else _PLACE.match(problem.message)
    return place[1] if place else problem.path


def _at(problem: Problem, line: int | None = None, column: int | None = None) -> Problem:
    """The finding with its place, which a parser's sentence may know best."""
    told = _LINE.search(problem.message) if problem.rule in _TOLD else None
    if told:
        line, column = int(told[1]), int(told[2])
    return replace(problem, line=line, column=column)


def _repeated(path: str, line: int, column: int) -> Problem:
    rule = Rule.DUPLICATE_KEY
    advice = f"{path} stands twice in its object, and readers keep the last alone; remove one."
    return Problem(advice, path, None, rule.value, advice, rule.severity, line, column)
