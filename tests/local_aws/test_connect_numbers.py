"""Phone numbers: offered, claimed, led to flows, released."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from connect_support import MakeInstance, basic_queue, claim, make_flow, refused

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient
    from mypy_boto3_connect.literals import PhoneNumberCountryCodeType, PhoneNumberTypeType


class Asked(NamedTuple):
    """What to search for, and how the number must begin."""

    country: PhoneNumberCountryCodeType
    kind: PhoneNumberTypeType
    prefix: str
    expected: str


@pytest.mark.parametrize(
    "asked",
    [
        Asked("US", "DID", "+1206", "+12065550"),
        Asked("US", "DID", "1628", "+16285550"),
        Asked("CA", "DID", "+1", "+14165550"),
        Asked("US", "TOLL_FREE", "+1", "+18335550"),
        Asked("GB", "DID", "+44", "+44"),
    ],
)
def test_the_number_claimed_is_of_the_kind_asked_for(
    connect: ConnectClient, instance: str, asked: Asked
) -> None:
    found = connect.search_available_phone_numbers(
        InstanceId=instance,
        PhoneNumberCountryCode=asked.country,
        PhoneNumberType=asked.kind,
        PhoneNumberPrefix=asked.prefix,
    )["AvailableNumbersList"]
    number = found[0]["PhoneNumber"]
    assert number.startswith(asked.expected)
    claimed = connect.claim_phone_number(
        InstanceId=instance, PhoneNumber=number, PhoneNumberDescription="Main", Tags={"a": "b"}
    )
    told = connect.describe_phone_number(PhoneNumberId=claimed["PhoneNumberId"])
    summary = told["ClaimedPhoneNumberSummary"]
    assert summary["PhoneNumber"] == number
    assert summary["PhoneNumberCountryCode"] == asked.country
    assert summary["PhoneNumberType"] == asked.kind
    assert summary["PhoneNumberStatus"]["Status"] == "CLAIMED"
    assert summary["InstanceId"] == instance
    assert summary["PhoneNumberDescription"] == "Main"
    assert summary["Tags"] == {"a": "b"}


def test_a_country_without_numbers_offers_none(connect: ConnectClient, instance: str) -> None:
    found = connect.search_available_phone_numbers(
        InstanceId=instance, PhoneNumberCountryCode="AQ", PhoneNumberType="DID"
    )
    assert found["AvailableNumbersList"] == []


def test_a_number_is_claimed_once_until_it_is_released(
    connect: ConnectClient, instance: str
) -> None:
    identifier = claim(connect, instance)
    described = connect.describe_phone_number(PhoneNumberId=identifier)
    number = described["ClaimedPhoneNumberSummary"]["PhoneNumber"]
    with refused("ResourceNotFoundException", "not available"):
        connect.claim_phone_number(InstanceId=instance, PhoneNumber=number)
    connect.release_phone_number(PhoneNumberId=identifier)
    with refused("ResourceNotFoundException"):
        connect.describe_phone_number(PhoneNumberId=identifier)
    connect.claim_phone_number(InstanceId=instance, PhoneNumber=number)


def test_numbers_of_real_people_are_never_to_be_had(connect: ConnectClient, instance: str) -> None:
    with refused("ResourceNotFoundException"):
        connect.claim_phone_number(InstanceId=instance, PhoneNumber="+12062223333")
    with refused("InvalidParameterException", "regular expression"):
        connect.claim_phone_number(InstanceId=instance, PhoneNumber="12065550100")


def test_five_numbers_are_the_quota(connect: ConnectClient, instance: str) -> None:
    for _ in range(5):
        claim(connect, instance)
    with refused("LimitExceededException"):
        claim(connect, instance)


def test_a_flow_answers_a_number(connect: ConnectClient, instance: str) -> None:
    first, second = make_flow(connect, instance, "one"), make_flow(connect, instance, "two")
    number = claim(connect, instance)
    told = connect.describe_phone_number(PhoneNumberId=number)["ClaimedPhoneNumberSummary"]
    arn = told["PhoneNumberArn"]

    def answering(resource: str) -> list[str]:
        found = connect.batch_get_flow_association(
            InstanceId=instance, ResourceIds=[resource], ResourceType="VOICE_PHONE_NUMBER"
        )
        return [row["FlowId"].rsplit("/", 1)[-1] for row in found["FlowAssociationSummaryList"]]

    assert answering(arn) == []
    for flow in (first, second):
        connect.associate_phone_number_contact_flow(
            PhoneNumberId=number, InstanceId=instance, ContactFlowId=flow
        )
        assert answering(arn) == answering(number) == [flow]
    listed = connect.list_flow_associations(InstanceId=instance, ResourceType="VOICE_PHONE_NUMBER")[
        "FlowAssociationSummaryList"
    ]
    assert [row["ResourceId"] for row in listed] == [arn]
    connect.disassociate_phone_number_contact_flow(PhoneNumberId=number, InstanceId=instance)
    assert answering(arn) == []


def test_only_flows_and_numbers_of_one_instance_meet(
    connect: ConnectClient, make_instance: MakeInstance
) -> None:
    ours, theirs = make_instance(), make_instance()
    number = claim(connect, ours)
    with refused("ResourceNotFoundException"):
        connect.associate_phone_number_contact_flow(
            PhoneNumberId=number, InstanceId=ours, ContactFlowId=make_flow(connect, theirs)
        )
    with refused("ResourceNotFoundException"):
        connect.associate_phone_number_contact_flow(
            PhoneNumberId=number, InstanceId=theirs, ContactFlowId=make_flow(connect, theirs, "x")
        )


def test_a_number_moves_to_another_instance_without_its_flow(
    connect: ConnectClient, make_instance: MakeInstance
) -> None:
    ours, theirs = make_instance(), make_instance()
    number = claim(connect, ours)
    connect.associate_phone_number_contact_flow(
        PhoneNumberId=number, InstanceId=ours, ContactFlowId=make_flow(connect, ours)
    )
    connect.update_phone_number(PhoneNumberId=number, InstanceId=theirs)
    assert connect.list_phone_numbers(InstanceId=ours)["PhoneNumberSummaryList"] == []
    listed = connect.list_phone_numbers_v2(InstanceId=theirs)["ListPhoneNumbersSummaryList"]
    assert [row["PhoneNumberId"] for row in listed] == [number]
    assert connect.list_flow_associations(InstanceId=ours)["FlowAssociationSummaryList"] == []


def test_a_number_that_called_people_see_is_not_released(
    connect: ConnectClient, instance: str
) -> None:
    number = claim(connect, instance)
    queue = basic_queue(connect, instance)
    connect.update_queue_outbound_caller_config(
        InstanceId=instance,
        QueueId=queue,
        OutboundCallerConfig={"OutboundCallerIdNumberId": number},
    )
    with refused("ResourceInUseException") as parsed:
        connect.release_phone_number(PhoneNumberId=number)
    assert parsed["ResourceId"] == number


def test_a_number_is_for_one_target(connect: ConnectClient, instance: str) -> None:
    arn = connect.describe_instance(InstanceId=instance)["Instance"]["Arn"]
    with refused("InvalidParameterException", "Exactly one"):
        connect.search_available_phone_numbers(
            InstanceId=instance,
            TargetArn=arn,
            PhoneNumberCountryCode="US",
            PhoneNumberType="DID",
        )
