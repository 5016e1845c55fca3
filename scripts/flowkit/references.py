"""What in a flow belongs to one instance, account or region, and which secrets it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from flowkit.jsontext import Path
from flowkit.literals import ACCOUNT, ARN, PHONE, REGION, UUID
from flowkit.secrets import holds_secret, secrets_in

__all__ = ["Kind", "Reference", "is_secret", "readable_part", "references"]


class Kind(StrEnum):
    """What a placeholder stands for."""

    LAMBDA = "lambda"
    QUEUE = "queue"
    FLOW = "flow"
    MODULE = "module"
    PROMPT = "prompt"
    HOURS = "hours"
    AGENT = "agent"
    VIEW = "view"
    LEX_ALIAS = "lex_alias"
    CONNECTOR = "connector"
    CASE_TEMPLATE = "case_template"
    TASK_TEMPLATE = "task_template"
    DATA_TABLE = "data_table"
    ASSISTANT = "assistant"
    KNOWLEDGE_BASE = "knowledge_base"
    MESSAGE_TEMPLATE = "message_template"
    ENCRYPTION_KEY = "encryption_key"
    PHONE_NUMBER = "phone_number"
    EMAIL_ADDRESS = "email_address"
    ACCOUNT = "account"
    REGION = "region"
    SECRET = "secret"  # noqa: S105 (the name of a kind)
    RESOURCE = "resource"


@dataclass(frozen=True)
class Reference:
    """Characters ``start`` to ``end`` of a string that stand for something outside the flow."""

    start: int
    end: int
    kind: Kind
    value: str


# Ids that services roll; the capitals are Lex's, the long word a voice connector's.
_ROLLED = re.compile(rf"{UUID.pattern}|^[A-Z0-9]{{10}}$|^(?=.*\d)[a-z0-9]{{20,}}$|^\$[A-Z_]+$")

_CONNECT_RESOURCES = {
    "queue": Kind.QUEUE,
    "contact-flow": Kind.FLOW,
    "flow-module": Kind.MODULE,
    "contact-flow-module": Kind.MODULE,
    "prompt": Kind.PROMPT,
    "operating-hours": Kind.HOURS,
    "agent": Kind.AGENT,
    "view": Kind.VIEW,
    "phone-number": Kind.PHONE_NUMBER,
    "task-template": Kind.TASK_TEMPLATE,
    "data-table": Kind.DATA_TABLE,
}
_OTHER_RESOURCES = {
    ("lambda", "function"): Kind.LAMBDA,
    ("lex", "bot-alias"): Kind.LEX_ALIAS,
    ("chime", "vc"): Kind.CONNECTOR,
    ("cases", "template"): Kind.CASE_TEMPLATE,
    **{
        (service, resource): kind
        for service in ("wisdom", "qconnect")
        for resource, kind in {
            "assistant": Kind.ASSISTANT,
            "knowledge-base": Kind.KNOWLEDGE_BASE,
            "message-template": Kind.MESSAGE_TEMPLATE,
        }.items()
    },
}
# Parameters whose whole value names something outside the flow, whatever it looks like.
_PARAMETERS = {
    "QueueId": Kind.QUEUE,
    "AgentId": Kind.AGENT,
    "AgentIds": Kind.AGENT,
    "ContactFlowId": Kind.FLOW,
    "ContactFlowArn": Kind.FLOW,
    "EventHooks": Kind.FLOW,
    "FlowModuleId": Kind.MODULE,
    "PromptId": Kind.PROMPT,
    "HoursOfOperationId": Kind.HOURS,
    "LambdaFunctionARN": Kind.LAMBDA,
    "LambdaProcessorARN": Kind.LAMBDA,
    "AliasArn": Kind.LEX_ALIAS,
    "VoiceConnectorArn": Kind.CONNECTOR,
    "CaseTemplateId": Kind.CASE_TEMPLATE,
    "TaskTemplateId": Kind.TASK_TEMPLATE,
    "DataTableId": Kind.DATA_TABLE,
    "WisdomAssistantArn": Kind.ASSISTANT,
    "WisdomKnowledgeBaseArn": Kind.KNOWLEDGE_BASE,
    "WisdomMessageTemplateArn": Kind.MESSAGE_TEMPLATE,
    "EncryptionKeyId": Kind.ENCRYPTION_KEY,
    "ThirdPartyPhoneNumber": Kind.PHONE_NUMBER,
}
_NESTED_PARAMETERS = {
    ("ViewResource", "Id"): Kind.VIEW,
    ("CallerId", "Number"): Kind.PHONE_NUMBER,
    ("SourceEndpoint", "Address"): Kind.PHONE_NUMBER,
    ("DestinationEndpoint", "Address"): Kind.PHONE_NUMBER,
    ("FromEmailAddress", "EmailAddress"): Kind.EMAIL_ADDRESS,
    ("LexBot", "Region"): Kind.REGION,
}
# How the designer's older metadata points at things: {"queue": {"text": …, "id": …}}.
_METADATA = {
    "queue": Kind.QUEUE,
    "contactFlow": Kind.FLOW,
    "audio": Kind.PROMPT,
    "hoursOfOperation": Kind.HOURS,
}


def _is_path(value: str) -> bool:
    """Whether a string takes something from the contact, wholly or in part."""
    return "$." in value or "$[" in value


def _arn_kind(arn: str) -> Kind:
    """What kind of thing an ARN names."""
    found = ARN.match(arn)
    if not found:
        return Kind.RESOURCE
    parts = re.split("[/:]", found["resource"])
    if found["service"] == "connect":
        parts = parts[2:] if parts[0] == "instance" else parts
        return _CONNECT_RESOURCES.get(parts[0], Kind.RESOURCE) if parts else Kind.RESOURCE
    return _OTHER_RESOURCES.get((found["service"], parts[0]), Kind.RESOURCE)


def _parameter_kind(path: Path) -> Kind | None:
    """What the whole value at that place of a flow names, if the place is one for such values."""
    keys = tuple(step for step in path if isinstance(step, str))
    if keys[:1] == ("Metadata",):
        return _METADATA.get(keys[-2]) if keys[-1] == "id" and len(keys) > 1 else None
    if keys[:2] != ("Actions", "Parameters"):
        return None
    return (
        _PARAMETERS.get(keys[-1])
        or _NESTED_PARAMETERS.get((keys[-2], keys[-1]))
        or (_PARAMETERS["EventHooks"] if keys[-2] == "EventHooks" else None)
    )


def readable_part(value: str) -> str:
    """What an ARN, or another tool's placeholder, says in words of people."""
    found = ARN.search(value)
    if found:
        parts = re.split("[/:]", found["resource"])
        parts = parts[3:] if parts[0] == "instance" else parts[1:]
    elif value.startswith("arn:"):  # with another tool's placeholders in it
        parts = re.split("[/:]", value)[-1:]
    else:
        parts = [value]
    return " ".join(part for part in parts if not _ROLLED.search(part))


