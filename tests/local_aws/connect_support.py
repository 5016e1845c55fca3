"""What tests of Connect share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient
    from mypy_boto3_connect.literals import ContactFlowTypeType

MakeInstance = Callable[..., str]


@contextmanager
def refused(code: str, message: str = "") -> Iterator[dict[str, Any]]:
    """Expect an error by its code and part of its message; yields what the client parsed."""
    parsed: dict[str, Any] = {}
    with pytest.raises(ClientError) as caught:
        yield parsed
    parsed.update(caught.value.response)
    assert parsed["Error"]["Code"] == code, parsed
    assert re.search(message, parsed["Error"]["Message"]), parsed


def flow(*actions: dict[str, Any], **envelope: Any) -> str:
    """Write a flow whose first action is the first one given."""
    document = {
        "Version": "2019-10-30",
        "StartAction": actions[0]["Identifier"],
        "Metadata": {},
        "Actions": actions,
        **envelope,
    }
    return json.dumps(document)


def action(
    identifier: str,
    kind: str,
    parameters: dict[str, Any] | None = None,
    then: str | None = None,
    errors: dict[str, str] | None = None,
) -> dict[str, Any]:
    transitions: dict[str, Any] = {}
    if then:
        branches = [{"ErrorType": e, "NextAction": n} for e, n in (errors or {}).items()]
        transitions = {"NextAction": then, "Errors": branches, "Conditions": []}
    return {
        "Identifier": identifier,
        "Type": kind,
        "Parameters": parameters or {},
        "Transitions": transitions,
    }


HANG_UP = action("hang-up", "DisconnectParticipant")
GREETING = flow(action("greet", "MessageParticipant", {"Text": "Hello."}, "hang-up"), HANG_UP)
MODULE = flow(
    action("greet", "MessageParticipant", {"Text": "Hello."}, "end"),
    action("end", "EndFlowModuleExecution"),
    Settings={"InputParameters": [], "OutputParameters": [], "Transitions": []},
)


def make_flow(
    connect: ConnectClient,
    instance: str,
    name: str = "inbound",
    kind: ContactFlowTypeType = "CONTACT_FLOW",
) -> str:
    return connect.create_contact_flow(InstanceId=instance, Name=name, Type=kind, Content=GREETING)[
        "ContactFlowId"
    ]


def claim(connect: ConnectClient, instance: str) -> str:
    """Claim the first number on offer; returns its id."""
    arn = connect.describe_instance(InstanceId=instance)["Instance"]["Arn"]
    found = connect.search_available_phone_numbers(
        TargetArn=arn, PhoneNumberCountryCode="US", PhoneNumberType="DID"
    )
    number = found["AvailableNumbersList"][0]["PhoneNumber"]
    return connect.claim_phone_number(TargetArn=arn, PhoneNumber=number)["PhoneNumberId"]


def basic_queue(connect: ConnectClient, instance: str) -> str:
    queues = connect.list_queues(InstanceId=instance)["QueueSummaryList"]
    return next(queue["Id"] for queue in queues if queue["Name"] == "BasicQueue")


def basic_hours(connect: ConnectClient, instance: str) -> str:
    return connect.list_hours_of_operations(InstanceId=instance)["HoursOfOperationSummaryList"][0][
        "Id"
    ]
