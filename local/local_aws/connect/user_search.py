"""Searching users."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from local_aws.connect.errors import InvalidParameterError
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import User
from local_aws.errors import NotEmulatedError

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import SearchUsersRequestTypeDef, StringConditionTypeDef

# The fields a string condition can name (API reference, UserSearchCriteria), in lower case.
_FIELDS: dict[str, Callable[[User], Iterable[str]]] = {
    "username": lambda user: (user.name,),
    "firstname": lambda user: ((user.identity or {}).get("FirstName", ""),),
    "lastname": lambda user: ((user.identity or {}).get("LastName", ""),),
    "routingprofileid": lambda user: (user.routing_profile_id,),
    "securityprofileid": lambda user: user.security_profile_ids,
    "resourceid": lambda user: (user.id,),
}
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "STARTS_WITH": str.startswith,
    "CONTAINS": str.__contains__,
    "EXACT": str.__eq__,
}


@operation
def search_users(backend: Backend, request: SearchUsersRequestTypeDef) -> Answer:
    """Find users by criteria; all of them without any."""
    if request.get("SearchFilter"):
        raise NotEmulatedError("The embedded AWS searches users by criteria, not by tags.")
    rows = backend.instance(request["InstanceId"]).users
    found = rows.where(_predicate(request.get("SearchCriteria", {})))
    return {
        "Users": [
            {
                "Arn": row.arn,
                "Id": row.id,
                "Username": row.name,
                "DirectoryUserId": row.directory_user_id,
                "HierarchyGroupId": row.hierarchy_group_id,
                "IdentityInfo": _names(row),
                "PhoneConfig": row.phone,
                "RoutingProfileId": row.routing_profile_id,
                "SecurityProfileIds": row.security_profile_ids,
                "Tags": row.tags,
            }
            for row in found
        ],
        "ApproximateTotalCount": len(found),
    }


def _names(user: User) -> dict[str, str]:
    """The names of a user; a search tells no addresses."""
    identity = user.identity or {}
    return {
        "FirstName": identity.get("FirstName", ""),
        "LastName": identity.get("LastName", ""),
    }


def _predicate(criteria: Mapping[str, Any]) -> Callable[[User], bool]:
    """Read criteria before anybody is looked at, so that a wrong one fails without users too."""
    # The stubs write the tree of criteria out level by level and end it after some.
    for unknown in ("ListCondition", "HierarchyGroupCondition"):
        if unknown in criteria:
            raise NotEmulatedError(f"The embedded AWS searches users without {unknown}.")
    for name, combine in (("OrConditions", any), ("AndConditions", all)):
        if name in criteria:
            parts = [_predicate(one) for one in criteria[name]]
            return lambda user: combine(part(user) for part in parts)
    if "StringCondition" in criteria:
        return _comparison(criteria["StringCondition"])
    return lambda _: True


def _comparison(condition: StringConditionTypeDef) -> Callable[[User], bool]:
    field = condition.get("FieldName", "")
    values = _FIELDS.get(field.lower())
    if values is None:
        raise InvalidParameterError(f"{field} is not a field that users can be searched by.")
    compare = _COMPARISONS[condition.get("ComparisonType", "CONTAINS")]
    wanted = condition.get("Value", "").casefold()
    return lambda user: any(compare(value.casefold(), wanted) for value in values(user))
