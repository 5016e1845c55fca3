"""Quick connects: where agents can transfer a contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.connect.errors import InvalidRequestError
from local_aws.connect.model import NO_TAGS
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import QuickConnect

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        CreateQuickConnectRequestTypeDef,
        DeleteQuickConnectRequestTypeDef,
        DescribeQuickConnectRequestTypeDef,
        ListQuickConnectsRequestTypeDef,
        QuickConnectConfigTypeDef,
        UpdateQuickConnectConfigRequestTypeDef,
        UpdateQuickConnectNameRequestTypeDef,
    )

    from local_aws.connect.backend import ConnectInstance

_MEMBERS = {
    "USER": "UserConfig",
    "QUEUE": "QueueConfig",
    "PHONE_NUMBER": "PhoneConfig",
    "FLOW": "FlowConfig",
}


@operation
def create_quick_connect(backend: Backend, request: CreateQuickConnectRequestTypeDef) -> Answer:
    """Create a quick connect."""
    instance = backend.instance(request["InstanceId"])
    config = request["QuickConnectConfig"]
    _check(instance, config)
    identifier, arn = instance.identify("transfer-destination")
    instance.quick_connects.add(
        QuickConnect(
            id=identifier,
            arn=arn,
            name=request["Name"],
            description=request.get("Description"),
            tags=request.get("Tags", NO_TAGS),
            region=backend.region_name,
            config=config,
        )
    )
    return {"QuickConnectId": identifier, "QuickConnectARN": arn}


@operation
def describe_quick_connect(backend: Backend, request: DescribeQuickConnectRequestTypeDef) -> Answer:
    """Describe a quick connect."""
    row = backend.instance(request["InstanceId"]).quick_connects.get(request["QuickConnectId"])
    return {
        "QuickConnect": {
            "QuickConnectId": row.id,
            "QuickConnectARN": row.arn,
            "Name": row.name,
            "Description": row.description,
            "QuickConnectConfig": row.config,
            "Tags": row.tags,
            **row.stamp,
        }
    }


@operation
def list_quick_connects(backend: Backend, request: ListQuickConnectsRequestTypeDef) -> Answer:
    """List quick connects."""
    rows = backend.instance(request["InstanceId"]).quick_connects
    wanted = request.get("QuickConnectTypes")
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
            if not wanted or row.config["QuickConnectType"] in wanted
        ]
    }


@operation
def update_quick_connect_name(
    backend: Backend, request: UpdateQuickConnectNameRequestTypeDef
) -> Answer:
    """Rename a quick connect, describe it anew, or both."""
    changes: dict[str, object] = {}
    if "Name" in request:
        changes["name"] = request["Name"]
    if "Description" in request:
        changes["description"] = request["Description"]
    rows = backend.instance(request["InstanceId"]).quick_connects
    rows.change(request["QuickConnectId"], **changes)
    return None


@operation
def update_quick_connect_config(
    backend: Backend, request: UpdateQuickConnectConfigRequestTypeDef
) -> Answer:
    """Point a quick connect elsewhere."""
    instance = backend.instance(request["InstanceId"])
    _check(instance, request["QuickConnectConfig"])
    instance.quick_connects.change(request["QuickConnectId"], config=request["QuickConnectConfig"])
    return None


@operation
def delete_quick_connect(backend: Backend, request: DeleteQuickConnectRequestTypeDef) -> Answer:
    """Delete a quick connect; queues stop offering it."""
    instance = backend.instance(request["InstanceId"])
    gone = instance.quick_connects.remove(request["QuickConnectId"])
    for queue in instance.queues.where(lambda queue: gone.id in queue.quick_connect_ids):
        kept = tuple(i for i in queue.quick_connect_ids if i != gone.id)
        instance.queues.change(queue.id, quick_connect_ids=kept)
    return None


def _check(instance: ConnectInstance, config: QuickConnectConfigTypeDef) -> None:
    kind = config["QuickConnectType"]
    if _MEMBERS[kind] not in config:
        raise InvalidRequestError(f"A quick connect of type {kind} needs {_MEMBERS[kind]}.")
    if "UserConfig" in config:
        instance.users.get(config["UserConfig"]["UserId"])
        instance.flows.get(config["UserConfig"]["ContactFlowId"])
    if "QueueConfig" in config:
        instance.queues.get(config["QueueConfig"]["QueueId"])
        instance.flows.get(config["QueueConfig"]["ContactFlowId"])
