"""Rules for the caller's sake."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from flowkit._checks.graph import Graph, pauses
from flowkit.catalogue import FlowType
from flowkit.problem import Problem, Rule

# Somebody or something else has the caller now; what happens if that fails is its own branch's.
_HANDED_OVER = frozenset(
    {
        "CreateCallbackContact",
        "DequeueContactAndTransferToQueue",
        "TransferContactToAgent",
        "TransferContactToQueue",
        "TransferToFlow",
        "InvokeFlowModule",
    }
)
# The else branch of a comparison is a decision and no fault; a prompt has just tried to speak.
_EXCUSED = frozenset({"Compare", "DistributeByPercentage", "MessageParticipant"})
_WITH_A_CALLER = frozenset(
    {
        FlowType.CONTACT_FLOW,
        FlowType.CUSTOMER_QUEUE,
        FlowType.QUEUE_TRANSFER,
        FlowType.CAMPAIGN,
        FlowType.MODULE,
    }
)


def care_problems(graph: Graph) -> Iterator[Problem]:
    """Error branches on which a caller can be hung up on without having heard why.

    A flow that shows views is excused: it is an agent's guide, and no caller is on it.
    """
    if graph.flow_type not in _WITH_A_CALLER:
        return
    if any(action.type == "ShowView" for action in graph.actions):
        return

    def silent(index: int) -> bool:
        action = graph.actions[index]
        return action.type not in _HANDED_OVER and not pauses(action)

    # There is nothing to go back to in an inbound flow (admin guide, end-flow-resume).
    inbound = graph.flow_type is FlowType.CONTACT_FLOW
    ends = {"DisconnectParticipant"} | ({"EndFlowExecution"} if inbound else set())

    @cache
    def hangs_up(target: int) -> bool:
        return any(graph.actions[index].type in ends for index in graph.reach([target], silent))

    for index in sorted(graph.reached):
        if graph.actions[index].type in _EXCUSED:
            continue
        cruel = [e for e in graph.ways[index] if e.error is not None and hangs_up(e.target)]
        if cruel:
            errors = ", ".join(dict.fromkeys(str(edge.error) for edge in cruel))
            yield graph.finding(
                Rule.SILENT_HANG_UP,
                cruel[0].path,
                index,
                f"When {graph.label(index)} ends in {errors}, the caller can be hung up on "
                "without a word; say something or transfer first.",
            )
