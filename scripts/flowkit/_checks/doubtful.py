"""Rules over parameters that the service lets pass and a person would not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from flowkit._checks.graph import Graph
from flowkit._checks.parameters import FOR_THE_BOT
from flowkit.catalogue import CATALOGUE, closest
from flowkit.catalogue.shapes import Fields
from flowkit.problem import Problem, Rule, Severity

_WEEK = 604_800

_EXTREMES: Mapping[tuple[str, str], int] = {
    # The console offers 1 to 180 s for the first digit; voicemails are recorded for up to 300.
    ("GetParticipantInput", "InputTimeLimitSeconds"): 300,
    # A chat, and with it a view, lasts seven days at most.
    ("ShowView", "InvocationTimeLimitSeconds"): _WEEK,
    ("Wait", "MinimumWaitTimeSeconds"): _WEEK,
    # Published flows ask for up to 25 digits; nobody types a hundred.
    ("GetParticipantInput", "InputValidation.CustomValidation.MaximumLength"): 100,
    # Nobody wants to be called more often, or to hear the next prompt only after an hour.
    ("CreateCallbackContact", "MaximumConnectionAttempts"): 10,
    ("MessageParticipantIteratively", "InterruptFrequencySeconds"): 3600,
    # The default is 5; larger steps than these only ever come from a slip of the hand.
    ("UpdateContactRoutingBehavior", "QueuePriority"): 10_000,
    ("UpdateContactRoutingBehavior", "QueueTimeAdjustmentSeconds"): 86_400,
}
_DIGITS = 19
# Keys that published flows have in shapes the catalogue leaves open.
_FAMILIAR: Mapping[str, tuple[str, ...]] = {
    "AnalyticsBehavior": (
        "AnalyticsLanguage",
        "AnalyticsMode",
        "AnalyticsRedactionBehavior",
        "AnalyticsRedactionEntities",
        "AnalyticsRedactionMaskMode",
        "AnalyticsRedactionResults",
        "ChannelConfiguration",
        "SentimentConfiguration",
        "SummaryConfiguration",
    ),
    "CreateCase": ("CaseRequestFields", "CaseTemplateId", "LinkContactToCase"),
    "GetCase": (
        "CaseRequestFields",
        "CaseResponseFields",
        "CustomerId",
        "GetLastUpdatedCase",
        "LinkContactToCase",
    ),
    "Loop": ("Items", "LoopName"),
    "RoutingCriteria": ("MatchCriteria", "Steps"),
    "StartOutboundChatContact": (
        "Attributes",
        "InitialMessage",
        "InitialSystemMessage",
        "InitialTemplatedSystemMessage",
        "RelatedContact",
        "SegmentAttributes",
    ),
    "UpdateCase": ("CaseId", "CaseRequestFields", "LinkContactToCase"),
}


def doubtful_problems(graph: Graph) -> Iterator[Problem]:
    """Numbers out of all proportion, and names that no example of the action has."""
    for index, action in enumerate(graph.actions):
        path = f"Actions[{index}].Parameters"
        for (type_, name), most in _EXTREMES.items():
            if type_ == action.type:
                yield from _extreme(graph, index, f"{path}.{name}", name, most)
        entry = CATALOGUE.get(action.type)
        if entry is not None:
            yield from _unfamiliar(graph, index, entry.parameters, action.parameters, path)
        attributes = action.parameters.get(FOR_THE_BOT)
        for name, value in attributes.items() if isinstance(attributes, Mapping) else ():
            if value == "":
                yield replace(
                    graph.finding(
                        Rule.PARAMETER_EMPTY,
                        f"{path}.{FOR_THE_BOT}.{name}",
                        index,
                        f"{FOR_THE_BOT}.{name} of {graph.label(index)} is an empty string, which "
                        "Amazon Connect refuses in most places; give it a value or remove it.",
                    ),
                    severity=Severity.WARNING,
                )


def _extreme(graph: Graph, index: int, path: str, name: str, most: int) -> Iterator[Problem]:
    value: object = graph.actions[index].parameters
    for key in name.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    try:
        number = int(value) if isinstance(value, (int, str)) and len(str(value)) <= _DIGITS else 0
    except ValueError:  # a path, a placeholder, or another rule's finding
        return
    if abs(number) > most:
        yield graph.finding(
            Rule.PARAMETER_EXTREME,
            path,
            index,
            f"{name} of {graph.label(index)} is {number}; more than {most} is most likely a slip.",
        )


def _unfamiliar(
    graph: Graph, index: int, shape: Fields, value: Mapping[str, object], path: str
) -> Iterator[Problem]:
    for name, inner in value.items():
        if name not in shape.known:
            if not shape.others:  # an error, and another rule's
                continue
            owner = path.rpartition(".")[2]
            owner = graph.actions[index].type if owner == "Parameters" else owner
            familiar = (*shape.known, *_FAMILIAR.get(owner, ()))
            meant = [word for word in closest(name, familiar) if word not in value]
            if name in familiar:
                continue
            remedy = f"did you mean {meant[0]}?" if meant else "check its spelling."
            yield graph.finding(
                Rule.PARAMETER_UNFAMILIAR,
                f"{path}.{name}",
                index,
                f"No example of {graph.actions[index].type} has the parameter {name} that "
                f"'{graph.actions[index].identifier}' has; {remedy}",
            )
        elif isinstance(known := shape.known[name].shape, Fields) and isinstance(inner, Mapping):
            yield from _unfamiliar(graph, index, known, inner, f"{path}.{name}")
