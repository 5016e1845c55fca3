"""AWS::AppIntegrations::Application."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from local_aws.appintegrations import applications
from local_aws.appintegrations.backend import AppIntegrationsBackend, appintegrations_backends
from local_aws.appintegrations.errors import InvalidRequestError
from local_aws.cloudcontrol.handlers import Place, to_list, to_map, without_gaps
from local_aws.cloudcontrol.schemas import Model

if TYPE_CHECKING:
    from mypy_boto3_appintegrations.type_defs import (
        CreateApplicationRequestTypeDef,
        UpdateApplicationRequestTypeDef,
    )


class ApplicationHandler:
    """Applications; the identifier is the ARN."""

    def create(self, place: Place, desired: Model) -> str:
        """Create an application."""
        request = {**desired, "Tags": to_map(desired.get("Tags"))}
        answer = applications.create_application(
            _backend(place), cast("CreateApplicationRequestTypeDef", request)
        )
        return str((answer or {})["Arn"])

    def read(self, place: Place, identifier: str) -> Model:
        """Describe an application."""
        row = dict(applications.get_application(_backend(place), {"Arn": identifier}) or {})
        tags = cast("dict[str, str]", row["Tags"])
        wanted = (
            "Id",
            "Name",
            "Namespace",
            "Description",
            "ApplicationSourceConfig",
            "IsService",
            "ApplicationType",
            "InitializationTimeout",
            "ApplicationConfig",
            "IframeConfig",
        )
        return without_gaps(
            {name: row[name] for name in wanted}
            | {
                "ApplicationArn": row["Arn"],
                "Permissions": list(cast("tuple[str, ...]", row["Permissions"])),
                "Tags": to_list(tags),
            }
        )

    def update(self, place: Place, identifier: str, before: Model, desired: Model) -> None:
        """Bring an application from one state to another."""
        if before.get("Namespace") != desired.get("Namespace"):
            # The schema does not call it create-only, but UpdateApplication has no such member.
            raise InvalidRequestError("The Namespace of an application cannot be changed.")
        request: dict[str, object] = {"Arn": identifier}
        for name in before.keys() | desired.keys():
            if name not in ("Tags", "Namespace", "Id", "ApplicationArn"):
                request[name] = desired.get(name, [] if name == "Permissions" else None)
        backend = _backend(place)
        applications.update_application(backend, cast("UpdateApplicationRequestTypeDef", request))
        tags, wanted = to_map(before.get("Tags")), to_map(desired.get("Tags"))
        applications.untag_resource(
            backend, {"resourceArn": identifier, "tagKeys": sorted(tags.keys() - wanted.keys())}
        )
        applications.tag_resource(backend, {"resourceArn": identifier, "tags": wanted})

    def delete(self, place: Place, identifier: str) -> None:
        """Delete an application."""
        applications.delete_application(_backend(place), {"Arn": identifier})

    def identifiers(self, place: Place, given: Model) -> list[str]:  # noqa: ARG002  # no parent
        """List the applications."""
        return list(_backend(place).applications)


def _backend(place: Place) -> AppIntegrationsBackend:
    return appintegrations_backends[place.account_id][place.region]
