"""Integration associations: what outside of Connect an instance works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.connect import neighbours
from local_aws.connect.errors import DuplicateResourceError, ResourceNotFoundError
from local_aws.connect.model import NO_TAGS
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import IntegrationAssociation

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        CreateIntegrationAssociationRequestTypeDef,
        DeleteIntegrationAssociationRequestTypeDef,
        ListIntegrationAssociationsRequestTypeDef,
    )


@operation
def create_integration_association(
    backend: Backend, request: CreateIntegrationAssociationRequestTypeDef
) -> Answer:
    """Associate an integration; an application must be registered first."""
    instance = backend.instance(request["InstanceId"])
    target, kind = request["IntegrationArn"], request["IntegrationType"]
    if kind == "APPLICATION" and not neighbours.application_exists(target):
        raise ResourceNotFoundError(f"There is no application {target}.")
    if instance.integrations.named(target):
        raise DuplicateResourceError(f"The instance is already associated with {target}.")
    identifier, arn = instance.identify("integration-association")
    instance.integrations.add(
        IntegrationAssociation(
            id=identifier,
            arn=arn,
            name=target,
            tags=request.get("Tags", NO_TAGS),
            region=backend.region_name,
            type=kind,
            source_url=request.get("SourceApplicationUrl"),
            source_name=request.get("SourceApplicationName"),
            source_type=request.get("SourceType"),
        )
    )
    return {"IntegrationAssociationId": identifier, "IntegrationAssociationArn": arn}


@operation
def list_integration_associations(
    backend: Backend, request: ListIntegrationAssociationsRequestTypeDef
) -> Answer:
    """List integration associations, of all types or of one, for all integrations or one."""
    instance = backend.instance(request["InstanceId"])
    kind, target = request.get("IntegrationType"), request.get("IntegrationArn")
    return {
        "IntegrationAssociationSummaryList": [
            {
                "IntegrationAssociationId": row.id,
                "IntegrationAssociationArn": row.arn,
                "InstanceId": instance.id,
                "IntegrationType": row.type,
                "IntegrationArn": row.name,
                "SourceApplicationUrl": row.source_url,
                "SourceApplicationName": row.source_name,
                "SourceType": row.source_type,
                **row.stamp,
            }
            for row in instance.integrations
            if kind in (None, row.type) and target in (None, row.name)
        ]
    }


@operation
def delete_integration_association(
    backend: Backend, request: DeleteIntegrationAssociationRequestTypeDef
) -> Answer:
    """End an integration association."""
    rows = backend.instance(request["InstanceId"]).integrations
    rows.remove(request["IntegrationAssociationId"])
    return None
