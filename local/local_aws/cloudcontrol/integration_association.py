"""AWS::Connect::IntegrationAssociation."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from local_aws.cloudcontrol.handlers import Place, to_list, to_map, without_gaps
from local_aws.cloudcontrol.schemas import Model
from local_aws.connect import integrations, lambda_functions, tags
from local_aws.connect.backend import LocalConnectBackend, connect_backends
from local_aws.connect.errors import ResourceNotFoundError

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import CreateIntegrationAssociationRequestTypeDef

    from local_aws.connect.resources import IntegrationAssociation

_LAMBDA = "LAMBDA_FUNCTION"
_PARTS = 3  # of the identifier: instance ARN, type, integration ARN


class IntegrationAssociationHandler:
    """Integration associations, and associations with Lambda functions under the same type."""

    def create(self, place: Place, desired: Model) -> str:
        """Create an association."""
        backend = _backend(place)
        instance, kind, target = (
            str(desired[name]) for name in ("InstanceId", "IntegrationType", "IntegrationArn")
        )
        if kind == _LAMBDA:
            lambda_functions.associate_lambda_function(
                backend, {"InstanceId": instance, "FunctionArn": target}
            )
        else:
            request = {**desired, "Tags": to_map(desired.get("Tags"))}
            integrations.create_integration_association(
                backend, cast("CreateIntegrationAssociationRequestTypeDef", request)
            )
        return f"{instance}|{kind}|{target}"

    def read(self, place: Place, identifier: str) -> Model:
        """Describe an association."""
        instance, kind, target = _split(identifier)
        model: Model = {
            "InstanceId": instance,
            "IntegrationType": kind,
            "IntegrationArn": target,
        }
        if kind == _LAMBDA:
            if target not in _backend(place).instance(instance).lambda_functions:
                raise ResourceNotFoundError(f"The instance is not associated with {target}.")
            return model
        row = _row(place, identifier)
        return without_gaps(
            model
            | {
                "IntegrationAssociationId": row.id,
                "SourceApplicationUrl": row.source_url,
                "SourceApplicationName": row.source_name,
                "SourceType": row.source_type,
                "Tags": to_list(row.tags),
            }
        )

    def update(self, place: Place, identifier: str, before: Model, desired: Model) -> None:
        """Change the tags; everything else is for life."""
        if _split(identifier)[1] == _LAMBDA:
            return
        arn, backend = _row(place, identifier).arn, _backend(place)
        had, wanted = to_map(before.get("Tags")), to_map(desired.get("Tags"))
        gone = sorted(had.keys() - wanted.keys())
        tags.untag_resource(backend, {"resourceArn": arn, "tagKeys": gone})
        tags.tag_resource(backend, {"resourceArn": arn, "tags": wanted})

    def delete(self, place: Place, identifier: str) -> None:
        """End an association."""
        instance, kind, target = _split(identifier)
        if kind == _LAMBDA:
            lambda_functions.disassociate_lambda_function(
                _backend(place), {"InstanceId": instance, "FunctionArn": target}
            )
            return
        row = _row(place, identifier)
        _backend(place).instance(instance).integrations.remove(row.id)

    def identifiers(self, place: Place, given: Model) -> list[str]:
        """List the associations of an instance."""
        instance = _backend(place).instance(str(given.get("InstanceId", "")))
        rows = [f"{instance.arn}|{row.type}|{row.name}" for row in instance.integrations]
        return rows + [f"{instance.arn}|{_LAMBDA}|{arn}" for arn in instance.lambda_functions]


def _backend(place: Place) -> LocalConnectBackend:
    return connect_backends[place.account_id][place.region]


def _split(identifier: str) -> tuple[str, str, str]:
    parts = identifier.split("|")
    if len(parts) != _PARTS:
        raise ResourceNotFoundError(f"{identifier} is not InstanceId|IntegrationType|ARN.")
    return parts[0], parts[1], parts[2]


def _row(place: Place, identifier: str) -> IntegrationAssociation:
    instance, kind, target = _split(identifier)
    row = _backend(place).instance(instance).integrations.named(target)
    if row is None or row.type != kind:
        raise ResourceNotFoundError(f"The instance is not associated with {target}.")
    return row
