"""Routing profiles: which queues an agent serves, and how many contacts at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from local_aws.connect.errors import InvalidParameterError, ResourceInUseError
from local_aws.connect.model import NO_TAGS
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import RoutedQueue, RoutingProfile

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        AssociateRoutingProfileQueuesRequestTypeDef,
        CreateRoutingProfileRequestTypeDef,
        DeleteRoutingProfileRequestTypeDef,
        DescribeRoutingProfileRequestTypeDef,
        DisassociateRoutingProfileQueuesRequestTypeDef,
        ListRoutingProfileQueuesRequestTypeDef,
        ListRoutingProfilesRequestTypeDef,
        MediaConcurrencyUnionTypeDef,
        RoutingProfileQueueConfigTypeDef,
        UpdateRoutingProfileAgentAvailabilityTimerRequestTypeDef,
        UpdateRoutingProfileConcurrencyRequestTypeDef,
        UpdateRoutingProfileDefaultOutboundQueueRequestTypeDef,
        UpdateRoutingProfileNameRequestTypeDef,
        UpdateRoutingProfileQueuesRequestTypeDef,
    )

    from local_aws.connect.backend import ConnectInstance

# At most this many contacts of a channel at once; an agent has one voice.
# Source: API reference, MediaConcurrency.
_CONCURRENCY = {"VOICE": 1, "CHAT": 10, "TASK": 10, "EMAIL": 10}


@operation
def create_routing_profile(backend: Backend, request: CreateRoutingProfileRequestTypeDef) -> Answer:
    """Create a routing profile."""
    instance = backend.instance(request["InstanceId"])
    _check_concurrency(request["MediaConcurrencies"])
    default = instance.queues.get(request["DefaultOutboundQueueId"])
    routed = _routed(instance, request.get("QueueConfigs", ()))
    identifier, arn = instance.identify("routing-profile")
    instance.routing_profiles.add(
        RoutingProfile(
            id=identifier,
            arn=arn,
            name=request["Name"],
            description=request["Description"],
            tags=request.get("Tags", NO_TAGS),
            region=backend.region_name,
            default_outbound_queue_id=default.id,
            media_concurrencies=request["MediaConcurrencies"],
            queues=routed,
            availability_timer=request.get("AgentAvailabilityTimer", "TIME_SINCE_LAST_ACTIVITY"),
        )
    )
    return {"RoutingProfileId": identifier, "RoutingProfileArn": arn}


@operation
def describe_routing_profile(
    backend: Backend, request: DescribeRoutingProfileRequestTypeDef
) -> Answer:
    """Describe a routing profile."""
    instance = backend.instance(request["InstanceId"])
    row = instance.routing_profiles.get(request["RoutingProfileId"])
    queues = sorted({routed.queue_id for routed in row.queues})
    return {
        "RoutingProfile": {
            "InstanceId": instance.id,
            "RoutingProfileId": row.id,
            "RoutingProfileArn": row.arn,
            "Name": row.name,
            "Description": row.description,
            "MediaConcurrencies": row.media_concurrencies,
            "DefaultOutboundQueueId": row.default_outbound_queue_id,
            "AgentAvailabilityTimer": row.availability_timer,
            "NumberOfAssociatedQueues": len(row.queues),
            "NumberOfAssociatedUsers": len(
                instance.users.where(lambda user: user.routing_profile_id == row.id)
            ),
            "AssociatedQueueIds": queues,
            "Tags": row.tags,
            **row.stamp,
        }
    }


@operation
def list_routing_profiles(backend: Backend, request: ListRoutingProfilesRequestTypeDef) -> Answer:
    """List routing profiles."""
    rows = backend.instance(request["InstanceId"]).routing_profiles
    return {
        "RoutingProfileSummaryList": [
            {"Id": row.id, "Arn": row.arn, "Name": row.name, **row.stamp} for row in rows
        ]
    }


@operation
def list_routing_profile_queues(
    backend: Backend, request: ListRoutingProfileQueuesRequestTypeDef
) -> Answer:
    """List the queues of a routing profile."""
    instance = backend.instance(request["InstanceId"])
    row = instance.routing_profiles.get(request["RoutingProfileId"])
    summaries = []
    for routed in row.queues:
        queue = instance.queues.get(routed.queue_id)
        summaries.append(
            {
                "QueueId": queue.id,
                "QueueArn": queue.arn,
                "QueueName": queue.name,
                "Channel": routed.channel,
                "Priority": routed.priority,
                "Delay": routed.delay,
            }
        )
    return {"RoutingProfileQueueConfigSummaryList": summaries, **row.stamp}


@operation
def update_routing_profile_name(
    backend: Backend, request: UpdateRoutingProfileNameRequestTypeDef
) -> Answer:
    """Rename a routing profile, describe it anew, or both."""
    changes: dict[str, object] = {}
    if "Name" in request:
        changes["name"] = request["Name"]
    if "Description" in request:
        changes["description"] = request["Description"]
    rows = backend.instance(request["InstanceId"]).routing_profiles
    rows.change(request["RoutingProfileId"], **changes)
    return None


@operation
def update_routing_profile_concurrency(
    backend: Backend, request: UpdateRoutingProfileConcurrencyRequestTypeDef
) -> Answer:
    """Change how many contacts an agent has at once."""
    _check_concurrency(request["MediaConcurrencies"])
    rows = backend.instance(request["InstanceId"]).routing_profiles
    rows.change(request["RoutingProfileId"], media_concurrencies=request["MediaConcurrencies"])
    return None


@operation
def update_routing_profile_default_outbound_queue(
    backend: Backend, request: UpdateRoutingProfileDefaultOutboundQueueRequestTypeDef
) -> Answer:
    """Change the queue outbound calls belong to."""
    instance = backend.instance(request["InstanceId"])
    queue = instance.queues.get(request["DefaultOutboundQueueId"])
    instance.routing_profiles.change(
        request["RoutingProfileId"], default_outbound_queue_id=queue.id
    )
    return None


@operation
def update_routing_profile_agent_availability_timer(
    backend: Backend, request: UpdateRoutingProfileAgentAvailabilityTimerRequestTypeDef
) -> Answer:
    """Change what counts as waiting longest."""
    rows = backend.instance(request["InstanceId"]).routing_profiles
    rows.change(request["RoutingProfileId"], availability_timer=request["AgentAvailabilityTimer"])
    return None


@operation
def associate_routing_profile_queues(
    backend: Backend, request: AssociateRoutingProfileQueuesRequestTypeDef
) -> Answer:
    """Add queues to a routing profile."""
    instance = backend.instance(request["InstanceId"])
    row = instance.routing_profiles.get(request["RoutingProfileId"])
    added = _routed(instance, request.get("QueueConfigs", ()))
    instance.routing_profiles.change(row.id, queues=_merged(row.queues, added))
    return None


@operation
def update_routing_profile_queues(
    backend: Backend, request: UpdateRoutingProfileQueuesRequestTypeDef
) -> Answer:
    """Change priority and delay of queues a routing profile has."""
    instance = backend.instance(request["InstanceId"])
    row = instance.routing_profiles.get(request["RoutingProfileId"])
    changed = _routed(instance, request["QueueConfigs"])
    instance.routing_profiles.change(row.id, queues=_merged(row.queues, changed))
    return None


@operation
def disassociate_routing_profile_queues(
    backend: Backend, request: DisassociateRoutingProfileQueuesRequestTypeDef
) -> Answer:
    """Take queues out of a routing profile."""
    instance = backend.instance(request["InstanceId"])
    row = instance.routing_profiles.get(request["RoutingProfileId"])
    gone = {
        (instance.queues.get(reference["QueueId"]).id, reference["Channel"])
        for reference in request.get("QueueReferences", ())
    }
    kept = tuple(queue for queue in row.queues if (queue.queue_id, queue.channel) not in gone)
    instance.routing_profiles.change(row.id, queues=kept)
    return None


@operation
def delete_routing_profile(backend: Backend, request: DeleteRoutingProfileRequestTypeDef) -> Answer:
    """Delete a routing profile that no user has."""
    instance = backend.instance(request["InstanceId"])
    row = instance.routing_profiles.get(request["RoutingProfileId"])
    users = instance.users.where(lambda user: user.routing_profile_id == row.id)
    if users:
        raise ResourceInUseError(
            f"Routing profile {row.name} is in use by user {users[0].name}.",
            resource_type="ROUTING_PROFILE",
            resource_id=row.id,
        )
    instance.routing_profiles.remove(row.id)
    return None


def _routed(
    instance: ConnectInstance, configs: Iterable[RoutingProfileQueueConfigTypeDef]
) -> tuple[RoutedQueue, ...]:
    return tuple(
        RoutedQueue(
            queue_id=instance.queues.get(config["QueueReference"]["QueueId"]).id,
            channel=config["QueueReference"]["Channel"],
            priority=config["Priority"],
            delay=config["Delay"],
        )
        for config in configs
    )


def _merged(before: Iterable[RoutedQueue], after: Iterable[RoutedQueue]) -> tuple[RoutedQueue, ...]:
    rows = {(routed.queue_id, routed.channel): routed for routed in (*before, *after)}
    return tuple(rows.values())


def _check_concurrency(concurrencies: Iterable[MediaConcurrencyUnionTypeDef]) -> None:
    for concurrency in concurrencies:
        channel, wanted = concurrency["Channel"], concurrency.get("Concurrency", 1)
        if wanted > _CONCURRENCY[channel]:
            raise InvalidParameterError(
                f"Concurrency of {channel} is at most {_CONCURRENCY[channel]}, and not {wanted}."
            )
