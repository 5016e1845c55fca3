"""What an action does, in the words of somebody who answers for the call."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flowkit.catalogue.about import ABOUT
from flowkit.drawing.text import camel_words, readable, resource
from flowkit.model import Action, Flow
from flowkit.secrets import withheld

# Attribute maps and the like: as many entries as fit a box.
_SHOWN = 5
_TAG = re.compile("<[^<>]*>")
_DOUBLE_ANGLES = re.compile("<<([^<>]*)>>")


@dataclass(frozen=True)
class Words:
    """An action in words: what it does, and with what (a paragraph each)."""

    title: str
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Subject:
    """An action together with the names that the console keeps for the ids in it."""

    action: Action
    names: Mapping[str, Any]

    def text(self, path: str) -> str:
        """A parameter as plain text; empty when it is not there or no scalar."""
        return _scalar(_at(self.action.parameters, path))

    def resource(self, path: str) -> str:
        """A resource by its display name, else by its id; empty when the parameter is not there."""
        value = self.text(path)
        return (_display_name(self.names, path) or resource(value)) if value else ""


def describe(flow: Flow, action: Action) -> Words:
    """The words for one action of a flow; an unknown type is described by its parameters."""
    known = ABOUT.get(action.type)
    title = known.title if known else camel_words(action.type)
    details = _DETAILS.get(action.type, _parameters)
    described = details(_Subject(action, _metadata(flow, action.identifier)))
    return Words(title, tuple(p for p in described if p))


def _metadata(flow: Flow, identifier: str) -> Mapping[str, Any]:
    actions = flow.metadata.get("ActionMetadata")
    found = actions.get(identifier) if isinstance(actions, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _display_name(names: Mapping[str, Any], path: str) -> str:
    """The name in the designer's own metadata, in either of the spellings that exports have."""
    found = _scalar(_at(names, f"parameters.{path}.displayName"))
    if not found and path.endswith(("ContactFlowId", "ContactFlowArn")):
        found = _scalar(_at(names, "ContactFlow.text"))
    if not found and path.startswith("EventHooks."):
        found = _scalar(_at(names, "contactFlow.text"))
    if not found and path == "QueueId":
        found = _scalar(_at(names, "queue.text"))
    return readable(found)


def _at(value: object, path: str) -> object:
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _scalar(value: object) -> str:
    return str(value) if isinstance(value, (str, int, float)) else ""


def _map(value: object) -> list[str]:
    if not isinstance(value, Mapping):
        return []
    shown = [
        f"{readable(str(key))} = {_entry(str(key), item)}"
        for key, item in list(value.items())[:_SHOWN]
    ]
    return [*shown, f"… and {len(value) - _SHOWN} more"] if len(value) > _SHOWN else shown


def _entry(key: str, item: object) -> str:
    # Flow attributes wrap theirs: {"Value": "x"}.
    inner = item.get("Value") if isinstance(item, Mapping) else item
    # A picture is passed around; it shows no secrets.
    return _value(withheld(key, inner) if isinstance(inner, str) else inner)


def _value(item: object) -> str:
    if isinstance(item, Mapping):
        return "…"
    if isinstance(item, (list, tuple)):
        return ", ".join(readable(_scalar(part)) or "…" for part in item)
    text = _scalar(item)
    return resource(text) if text.startswith("arn:") else readable(text)


def _labelled(label: str, value: str) -> str:
    return f"{label}: {value}" if value else ""


def _prompt(parameters: object, names: Mapping[str, Any], path: str = "") -> str:
    """What is said or played."""
    if not isinstance(parameters, Mapping):
        return ""
    if text := _scalar(parameters.get("Text")):
        return f"“{_spoken(text)}”"
    if ssml := _scalar(parameters.get("SSML")):
        return f"“{_spoken(ssml)}”"
    if prompt := _scalar(parameters.get("PromptId")):
        return f"plays {_display_name(names, f'{path}PromptId') or resource(prompt)}"
    uri = _scalar(_at(parameters, "Media.Uri"))
    return f"plays {readable(uri).rpartition('/')[2]}" if uri else ""


def _spoken(text: str) -> str:
    """What a caller hears of it: SSML, which exports also have as ``Text``, without its tags."""
    if text.lstrip().startswith("<speak"):
        # Other tools' placeholders, <<name>>, stand within attributes too.
        text = _TAG.sub(" ", _DOUBLE_ANGLES.sub(r"\1", text))
    return readable(text)


def _says(subject: _Subject) -> list[str]:
    return [_prompt(subject.action.parameters, subject.names)]


_EARLY_KEYS = {"true": "keeps keys pressed early", "false": "forgets keys pressed early"}


def _asks(subject: _Subject) -> list[str]:
    limit = subject.text("InputTimeLimitSeconds")
    stores = subject.text("StoreInput").lower() == "true"
    longest = subject.text("InputValidation.CustomValidation.MaximumLength")
    return [
        *_says(subject),
        _EARLY_KEYS.get(subject.text("EnableDTMFBuffer").lower(), ""),
        "keeps what is typed" if stores else "",
        _labelled("at most", f"{readable(longest)} digits" if longest else ""),
        f"waits {readable(limit)} s" if limit else "",
    ]


def _says_in_turn(subject: _Subject) -> list[str]:
    messages = subject.action.parameters.get("Messages")
    every = subject.text("InterruptFrequencySeconds")
    listed = messages if isinstance(messages, list) else []
    names = _at(subject.names, "parameters.Messages")
    known = names if isinstance(names, list) else []
    shown = [
        _prompt(message, {"parameters": known[index] if index < len(known) else {}})
        for index, message in enumerate(listed[:_SHOWN])
    ]
    return [*shown, f"interrupted every {readable(every)} s" if every else ""]


