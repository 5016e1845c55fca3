"""Rules over the time a caller waits for Lambdas."""

from __future__ import annotations

from collections.abc import Iterator

from flowkit._checks.graph import Graph, circles, pauses
from flowkit.problem import Problem, Rule

_CHAIN_LIMIT = 20
"""Seconds Lambdas may take together without a prompt (admin guide, connect-lambda-functions)."""
_LONGEST = 8
"""Connect cuts a synchronous Lambda at 8 s."""


def time_problems(graph: Graph) -> Iterator[Problem]:
    """Chains of Lambdas without a prompt that can take more than 20 s together.

    In a circle around a ``Loop`` each Lambda counts as often as the Loop lets it run; a circle
    without one is `Rule.LOOP_WITHOUT_PAUSE`'s to find and counts once here.
    """
    seconds = [_seconds(graph, index) for index in range(len(graph.actions))]
    if sum(seconds) <= _CHAIN_LIMIT and not any(a.type == "Loop" for a in graph.actions):
        return
    quiet = [index for index in graph.reached if not pauses(graph.actions[index])]
    inside = set(quiet)

    def ways(index: int) -> list[int]:
        return [edge.target for edge in graph.ways[index] if edge.target in inside]

    rounds = circles(sorted(quiet), ways)
    home = {index: number for number, members in enumerate(rounds) for index in members}
    own = [sum(seconds[i] for i in members) * _times(graph, members) for members in rounds]
    before = [0] * len(rounds)
    # Components come with the last first, so the way from the start is from the end of the list.
    for number in reversed(range(len(rounds))):
        total = before[number] + own[number]
        if own[number] and before[number] <= _CHAIN_LIMIT < total:
            index = next(i for i in rounds[number] if seconds[i])
            yield graph.finding(
                Rule.LAMBDA_CHAIN,
                f"Actions[{index}].Parameters.InvocationTimeLimitSeconds",
                index,
                f"With {graph.label(index)} the Lambdas since the last prompt may take {total} s, "
                f"and Connect cuts them off after {_CHAIN_LIMIT} s; put a prompt between them or "
                "lower their limits.",
            )
        for target in {home[t] for i in rounds[number] for t in ways(i)} - {number}:
            before[target] = max(before[target], total)


def _seconds(graph: Graph, index: int) -> int:
    action = graph.actions[index]
    if action.type != "InvokeLambdaFunction":
        return 0
    if action.parameters.get("InvocationType") == "ASYNCHRONOUS":
        return 0
    return min(_number(action.parameters.get("InvocationTimeLimitSeconds"), _LONGEST), _LONGEST)


def _times(graph: Graph, members: list[int]) -> int:
    loops = [graph.actions[i] for i in members if graph.actions[i].type == "Loop"]
    if len(members) == 1 or not loops:
        return 1
    return max(1, min(_number(loop.parameters.get("LoopCount"), 1) for loop in loops))


def _number(value: object, otherwise: int) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6:  # noqa: PLR2004 (no limit is longer)
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return otherwise
