"""Instances: attributes, aliases, what they come with, and what goes with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from connect_support import MakeInstance, claim, make_flow, refused
from embedded import Embedded

from flowkit.validation import content_problems

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient


def test_an_instance_is_described_as_it_was_created(connect: ConnectClient) -> None:
    created = connect.create_instance(
        IdentityManagementType="SAML",
        InstanceAlias="described",
        InboundCallsEnabled=True,
        OutboundCallsEnabled=False,
        Tags={"team": "voice"},
    )
    told = connect.describe_instance(InstanceId=created["Id"])["Instance"]
    assert told["Arn"] == created["Arn"]
    assert created["Arn"] == f"arn:aws:connect:us-east-1:123456789012:instance/{created['Id']}"
    assert told["InstanceStatus"] == "ACTIVE"
    assert told["IdentityManagementType"] == "SAML"
    assert told["OutboundCallsEnabled"] is False
    assert told["InstanceAccessUrl"] == "https://described.my.connect.aws"
    assert "AWSServiceRoleForAmazonConnect_" in told["ServiceRole"]
    assert told["Tags"] == {"team": "voice"}
    connect.delete_instance(InstanceId=created["Id"])


def test_an_instance_is_found_by_its_arn_too(connect: ConnectClient, instance: str) -> None:
    arn = connect.describe_instance(InstanceId=instance)["Instance"]["Arn"]
    assert connect.describe_instance(InstanceId=arn)["Instance"]["Id"] == instance


def test_an_alias_belongs_to_one_instance(
    connect: ConnectClient, make_instance: MakeInstance
) -> None:
    first = make_instance("ours")
    with refused("InvalidRequestException", "ours is taken"):
        make_instance("ours")
    connect.delete_instance(InstanceId=first)
    make_instance("ours")


def test_an_alias_must_be_one(make_instance: MakeInstance) -> None:
    with refused("InvalidRequestException", "regular expression"):
        make_instance("d-reserved")


def test_attributes_can_be_switched(connect: ConnectClient, instance: str) -> None:
    def value(kind: str) -> str:
        answer = connect.describe_instance_attribute(
            InstanceId=instance,
            AttributeType=kind,  # type: ignore[arg-type]
        )
        return answer["Attribute"]["Value"]

    assert value("EARLY_MEDIA") == "true"
    assert value("CONTACTFLOW_LOGS") == "false"
    connect.update_instance_attribute(
        InstanceId=instance, AttributeType="CONTACTFLOW_LOGS", Value="true"
    )
    connect.update_instance_attribute(
        InstanceId=instance, AttributeType="OUTBOUND_CALLS", Value="false"
    )
    assert value("CONTACTFLOW_LOGS") == "true"
    told = connect.describe_instance(InstanceId=instance)["Instance"]
    assert told["OutboundCallsEnabled"] is False
    with refused("InvalidParameterException", "true or false"):
        connect.update_instance_attribute(
            InstanceId=instance, AttributeType="EARLY_MEDIA", Value="maybe"
        )


def test_a_new_instance_has_what_the_service_puts_in(connect: ConnectClient, instance: str) -> None:
    flows = connect.list_contact_flows(InstanceId=instance)["ContactFlowSummaryList"]
    prompts = connect.list_prompts(InstanceId=instance)["PromptSummaryList"]
    profiles = connect.list_security_profiles(InstanceId=instance)["SecurityProfileSummaryList"]
    statuses = connect.list_agent_statuses(InstanceId=instance)["AgentStatusSummaryList"]
    assert {"Default customer queue", "Default customer hold"} <= {f["Name"] for f in flows}
    assert "Beep.wav" in {prompt["Name"] for prompt in prompts}
    assert {"Admin", "Agent"} <= {profile["Name"] for profile in profiles}
    assert {status["Name"] for status in statuses} == {"Available", "Offline"}


def test_the_flows_of_a_new_instance_would_be_accepted(
    connect: ConnectClient, instance: str
) -> None:
    for summary in connect.list_contact_flows(InstanceId=instance)["ContactFlowSummaryList"]:
        told = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=summary["Id"])
        flow = told["ContactFlow"]
        assert content_problems(flow["Content"], flow["Type"]) == ()


def test_an_instance_takes_its_content_and_numbers_with_it(
    connect: ConnectClient, instance: str
) -> None:
    flow, number = make_flow(connect, instance), claim(connect, instance)
    connect.associate_phone_number_contact_flow(
        PhoneNumberId=number, InstanceId=instance, ContactFlowId=flow
    )
    connect.delete_instance(InstanceId=instance)
    with refused("ResourceNotFoundException"):
        connect.describe_instance(InstanceId=instance)
    with refused("ResourceNotFoundException"):
        connect.describe_contact_flow(InstanceId=instance, ContactFlowId=flow)
    with refused("ResourceNotFoundException"):
        connect.describe_phone_number(PhoneNumberId=number)


def test_regions_are_apart(services: Embedded, connect: ConnectClient, instance: str) -> None:
    frankfurt = boto3.client(
        "connect",
        region_name="eu-central-1",
        endpoint_url=services.endpoint,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    assert instance in [row["Id"] for row in connect.list_instances()["InstanceSummaryList"]]
    assert frankfurt.list_instances()["InstanceSummaryList"] == []
    with refused("ResourceNotFoundException"):
        frankfurt.describe_instance(InstanceId=instance)