def _bot(subject: _Subject) -> list[str]:
    bot = subject.resource("LexV2Bot.AliasArn") or subject.resource("LexBot.Name")
    return [*_says(subject), _labelled("bot", bot)]


def _view(subject: _Subject) -> list[str]:
    heading = subject.text("ViewData.Heading")
    return [
        f"“{readable(heading)}”" if heading else "",
        _labelled("view", subject.resource("ViewResource.Id")),
    ]


def _third_party(subject: _Subject) -> list[str]:
    connector = subject.resource("VoiceConnector.VoiceConnectorArn")
    limit = subject.text("ThirdPartyConnectionTimeLimitSeconds")
    return [
        _labelled("number", readable(subject.text("ThirdPartyPhoneNumber"))),
        _labelled("voice connector", connector),
        _labelled("shown number", readable(subject.text("CallerId.Number"))),
        f"rings at most {readable(limit)} s" if limit else "",
    ]


def _function(subject: _Subject) -> list[str]:
    limit = subject.text("InvocationTimeLimitSeconds")
    waits = subject.text("InvocationType").upper() != "ASYNCHRONOUS"
    return [
        subject.resource("LambdaFunctionARN"),
        *_map(subject.action.parameters.get("LambdaInvocationAttributes")),
        (f"waits at most {readable(limit)} s" if limit else "")
        if waits
        else "does not wait for its answer",
    ]


def _queue(subject: _Subject) -> list[str]:
    return [
        _labelled("queue", subject.resource("QueueId")),
        _labelled("agent", subject.resource("AgentId")),
    ]


def _hooks(subject: _Subject) -> list[str]:
    hooks = subject.action.parameters.get("EventHooks")
    if not isinstance(hooks, Mapping):
        return []
    return [
        f"{camel_words(str(event))}: {subject.resource(f'EventHooks.{event}')}" for event in hooks
    ]


def _recording(subject: _Subject) -> list[str]:
    recorded = _at(subject.action.parameters, "RecordingBehavior.RecordedParticipants")
    analytics = subject.text("AnalyticsBehavior.Enabled")
    return [
        f"records {_value(recorded)}"
        if isinstance(recorded, list) and recorded
        else "records nobody",
        "analytics on" if analytics.lower() == "true" else "",
    ]


def _compared(subject: _Subject) -> list[str]:
    return [readable(subject.text("ComparisonValue"))]


def _metric(subject: _Subject) -> list[str]:
    return [camel_words(subject.text("MetricType") or "figures"), *_queue(subject)]


def _callback(subject: _Subject) -> list[str]:
    attempts = subject.text("MaximumConnectionAttempts")
    delay = subject.text("InitialCallDelaySeconds")
    return [
        *_queue(subject),
        f"first call after {readable(delay)} s" if delay else "",
        f"at most {readable(attempts)} attempts" if attempts else "",
    ]


def _values(*paths: str) -> Callable[[_Subject], list[str]]:
    return lambda subject: [readable(subject.text(path)) for path in paths]


def _resources(*paths: str) -> Callable[[_Subject], list[str]]:
    return lambda subject: [subject.resource(path) for path in paths]


def _maps(path: str) -> Callable[[_Subject], list[str]]:
    return lambda subject: _map(subject.action.parameters.get(path))


def _nothing(_subject: _Subject) -> list[str]:
    return []


def _parameters(subject: _Subject) -> list[str]:
    """For types without words of their own: their plain parameters."""
    flat = [
        f"{camel_words(name)}: {subject.resource(name)}"
        for name, value in subject.action.parameters.items()
        if _scalar(value)
    ]
    return flat[:_SHOWN]


# What is said of an action beyond its title, which the catalogue has.
_DETAILS: Mapping[str, Callable[[_Subject], list[str]]] = {
    "MessageParticipant": _says,
    "GetParticipantInput": _asks,
    "ConnectParticipantWithLexBot": _bot,
    "MessageParticipantIteratively": _says_in_turn,
    "ShowView": _view,
    "DisconnectParticipant": _nothing,
    "TransferParticipantToThirdParty": _third_party,
    "UpdateContactAttributes": _maps("Attributes"),
    "UpdateFlowAttributes": _maps("FlowAttributes"),
    "UpdateContactTargetQueue": _queue,
    "TransferContactToQueue": _nothing,
    "DequeueContactAndTransferToQueue": _queue,
    "TransferContactToAgent": _nothing,
    "UpdateContactCallbackNumber": _values("CallbackNumber"),
    "CreateCallbackContact": _callback,
    "UpdateContactTextToSpeechVoice": _values("TextToSpeechVoice", "TextToSpeechEngine"),
    "UpdateContactEventHooks": _hooks,
    "UpdateContactRecordingBehavior": _recording,
    "UpdateContactMediaStreamingBehavior": _values("MediaStreamingState"),
    "UpdateFlowLoggingBehavior": _values("FlowLoggingBehavior"),
    "Compare": _compared,
    "CheckHoursOfOperation": _resources("HoursOfOperationId"),
    "CheckMetricData": _metric,
    "GetMetricData": _queue,
    "DistributeByPercentage": _nothing,
    "TransferToFlow": _resources("ContactFlowId"),
    "InvokeFlowModule": _resources("FlowModuleId"),
    "InvokeLambdaFunction": _function,
    "EndFlowExecution": _nothing,
    "EndFlowModuleExecution": _values("Result"),
}
