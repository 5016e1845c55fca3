"""Flows and modules: validated when published, drafts, versions, names, and what leads to them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from connect_support import (
    GREETING,
    HANG_UP,
    MODULE,
    action,
    claim,
    flow,
    make_flow,
    refused,
)

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient

DANGLING = flow(action("greet", "MessageParticipant", {"Text": "Hello."}, "nowhere"))


def test_a_flow_is_described_as_it_was_created(connect: ConnectClient, instance: str) -> None:
    created = connect.create_contact_flow(
        InstanceId=instance,
        Name="inbound",
        Type="CONTACT_FLOW",
        Description="Answers calls",
        Content=GREETING,
        Tags={"a": "b"},
    )
    told = connect.describe_contact_flow(
        InstanceId=instance, ContactFlowId=created["ContactFlowId"]
    )["ContactFlow"]
    assert told["Arn"] == created["ContactFlowArn"]
    assert created["ContactFlowArn"].endswith(
        f"instance/{instance}/contact-flow/{created['ContactFlowId']}"
    )
    assert told["Content"] == GREETING
    assert told["Status"] == "PUBLISHED"
    assert told["State"] == "ACTIVE"
    assert told["Tags"] == {"a": "b"}
    digest = hashlib.sha256(GREETING.encode()).hexdigest()
    assert told["FlowContentSha256"] == created["FlowContentSha256"] == digest


@pytest.mark.parametrize("content", ["no json", "[]", "{}", DANGLING])
def test_what_cannot_be_published_is_refused_with_its_problems(
    connect: ConnectClient, instance: str, content: str
) -> None:
    with refused("InvalidContactFlowException") as parsed:
        connect.create_contact_flow(
            InstanceId=instance, Name="broken", Type="CONTACT_FLOW", Content=content
        )
    problems = [problem["message"] for problem in parsed["problems"]]
    assert problems
    assert all(problem in parsed["Error"]["Message"] for problem in problems)
    flows = connect.list_contact_flows(InstanceId=instance)["ContactFlowSummaryList"]
    assert "broken" not in [row["Name"] for row in flows]


def test_saving_does_not_validate_and_publishing_does(
    connect: ConnectClient, instance: str
) -> None:
    draft = connect.create_contact_flow(
        InstanceId=instance, Name="draft", Type="CONTACT_FLOW", Content=DANGLING, Status="SAVED"
    )["ContactFlowId"]
    with refused("ContactFlowNotPublishedException"):
        connect.describe_contact_flow(InstanceId=instance, ContactFlowId=draft)
    saved = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=f"{draft}:$SAVED")
    assert saved["ContactFlow"]["Content"] == DANGLING
    assert saved["ContactFlow"]["Status"] == "SAVED"
    with refused("InvalidContactFlowException"):
        connect.update_contact_flow_content(
            InstanceId=instance, ContactFlowId=draft, Content=DANGLING
        )
    connect.update_contact_flow_content(InstanceId=instance, ContactFlowId=draft, Content=GREETING)
    told = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=draft)
    assert told["ContactFlow"]["Content"] == GREETING


def test_a_refused_update_leaves_what_callers_hear(connect: ConnectClient, instance: str) -> None:
    identifier = make_flow(connect, instance)
    with refused("InvalidContactFlowException"):
        connect.update_contact_flow_content(
            InstanceId=instance, ContactFlowId=identifier, Content=DANGLING
        )
    connect.update_contact_flow_content(
        InstanceId=instance, ContactFlowId=f"{identifier}:$SAVED", Content=DANGLING
    )
    told = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=identifier)
    assert told["ContactFlow"]["Content"] == GREETING


def test_versions_keep_what_was_published(connect: ConnectClient, instance: str) -> None:
    identifier = make_flow(connect, instance)
    first = connect.create_contact_flow_version(
        InstanceId=instance, ContactFlowId=identifier, Description="first"
    )
    other = GREETING.replace("Hello.", "Good day.")
    connect.update_contact_flow_content(
        InstanceId=instance, ContactFlowId=identifier, Content=other
    )
    assert first["Version"] == 1
    told = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=f"{identifier}:1")
    assert told["ContactFlow"]["Content"] == GREETING
    with refused("ResourceNotFoundException"):
        connect.describe_contact_flow(InstanceId=instance, ContactFlowId=f"{identifier}:2")


def test_names_are_taken_once(connect: ConnectClient, instance: str) -> None:
    first, second = make_flow(connect, instance, "one"), make_flow(connect, instance, "two")
    with refused("DuplicateResourceException", "one"):
        make_flow(connect, instance, "one")
    with refused("DuplicateResourceException", "two"):
        connect.update_contact_flow_metadata(InstanceId=instance, ContactFlowId=first, Name="two")
    connect.update_contact_flow_metadata(InstanceId=instance, ContactFlowId=second, Name="two")


def test_a_flow_that_answers_a_number_stays(connect: ConnectClient, instance: str) -> None:
    identifier, number = make_flow(connect, instance), claim(connect, instance)
    connect.associate_phone_number_contact_flow(
        PhoneNumberId=number, InstanceId=instance, ContactFlowId=identifier
    )
    with refused("InvalidRequestException", "disassociate"):
        connect.delete_contact_flow(InstanceId=instance, ContactFlowId=identifier)
    connect.disassociate_phone_number_contact_flow(PhoneNumberId=number, InstanceId=instance)
    connect.delete_contact_flow(InstanceId=instance, ContactFlowId=identifier)
    with refused("ResourceNotFoundException"):
        connect.describe_contact_flow(InstanceId=instance, ContactFlowId=identifier)


def test_a_caller_id_must_be_a_number_of_the_instance(
    connect: ConnectClient, instance: str
) -> None:
    identifier = claim(connect, instance)
    described = connect.describe_phone_number(PhoneNumberId=identifier)
    ours = described["ClaimedPhoneNumberSummary"]["PhoneNumber"]

    def transfer(number: str) -> str:
        parameters = {
            "ThirdPartyPhoneNumber": "+14155550199",
            "ThirdPartyConnectionTimeLimitSeconds": "30",
            "ContinueFlowExecution": "True",
            "CallerId": {"Number": number},
        }
        errors = dict.fromkeys(
            ("CallFailed", "ConnectionTimeLimitExceeded", "NoMatchingError"), "hang-up"
        )
        kind = "TransferParticipantToThirdParty"
        return flow(action("transfer", kind, parameters, "hang-up", errors), HANG_UP)

    with refused("InvalidContactFlowException", "not claimed"):
        connect.create_contact_flow(
            InstanceId=instance,
            Name="theirs",
            Type="CONTACT_FLOW",
            Content=transfer("+14155550198"),
        )
    connect.create_contact_flow(
        InstanceId=instance, Name="ours", Type="CONTACT_FLOW", Content=transfer(ours)
    )


def test_content_has_its_limit(connect: ConnectClient, instance: str) -> None:
    with refused("InvalidParameterException", "256000"):
        connect.create_contact_flow(
            InstanceId=instance,
            Name="huge",
            Type="CONTACT_FLOW",
            Content=" " * 256_001,
            Status="SAVED",
        )


def test_a_module_lives_as_a_flow_does(connect: ConnectClient, instance: str) -> None:
    created = connect.create_contact_flow_module(
        InstanceId=instance, Name="greeting", Content=MODULE
    )
    with refused("InvalidContactFlowModuleException") as parsed:
        connect.update_contact_flow_module_content(
            InstanceId=instance, ContactFlowModuleId=created["Id"], Content=DANGLING
        )
    assert parsed["Problems"]
    other = MODULE.replace("Hello.", "Good day.")
    connect.update_contact_flow_module_content(
        InstanceId=instance, ContactFlowModuleId=created["Id"], Content=other
    )
    told = connect.describe_contact_flow_module(
        InstanceId=instance, ContactFlowModuleId=created["Id"]
    )["ContactFlowModule"]
    assert json.loads(told["Content"]) == json.loads(other)
    calls = flow(
        action(
            "call",
            "InvokeFlowModule",
            {"FlowModuleId": created["Id"]},
            "hang-up",
            {"NoMatchingError": "hang-up"},
        ),
        HANG_UP,
    )
    connect.create_contact_flow(
        InstanceId=instance, Name="calls", Type="CONTACT_FLOW", Content=calls
    )
    connect.delete_contact_flow_module(InstanceId=instance, ContactFlowModuleId=created["Id"])
    with refused("InvalidContactFlowException", "module does not exist"):
        connect.create_contact_flow(
            InstanceId=instance, Name="calls again", Type="CONTACT_FLOW", Content=calls
        )
