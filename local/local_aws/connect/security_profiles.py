"""Security profiles: what a user may do, and which applications it may open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.connect.errors import InvalidParameterError, ResourceInUseError
from local_aws.connect.model import NO_TAGS
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import AccessControl, SecurityProfile
from local_aws.errors import NotEmulatedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_connect.type_defs import (
        ApplicationUnionTypeDef,
        CreateSecurityProfileRequestTypeDef,
        DeleteSecurityProfileRequestTypeDef,
        DescribeSecurityProfileRequestTypeDef,
        ListSecurityProfileApplicationsRequestTypeDef,
        ListSecurityProfileFlowModulesRequestTypeDef,
        ListSecurityProfilePermissionsRequestTypeDef,
        ListSecurityProfilesRequestTypeDef,
        UpdateSecurityProfileRequestTypeDef,
    )


@operation
def create_security_profile(
    backend: Backend, request: CreateSecurityProfileRequestTypeDef
) -> Answer:
    """Create a security profile."""
    instance = backend.instance(request["InstanceId"])
    _check(request)
    identifier, arn = instance.identify("security-profile")
    instance.security_profiles.add(
        SecurityProfile(
            id=identifier,
            arn=arn,
            name=request["SecurityProfileName"],
            description=request.get("Description"),
            tags=request.get("Tags", NO_TAGS),
            region=backend.region_name,
            permissions=request.get("Permissions", ()),
            applications=request.get("Applications", ()),
            flow_modules=request.get("AllowedFlowModules", ()),
            access_control=_access_control(request, AccessControl()),
        )
    )
    return {"SecurityProfileId": identifier, "SecurityProfileArn": arn}


@operation
def describe_security_profile(
    backend: Backend, request: DescribeSecurityProfileRequestTypeDef
) -> Answer:
    """Describe a security profile; its permissions have a list of their own."""
    instance = backend.instance(request["InstanceId"])
    row = instance.security_profiles.get(request["SecurityProfileId"])
    return {
        "SecurityProfile": {
            "Id": row.id,
            "OrganizationResourceId": instance.id,
            "Arn": row.arn,
            "SecurityProfileName": row.name,
            "Description": row.description,
            "Tags": row.tags,
            "AllowedAccessControlTags": row.access_control.tags,
            "TagRestrictedResources": row.access_control.tag_restricted,
            "HierarchyRestrictedResources": row.access_control.hierarchy_restricted,
            "AllowedAccessControlHierarchyGroupId": row.access_control.hierarchy_group_id,
            **row.stamp,
        }
    }


@operation
def list_security_profiles(backend: Backend, request: ListSecurityProfilesRequestTypeDef) -> Answer:
    """List security profiles."""
    rows = backend.instance(request["InstanceId"]).security_profiles
    return {
        "SecurityProfileSummaryList": [
            {"Id": row.id, "Arn": row.arn, "Name": row.name, **row.stamp} for row in rows
        ]
    }


@operation
def list_security_profile_permissions(
    backend: Backend, request: ListSecurityProfilePermissionsRequestTypeDef
) -> Answer:
    """List the permissions of a security profile."""
    rows = backend.instance(request["InstanceId"]).security_profiles
    row = rows.get(request["SecurityProfileId"])
    return {"Permissions": list(row.permissions), **row.stamp}


@operation
def list_security_profile_applications(
    backend: Backend, request: ListSecurityProfileApplicationsRequestTypeDef
) -> Answer:
    """List the applications a security profile opens."""
    rows = backend.instance(request["InstanceId"]).security_profiles
    row = rows.get(request["SecurityProfileId"])
    return {"Applications": list(row.applications), **row.stamp}


@operation
def list_security_profile_flow_modules(
    backend: Backend, request: ListSecurityProfileFlowModulesRequestTypeDef
) -> Answer:
    """List the flow modules a security profile lets its users' agents call."""
    rows = backend.instance(request["InstanceId"]).security_profiles
    row = rows.get(request["SecurityProfileId"])
    return {"AllowedFlowModules": list(row.flow_modules), **row.stamp}


@operation
def update_security_profile(
    backend: Backend, request: UpdateSecurityProfileRequestTypeDef
) -> Answer:
    """Change what the request names; lists are replaced, never merged."""
    rows = backend.instance(request["InstanceId"]).security_profiles
    row = rows.get(request["SecurityProfileId"])
    _check(request)
    changes: dict[str, object] = {
        "access_control": _access_control(request, row.access_control),
    }
    if "Description" in request:
        changes["description"] = request["Description"]
    if "Permissions" in request:
        changes["permissions"] = request["Permissions"]
    if "Applications" in request:
        changes["applications"] = request["Applications"]
    if "AllowedFlowModules" in request:
        changes["flow_modules"] = request["AllowedFlowModules"]
    rows.change(row.id, **changes)
    return None


@operation
def delete_security_profile(
    backend: Backend, request: DeleteSecurityProfileRequestTypeDef
) -> Answer:
    """Delete a security profile that no user has."""
    instance = backend.instance(request["InstanceId"])
    row = instance.security_profiles.get(request["SecurityProfileId"])
    users = instance.users.where(lambda user: row.id in user.security_profile_ids)
    if users:
        raise ResourceInUseError(
            f"Security profile {row.name} is in use by user {users[0].name}.",
            resource_type="SECURITY_PROFILE",
            resource_id=row.id,
        )
    instance.security_profiles.remove(row.id)
    return None


def _check(
    request: CreateSecurityProfileRequestTypeDef | UpdateSecurityProfileRequestTypeDef,
) -> None:
    for member in ("AllowedAIAgents", "GranularAccessControlConfiguration"):
        if member in request:
            raise NotEmulatedError(f"The embedded AWS has no {member} of security profiles.")
    _check_applications(request.get("Applications", ()))


def _check_applications(applications: Iterable[ApplicationUnionTypeDef]) -> None:
    """Refuse any permission on a third-party application other than the one there is."""
    for application in applications:
        permissions = list(application.get("ApplicationPermissions", ()))
        kind = application.get("Type", "THIRD_PARTY_APPLICATION")
        if kind == "THIRD_PARTY_APPLICATION" and permissions != ["ACCESS"]:
            namespace = application.get("Namespace", "")
            raise InvalidParameterError(f"ApplicationPermissions of {namespace} must be ACCESS.")


def _access_control(
    request: CreateSecurityProfileRequestTypeDef | UpdateSecurityProfileRequestTypeDef,
    before: AccessControl,
) -> AccessControl:
    return AccessControl(
        tags=request.get("AllowedAccessControlTags", before.tags),
        tag_restricted=request.get("TagRestrictedResources", before.tag_restricted),
        hierarchy_restricted=request.get(
            "HierarchyRestrictedResources", before.hierarchy_restricted
        ),
        hierarchy_group_id=request.get(
            "AllowedAccessControlHierarchyGroupId", before.hierarchy_group_id
        ),
    )
