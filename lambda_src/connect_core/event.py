"""What Amazon Connect sends when a flow invokes a Lambda.

The shape is that of the administrator guide, "Invoke AWS Lambda function": ``Details.ContactData``
describes the contact, ``Details.Parameters`` holds what the flow's block passes. Connect sends null
for what it does not know (a withheld number has no ``CustomerEndpoint``), so every key is optional
here but the contact's id.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from connect_core.fault import Fault

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class ConnectEvent:
    """One invocation by a flow.

    Args:
        contact_id: The contact's UUID as Connect wrote it.
        caller_number: The customer's address, "" when it is withheld.
        parameters: What the flow's block passes; texts only, trimmed, empty ones left out.
    """

    contact_id: str
    caller_number: str = field(default="", repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)


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
    return ConnectEvent(
        contact_id=contact_id,
        caller_number=address.strip() if isinstance(address, str) else "",
        parameters=parameters_of(event),
    )


def parameters_of(event: object) -> Mapping[str, str]:
    """What the flow's block passes, of whatever else the event is made; never fails."""
    given = _mapping(_mapping(_mapping(event).get("Details")).get("Parameters"))
    texts = {key: value.strip() for key, value in given.items() if isinstance(value, str)}
    return MappingProxyType({key: value for key, value in texts.items() if value})


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
