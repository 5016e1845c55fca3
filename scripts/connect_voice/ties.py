"""Numbers that somebody has led elsewhere, which Terraform cannot see.

A number is led to its flow by a Lambda that Terraform invokes (``aws_lambda_invocation``), and
hashicorp/aws never reads such a resource back. So it is looked up in Amazon Connect, and a plan is
asked to make anew what does not hold any more: callers of that number reach nobody, or somebody
else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from connect_voice.errors import OutsideError
from connect_voice.state import Managed

if TYPE_CHECKING:
    from mypy_boto3_connect.client import ConnectClient

_TYPE = "aws_lambda_invocation"


@dataclass(frozen=True)
class Tie:
    """A number and the flow that Terraform has led it to.

    Args:
        address: of the invocation that did.
    """

    address: str
    instance_id: str
    phone_number_id: str
    contact_flow_id: str


def ties(managed: Iterable[Managed]) -> tuple[Tie, ...]:
    """The ties that are in the state."""
    found = []
    for resource in managed:
        asked = _input_of(resource)
        names = ("instance_id", "phone_number_id", "contact_flow_id")
        if all(isinstance(asked.get(name), str) for name in names):
            found.append(Tie(resource.address, **{name: str(asked[name]) for name in names}))
    return tuple(found)


def loose(made: Iterable[Tie], session: boto3.Session) -> tuple[Tie, ...]:
    """Those that do not hold in Amazon Connect.

    Raises:
        OutsideError: AWS cannot be reached or refuses.
    """
    connect: ConnectClient = session.client("connect")
    leads: dict[str, Mapping[str, str] | None] = {}
    found = []
    for tie in made:
        if tie.instance_id not in leads:
            leads[tie.instance_id] = _looked_up(connect, tie.instance_id)
        flows = leads[tie.instance_id]
        # Without its instance there is nothing to lead; Terraform finds that out itself.
        if flows is not None and flows.get(_tail(tie.phone_number_id)) != _tail(
            tie.contact_flow_id
        ):
            found.append(tie)
    return tuple(found)


def flows_of_numbers(connect: ConnectClient, instance_id: str) -> Mapping[str, str]:
    """Id of the flow that each number of an instance leads to, by the number's id.

    Raises:
        ClientError: Amazon Connect refuses.
        BotoCoreError: it cannot be reached.
    """
    pages = connect.get_paginator("list_flow_associations").paginate(
        InstanceId=instance_id, ResourceType="VOICE_PHONE_NUMBER"
    )
    return {
        # Ids and ARNs both occur; their last parts are the same.
        _tail(entry.get("ResourceId", "")): _tail(entry.get("FlowId", ""))
        for page in pages
        for entry in page.get("FlowAssociationSummaryList", [])
    }


def _looked_up(connect: ConnectClient, instance_id: str) -> Mapping[str, str] | None:
    try:
        return flows_of_numbers(connect, instance_id)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise OutsideError(
            f"Amazon Connect does not say where its phone numbers lead: {error}"
        ) from None
    except BotoCoreError as error:
        raise OutsideError(f"AWS cannot be reached: {error}") from None


def _input_of(resource: Managed) -> Mapping[str, object]:
    if resource.type != _TYPE or resource.tainted:
        return {}
    try:
        asked = json.loads(str(resource.attributes.get("input")))
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}


def _tail(name: str) -> str:
    return name.rpartition("/")[2]
