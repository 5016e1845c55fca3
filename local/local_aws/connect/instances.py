"""Instances and their attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.connect.backend import ConnectInstance
from local_aws.connect.defaults import furnish
from local_aws.connect.errors import InvalidParameterError, InvalidRequestError
from local_aws.connect.operations import Answer, Backend, operation

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        CreateInstanceRequestTypeDef,
        DeleteInstanceRequestTypeDef,
        DescribeInstanceAttributeRequestTypeDef,
        DescribeInstanceRequestTypeDef,
        ListInstanceAttributesRequestTypeDef,
        ListInstancesRequestTypeDef,
        UpdateInstanceAttributeRequestTypeDef,
    )


@operation
def create_instance(backend: Backend, request: CreateInstanceRequestTypeDef) -> Answer:
    """Create an instance with the content a new one has."""
    alias = request.get("InstanceAlias")
    directory = request["IdentityManagementType"] == "EXISTING_DIRECTORY"
    if directory and not request.get("DirectoryId"):
        raise InvalidRequestError("DirectoryId is required when the directory is an existing one.")
    if not directory and not alias:
        raise InvalidRequestError("InstanceAlias is required unless the directory brings one.")
    if alias and any(other.instance_alias == alias for other in backend.instances.values()):
        raise InvalidRequestError(f"The instance alias {alias} is taken.")
    instance = ConnectInstance(
        identity_management_type=request["IdentityManagementType"],
        inbound_calls_enabled=request["InboundCallsEnabled"],
        outbound_calls_enabled=request["OutboundCallsEnabled"],
        account_id=backend.account_id,
        region=backend.region_name,
        instance_alias=alias,
        tags=dict(request.get("Tags", {})),
    )
    furnish(instance)
    backend.instances[instance.id] = instance
    return {"Id": instance.id, "Arn": instance.arn}


@operation
def describe_instance(backend: Backend, request: DescribeInstanceRequestTypeDef) -> Answer:
    """Describe an instance."""
    instance = backend.instance(request["InstanceId"])
    return {"Instance": {**_summary(instance), "Tags": instance.tags}}


@operation
def list_instances(backend: Backend, _: ListInstancesRequestTypeDef) -> Answer:
    """List the instances, oldest first."""
    found = [backend.instance(identifier) for identifier in backend.instances]
    return {"InstanceSummaryList": [_summary(instance) for instance in found]}


@operation
def delete_instance(backend: Backend, request: DeleteInstanceRequestTypeDef) -> Answer:
    """Delete an instance with its content; its numbers are released."""
    instance = backend.instance(request["InstanceId"])
    for number in backend.phone_numbers.where(lambda number: number.instance_id == instance.id):
        backend.phone_numbers.remove(number.id)
    backend.delete_instance(instance.id)
    return None


@operation
def describe_instance_attribute(
    backend: Backend, request: DescribeInstanceAttributeRequestTypeDef
) -> Answer:
    """Describe one attribute."""
    kind = request["AttributeType"]
    value = backend.instance(request["InstanceId"]).attributes[kind]
    return {"Attribute": {"AttributeType": kind, "Value": value}}


@operation
def list_instance_attributes(
    backend: Backend, request: ListInstanceAttributesRequestTypeDef
) -> Answer:
    """List all attributes."""
    attributes = backend.instance(request["InstanceId"]).attributes
    return {
        "Attributes": [
            {"AttributeType": kind, "Value": value} for kind, value in attributes.items()
        ]
    }


@operation
def update_instance_attribute(
    backend: Backend, request: UpdateInstanceAttributeRequestTypeDef
) -> Answer:
    """Set one attribute; all of them are true or false."""
    instance = backend.instance(request["InstanceId"])
    value = request["Value"].lower()
    if value not in ("true", "false"):
        raise InvalidParameterError(f"{request['AttributeType']} must be true or false.")
    instance.attributes[request["AttributeType"]] = value
    instance.inbound_calls_enabled = instance.attributes["INBOUND_CALLS"] == "true"
    instance.outbound_calls_enabled = instance.attributes["OUTBOUND_CALLS"] == "true"
    return None


def _summary(instance: ConnectInstance) -> dict[str, object]:
    return {
        "Id": instance.id,
        "Arn": instance.arn,
        "IdentityManagementType": instance.identity_management_type,
        "InstanceAlias": instance.instance_alias,
        "CreatedTime": instance.created_time,
        "ServiceRole": instance.service_role,
        "InstanceStatus": instance.instance_status,
        "InboundCallsEnabled": instance.inbound_calls_enabled,
        "OutboundCallsEnabled": instance.outbound_calls_enabled,
        "InstanceAccessUrl": instance.instance_access_url,
    }
