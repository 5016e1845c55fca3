"""AWS::Connect::SecurityProfile."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from local_aws.cloudcontrol.handlers import Place, to_list, to_map, without_gaps
from local_aws.cloudcontrol.schemas import Model
from local_aws.connect import security_profiles, tags
from local_aws.connect.backend import LocalConnectBackend, connect_backends

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        CreateSecurityProfileRequestTypeDef,
        UpdateSecurityProfileRequestTypeDef,
    )

# Properties that the API takes under the same name and in the same form, and what unsets them.
_UNSET: Model = {
    "Description": "",
    "Permissions": [],
    "Applications": [],
    "AllowedFlowModules": [],
    "TagRestrictedResources": [],
    "HierarchyRestrictedResources": [],
    "AllowedAccessControlHierarchyGroupId": "",
}


class SecurityProfileHandler:
    """Security profiles; the identifier is the ARN."""

    def create(self, place: Place, desired: Model) -> str:
        """Create a security profile."""
        request: Model = {
            **{name: value for name, value in desired.items() if name != "InstanceArn"},
            "InstanceId": desired["InstanceArn"],
            "AllowedAccessControlTags": to_map(desired.get("AllowedAccessControlTags")),
            "Tags": to_map(desired.get("Tags")),
        }
        answer = security_profiles.create_security_profile(
            _backend(place), cast("CreateSecurityProfileRequestTypeDef", request)
        )
        return str((answer or {})["SecurityProfileArn"])

    def read(self, place: Place, identifier: str) -> Model:
        """Describe a security profile."""
        instance_arn = _instance_arn(identifier)
        row = _backend(place).instance(instance_arn).security_profiles.get(identifier)
        access = row.access_control
        return without_gaps(
            {
                "InstanceArn": instance_arn,
                "SecurityProfileArn": row.arn,
                "SecurityProfileName": row.name,
                "Description": row.description or None,
                "Permissions": list(row.permissions),
                "Applications": list(row.applications),
                "AllowedFlowModules": list(row.flow_modules),
                "AllowedAccessControlTags": to_list(access.tags),
                "TagRestrictedResources": list(access.tag_restricted),
                "HierarchyRestrictedResources": list(access.hierarchy_restricted),
                "AllowedAccessControlHierarchyGroupId": access.hierarchy_group_id or None,
                "LastModifiedRegion": row.region,
                "LastModifiedTime": row.modified.timestamp(),
                "Tags": to_list(row.tags),
            }
        )

    def update(self, place: Place, identifier: str, before: Model, desired: Model) -> None:
        """Bring a security profile from one state to another."""
        backend = _backend(place)
        request: Model = {
            **{name: desired.get(name, unset) for name, unset in _UNSET.items()},
            "InstanceId": _instance_arn(identifier),
            "SecurityProfileId": identifier,
            "AllowedAccessControlTags": to_map(desired.get("AllowedAccessControlTags")),
        }
        security_profiles.update_security_profile(
            backend, cast("UpdateSecurityProfileRequestTypeDef", request)
        )
        had, wanted = to_map(before.get("Tags")), to_map(desired.get("Tags"))
        gone = sorted(had.keys() - wanted.keys())
        tags.untag_resource(backend, {"resourceArn": identifier, "tagKeys": gone})
        tags.tag_resource(backend, {"resourceArn": identifier, "tags": wanted})

    def delete(self, place: Place, identifier: str) -> None:
        """Delete a security profile."""
        security_profiles.delete_security_profile(
            _backend(place),
            {"InstanceId": _instance_arn(identifier), "SecurityProfileId": identifier},
        )

    def identifiers(self, place: Place, given: Model) -> list[str]:
        """List the security profiles of an instance."""
        instance = _backend(place).instance(str(given.get("InstanceArn", "")))
        return [row.arn for row in instance.security_profiles]


def _backend(place: Place) -> LocalConnectBackend:
    return connect_backends[place.account_id][place.region]


def _instance_arn(identifier: str) -> str:
    return identifier.partition("/security-profile/")[0]
