"""What Amazon Connect's CreateContactFlow would refuse in a flow, and why.

The service answers an invalid flow with a list of bare messages; `Problem.message` predicts them,
`Problem.path` and `Problem.advice` say what the service leaves out. Not predictable from a flow
alone, and so not checked: whether resources exist, Lex aliases are associated, numbers are claimed
and a module's contract fits.

An action that nothing leads to is no problem for the service, and none here; `flowkit.lint` says
what a person should know beyond that.
"""

from __future__ import annotations

from collections.abc import Iterator

from flowkit._checks.branches import operator_problems, transition_problems
from flowkit._checks.parameters import empty_values, parameter_problems
from flowkit._checks.place import Place
from flowkit._checks.structure import structure_problems
from flowkit.catalogue import CATALOGUE, FlowType, is_invented, meant_types
from flowkit.catalogue.form import form_of
from flowkit.model import Flow, FlowSyntaxError, parse
from flowkit.problem import Problem, Rule, Severity
from flowkit.template import TemplateError, check

__all__ = [
    "MAXIMUM_CONTENT",
    "FlowType",
    "Problem",
    "Rule",
    "Severity",
    "content_problems",
    "length_problems",
    "problems",
    "template_problems",
    "warnings",
]

MAXIMUM_CONTENT = 256_000
"""Characters in the ``Content`` of CreateContactFlow (API reference)."""


def problems(
    flow: Flow, flow_type: str = FlowType.CONTACT_FLOW, *, template: bool = False
) -> tuple[Problem, ...]:
    """Everything for which CreateContactFlow would refuse this flow: its outline, then each action.

    Args:
        flow: a flow as it would be sent, with every placeholder filled, or a template's.
        flow_type: ``Type`` of the flow; ``CONTACT_FLOW_MODULE`` for a module's content.
        template: whether strings with a placeholder in them pass every rule about values.

    Raises:
        ValueError: there is no such flow type.
    """
    return tuple(_problems(flow, FlowType(flow_type), template=template))


def content_problems(content: str, flow_type: str = FlowType.CONTACT_FLOW) -> tuple[Problem, ...]:
    """`problems` of a flow's text; text that is no flow is a problem too, never an exception.

    Raises:
        ValueError: there is no such flow type.
    """
    wanted = FlowType(flow_type)
    length = length_problems(content)
    try:
        flow = parse(content)
    except FlowSyntaxError as error:
        return (*length, _syntax(str(error)))
    return (*length, *_problems(flow, wanted, template=False))


def length_problems(content: str) -> tuple[Problem, ...]:
    """The service's limit on the length of a flow's text."""
    if 1 <= len(content) <= MAXIMUM_CONTENT:
        return ()
    return (
        Problem(
            f"Invalid flow content length: {len(content)}",
            "",
            None,
            Rule.FLOW_LENGTH.value,
            f"The content has {len(content):,} characters; Amazon Connect takes 1 to "
            f"{MAXIMUM_CONTENT:,}.",
        ),
    )


def template_problems(text: str, flow_type: str = FlowType.CONTACT_FLOW) -> tuple[Problem, ...]:
    """What is wrong with a flow template whatever its placeholders will be filled with.

    A string with a placeholder in it passes every rule about values.

    Raises:
        ValueError: there is no such flow type.
    """
    wanted = FlowType(flow_type)
    try:
        check(text)
        flow = parse(text)
    except (TemplateError, FlowSyntaxError) as error:
        return (_syntax(str(error)),)
    return tuple(_problems(flow, wanted, template=True))


def warnings(flow: Flow) -> tuple[Problem, ...]:
    """What deserves a look though the service may take it: types that the catalogue lacks.

    Connect gains types several times a year, so an unknown one is no error.
    """
    return tuple(
        Problem(
            f"Unknown Action type. Type: {action.type}, Path: Actions[{index}]",
            f"Actions[{index}].Type",
            action.identifier,
            Rule.UNKNOWN_TYPE.value,
            f"The type {action.type} of '{action.identifier}' is not in the catalogue, so nothing "
            f"about it was checked{_did_you_mean(action.type)}.",
            Severity.WARNING,
        )
        for index, action in enumerate(flow.actions)
        if action.type not in CATALOGUE and not is_invented(action.type)
    )


def _problems(flow: Flow, flow_type: FlowType, *, template: bool) -> Iterator[Problem]:
    yield from structure_problems(flow, flow_type)
    for index, action in enumerate(flow.actions):
        yield from _action_problems(Place(index, action, flow_type, template))


def _action_problems(place: Place) -> Iterator[Problem]:
    action = place.action
    yield from operator_problems(place)
    entry = CATALOGUE.get(action.type)
    if entry is None:
        if is_invented(action.type):
            yield _refused_type(
                place,
                Rule.INVENTED_TYPE,
                f"Amazon Connect has no action type {action.type}{_did_you_mean(action.type)}.",
            )
        yield from empty_values(place)
        return
    # What a campaign's flow may hold is documented nowhere we know of.
    if place.flow_type not in entry.flow_types and place.flow_type is not FlowType.CAMPAIGN:
        yield _refused_type(
            place,
            Rule.FLOW_TYPE,
            f"{place.label} may not stand in a flow of type {place.flow_type}; it may in "
            f"{', '.join(sorted(entry.flow_types))}.",
        )
    form = form_of(entry, action.parameters, place.flow_type)
    yield from parameter_problems(place, form)
    yield from transition_problems(place, entry, form)


def _refused_type(place: Place, rule: Rule, advice: str) -> Problem:
    message = f"Invalid Action type. Type: {place.action.type}, Path: {place.path}"
    return place.problem(rule, message, f"{place.path}.Type", advice)


def _did_you_mean(name: str) -> str:
    meant = meant_types(name)
    return f" (did you mean {' or '.join(meant)}?)" if meant else ""


def _syntax(sentence: str) -> Problem:
    return Problem(sentence, "", None, Rule.FLOW_SYNTAX.value, sentence)
