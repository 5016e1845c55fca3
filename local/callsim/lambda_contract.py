"""What Connect sends to a Lambda, and which replies it takes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from callsim import state
from callsim.state import Call


class ReplyError(ValueError):
    """Connect would not take the reply; the text says why in one sentence."""


def event(call: Call, parameters: Mapping[str, object]) -> dict[str, object]:
    """The event of a flow's invocation: what is absent is sent as null, not left out."""
    contact = call.contact
    return {
        "Details": {
            "ContactData": {
                "Attributes": dict(call.attributes),
                "AwsRegion": contact.region,
                "Channel": contact.channel,
                "ContactId": contact.contact_id,
                "CustomerEndpoint": state.endpoint(contact.customer),
                "CustomerId": call.customer_id,
                "Description": call.description,
                "InitialContactId": contact.contact_id,
                "InitiationMethod": contact.initiation_method,
                "InstanceARN": contact.instance_arn,
                "LanguageCode": call.language,
                "MediaStreams": {"Customer": {"Audio": state.audio(call.media)}},
                "Name": call.name,
                "PreviousContactId": contact.contact_id,
                "Queue": None if call.queue is None else state.queue(call.queue),
                "References": {},
                "RelatedContactId": contact.related_contact_id,
                # Of a segment attribute's fields exactly one is set.
                "SegmentAttributes": {
                    "connect:Subtype": {
                        "ValueArn": None,
                        "ValueInteger": None,
                        "ValueList": None,
                        "ValueMap": None,
                        "ValueString": contact.subtype,
                    }
                },
                "SystemEndpoint": state.endpoint(contact.system),
                "Tags": call.all_tags(),
            },
            "Parameters": dict(parameters),
        },
        "Name": "ContactFlowEvent",
    }


def decode(payload: bytes) -> object:
    """The JSON value of a reply.

    Raises:
        ReplyError: it is not JSON in UTF-8.
    """
    try:
        return json.loads(payload.decode("utf-8"))
    except ValueError:
        raise ReplyError("The reply is not JSON in UTF-8.") from None


def external(reply: object, response_type: str) -> dict[str, object]:
    """What ``$.External`` becomes.

    Args:
        response_type: ``STRING_MAP`` takes a flat object of strings, ``JSON`` any object.

    Raises:
        ReplyError: Connect would take the block's error branch.
    """
    if not isinstance(reply, dict):
        raise ReplyError(f"The reply must be a JSON object, not {_kind(reply)}.")
    if response_type == "STRING_MAP":
        for key, value in reply.items():
            if not isinstance(value, str):
                raise ReplyError(
                    f"The reply's {key!r} is {_kind(value)}; STRING_MAP takes strings only."
                )
    return dict(reply)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "a number"
