"""Rules over branches that the service does without and a flow should not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowkit._checks.graph import Graph
from flowkit.catalogue import CATALOGUE
from flowkit.catalogue.form import form_of
from flowkit.model import Action
from flowkit.problem import Problem, Rule

# What can happen to any caller; the other optional errors belong to features a flow may not use.
_LIKELY = frozenset(
    {
        "MultipleFoundError",
        "NoMatchingCondition",
        "NoMatchingError",
        "NoneFoundError",
        "TemplateRenderingError",
    }
)


def left_out_problems(graph: Graph) -> Iterator[Problem]:
    """Error branches that could be there, and conditions the designer knew of that are not."""
    for index, action in enumerate(graph.actions):
        yield from _errors(graph, index)
        drawn = _at(graph.flow.metadata, ("ActionMetadata", action.identifier, "conditionMetadata"))
        have = len(action.transitions.conditions)
        # In every published flow that has both, the two lists are of one length.
        if isinstance(drawn, list) and len(drawn) > have:
            yield graph.finding(
                Rule.CONDITION_LOST,
                f"Actions[{index}].Transitions.Conditions",
                index,
                f"The designer's Metadata lists {len(drawn)} conditions of {graph.label(index)}, "
                f"and it has {have}; put the lost one back or remove it there too.",
            )


def _errors(graph: Graph, index: int) -> Iterator[Problem]:
    action = graph.actions[index]
    entry = CATALOGUE.get(action.type)
    if entry is None or entry.terminal:
        return
    form = form_of(entry, action.parameters, graph.flow_type)
    wanted = (form.allowed_errors & _LIKELY).difference(form.required_errors)
    absent = sorted(wanted - {branch.error_type for branch in action.transitions.errors})
    if absent and not _cannot_fail(action):
        yield graph.finding(
            Rule.ERROR_BRANCH_ABSENT,
            f"Actions[{index}].Transitions",
            index,
            f"{graph.label(index)} says nowhere what happens on {' or '.join(absent)}; lead an "
            "error branch to where the call should go on.",
        )


def _cannot_fail(action: Action) -> bool:
    """Whether what its type may end in cannot come up, so that published flows leave it out."""
    if action.type == "InvokeFlowModule":  # nothing is compared
        return not action.transitions.conditions
    # A Loop fails only where its count is read while the call runs.
    return action.type == "Loop"


def _at(value: object, path: tuple[str, ...]) -> object:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
