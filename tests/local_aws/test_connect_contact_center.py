"""Hours, queues, quick connects, routing and security profiles, users: created, used, freed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from connect_support import basic_hours, basic_queue, refused

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient
    from mypy_boto3_connect.type_defs import HoursOfOperationConfigTypeDef

MONDAY: HoursOfOperationConfigTypeDef = {
    "Day": "MONDAY",
    "StartTime": {"Hours": 8, "Minutes": 0},
    "EndTime": {"Hours": 18, "Minutes": 30},
}


def make_hours(connect: ConnectClient, instance: str, name: str = "office") -> str:
    return connect.create_hours_of_operation(
        InstanceId=instance, Name=name, TimeZone="Europe/Berlin", Config=[MONDAY]
    )["HoursOfOperationId"]


def make_queue(connect: ConnectClient, instance: str, hours: str, name: str = "agents") -> str:
    return connect.create_queue(InstanceId=instance, Name=name, HoursOfOperationId=hours)["QueueId"]


def make_routing_profile(connect: ConnectClient, instance: str, queue: str) -> str:
    return connect.create_routing_profile(
        InstanceId=instance,
        Name="voice",
        Description="Voice",
        DefaultOutboundQueueId=queue,
        MediaConcurrencies=[{"Channel": "VOICE", "Concurrency": 1}],
        QueueConfigs=[
            {
                "QueueReference": {"QueueId": queue, "Channel": "VOICE"},
                "Priority": 1,
                "Delay": 0,
            }
        ],
    )["RoutingProfileId"]


def make_user(connect: ConnectClient, instance: str, **more: Any) -> str:
    profiles = connect.list_security_profiles(InstanceId=instance)["SecurityProfileSummaryList"]
    routing = connect.list_routing_profiles(InstanceId=instance)["RoutingProfileSummaryList"]
    asked: dict[str, Any] = {
        "Username": "alice",
        "Password": "Abcdefgh1",
        "SecurityProfileIds": [profiles[0]["Id"]],
        "RoutingProfileId": routing[0]["Id"],
        "IdentityInfo": {"FirstName": "Alice", "LastName": "Doe"},
        "PhoneConfig": {"PhoneType": "SOFT_PHONE", "AfterContactWorkTimeLimit": 5},
        **more,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    return connect.create_user(InstanceId=instance, **given)["UserId"]


def test_hours_keep_their_slices_and_serve_until_no_queue_needs_them(
    connect: ConnectClient, instance: str
) -> None:
    hours = make_hours(connect, instance)
    told = connect.describe_hours_of_operation(InstanceId=instance, HoursOfOperationId=hours)
    assert told["HoursOfOperation"]["Config"] == [MONDAY]
    assert told["HoursOfOperation"]["HoursOfOperationArn"].endswith(f"operating-hours/{hours}")
    connect.update_hours_of_operation(
        InstanceId=instance, HoursOfOperationId=hours, TimeZone="America/Chicago"
    )
    told = connect.describe_hours_of_operation(InstanceId=instance, HoursOfOperationId=hours)
    assert told["HoursOfOperation"]["TimeZone"] == "America/Chicago"
    assert told["HoursOfOperation"]["Name"] == "office"
    queue = make_queue(connect, instance, hours)
    with refused("InvalidRequestException", "queue agents"):
        connect.delete_hours_of_operation(InstanceId=instance, HoursOfOperationId=hours)
    connect.delete_queue(InstanceId=instance, QueueId=queue)
    connect.delete_hours_of_operation(InstanceId=instance, HoursOfOperationId=hours)


def test_a_time_zone_must_exist(connect: ConnectClient, instance: str) -> None:
    with refused("InvalidParameterException", "Mars/Base"):
        connect.create_hours_of_operation(
            InstanceId=instance, Name="x", TimeZone="Mars/Base", Config=[]
        )


def test_a_queue_changes_field_by_field(connect: ConnectClient, instance: str) -> None:
    queue = make_queue(connect, instance, basic_hours(connect, instance))
    where: dict[str, Any] = {"InstanceId": instance, "QueueId": queue}
    connect.update_queue_name(**where, Name="people", Description="People")
    connect.update_queue_max_contacts(**where, MaxContacts=3)
    connect.update_queue_status(**where, Status="DISABLED")
    hours = make_hours(connect, instance)
    connect.update_queue_hours_of_operation(**where, HoursOfOperationId=hours)
    told = connect.describe_queue(**where)["Queue"]
    assert (told["Name"], told["Description"]) == ("people", "People")
    assert (told["MaxContacts"], told["Status"]) == (3, "DISABLED")
    assert told["HoursOfOperationId"] == hours


def test_a_queue_needs_hours_that_exist(connect: ConnectClient, instance: str) -> None:
    with refused("ResourceNotFoundException", "hours of operation"):
        make_queue(connect, instance, "00000000-0000-4000-8000-000000000000")


def test_names_are_taken_once(connect: ConnectClient, instance: str) -> None:
    hours = basic_hours(connect, instance)
    make_queue(connect, instance, hours)
    with refused("DuplicateResourceException", "agents"):
        make_queue(connect, instance, hours)
    with refused("DuplicateResourceException"):
        make_hours(connect, instance, "Basic Hours")


def test_fifty_queues_are_the_quota(connect: ConnectClient, instance: str) -> None:
    hours = basic_hours(connect, instance)
    for number in range(49):  # BasicQueue is one of the fifty
        make_queue(connect, instance, hours, f"queue {number}")
    with refused("LimitExceededException", "50"):
        make_queue(connect, instance, hours, "one too many")


def test_quick_connects_come_and_go_with_queues(connect: ConnectClient, instance: str) -> None:
    queue = basic_queue(connect, instance)
    quick = connect.create_quick_connect(
        InstanceId=instance,
        Name="desk",
        QuickConnectConfig={
            "QuickConnectType": "PHONE_NUMBER",
            "PhoneConfig": {"PhoneNumber": "+14155550123"},
        },
    )["QuickConnectId"]

    def offered() -> list[str]:
        listed = connect.list_queue_quick_connects(InstanceId=instance, QueueId=queue)
        return [row["Id"] for row in listed["QuickConnectSummaryList"]]

    connect.associate_queue_quick_connects(
        InstanceId=instance, QueueId=queue, QuickConnectIds=[quick]
    )
    assert offered() == [quick]
    connect.delete_quick_connect(InstanceId=instance, QuickConnectId=quick)
    assert offered() == []


def test_a_queue_in_use_stays(connect: ConnectClient, instance: str) -> None:
    queue = make_queue(connect, instance, basic_hours(connect, instance))
    profile = make_routing_profile(connect, instance, queue)
    with refused("ResourceInUseException", "routing profile voice") as parsed:
        connect.delete_queue(InstanceId=instance, QueueId=queue)
    assert parsed["ResourceId"] == queue
    connect.delete_routing_profile(InstanceId=instance, RoutingProfileId=profile)
    connect.delete_queue(InstanceId=instance, QueueId=queue)


def test_a_routing_profile_gains_changes_and_loses_queues(
    connect: ConnectClient, instance: str
) -> None:
    queue, hours = basic_queue(connect, instance), basic_hours(connect, instance)
    profile = make_routing_profile(connect, instance, queue)
    other = make_queue(connect, instance, hours, "other")
    where: dict[str, Any] = {"InstanceId": instance, "RoutingProfileId": profile}

    def routed() -> dict[str, int]:
        listed = connect.list_routing_profile_queues(**where)
        rows = listed["RoutingProfileQueueConfigSummaryList"]
        return {row["QueueName"]: row["Priority"] for row in rows}

    reference: Any = {"QueueId": other, "Channel": "VOICE"}
    config: Any = {"QueueReference": reference, "Priority": 2, "Delay": 0}
    connect.associate_routing_profile_queues(**where, QueueConfigs=[config])
    assert routed() == {"BasicQueue": 1, "other": 2}
    connect.update_routing_profile_queues(**where, QueueConfigs=[{**config, "Priority": 5}])
    assert routed() == {"BasicQueue": 1, "other": 5}
    told = connect.describe_routing_profile(**where)["RoutingProfile"]
    assert told["NumberOfAssociatedQueues"] == 2
    connect.disassociate_routing_profile_queues(**where, QueueReferences=[reference])
    assert routed() == {"BasicQueue": 1}


def test_an_agent_has_one_voice(connect: ConnectClient, instance: str) -> None:
    with refused("InvalidParameterException", "VOICE is at most 1"):
        connect.create_routing_profile(
            InstanceId=instance,
            Name="many",
            Description="Many",
            DefaultOutboundQueueId=basic_queue(connect, instance),
            MediaConcurrencies=[{"Channel": "VOICE", "Concurrency": 2}],
        )


def test_a_security_profile_is_replaced_list_by_list(connect: ConnectClient, instance: str) -> None:
    profile = connect.create_security_profile(
        InstanceId=instance,
        SecurityProfileName="voice",
        Permissions=["BasicAgentAccess", "OutboundCallAccess"],
        Applications=[{"Namespace": "ours", "ApplicationPermissions": ["ACCESS"]}],
    )["SecurityProfileId"]
    where: dict[str, Any] = {"InstanceId": instance, "SecurityProfileId": profile}
    connect.update_security_profile(**where, Permissions=["BasicAgentAccess"])
    permissions = connect.list_security_profile_permissions(**where)["Permissions"]
    applications = connect.list_security_profile_applications(**where)["Applications"]
    assert permissions == ["BasicAgentAccess"]
    assert [row["Namespace"] for row in applications] == ["ours"]


def test_a_third_party_application_knows_one_permission(
    connect: ConnectClient, instance: str
) -> None:
    with refused("InvalidParameterException", "ACCESS"):
        connect.create_security_profile(
            InstanceId=instance,
            SecurityProfileName="greedy",
            Applications=[{"Namespace": "ours", "ApplicationPermissions": ["ADMIN"]}],
        )


def test_profiles_that_a_user_has_stay(connect: ConnectClient, instance: str) -> None:
    user = make_user(connect, instance)
    told = connect.describe_user(InstanceId=instance, UserId=user)["User"]
    with refused("ResourceInUseException", "alice"):
        connect.delete_security_profile(
            InstanceId=instance, SecurityProfileId=told["SecurityProfileIds"][0]
        )
    with refused("ResourceInUseException", "alice"):
        connect.delete_routing_profile(
            InstanceId=instance, RoutingProfileId=told["RoutingProfileId"]
        )
    connect.delete_user(InstanceId=instance, UserId=user)
    connect.delete_routing_profile(InstanceId=instance, RoutingProfileId=told["RoutingProfileId"])


def test_a_user_never_shows_the_password(connect: ConnectClient, instance: str) -> None:
    user = make_user(connect, instance)
    told = connect.describe_user(InstanceId=instance, UserId=user)["User"]
    assert told["Username"] == "alice"
    assert told["IdentityInfo"] == {"FirstName": "Alice", "LastName": "Doe"}
    assert "Abcdefgh1" not in str(told)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"Password": "tooeasy"}, "regular expression"),
        ({"Password": None}, "Password is required"),
        ({"PhoneConfig": {"PhoneType": "DESK_PHONE"}}, "DeskPhoneNumber"),
    ],
)
def test_a_user_needs_what_the_service_needs(
    connect: ConnectClient, instance: str, more: dict[str, Any], message: str
) -> None:
    with refused("InvalidParameterException", message) as parsed:
        make_user(connect, instance, **more)
    assert "tooeasy" not in str(parsed)
