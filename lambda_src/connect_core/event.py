"""What Amazon Connect sends when a flow invokes a Lambda.

The shape is that of the administrator guide, "Invoke AWS Lambda function": ``Details.ContactData``
describes the contact, ``Details.Parameters`` holds what the flow's block passes. Connect sends null
for what it does not know (a withheld number has no ``CustomerEndpoint``), so every key is optional
here but the contact's id.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from connect_core.fault import Fault
from connect_core.value import Value, field

# Fragment numbers have some 47 digits; Python refuses to write integers beyond 4300.
_LONGEST_INTEGER_BITS = 512
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class ConnectEvent(Value):
    """One invocation by a flow.

    Args:
        contact_id: The contact's UUID as Connect wrote it.
        related_contact_id: The contact that this one accompanies, as a guide in the agent
            workspace accompanies a call; "" when there is none.
        caller_number: The customer's address, "" when it is withheld.
        audio: Where the customer's audio is streamed to, None when it is not.
        parameters: What the flow's block passes; texts only, trimmed, empty ones left out.
    """

    contact_id: str
    related_contact_id: str = ""
    caller_number: str = field(default="", shown=False)
    audio: "CustomerAudio | None" = field(default=None, shown=False)
    parameters: Mapping[str, str] = field(default_factory=dict, shown=False)


class CustomerAudio(Value):
    """Live media streaming of a contact, as Connect describes it; nothing of it is checked yet.

    Args:
        stream_arn: ARN of the Kinesis video stream.
        start_fragment: Number of the fragment to begin with.
    """

    stream_arn: str
    start_fragment: str


def parse(event: object) -> ConnectEvent:
    """Read an event.

    Args:
        event: The decoded JSON that Lambda hands to a handler.

    Raises:
        Fault: EVENT_INVALID when the contact's id is absent or not a UUID. The id becomes part of
            queries to vendors, so nothing else may pass.
    """
    contact = _mapping(_mapping(_mapping(event).get("Details")).get("ContactData"))
    contact_id = contact.get("ContactId")
    if not isinstance(contact_id, str) or not _UUID.fullmatch(contact_id):
        raise Fault("EVENT_INVALID", retryable=False)
    address = _mapping(contact.get("CustomerEndpoint")).get("Address")
    related = contact.get("RelatedContactId")
    return ConnectEvent(
        contact_id=contact_id,
        related_contact_id=(
            related if isinstance(related, str) and _UUID.fullmatch(related) else ""
        ),
        caller_number=address.strip() if isinstance(address, str) else "",
        audio=_audio(_mapping(contact.get("MediaStreams"))),
        parameters=parameters_of(event),
    )


def parameters_of(event: object) -> Mapping[str, str]:
    """What the flow's block passes, of whatever else the event is made; never fails."""
    given = _mapping(_mapping(_mapping(event).get("Details")).get("Parameters"))
    texts = {key: _text(value) for key, value in given.items() if isinstance(key, str)}
    return MappingProxyType({key: value for key, value in texts.items() if value})


def _audio(streams: Mapping[str, object]) -> CustomerAudio | None:
    audio = _mapping(_mapping(streams.get("Customer")).get("Audio"))
    found = CustomerAudio(_text(audio.get("StreamARN")), _text(audio.get("StartFragmentNumber")))
    return found if found.stream_arn or found.start_fragment else None


def _text(value: object) -> str:
    """A text as it is, a truth or a number as its text (flows may pass JSON), "" for the rest."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() <= _LONGEST_INTEGER_BITS:
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