def references(path: Path, value: str, accounts: frozenset[str]) -> tuple[Reference, ...]:
    """What in a string of a flow is to become placeholders, in order, without overlaps.

    Args:
        path: where the string stands.
        value: the string.
        accounts: numbers known to be account ids, wherever they stand.
    """
    if not value.strip():
        return ()
    if is_secret(path, value):
        return (Reference(0, len(value), Kind.SECRET, value),)
    kind = _parameter_kind(path)
    if kind and not _is_path(_without_version(value)):
        whole = ARN.fullmatch(value)
        if whole and _arn_kind(value) is not Kind.RESOURCE:
            kind = _arn_kind(value)
        return (Reference(0, len(value), kind, value),)
    taken: list[Reference] = []
    occupied = bytearray(len(value))
    for reference in _parts(path, value, accounts):
        if not any(occupied[reference.start : reference.end]):
            taken.append(reference)
            occupied[reference.start : reference.end] = b"x" * len(reference.value)
    return tuple(sorted(taken, key=lambda reference: reference.start))


def is_secret(path: Path, value: str) -> bool:
    """Whether the string at that place of a flow looks like a secret."""
    if secrets_in(value):
        return True
    keys = [step for step in path if isinstance(step, str)]
    if keys[:2] != ["Actions", "Parameters"] or keys[-1] in ("Text", "SSML"):
        return False
    # FlowAttributes hold {"key": {"Value": …}}.
    return holds_secret(keys[-2] if keys[-1] == "Value" else keys[-1], value)


def _parts(path: Path, value: str, accounts: frozenset[str]) -> Iterator[Reference]:
    """The references inside a longer string, those that may hold others first."""
    for found in ARN.finditer(value):
        yield Reference(*found.span(), _arn_kind(found[0]), found[0])
    if path[0] != "Metadata":
        # In the metadata, most of these are the designer's own.
        for found in UUID.finditer(value):
            yield Reference(*found.span(), _id_kind(path), found[0])
    for found in PHONE.finditer(value):
        yield Reference(*found.span(), Kind.PHONE_NUMBER, found[0])
    for found in REGION.finditer(value):
        yield Reference(*found.span(), Kind.REGION, found[0])
    for found in ACCOUNT.finditer(value):
        # In what is said, twelve digits are more likely somebody's order number.
        if found[0] in accounts or path[-1] not in ("Text", "SSML"):
            yield Reference(*found.span(), Kind.ACCOUNT, found[0])


def _id_kind(path: Path) -> Kind:
    key = str(path[-1]).lower()
    words = {"queue": Kind.QUEUE, "flow": Kind.FLOW, "module": Kind.MODULE, "prompt": Kind.PROMPT}
    words |= {"hours": Kind.HOURS, "agent": Kind.AGENT, "view": Kind.VIEW}
    return next((kind for word, kind in words.items() if word in key), Kind.RESOURCE)


def _without_version(value: str) -> str:
    return re.sub(r":\$[A-Z_]+$", "", value)
