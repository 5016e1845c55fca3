"""Phone number and flow in Amazon Connect."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from phone_number_flow.request import Association

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient

_NOT_FOUND = "ResourceNotFoundException"
# Terraform made the role's policy a moment ago, and IAM takes its time to tell everyone
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html, eventual consistency).
# Seconds; together well under the function's time-out of 60 s.
_POLICY_PAUSES = (1.0, 2.0, 4.0, 8.0, 12.0)
_ADVICE = {
    "AccessDeniedException": "allow the function's role this action on the instance, the number"
    " and the flow",
    _NOT_FOUND: "check that instance, number and flow exist in this region",
    "InvalidParameterException": "check that the number is claimed for this instance",
    "ThrottlingException": "apply again in a minute",
}


class AssociationError(Exception):
    """Connect did not do it; the message is one sentence for whoever runs Terraform."""


class NotFoundError(AssociationError):
    """Connect does not know the instance, the number or the flow."""


class Associations:
    """Ties numbers to flows.

    Args:
        client: A Connect client that retries throttling itself.
    """

    def __init__(self, client: "ConnectClient") -> None:
        self._client = client

    def make(self, wanted: Association) -> None:
        """Let the number lead into the flow, whatever it led into before.

        Raises:
            AssociationError: Connect refused.
        """
        with _sentence(f"Number {wanted.phone_number_id} could not be tied to its flow"):
            for pause in _POLICY_PAUSES:
                try:
                    return self._make(wanted)
                except self._client.exceptions.AccessDeniedException:
                    time.sleep(pause)
            return self._make(wanted)

    def _make(self, wanted: Association) -> None:
        self._client.associate_phone_number_contact_flow(
            InstanceId=wanted.instance_id,
            PhoneNumberId=wanted.phone_number_id,
            ContactFlowId=wanted.contact_flow_id,
        )

    def undo(self, made: Association) -> bool:
        """Untie the number, if it still leads into that flow.

        Somebody may have pointed it elsewhere since; their flow is not ours to take away.

        Returns:
            Whether there was something to untie. An instance or number that is gone has nothing.

        Raises:
            AssociationError: Connect refused.
        """
        number = made.phone_number_id
        try:
            with _sentence(f"Where number {number} leads could not be read"):
                flow = self._flow_of(made)
            if flow is None or _last(flow) != _last(made.contact_flow_id):
                return False
            with _sentence(f"Number {number} could not be untied from its flow"):
                self._client.disassociate_phone_number_contact_flow(
                    InstanceId=made.instance_id, PhoneNumberId=number
                )
        except NotFoundError:
            return False
        return True

    def _flow_of(self, made: Association) -> str | None:
        """The flow the number leads into now, as id or ARN.

        From the list: the lookup by resource, BatchGetFlowAssociation, is documented for messaging
        numbers only.
        """
        pages = self._client.get_paginator("list_flow_associations").paginate(
            InstanceId=made.instance_id, ResourceType="VOICE_PHONE_NUMBER"
        )
        for page in pages:
            for entry in page["FlowAssociationSummaryList"]:
                if _last(entry.get("ResourceId", "")) == _last(made.phone_number_id):
                    return entry.get("FlowId")
        return None


def _last(identifier: str) -> str:
    """The id within an ARN, or the id itself."""
    return identifier.rsplit("/", 1)[-1]


@contextmanager
def _sentence(beginning: str) -> Iterator[None]:
    """Turn a refusal into an exception with one sentence."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown error")
        advice = _ADVICE.get(code, "see AWS's description of that error for the action")
        kind = NotFoundError if code == _NOT_FOUND else AssociationError
        raise kind(
            f"{beginning}: connect:{error.operation_name} answered {code}; {advice}."
        ) from None
    except BotoCoreError as error:
        raise AssociationError(
            f"{beginning}: Amazon Connect could not be reached ({type(error).__name__});"
            " check the function's network and apply again."
        ) from None
