"""Prompts; those an instance comes with, as uploading audio is not emulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.connect.operations import Answer, Backend, operation

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import DescribePromptRequestTypeDef, ListPromptsRequestTypeDef


@operation
def describe_prompt(backend: Backend, request: DescribePromptRequestTypeDef) -> Answer:
    """Describe a prompt."""
    row = backend.instance(request["InstanceId"]).prompts.get(request["PromptId"])
    return {
        "Prompt": {
            "PromptId": row.id,
            "PromptARN": row.arn,
            "Name": row.name,
            "Description": row.description,
            "Tags": row.tags,
            **row.stamp,
        }
    }


@operation
def list_prompts(backend: Backend, request: ListPromptsRequestTypeDef) -> Answer:
    """List prompts."""
    rows = backend.instance(request["InstanceId"]).prompts
    return {
        "PromptSummaryList": [
            {"Id": row.id, "Arn": row.arn, "Name": row.name, **row.stamp} for row in rows
        ]
    }
