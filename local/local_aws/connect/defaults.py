"""What a new instance contains. Names as the console shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from local_aws.connect.resources import (
    AgentStatus,
    ContactFlow,
    HoursOfOperation,
    Prompt,
    Queue,
    RoutedQueue,
    RoutingProfile,
    SecurityProfile,
)

if TYPE_CHECKING:
    from mypy_boto3_connect.literals import ContactFlowTypeType, HoursOfOperationDaysType
    from mypy_boto3_connect.type_defs import (
        HoursOfOperationConfigTypeDef,
        HoursOfOperationTimeSliceTypeDef,
    )

    from local_aws.connect.backend import ConnectInstance

_DAYS: tuple[HoursOfOperationDaysType, ...] = (
    "SUNDAY",
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
)

_PROMPTS = (
    "Beep.wav",
    "CustomerHold.wav",
    "CustomerQueue.wav",
    "Music_Jazz_MyTimetoFly_Inst.wav",
    "Music_Pop_ThisAndThatIsLife_Inst.wav",
    "Music_Pop_ThrowYourselfInFrontOfIt_Inst.wav",
    "Music_Rock_EverywhereTheSunShines_Inst.wav",
)

_SECURITY_PROFILES = {
    "Admin": (
        "Allows administrators to perform any action.",
        (
            "AccessMetrics",
            "BasicAgentAccess",
            "ContactFlows.Create",
            "ContactFlows.Delete",
            "ContactFlows.Edit",
            "ContactFlows.Publish",
            "ContactFlows.View",
            "ContactSearch.View",
            "OutboundCallAccess",
            "PhoneNumbers.Claim",
            "PhoneNumbers.View",
            "Queues.Create",
            "Queues.Edit",
            "Queues.View",
            "RoutingPolicies.Create",
            "RoutingPolicies.Edit",
            "RoutingPolicies.View",
            "SecurityProfiles.Create",
            "SecurityProfiles.Edit",
            "SecurityProfiles.View",
            "Users.Create",
            "Users.Edit",
            "Users.View",
        ),
    ),
    "Agent": (
        "Allows agents to take and make calls.",
        ("BasicAgentAccess", "OutboundCallAccess"),
    ),
    "CallCenterManager": (
        "Allows managers to work with users, queues and metrics.",
        (
            "AccessMetrics",
            "ContactFlows.View",
            "ContactSearch.View",
            "PhoneNumbers.View",
            "Queues.Edit",
            "Queues.View",
            "RoutingPolicies.View",
            "Users.Edit",
            "Users.View",
        ),
    ),
    "QualityAnalyst": (
        "Allows analysts to listen to recordings and read metrics.",
        ("AccessMetrics", "ContactSearch.View", "ListenCallRecordings"),
    ),
}

_FLOWS: tuple[tuple[str, ContactFlowTypeType], ...] = (
    ("Default agent hold", "AGENT_HOLD"),
    ("Default agent transfer", "AGENT_TRANSFER"),
    ("Default agent whisper", "AGENT_WHISPER"),
    ("Default customer hold", "CUSTOMER_HOLD"),
    ("Default customer queue", "CUSTOMER_QUEUE"),
    ("Default customer whisper", "CUSTOMER_WHISPER"),
    ("Default outbound", "OUTBOUND_WHISPER"),
    ("Default queue transfer", "QUEUE_TRANSFER"),
    ("Sample inbound flow (first contact experience)", "CONTACT_FLOW"),
)


def furnish(instance: ConnectInstance) -> None:
    """Put the content of a new instance into it."""
    _prompts_and_statuses(instance)
    _routing(instance)
    _security_profiles(instance)
    for name, flow_type in _FLOWS:
        identifier, arn = instance.identify("contact-flow")
        content = _content(instance, flow_type)
        instance.flows.add(
            ContactFlow(
                id=identifier,
                arn=arn,
                name=name,
                description=f"{name}, as the instance came with it.",
                region=instance.region,
                type=flow_type,
                saved=content,
                published=content,
            )
        )


def _prompts_and_statuses(instance: ConnectInstance) -> None:
    for name in _PROMPTS:
        identifier, arn = instance.identify("prompt")
        instance.prompts.add(Prompt(id=identifier, arn=arn, name=name, region=instance.region))
    for name, kind, order in (("Available", "ROUTABLE", 1), ("Offline", "OFFLINE", 2)):
        identifier, arn = instance.identify("agent-state")
        instance.agent_statuses.add(
            AgentStatus(
                id=identifier,
                arn=arn,
                name=name,
                region=instance.region,
                type=kind,
                display_order=order,
            )
        )


def _routing(instance: ConnectInstance) -> None:
    hours_id, hours_arn = instance.identify("operating-hours")
    instance.hours.add(
        HoursOfOperation(
            id=hours_id,
            arn=hours_arn,
            name="Basic Hours",
            region=instance.region,
            time_zone="America/New_York",
            config=[_all_day(day) for day in _DAYS],
        )
    )
    queue_id, queue_arn = instance.identify("queue")
    instance.queues.add(
        Queue(
            id=queue_id,
            arn=queue_arn,
            name="BasicQueue",
            description="A simple, basic voice queue.",
            region=instance.region,
            hours_of_operation_id=hours_id,
        )
    )
    profile_id, profile_arn = instance.identify("routing-profile")
    instance.routing_profiles.add(
        RoutingProfile(
            id=profile_id,
            arn=profile_arn,
            name="Basic Routing Profile",
            description="A simple routing profile.",
            region=instance.region,
            default_outbound_queue_id=queue_id,
            media_concurrencies=[
                {"Channel": "VOICE", "Concurrency": 1},
                {"Channel": "CHAT", "Concurrency": 2},
            ],
            queues=tuple(
                RoutedQueue(queue_id=queue_id, channel=channel, priority=1, delay=0)
                for channel in ("VOICE", "CHAT")
            ),
        )
    )


def _all_day(day: HoursOfOperationDaysType) -> HoursOfOperationConfigTypeDef:
    midnight: HoursOfOperationTimeSliceTypeDef = {"Hours": 0, "Minutes": 0}
    return {"Day": day, "StartTime": midnight, "EndTime": midnight}


def _security_profiles(instance: ConnectInstance) -> None:
    for name, (description, permissions) in _SECURITY_PROFILES.items():
        identifier, arn = instance.identify("security-profile")
        instance.security_profiles.add(
            SecurityProfile(
                id=identifier,
                arn=arn,
                name=name,
                description=description,
                region=instance.region,
                permissions=permissions,
            )
        )


def _content(instance: ConnectInstance, flow_type: ContactFlowTypeType) -> str:
    """Write the smallest flow that does what the default of that type does."""
    if flow_type in ("AGENT_HOLD", "CUSTOMER_HOLD", "CUSTOMER_QUEUE"):
        music = "CustomerQueue.wav" if flow_type == "CUSTOMER_QUEUE" else "CustomerHold.wav"
        prompt = next(row for row in instance.prompts if row.name == music)
        return _flow(
            [
                _action(
                    "wait",
                    "MessageParticipantIteratively",
                    {"Messages": [{"PromptId": prompt.arn}]},
                    None,
                )
            ]
        )
    if flow_type in ("AGENT_TRANSFER", "QUEUE_TRANSFER"):
        refused = [
            {"ErrorType": kind, "NextAction": "hang-up"}
            for kind in ("QueueAtCapacity", "NoMatchingError")
        ]
        move = _action("transfer", "TransferContactToQueue", {}, "hang-up")
        move["Transitions"] = {"NextAction": "hang-up", "Errors": refused, "Conditions": []}
        return _flow([move, _action("hang-up", "DisconnectParticipant", {}, None)])
    if flow_type == "CONTACT_FLOW":
        text = {"Text": "Thank you for calling."}
        return _flow(
            [
                _action("greet", "MessageParticipant", text, "hang-up"),
                _action("hang-up", "DisconnectParticipant", {}, None),
            ]
        )
    return _flow([_action("end", "EndFlowExecution", {}, None)])


def _action(
    identifier: str, kind: str, parameters: Mapping[str, object], then: str | None
) -> dict[str, object]:
    transitions = {"NextAction": then, "Errors": [], "Conditions": []} if then else {}
    return {
        "Identifier": identifier,
        "Type": kind,
        "Parameters": parameters,
        "Transitions": transitions,
    }


def _flow(actions: list[dict[str, object]]) -> str:
    document = {
        "Version": "2019-10-30",
        "StartAction": actions[0]["Identifier"],
        "Metadata": {},
        "Actions": actions,
    }
    return json.dumps(document)
