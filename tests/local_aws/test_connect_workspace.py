"""What agents and their workspace need: searching users, and the views of guides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from connect_support import refused

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient

FORM = "arn:aws:connect:us-east-1:aws:view/form"


@pytest.fixture
def agents(connect: ConnectClient, instance: str) -> dict[str, str]:
    """Two agents, of whom one has a security profile more; username to id."""
    profiles = {
        profile["Name"]: profile["Id"]
        for profile in connect.list_security_profiles(InstanceId=instance)[
            "SecurityProfileSummaryList"
        ]
    }
    routing = connect.list_routing_profiles(InstanceId=instance)["RoutingProfileSummaryList"][0]
    made = {}
    for name, held in (("anna", ["Agent", "Admin"]), ("ben", ["Agent"])):
        made[name] = connect.create_user(
            InstanceId=instance,
            Username=name,
            Password="Made-up-123",
            PhoneConfig={"PhoneType": "SOFT_PHONE"},
            IdentityInfo={"FirstName": name.capitalize(), "LastName": "Miller"},
            SecurityProfileIds=[profiles[profile] for profile in held],
            RoutingProfileId=routing["Id"],
        )["UserId"]
    return made


def search(connect: ConnectClient, instance: str, **criteria: Any) -> list[str]:
    found = connect.search_users(InstanceId=instance, SearchCriteria=criteria)  # type: ignore[arg-type]
    assert found["ApproximateTotalCount"] == len(found["Users"])
    return [user["Username"] for user in found["Users"]]


def string(field: str, value: str, how: str = "EXACT") -> dict[str, str]:
    return {"FieldName": field, "Value": value, "ComparisonType": how}


def test_users_are_found_by_what_they_have(
    connect: ConnectClient, instance: str, agents: dict[str, str]
) -> None:
    user = connect.describe_user(InstanceId=instance, UserId=agents["anna"])["User"]
    everybody = search(connect, instance)
    assert {"anna", "ben"} <= set(everybody)
    assert search(connect, instance, StringCondition=string("Username", "ANNA")) == ["anna"]
    assert search(connect, instance, StringCondition=string("Username", "n", "CONTAINS")) == [
        "anna",
        "ben",
    ]
    assert search(connect, instance, StringCondition=string("resourceId", user["Id"])) == ["anna"]
    admin = string("SecurityProfileId", user["SecurityProfileIds"][1])
    miller = string("LastName", "mil", "STARTS_WITH")
    both = [{"StringCondition": admin}, {"StringCondition": miller}]
    assert search(connect, instance, AndConditions=both) == ["anna"]
    assert search(connect, instance, OrConditions=both) == ["anna", "ben"]


def test_a_search_tells_profiles_and_comes_in_pages(
    connect: ConnectClient, instance: str, agents: dict[str, str]
) -> None:
    pages = connect.get_paginator("search_users").paginate(
        InstanceId=instance, PaginationConfig={"PageSize": 1}
    )
    users = {user["Username"]: user for page in pages for user in page["Users"]}
    user = connect.describe_user(InstanceId=instance, UserId=agents["ben"])["User"]
    assert users["ben"]["SecurityProfileIds"] == user["SecurityProfileIds"]
    assert users["ben"]["RoutingProfileId"] == user["RoutingProfileId"]


def test_a_profile_given_to_a_user_is_found(
    connect: ConnectClient, instance: str, agents: dict[str, str]
) -> None:
    held = connect.describe_user(InstanceId=instance, UserId=agents["anna"])["User"]
    connect.update_user_security_profiles(
        InstanceId=instance,
        UserId=agents["ben"],
        SecurityProfileIds=held["SecurityProfileIds"],
    )
    admin = string("SecurityProfileId", held["SecurityProfileIds"][1])
    assert search(connect, instance, StringCondition=admin) == ["anna", "ben"]


def test_a_field_that_is_none_is_refused(connect: ConnectClient, instance: str) -> None:
    with refused("InvalidParameterException", "shoe"):
        search(connect, instance, StringCondition=string("shoe size", "1"))


def test_the_views_of_aws_are_in_every_instance(connect: ConnectClient, instance: str) -> None:
    views = connect.list_views(InstanceId=instance)["ViewsSummaryList"]
    assert {"form", "confirmation"} <= {view["Id"] for view in views}
    assert {view["Type"] for view in views} == {"AWS_MANAGED"}
    assert (
        connect.list_views(InstanceId=instance, Type="CUSTOMER_MANAGED")["ViewsSummaryList"] == []
    )
    for reference in (FORM, f"{FORM}:1"):
        view = connect.describe_view(InstanceId=instance, ViewId=reference)["View"]
        assert (view["Arn"], view["Version"], view["Status"]) == (FORM, 1, "PUBLISHED")
        assert "Next" in view["Content"]["Actions"]


@pytest.mark.parametrize(
    ("view", "code"),
    [
        (f"{FORM}:2", "ResourceNotFoundException"),
        (FORM.replace("us-east-1", "eu-west-2"), "ResourceNotFoundException"),
        (f"{FORM}ular", "ResourceNotFoundException"),
        ("form", "InvalidParameterException"),
        ("11111111-2222-3333-4444-555555555555", "ResourceNotFoundException"),
    ],
)
def test_other_views_are_not_there(
    connect: ConnectClient, instance: str, view: str, code: str
) -> None:
    with refused(code):
        connect.describe_view(InstanceId=instance, ViewId=view)
