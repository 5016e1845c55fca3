"""Rules over the flow as a whole: its start, its identifiers, where its transitions lead."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowkit.catalogue import FlowType, closest
from flowkit.model import FLOW_LANGUAGE_VERSION, Action, Flow
from flowkit.problem import Problem, Rule

MAXIMUM_ACTIONS = 250
_MAXIMUM_IDENTIFIER = 50
_FORBIDDEN_CHARACTERS = re.compile(r"[%:(\\/)=$,;\[\]{}]")
# Properties of every JavaScript object; the service's own store trips over them.
_FORBIDDEN_IDENTIFIERS = frozenset(
    {
        "__defineGetter__",
        "__defineSetter__",
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
    }
)


def structure_problems(flow: Flow, flow_type: FlowType) -> Iterator[Problem]:
    """Everything the service would refuse about the flow's outline."""
    identifiers = {action.identifier for action in flow.actions}
    if flow.version != FLOW_LANGUAGE_VERSION:
        yield _flow_problem(
            Rule.FLOW_VERSION,
            "Version",
            f"The flow's Version is {flow.version!r}; write {FLOW_LANGUAGE_VERSION}.",
        )
    if flow.start_action not in identifiers:
        yield _flow_problem(
            Rule.START_ACTION,
            "StartAction",
            f"StartAction names '{flow.start_action}', and the flow has no such action"
            f"{_suggestion(flow.start_action, identifiers)}.",
        )
    yield from size_problems(flow)
    if flow_type is FlowType.MODULE and "Settings" not in flow.document:
        yield Problem(
            "JSON field is missing or null for field name: settings",
            "Settings",
            None,
            Rule.MODULE_SETTINGS.value,
            "A module's content needs a Settings object beside Actions; add one.",
        )
    seen: set[str] = set()
    for index, action in enumerate(flow.actions):
        yield from _identifier(action, f"Actions[{index}]", seen)
        yield from _targets(action, f"Actions[{index}].Transitions", identifiers)
        seen.add(action.identifier)


def size_problems(flow: Flow) -> Iterator[Problem]:
    """Whether the flow has more actions than the service takes."""
    if len(flow.actions) > MAXIMUM_ACTIONS:
        yield _flow_problem(
            Rule.FLOW_LENGTH,
            "Actions",
            f"The flow has {len(flow.actions):,} actions and may have {MAXIMUM_ACTIONS}; move a "
            "part of it into a flow or a module of its own.",
        )


def _identifier(action: Action, path: str, seen: set[str]) -> Iterator[Problem]:
    identifier = action.identifier
    if identifier in seen:
        advice = f"Two actions are called '{identifier}'; rename one."
        yield _value(Rule.DUPLICATE_IDENTIFIER, action, f"{path}.Identifier", advice)
    found = _FORBIDDEN_CHARACTERS.search(identifier)
    if found:
        advice = f"The identifier '{identifier}' holds '{found[0]}', which it may not; rename it."
    elif not identifier or len(identifier) > _MAXIMUM_IDENTIFIER:
        advice = (
            f"The identifier '{identifier}' has {len(identifier)} characters; it may have 1 to "
            f"{_MAXIMUM_IDENTIFIER}."
        )
    elif identifier in _FORBIDDEN_IDENTIFIERS:
        advice = f"The identifier '{identifier}' is reserved; rename the action."
    else:
        return
    yield _value(Rule.IDENTIFIER, action, f"{path}.Identifier", advice)


def _targets(action: Action, path: str, identifiers: set[str]) -> Iterator[Problem]:
    transitions = action.transitions
    leads: list[tuple[str, str]] = []
    if transitions.next_action is not None:
        leads.append((f"{path}.NextAction", transitions.next_action))
    for index, condition in enumerate(transitions.conditions):
        leads.append((f"{path}.Conditions[{index}].NextAction", condition.next_action))
    for index, branch in enumerate(transitions.errors):
        leads.append((f"{path}.Errors[{index}].NextAction", branch.next_action))
    for place, target in leads:
        if target not in identifiers:
            yield _value(
                Rule.DANGLING_TRANSITION,
                action,
                place,
                f"{action.type} '{action.identifier}' leads to '{target}', and the flow has no "
                f"such action{_suggestion(target, identifiers)}.",
            )


def _suggestion(name: str, identifiers: set[str]) -> str:
    meant = closest(name, sorted(identifiers))
    return f"; did you mean '{meant[0]}'?" if meant else ""


def _flow_problem(rule: Rule, path: str, advice: str) -> Problem:
    # The service's wording for these was not observed; it follows that for actions.
    return Problem(f"Invalid flow property value. Path: {path}", path, None, rule.value, advice)


def _value(rule: Rule, action: Action, path: str, advice: str) -> Problem:
    message = f"Invalid Action property value. Path: {path}"
    return Problem(message, path, action.identifier, rule.value, advice)
