"""A flow as a graph: where a contact can go from each action."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from flowkit._checks.strings import Value, action_values, other_values
from flowkit.catalogue import FlowType
from flowkit.model import Action, Flow
from flowkit.problem import Problem, Rule

_PAUSES = frozenset(
    {
        "AuthenticateParticipant",
        "ConnectParticipantWithLexBot",
        "GetParticipantInput",
        "MessageParticipant",
        "MessageParticipantIteratively",
        "ShowView",
        "TransferParticipantToThirdParty",
        "Wait",
    }
)


def pauses(action: Action) -> bool:
    """Whether it takes a person's time: something is said, shown, asked or waited for."""
    # One form of it only switches the buffer for keys that are pressed early.
    return action.type in _PAUSES and "EnableDTMFBuffer" not in action.parameters


@dataclass(frozen=True)
class Edge:
    """One way from an action to another.

    Attributes:
        source: index of the action it leaves.
        target: index of the action it leads to.
        path: where it stands in the document.
        error: the error it is taken on; None where the action did its work.
    """

    source: int
    target: int
    path: str
    error: str | None = None


@dataclass(frozen=True)
class Graph:
    """The actions of a flow with the ways between them; ways that lead nowhere are left out.

    Attributes:
        flow: the flow.
        flow_type: its type.
        template: whether its strings may hold placeholders.
    """

    flow: Flow
    flow_type: FlowType
    template: bool

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions; an index into this is how the checks name one."""
        return self.flow.actions

    @cached_property
    def index(self) -> dict[str, int]:
        """Index of each identifier's first action."""
        found: dict[str, int] = {}
        for index, action in enumerate(self.actions):
            found.setdefault(action.identifier, index)
        return found

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """The strings in parameters and operands."""
        return tuple(action_values(self.flow))

    @cached_property
    def other_values(self) -> tuple[Value, ...]:
        """The strings outside the actions."""
        return tuple(other_values(self.flow))

    @cached_property
    def start(self) -> int | None:
        """Index of the action the flow starts with, if it has one."""
        return self.index.get(self.flow.start_action)

    @cached_property
    def ways(self) -> tuple[tuple[Edge, ...], ...]:
        """The ways out of each action."""
        return tuple(tuple(self._ways(index)) for index in range(len(self.actions)))

    @cached_property
    def reached(self) -> frozenset[int]:
        """Every action a contact can come to."""
        if self.start is None:
            return frozenset()
        return frozenset(self.reach([self.start]))

    def reach(self, roots: list[int], through: Callable[[int], bool] | None = None) -> set[int]:
        """Everything that can be reached from some actions, these included.

        Args:
            roots: where to begin.
            through: whether the way goes on beyond an action; beyond every one by default.
        """
        seen = set(roots)
        waiting = list(roots)
        while waiting:
            here = waiting.pop()
            if through is not None and not through(here):
                continue
            for edge in self.ways[here]:
                if edge.target not in seen:
                    seen.add(edge.target)
                    waiting.append(edge.target)
        return seen

    def finding(self, rule: Rule, path: str, action: int | None, advice: str) -> Problem:
        """A finding of the linter, which has no wording of the service's."""
        identifier = None if action is None else self.actions[action].identifier
        return Problem(advice, path, identifier, rule.value, advice, rule.severity)

    def label(self, index: int) -> str:
        """How a sentence names an action."""
        action = self.actions[index]
        return f"{action.type} '{action.identifier}'"

    def _ways(self, source: int) -> Iterator[Edge]:
        transitions = self.actions[source].transitions
        path = f"Actions[{source}].Transitions"
        index = self.index
        if transitions.next_action in index:
            yield Edge(source, index[transitions.next_action or ""], f"{path}.NextAction")
        for at, condition in enumerate(transitions.conditions):
            if condition.next_action in index:
                yield Edge(source, index[condition.next_action], f"{path}.Conditions[{at}]")
        for at, branch in enumerate(transitions.errors):
            if branch.next_action in index:
                target = index[branch.next_action]
                yield Edge(source, target, f"{path}.Errors[{at}]", branch.error_type)


def circles(nodes: list[int], ways: Callable[[int], list[int]]) -> list[list[int]]:
    """Strongly connected components, every one after those it leads to (Tarjan, no recursion).

    Args:
        nodes: the nodes.
        ways: where each node leads; other nodes than ``nodes`` must be left out.
    """
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    stacked: set[int] = set()
    found: list[list[int]] = []
    for root in nodes:
        if root in order:
            continue
        order[root] = low[root] = len(order)
        stack.append(root)
        stacked.add(root)
        open_: list[tuple[int, Iterator[int]]] = [(root, iter(ways(root)))]
        while open_:
            here, rest = open_[-1]
            target = next(rest, None)
            if target is None:
                open_.pop()
                if open_:
                    low[open_[-1][0]] = min(low[open_[-1][0]], low[here])
                if low[here] == order[here]:
                    component: list[int] = []
                    while not component or component[-1] != here:
                        component.append(stack.pop())
                        stacked.discard(component[-1])
                    found.append(sorted(component))
            elif target not in order:
                order[target] = low[target] = len(order)
                stack.append(target)
                stacked.add(target)
                open_.append((target, iter(ways(target))))
            elif target in stacked:
                low[here] = min(low[here], order[target])
    return found
