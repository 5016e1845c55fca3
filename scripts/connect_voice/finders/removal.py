"""Removing what an interrupted run made and Terraform cannot adopt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from connect_voice.errors import OutsideError
from connect_voice.finders.lookup import PARAMETER
from connect_voice.leftovers import Leftover

if TYPE_CHECKING:
    from mypy_boto3_cloudcontrol.client import CloudControlApiClient
    from mypy_boto3_ssm.client import SSMClient

_GONE = frozenset({"ParameterNotFound", "ResourceNotFoundException"})


def remove(leftovers: Iterable[Leftover], session: boto3.Session) -> None:
    """Delete what cannot be adopted; what is gone already is no matter.

    Raises:
        OutsideError: AWS does not delete one of them; says which, and what to do.
    """
    for leftover in leftovers:
        try:
            _delete(leftover, session)
        except (ClientError, WaiterError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] in _GONE:
                continue
            raise OutsideError(
                f"An interrupted run made {leftover.address}, which has to go before it can be "
                "made again, and AWS does not delete it; remove it with `aws cloudcontrol "
                f"delete-resource --type-name {leftover.type_name} --identifier "
                f"'{leftover.identifier}'` and run the same command again: {error}"
            ) from None


def _delete(leftover: Leftover, session: boto3.Session) -> None:
    if leftover.type_name == PARAMETER:
        # The right to do this comes with the right to make it; Cloud Control's is another one.
        ssm: SSMClient = session.client("ssm")
        ssm.delete_parameter(Name=leftover.identifier)
        return
    client: CloudControlApiClient = session.client("cloudcontrol")
    event = client.delete_resource(TypeName=leftover.type_name, Identifier=leftover.identifier)[
        "ProgressEvent"
    ]
    client.get_waiter("resource_request_success").wait(RequestToken=event["RequestToken"])
