"""Rules over where a contact can go, beyond what the service holds a flow against."""

from __future__ import annotations

from collections.abc import Iterator

from flowkit._checks.graph import Graph, circles, pauses
from flowkit.catalogue import FlowType
from flowkit.problem import Problem, Rule

# Voice ID ended on 2026-05-20 (AWS's end-of-support notice).
_ENDED = {"CheckVoiceId": "Voice ID", "StartVoiceIdStream": "Voice ID"}
# The flow is over, or the contact is in other hands.
_ENDS = frozenset(
    {
        "DequeueContactAndTransferToQueue",
        "DisconnectParticipant",
        "EndFlowExecution",
        "EndFlowModuleExecution",
        "MessageParticipantIteratively",
        "TransferContactToAgent",
        "TransferContactToQueue",
        "TransferParticipantToThirdParty",
        "TransferToFlow",
    }
)
# A caller is meant to stay in these until somebody comes.
_LASTING = frozenset({FlowType.CUSTOMER_QUEUE, FlowType.CUSTOMER_HOLD, FlowType.AGENT_HOLD})


def way_problems(graph: Graph) -> Iterator[Problem]:
    """Actions nobody comes to, branches nobody takes, circles nobody leaves or pauses in."""
    yield from _unreachable(graph)
    yield from _repeated(graph)
    yield from _loops(graph)
    yield from _no_end(graph)
    for index, action in enumerate(graph.actions):
        if service := _ENDED.get(action.type):
            yield graph.finding(
                Rule.ENDED_SERVICE,
                f"Actions[{index}].Type",
                index,
                f"{graph.label(index)} needs {service}, which AWS has ended; remove it.",
            )


def _unreachable(graph: Graph) -> Iterator[Problem]:
    if graph.start is None:  # an error of its own; everything would be unreachable
        return
    for index in range(len(graph.actions)):
        if index not in graph.reached:
            yield graph.finding(
                Rule.UNREACHABLE_ACTION,
                f"Actions[{index}]",
                index,
                f"No way leads from the start to {graph.label(index)}; connect it or remove it.",
            )


def _repeated(graph: Graph) -> Iterator[Problem]:
    for index, action in enumerate(graph.actions):
        path = f"Actions[{index}].Transitions"
        errors: set[str] = set()
        for at, branch in enumerate(action.transitions.errors):
            if branch.error_type in errors:
                yield graph.finding(
                    Rule.DUPLICATE_BRANCH,
                    f"{path}.Errors[{at}]",
                    index,
                    f"{graph.label(index)} has two error branches for {branch.error_type}; "
                    "remove one.",
                )
            errors.add(branch.error_type)
        conditions: set[tuple[str, tuple[str, ...]]] = set()
        for at, condition in enumerate(action.transitions.conditions):
            test = (condition.operator, condition.operands)
            if test in conditions:
                yield graph.finding(
                    Rule.DUPLICATE_BRANCH,
                    f"{path}.Conditions[{at}]",
                    index,
                    f"{graph.label(index)} tests {condition.operator} "
                    f"{', '.join(map(repr, condition.operands))} twice and always takes the first "
                    "branch; remove one.",
                )
            conditions.add(test)


def _loops(graph: Graph) -> Iterator[Problem]:
    quiet = {
        index
        for index, action in enumerate(graph.actions)
        # A Loop ends by itself.
        if not pauses(action) and action.type != "Loop"
    }

    def ways(index: int) -> list[int]:
        return [edge.target for edge in graph.ways[index] if edge.target in quiet]

    for circle in circles(sorted(quiet), ways):
        first = circle[0]
        if len(circle) > 1 or first in ways(first):
            names = ", ".join(f"'{graph.actions[i].identifier}'" for i in circle[:4])
            more = f" and {len(circle) - 4} more" if len(circle) > 4 else ""  # noqa: PLR2004 (the four named)
            yield graph.finding(
                Rule.LOOP_WITHOUT_PAUSE,
                f"Actions[{first}]",
                first,
                f"A contact can go round {names}{more} without a prompt, an input, a wait or a "
                "Loop; put one of them into the circle.",
            )


def _no_end(graph: Graph) -> Iterator[Problem]:
    if graph.flow_type in _LASTING:
        return
    backwards: dict[int, list[int]] = {}
    for ways in graph.ways:
        for edge in ways:
            backwards.setdefault(edge.target, []).append(edge.source)
    # An action without a way out ends the flow too, as far as a linter can know.
    waiting = [
        index
        for index, action in enumerate(graph.actions)
        if action.type in _ENDS or not graph.ways[index]
    ]
    ending = set(waiting)
    while waiting:
        for source in backwards.get(waiting.pop(), ()):
            if source not in ending:
                ending.add(source)
                waiting.append(source)
    endless = sorted(graph.reached - ending)
    if endless:
        first = endless[0]
        yield graph.finding(
            Rule.LOOP_WITHOUT_END,
            f"Actions[{first}]",
            first,
            f"From {graph.label(first)} a contact can never come to an end, a transfer or a "
            f"person ({len(endless)} such actions); lead a branch out of the circle.",
        )
