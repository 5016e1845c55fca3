"""Which flow a resource leads to: phone numbers, and addresses of other channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from local_aws.connect.errors import ResourceNotFoundError
from local_aws.connect.operations import Answer, Backend, operation

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        AssociateFlowRequestTypeDef,
        AssociatePhoneNumberContactFlowRequestTypeDef,
        BatchGetFlowAssociationRequestTypeDef,
        DisassociateFlowRequestTypeDef,
        DisassociatePhoneNumberContactFlowRequestTypeDef,
        GetFlowAssociationRequestTypeDef,
        ListFlowAssociationsRequestTypeDef,
    )

    from local_aws.connect.backend import ConnectInstance

_VOICE = "VOICE_PHONE_NUMBER"


@operation
def associate_phone_number_contact_flow(
    backend: Backend, request: AssociatePhoneNumberContactFlowRequestTypeDef
) -> Answer:
    """Let a flow answer a number; another flow that did so before no longer does."""
    instance = backend.instance(request["InstanceId"])
    _own(backend, instance, request["PhoneNumberId"])
    flow = instance.flows.get(request["ContactFlowId"])
    backend.phone_numbers.change(request["PhoneNumberId"], contact_flow_arn=flow.arn)
    return None


@operation
def disassociate_phone_number_contact_flow(
    backend: Backend, request: DisassociatePhoneNumberContactFlowRequestTypeDef
) -> Answer:
    """Let no flow answer a number."""
    _own(backend, backend.instance(request["InstanceId"]), request["PhoneNumberId"])
    backend.phone_numbers.change(request["PhoneNumberId"], contact_flow_arn=None)
    return None


@operation
def list_flow_associations(backend: Backend, request: ListFlowAssociationsRequestTypeDef) -> Answer:
    """List which resource leads to which flow."""
    instance = backend.instance(request["InstanceId"])
    wanted = request.get("ResourceType")
    return {
        "FlowAssociationSummaryList": [
            row for row in _summaries(backend, instance) if wanted in (None, row["ResourceType"])
        ]
    }


@operation
def batch_get_flow_association(
    backend: Backend, request: BatchGetFlowAssociationRequestTypeDef
) -> Answer:
    """Look up the flows of some resources, by ARN or id; those with none are left out."""
    instance = backend.instance(request["InstanceId"])
    wanted_type = request.get("ResourceType")
    wanted = set(request["ResourceIds"])
    return {
        "FlowAssociationSummaryList": [
            row
            for row in _summaries(backend, instance)
            if wanted & {row["ResourceId"], row["ResourceId"].rsplit("/", 1)[-1]}
            and wanted_type in (None, row["ResourceType"])
        ]
    }


@operation
def associate_flow(backend: Backend, request: AssociateFlowRequestTypeDef) -> Answer:
    """Lead a resource other than a voice number to a flow."""
    instance = backend.instance(request["InstanceId"])
    flow = instance.flows.get(request["FlowId"])
    instance.flow_associations[request["ResourceType"], request["ResourceId"]] = flow.arn
    return None


@operation
def get_flow_association(backend: Backend, request: GetFlowAssociationRequestTypeDef) -> Answer:
    """Look up the flow of a resource other than a voice number."""
    kind, resource = request["ResourceType"], request["ResourceId"]
    flow = _flow_of(backend.instance(request["InstanceId"]), kind, resource)
    return {"ResourceId": resource, "ResourceType": kind, "FlowId": flow}


@operation
def disassociate_flow(backend: Backend, request: DisassociateFlowRequestTypeDef) -> Answer:
    """Lead a resource other than a voice number nowhere."""
    instance = backend.instance(request["InstanceId"])
    _flow_of(instance, request["ResourceType"], request["ResourceId"])
    del instance.flow_associations[request["ResourceType"], request["ResourceId"]]
    return None


def _flow_of(instance: ConnectInstance, kind: str, resource: str) -> str:
    flow = instance.flow_associations.get((kind, resource))
    if flow is None:
        raise ResourceNotFoundError(f"No flow is associated with {resource}.")
    return flow


def _summaries(backend: Backend, instance: ConnectInstance) -> Iterator[dict[str, str]]:
    for number in backend.phone_numbers:
        if number.instance_id == instance.id and number.contact_flow_arn:
            yield {
                "ResourceId": number.arn,
                "FlowId": number.contact_flow_arn,
                "ResourceType": _VOICE,
            }
    for (kind, resource), flow in instance.flow_associations.items():
        yield {"ResourceId": resource, "FlowId": flow, "ResourceType": kind}


def _own(backend: Backend, instance: ConnectInstance, number_id: str) -> None:
    number = backend.phone_numbers.get(number_id)
    if number.instance_id != instance.id:
        raise ResourceNotFoundError(
            f"The phone number {number_id} is not claimed for instance {instance.id}."
        )
