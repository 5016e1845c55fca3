"""Users."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from local_aws.connect.errors import InvalidParameterError, InvalidRequestError
from local_aws.connect.model import NO_TAGS
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import User

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        CreateUserRequestTypeDef,
        DeleteUserRequestTypeDef,
        DescribeUserRequestTypeDef,
        ListUsersRequestTypeDef,
        UpdateUserHierarchyRequestTypeDef,
        UpdateUserIdentityInfoRequestTypeDef,
        UpdateUserPhoneConfigRequestTypeDef,
        UpdateUserRoutingProfileRequestTypeDef,
        UpdateUserSecurityProfilesRequestTypeDef,
        UserPhoneConfigTypeDef,
    )

    from local_aws.connect.backend import ConnectInstance


@operation
def create_user(backend: Backend, request: CreateUserRequestTypeDef) -> Answer:
    """Create a user; the password is checked, and then forgotten."""
    instance = backend.instance(request["InstanceId"])
    managed = instance.identity_management_type == "CONNECT_MANAGED"
    if managed and not request.get("Password"):
        raise InvalidParameterError("Password is required where Connect manages the users.")
    if not managed and request.get("Password"):
        raise InvalidRequestError("Password is only for instances where Connect manages the users.")
    _check_phone(request.get("PhoneConfig"))
    routing = instance.routing_profiles.get(request["RoutingProfileId"])
    profiles = _security_profiles(instance, request["SecurityProfileIds"])
    identifier, arn = instance.identify("agent")
    instance.users.add(
        User(
            id=identifier,
            arn=arn,
            name=request["Username"],
            tags=request.get("Tags", NO_TAGS),
            region=backend.region_name,
            security_profile_ids=profiles,
            routing_profile_id=routing.id,
            identity=request.get("IdentityInfo"),
            phone=request.get("PhoneConfig"),
            directory_user_id=request.get("DirectoryUserId"),
            hierarchy_group_id=request.get("HierarchyGroupId"),
        )
    )
    return {"UserId": identifier, "UserArn": arn}


@operation
def describe_user(backend: Backend, request: DescribeUserRequestTypeDef) -> Answer:
    """Describe a user."""
    row = backend.instance(request["InstanceId"]).users.get(request["UserId"])
    return {
        "User": {
            "Id": row.id,
            "Arn": row.arn,
            "Username": row.name,
            "IdentityInfo": row.identity,
            "PhoneConfig": row.phone,
            "DirectoryUserId": row.directory_user_id,
            "SecurityProfileIds": row.security_profile_ids,
            "RoutingProfileId": row.routing_profile_id,
            "HierarchyGroupId": row.hierarchy_group_id,
            "Tags": row.tags,
            **row.stamp,
        }
    }


@operation
def list_users(backend: Backend, request: ListUsersRequestTypeDef) -> Answer:
    """List users."""
    rows = backend.instance(request["InstanceId"]).users
    return {
        "UserSummaryList": [
            {"Id": row.id, "Arn": row.arn, "Username": row.name, **row.stamp} for row in rows
        ]
    }


@operation
def update_user_identity_info(
    backend: Backend, request: UpdateUserIdentityInfoRequestTypeDef
) -> Answer:
    """Change a user's names and addresses."""
    users = backend.instance(request["InstanceId"]).users
    users.change(request["UserId"], identity=request["IdentityInfo"])
    return None


@operation
def update_user_phone_config(
    backend: Backend, request: UpdateUserPhoneConfigRequestTypeDef
) -> Answer:
    """Change how a user takes calls."""
    _check_phone(request["PhoneConfig"])
    users = backend.instance(request["InstanceId"]).users
    users.change(request["UserId"], phone=request["PhoneConfig"])
    return None


@operation
def update_user_security_profiles(
    backend: Backend, request: UpdateUserSecurityProfilesRequestTypeDef
) -> Answer:
    """Replace a user's security profiles."""
    instance = backend.instance(request["InstanceId"])
    profiles = _security_profiles(instance, request["SecurityProfileIds"])
    instance.users.change(request["UserId"], security_profile_ids=profiles)
    return None


@operation
def update_user_routing_profile(
    backend: Backend, request: UpdateUserRoutingProfileRequestTypeDef
) -> Answer:
    """Replace a user's routing profile."""
    instance = backend.instance(request["InstanceId"])
    routing = instance.routing_profiles.get(request["RoutingProfileId"])
    instance.users.change(request["UserId"], routing_profile_id=routing.id)
    return None


@operation
def update_user_hierarchy(backend: Backend, request: UpdateUserHierarchyRequestTypeDef) -> Answer:
    """Put a user into a hierarchy group, or into none."""
    users = backend.instance(request["InstanceId"]).users
    users.change(request["UserId"], hierarchy_group_id=request.get("HierarchyGroupId"))
    return None


@operation
def delete_user(backend: Backend, request: DeleteUserRequestTypeDef) -> Answer:
    """Delete a user."""
    backend.instance(request["InstanceId"]).users.remove(request["UserId"])
    return None


def _security_profiles(instance: ConnectInstance, identifiers: Iterable[str]) -> tuple[str, ...]:
    return tuple(instance.security_profiles.get(identifier).id for identifier in identifiers)


def _check_phone(phone: UserPhoneConfigTypeDef | None) -> None:
    if phone and phone.get("PhoneType") == "DESK_PHONE" and not phone.get("DeskPhoneNumber"):
        raise InvalidParameterError("DeskPhoneNumber is required for a desk phone.")
