"""Rules over JSONPaths: whether what they read can have been filled.

Every namespace that an action fills is followed along the ways of the flow: at each action it is
known which fillers may have filled it last, which may have failed, and whether none may have run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from flowkit._checks.graph import Edge, Graph
from flowkit._checks.strings import Value
from flowkit.catalogue import CATALOGUE, FILLERS, FlowType, closest
from flowkit.model import Action
from flowkit.problem import Problem, Rule, Severity

# `$.A.b`, `$['A'].b`, `$.['A']`; prices such as `$.50` are no paths.
_PATH = re.compile(
    r"""\$(?:\.([A-Za-z_]\w*)|\.?\[['"]([^'"\]]+)['"]\])((?:\.[A-Za-z_][\w-]*|\.?\[['"][^'"\]]+['"]\])*)"""
)

ROOTS = frozenset(
    {
        # Admin guide, connect-attrib-list, and what published flows read.
        "AdditionalEmailRecipients",
        "Agent",
        "AgenticCX",
        "Attributes",
        "AwsRegion",
        "CallbackNumber",
        "Campaign",
        "Capabilities",
        "Case",
        "Channel",
        "ContactId",
        "Customer",
        "CustomerEndpoint",
        "CustomerId",
        "DataTableList",
        "DataTables",
        "DeliveryReceipts",
        "Description",
        "Email",
        "External",
        "FlowAttributes",
        "InitialContactId",
        "InitiationMethod",
        "InstanceARN",
        "LambdaInvocation",
        "LanguageCode",
        "Lex",
        "Loop",
        "Media",
        "MediaStreams",
        "Metrics",
        "Modules",
        "Name",
        "OutboundCommunication",
        "PreviousContactId",
        "Queue",
        "References",
        "RelatedContactId",
        "RoutingCriteria",
        "SegmentAttributes",
        "StoredCustomerInput",
        "SystemEndpoint",
        "Tags",
        "Task",
        "TextToSpeechVoiceId",
        "Views",
        "Wisdom",
    }
)
# Namespaces that hold nothing before an action of some flow has filled them, unlike `$.Queue`.
_FOLLOWED = frozenset(
    {
        "AgenticCX",
        "Case",
        "Customer",
        "External",
        "FlowAttributes",
        "Lex",
        "Metrics",
        "StoredCustomerInput",
        "Views",
        "Wisdom",
    }
)
_REPLACED = frozenset(
    root for entry in CATALOGUE.values() if entry.about.replaces for root in entry.about.fills
)
# What answers of every Lambda have in common tells nothing about whose answer it is.
_COMMON_KEYS = re.compile(
    r"(?i)status|statuscode|error|errorcode|errormessage|result|success|message|retryable|body|code"
)
_FILLED_ALL_THE_SAME = frozenset({"NoMatchingCondition", "MultipleFoundError"})


@dataclass(frozen=True)
class Reference:
    """A JSONPath in a string: its root, what follows, and the string it stands in."""

    root: str
    rest: str
    value: Value

    @property
    def text(self) -> str:
        """The path in its plain spelling."""
        return f"$.{self.root}{self.rest}"


def reference_problems(graph: Graph) -> Iterator[Problem]:
    """Paths into namespaces that do not exist, or that hold nothing or something old."""
    reads: dict[str, dict[Reference, None]] = {}
    unknown: set[tuple[str, str]] = set()
    for value in graph.values:
        if "$" not in value.text:
            continue
        for match in _PATH.finditer(value.text):
            root = match[1] or match[2]
            reference = Reference(root, match[3], value)
            if root in ROOTS:
                reads.setdefault(root, {})[reference] = None
            elif (root, value.path) not in unknown:
                unknown.add((root, value.path))
                yield _unknown(graph, reference)
    for root, found in reads.items():
        if root in _FOLLOWED:
            yield from _Slot(graph, root).problems(list(found))
    yield from _modules(graph, list(reads.get("Modules", ())))


def _unknown(graph: Graph, reference: Reference) -> Problem:
    meant = closest(reference.root, sorted(ROOTS))
    remedy = f"did you mean $.{meant[0]}?" if meant else "name one that it has."
    return graph.finding(
        Rule.REFERENCE_ROOT,
        reference.value.path,
        reference.value.action,
        f"{reference.text} begins with a namespace that Amazon Connect does not have; {remedy}",
    )


def _modules(graph: Graph, references: list[Reference]) -> Iterator[Problem]:
    calls = any(action.type == "InvokeFlowModule" for action in graph.actions)
    for reference in references:
        outside = reference.rest.startswith(".Input") and graph.flow_type is not FlowType.MODULE
        # A bare content does not say that it is a module's; its end does.
        ends = any(action.type == "EndFlowModuleExecution" for action in graph.actions)
        if outside and not ends:
            advice = f"{reference.text} has a value only inside a module; read it there."
        elif reference.rest.startswith(".Result") and not calls:
            advice = f"{reference.text} is read, and no module is called in this flow; call one."
        else:
            continue
        yield graph.finding(
            Rule.REFERENCE_UNSET, reference.value.path, reference.value.action, advice
        )


_UNSET = 1


class _Slot:
    """One namespace and who may have filled it last, at every action, as sets of bits.

    Bit 0 says that nobody may have; action i sets bit 2i+1 where it succeeded, 2i+2 where it
    failed.
    """

    def __init__(self, graph: Graph, root: str) -> None:
        self.graph = graph
        self.root = root
        self.keeps = root not in _REPLACED
        self.fillers = [
            index
            for index, action in enumerate(graph.actions)
            if action.type in FILLERS[root] and _fills(action)
        ]
        self.before = self._follow()

    def problems(self, references: list[Reference]) -> Iterator[Problem]:
        """What is wrong with reading this namespace at these places."""
        if not self.fillers:
            yield self._elsewhere(references)
            return
        alone: dict[str, set[int]] = {}
        for reference in references:
            index = reference.value.action
            assert index is not None  # noqa: S101 (references stand in actions)
            state = self.before.get(index)
            if state is None:  # nobody comes here; that is another rule's
                continue
            if problem := self._judge(reference, index, state):
                yield problem
                continue
            yield from self._overtaken(reference, index, state, alone)

    def _elsewhere(self, references: list[Reference]) -> Problem:
        """Nothing in this flow fills it; a flow that transfers to this one may have.

        What a Lambda answered stays readable after a transfer: published flows live by it.
        """
        first = references[0].value
        places = f" ({len(references)} places)" if len(references) > 1 else ""
        finding = self.graph.finding(
            Rule.REFERENCE_UNSET,
            first.path,
            first.action,
            f"{references[0].text} is read{places}, and nothing in this flow fills $.{self.root}; "
            f"make sure that every flow that leads here has, or put {self._filler()} before it.",
        )
        return replace(finding, severity=Severity.NOTE)

    def _filler(self) -> str:
        several = len(FILLERS[self.root]) > 1
        return f"{'an action such as ' if several else ''}{sorted(FILLERS[self.root])[0]}"

    def _judge(self, reference: Reference, index: int, state: int) -> Problem | None:
        graph = self.graph
        label = graph.label(index)
        filled = self._who(state, 1)
        failed = self._who(state, 2)
        if not filled and not failed:
            rule = Rule.REFERENCE_UNSET
            advice = (
                f"{label} reads {reference.text}, and nothing before it in this flow fills it; "
                f"put {self._filler()} before it."
            )
        elif not filled:
            rule = Rule.REFERENCE_STALE
            advice = (
                f"{label} reads {reference.text} where {graph.label(failed[0])} has failed, so it "
                "holds nothing or an older result; use fixed text on the error branch."
            )
        elif self.keeps or graph.actions[index].type == "Compare":
            # To compare is how a flow finds out whether a result is there.
            old = [f for f in failed if self._who(self.before.get(f, 0), 1) not in ([], [f])]
            if self.keeps or not old:
                return None
            rule = Rule.REFERENCE_STALE
            advice = (
                f"{label} compares {reference.text} also where {graph.label(old[0])} has failed, "
                "when it may still hold what an earlier action left; lead that error branch "
                "elsewhere."
            )
        elif failed or state & _UNSET:
            rule = Rule.REFERENCE_DOUBTFUL
            why = f"{graph.label(failed[0])} fails" if failed else "nothing has filled it"
            advice = (
                f"{label} reads {reference.text} also on a way where {why}; test it with Compare "
                "first or part the ways."
            )
        else:
            return None
        return graph.finding(rule, reference.value.path, index, advice)

    def _overtaken(
        self, reference: Reference, index: int, state: int, alone: dict[str, set[int]]
    ) -> Iterator[Problem]:
        """A key that one Lambda's answer had, read again when another has answered since."""
        if self.root != "External" or _COMMON_KEYS.fullmatch(reference.rest.strip(".[]'\"")):
            return
        filled = self._who(state, 1)
        functions = {str(self._function(f)) for f in filled}
        earlier = alone.get(reference.rest)
        if len(functions) > 1:
            advice = (
                f"{self.graph.label(index)} reads {reference.text}, which comes from "
                f"{' or '.join(self.graph.label(f) for f in filled)}, whichever ran last; save it "
                "in a contact attribute after each."
            )
            yield self.graph.finding(Rule.REFERENCE_DOUBTFUL, reference.value.path, index, advice)
        elif earlier is None:
            alone[reference.rest] = set(filled)
        elif all(str(self._function(f)) not in functions for f in earlier):
            first = min(earlier)
            yield self.graph.finding(
                Rule.REFERENCE_STALE,
                reference.value.path,
                index,
                f"{self.graph.label(index)} reads {reference.text}, which is read after "
                f"{self.graph.label(first)} too, and {self.graph.label(filled[0])} has replaced "
                "the whole answer since; save it in a contact attribute in between.",
            )

    def _function(self, index: int) -> object:
        return self.graph.actions[index].parameters.get("LambdaFunctionARN")

    def _who(self, state: int, which: int) -> list[int]:
        return [index for index in self.fillers if state >> (2 * index + which) & 1]

    def _follow(self) -> dict[int, int]:
        if self.graph.start is None:
            return {}
        before = {self.graph.start: _UNSET}
        waiting = [self.graph.start]
        fillers = set(self.fillers)
        while waiting:
            here = waiting.pop()
            state = before[here]
            for edge in self.graph.ways[here]:
                after = self._after(edge, state) if here in fillers else state
                known = before.get(edge.target)
                if known is None or after | known != known:
                    before[edge.target] = after | (known or 0)
                    waiting.append(edge.target)
        return before

    def _after(self, edge: Edge, state: int) -> int:
        if edge.error is None or edge.error in _FILLED_ALL_THE_SAME:
            done = 1 << (2 * edge.source + 1)
            return done | state & ~_UNSET if self.keeps else done
        failed = 1 << (2 * edge.source + 2)
        return failed | state if self.keeps else failed


def _fills(action: Action) -> bool:
    if action.type == "GetParticipantInput":
        stores = action.parameters.get("StoreInput")
        if "EnableDTMFBuffer" in action.parameters:
            return str(stores).lower() == "true"
        return stores != "False"
    return action.parameters.get("InvocationType") != "ASYNCHRONOUS"
