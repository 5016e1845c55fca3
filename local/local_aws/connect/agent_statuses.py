"""Agent statuses; the two every instance comes with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.connect.operations import Answer, Backend, operation

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        DescribeAgentStatusRequestTypeDef,
        ListAgentStatusRequestTypeDef,
    )


@operation
def describe_agent_status(backend: Backend, request: DescribeAgentStatusRequestTypeDef) -> Answer:
    """Describe an agent status."""
    row = backend.instance(request["InstanceId"]).agent_statuses.get(request["AgentStatusId"])
    return {
        "AgentStatus": {
            "AgentStatusId": row.id,
            "AgentStatusARN": row.arn,
            "Name": row.name,
            "Description": row.description,
            "Type": row.type,
            "DisplayOrder": row.display_order,
            "State": "ENABLED",
            "Tags": row.tags,
            **row.stamp,
        }
    }


@operation
def list_agent_statuses(backend: Backend, request: ListAgentStatusRequestTypeDef) -> Answer:
    """List agent statuses."""
    wanted = request.get("AgentStatusTypes")
    rows = backend.instance(request["InstanceId"]).agent_statuses
    return {
        "AgentStatusSummaryList": [
            {"Id": row.id, "Arn": row.arn, "Name": row.name, "Type": row.type, **row.stamp}
            for row in rows
            if not wanted or row.type in wanted
        ]
    }
