"""Queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.connect.errors import InvalidRequestError, ResourceInUseError
from local_aws.connect.model import NO_TAGS
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import Queue

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        AssociateQueueQuickConnectsRequestTypeDef,
        CreateQueueRequestTypeDef,
        DeleteQueueRequestTypeDef,
        DescribeQueueRequestTypeDef,
        DisassociateQueueQuickConnectsRequestTypeDef,
        ListQueueQuickConnectsRequestTypeDef,
        ListQueuesRequestTypeDef,
        OutboundCallerConfigTypeDef,
        UpdateQueueHoursOfOperationRequestTypeDef,
        UpdateQueueMaxContactsRequestTypeDef,
        UpdateQueueNameRequestTypeDef,
        UpdateQueueOutboundCallerConfigRequestTypeDef,
        UpdateQueueStatusRequestTypeDef,
    )

    from local_aws.connect.backend import ConnectInstance


@operation
def create_queue(backend: Backend, request: CreateQueueRequestTypeDef) -> Answer:
    """Create a standard queue, enabled."""
    instance = backend.instance(request["InstanceId"])
    hours = instance.hours.get(request["HoursOfOperationId"])
    caller = request.get("OutboundCallerConfig")
    if caller:
        _check_caller(backend, instance, caller)
    quick = tuple(instance.quick_connects.get(i).id for i in request.get("QuickConnectIds", ()))
    identifier, arn = instance.identify("queue")
    instance.queues.add(
        Queue(
            id=identifier,
            arn=arn,
            name=request["Name"],
            description=request.get("Description"),
            tags=request.get("Tags", NO_TAGS),
            region=backend.region_name,
            hours_of_operation_id=hours.id,
            max_contacts=request.get("MaxContacts"),
            outbound_caller=caller,
            quick_connect_ids=quick,
        )
    )
    return {"QueueId": identifier, "QueueArn": arn}


@operation
def describe_queue(backend: Backend, request: DescribeQueueRequestTypeDef) -> Answer:
    """Describe a queue."""
    row = backend.instance(request["InstanceId"]).queues.get(request["QueueId"])
    return {
        "Queue": {
            "QueueId": row.id,
            "QueueArn": row.arn,
            "Name": row.name,
            "Description": row.description,
            "HoursOfOperationId": row.hours_of_operation_id,
            "MaxContacts": row.max_contacts,
            "OutboundCallerConfig": row.outbound_caller,
            "Status": row.status,
            "Tags": row.tags,
            **row.stamp,
        }
    }


@operation
def list_queues(backend: Backend, request: ListQueuesRequestTypeDef) -> Answer:
    """List queues; agents' own queues are not emulated."""
    wanted = request.get("QueueTypes") or ["STANDARD", "AGENT"]
    rows = backend.instance(request["InstanceId"]).queues if "STANDARD" in wanted else ()
    return {
        "QueueSummaryList": [
            {
                "Id": row.id,
                "Arn": row.arn,
                "Name": row.name,
                "QueueType": "STANDARD",
                **row.stamp,
            }
            for row in rows
        ]
    }


@operation
def update_queue_name(backend: Backend, request: UpdateQueueNameRequestTypeDef) -> Answer:
    """Rename a queue, describe it anew, or both."""
    changes: dict[str, object] = {}
    if "Name" in request:
        changes["name"] = request["Name"]
    if "Description" in request:
        changes["description"] = request["Description"]
    backend.instance(request["InstanceId"]).queues.change(request["QueueId"], **changes)
    return None


@operation
def update_queue_status(backend: Backend, request: UpdateQueueStatusRequestTypeDef) -> Answer:
    """Enable or disable a queue."""
    queues = backend.instance(request["InstanceId"]).queues
    queues.change(request["QueueId"], status=request["Status"])
    return None


@operation
def update_queue_max_contacts(
    backend: Backend, request: UpdateQueueMaxContactsRequestTypeDef
) -> Answer:
    """Limit a queue, or lift the limit."""
    queues = backend.instance(request["InstanceId"]).queues
    queues.change(request["QueueId"], max_contacts=request.get("MaxContacts"))
    return None


