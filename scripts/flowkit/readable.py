"""Identifiers that say what an action does, for actions whose identifier the designer rolled."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from flowkit.display_names import DisplayNames
from flowkit.jsontext import JsonText, Path
from flowkit.literals import UUID
from flowkit.naming import numbered, words
from flowkit.references import readable_part

__all__ = ["readable_identifiers"]

_MAXIMUM = 50  # characters of an identifier (developer guide, flow-language-actions)
_WORDS_OF_TEXT = 5
_WORDS_OF_PATH = 3
_LONGEST = 500  # characters of a text that its words are taken from
_ROLLED = re.compile(rf"{UUID.pattern}|(?=[a-f]*\d)[0-9a-f]{{12,}}", re.IGNORECASE)
_TAG_OR_PATH = re.compile(r"<[^<>]*>|\$(?:\.|\[)[^\s<]*|\$\{[^{}]*\}")

_VERBS = {
    "ConnectParticipantWithLexBot": "talk to",
    "CheckHoursOfOperation": "check hours",
    "CheckMetricData": "check metrics",
    "Compare": "check",
    "CreateCallbackContact": "create callback",
    "DisconnectParticipant": "hang up",
    "EndFlowExecution": "end flow",
    "EndFlowModuleExecution": "return",
    "GetParticipantInput": "ask",
    "InvokeFlowModule": "run",
    "InvokeLambdaFunction": "invoke",
    "MessageParticipant": "say",
    "MessageParticipantIteratively": "play",
    "ShowView": "show",
    "TransferContactToQueue": "transfer to queue",
    "TransferParticipantToThirdParty": "transfer to number",
    "TransferToFlow": "go to",
    "UpdateContactAttributes": "set",
    "UpdateContactCallbackNumber": "set callback number",
    "UpdateContactEventHooks": "set",
    "UpdateContactMediaStreamingBehavior": "set media streaming",
    "UpdateContactRecordingBehavior": "set recording",
    "UpdateContactTargetQueue": "set queue",
    "UpdateContactTextToSpeechVoice": "set voice",
    "UpdateFlowAttributes": "set",
    "UpdateFlowLoggingBehavior": "set flow logging",
}
# Where the thing that an action uses stands in its parameters, the first that is there counts.
_OBJECTS: tuple[Path, ...] = (
    ("LambdaFunctionARN",),
    ("ContactFlowId",),
    ("FlowModuleId",),
    ("LexV2Bot", "AliasArn"),
    ("LexBot", "Name"),
    ("ViewResource", "Id"),
    ("HoursOfOperationId",),
    ("QueueId",),
    ("AgentId",),
    ("PromptId",),
)


def readable_identifiers(content: JsonText) -> dict[str, str]:
    """The new identifier of every action that needs one: those that say nothing.

    Identifiers that somebody chose stay, so a second time nothing changes; one that two actions
    share stays too, because nobody knows which of them a transition means.

    Args:
        content: a flow; actions that are none are passed over.
    """
    displays = DisplayNames.of(content)
    shared = Counter(displays.identifiers.values())
    taken = dict.fromkeys((name for name in shared if not _is_rolled(name)), 1)
    document: Any = content.document
    new: dict[str, str] = {}
    for index, identifier in displays.identifiers.items():
        if shared[identifier] > 1 or not _is_rolled(identifier):
            continue
        wished = "-".join(_words(index, document["Actions"][index], displays)) or "action"
        new[identifier] = numbered(wished, taken, link="-", maximum=_MAXIMUM)
    return new


def _is_rolled(identifier: str) -> bool:
    return bool(_ROLLED.search(identifier))


def _words(index: int, action: Mapping[str, Any], displays: DisplayNames) -> list[str]:
    kind = action.get("Type")
    name = kind if isinstance(kind, str) else ""
    verb = _VERBS.get(name, "").split() or words(name)
    given = action.get("Parameters")
    parameters = given if isinstance(given, dict) else {}
    subject = _SUBJECTS.get(name, _nothing)(parameters) or _object(index, parameters, displays)
    # Numbers in texts and names are often somebody's: accounts, phone numbers, order numbers.
    subject = [word for word in subject if not word.isdigit()]
    if verb and subject[: len(verb)] == verb:
        return subject
    return [*verb, *subject]


def _nothing(_parameters: Mapping[str, Any]) -> list[str]:
    return []


def _said(parameters: Mapping[str, Any]) -> list[str]:
    for key in ("Text", "SSML"):
        if isinstance(parameters.get(key), str):
            text = parameters[key][:_LONGEST].replace("'", "")
            said = [word for word in words(_TAG_OR_PATH.sub(" ", text)) if not word.isdigit()]
            return said[:_WORDS_OF_TEXT] or words(text)[-_WORDS_OF_PATH:]
    return []


def _compared(parameters: Mapping[str, Any]) -> list[str]:
    return words(str(parameters.get("ComparisonValue", "")))[-_WORDS_OF_PATH:]


def _keys(name: str) -> Callable[[Mapping[str, Any]], list[str]]:
    def of(parameters: Mapping[str, Any]) -> list[str]:
        held = parameters.get(name)
        return words(next(iter(held), "")) if isinstance(held, dict) else []

    return of


_SUBJECTS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "MessageParticipant": _said,
    "GetParticipantInput": _said,
    "Compare": _compared,
    "UpdateContactAttributes": _keys("Attributes"),
    "UpdateFlowAttributes": _keys("FlowAttributes"),
    "UpdateContactEventHooks": _keys("EventHooks"),
}


def _object(index: int, parameters: Mapping[str, Any], displays: DisplayNames) -> list[str]:
    for place in _OBJECTS:
        value: Any = parameters
        for step in place:
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, str):
            display = displays.of_reference(("Actions", index, "Parameters", *place), value)
            found = words(display) or words(readable_part(value))
            if found:
                return found
    return []