@operation
def update_queue_hours_of_operation(
    backend: Backend, request: UpdateQueueHoursOfOperationRequestTypeDef
) -> Answer:
    """Give a queue other hours."""
    instance = backend.instance(request["InstanceId"])
    hours = instance.hours.get(request["HoursOfOperationId"])
    instance.queues.change(request["QueueId"], hours_of_operation_id=hours.id)
    return None


@operation
def update_queue_outbound_caller_config(
    backend: Backend, request: UpdateQueueOutboundCallerConfigRequestTypeDef
) -> Answer:
    """Change what called people see."""
    instance = backend.instance(request["InstanceId"])
    caller = request["OutboundCallerConfig"]
    _check_caller(backend, instance, caller)
    instance.queues.change(request["QueueId"], outbound_caller=caller)
    return None


@operation
def delete_queue(backend: Backend, request: DeleteQueueRequestTypeDef) -> Answer:
    """Delete a queue that no routing profile and no quick connect uses."""
    instance = backend.instance(request["InstanceId"])
    queue = instance.queues.get(request["QueueId"])
    users = [
        f"routing profile {profile.name}"
        for profile in instance.routing_profiles
        if queue.id == profile.default_outbound_queue_id
        or any(routed.queue_id == queue.id for routed in profile.queues)
    ]
    users += [
        f"quick connect {quick.name}"
        for quick in instance.quick_connects
        if quick.config.get("QueueConfig", {}).get("QueueId") == queue.id
    ]
    if users:
        raise ResourceInUseError(
            f"Queue {queue.name} is in use by {users[0]}.",
            resource_type="QUEUE",
            resource_id=queue.id,
        )
    instance.queues.remove(queue.id)
    return None


@operation
def list_queue_quick_connects(
    backend: Backend, request: ListQueueQuickConnectsRequestTypeDef
) -> Answer:
    """List the quick connects of a queue."""
    instance = backend.instance(request["InstanceId"])
    queue = instance.queues.get(request["QueueId"])
    rows = [instance.quick_connects.get(identifier) for identifier in queue.quick_connect_ids]
    return {
        "QuickConnectSummaryList": [
            {
                "Id": row.id,
                "Arn": row.arn,
                "Name": row.name,
                "QuickConnectType": row.config["QuickConnectType"],
                **row.stamp,
            }
            for row in rows
        ],
        **queue.stamp,
    }


@operation
def associate_queue_quick_connects(
    backend: Backend, request: AssociateQueueQuickConnectsRequestTypeDef
) -> Answer:
    """Offer quick connects in a queue."""
    instance = backend.instance(request["InstanceId"])
    queue = instance.queues.get(request["QueueId"])
    added = [instance.quick_connects.get(i).id for i in request.get("QuickConnectIds", ())]
    kept = tuple(dict.fromkeys([*queue.quick_connect_ids, *added]))
    instance.queues.change(queue.id, quick_connect_ids=kept)
    return None


@operation
def disassociate_queue_quick_connects(
    backend: Backend, request: DisassociateQueueQuickConnectsRequestTypeDef
) -> Answer:
    """Withdraw quick connects from a queue."""
    instance = backend.instance(request["InstanceId"])
    queue = instance.queues.get(request["QueueId"])
    gone = {instance.quick_connects.get(i).id for i in request.get("QuickConnectIds", ())}
    kept = tuple(i for i in queue.quick_connect_ids if i not in gone)
    instance.queues.change(queue.id, quick_connect_ids=kept)
    return None


def _check_caller(
    backend: Backend, instance: ConnectInstance, caller: OutboundCallerConfigTypeDef
) -> None:
    number_id = caller.get("OutboundCallerIdNumberId")
    if number_id:
        number = backend.phone_numbers.get(number_id)
        if number.instance_id != instance.id:
            raise InvalidRequestError(f"{number.name} is claimed by another instance.")
    flow_id = caller.get("OutboundFlowId")
    if flow_id:
        flow = instance.flows.get(flow_id)
        if flow.type != "OUTBOUND_WHISPER":
            raise InvalidRequestError(f"Flow {flow.name} is not an outbound whisper flow.")
