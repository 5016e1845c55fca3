"""Contact flows: a draft, what is published, and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.connect import flow_content
from local_aws.connect.errors import (
    ContactFlowNotPublishedError,
    InvalidParameterError,
    InvalidRequestError,
    ResourceNotFoundError,
)
from local_aws.connect.model import NO_TAGS
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import ContactFlow, sha256

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        CreateContactFlowRequestTypeDef,
        CreateContactFlowVersionRequestTypeDef,
        DeleteContactFlowRequestTypeDef,
        DescribeContactFlowRequestTypeDef,
        ListContactFlowsRequestTypeDef,
        ListContactFlowVersionsRequestTypeDef,
        UpdateContactFlowContentRequestTypeDef,
        UpdateContactFlowMetadataRequestTypeDef,
        UpdateContactFlowNameRequestTypeDef,
    )

# Source: API reference, CreateContactFlow; botocore's model carries no bound.
_CONTENT_CHARACTERS = 256_000

_SAVED = "$SAVED"
_LATEST = "$LATEST"


@operation
def create_contact_flow(backend: Backend, request: CreateContactFlowRequestTypeDef) -> Answer:
    """Create a flow. It is published, and so validated, unless the request says SAVED."""
    instance = backend.instance(request["InstanceId"])
    content = request["Content"]
    _check_length(content)
    published = request.get("Status", "PUBLISHED") == "PUBLISHED"
    if published:
        flow_content.check(backend, instance, content, request["Type"])
    identifier, arn = instance.identify("contact-flow")
    instance.flows.add(
        ContactFlow(
            id=identifier,
            arn=arn,
            name=request["Name"],
            description=request.get("Description"),
            tags=request.get("Tags", NO_TAGS),
            region=backend.region_name,
            type=request["Type"],
            saved=content,
            published=content if published else None,
        )
    )
    return {
        "ContactFlowId": identifier,
        "ContactFlowArn": arn,
        "FlowContentSha256": sha256(content),
    }


@operation
def describe_contact_flow(backend: Backend, request: DescribeContactFlowRequestTypeDef) -> Answer:
    """Describe what is published; ``id:$SAVED`` asks for the draft, ``id:2`` for a version."""
    identifier, qualifier = _split(request["ContactFlowId"])
    row = backend.instance(request["InstanceId"]).flows.get(identifier)
    version: dict[str, object] = {}
    if qualifier == _SAVED:
        content, status = row.saved, "SAVED"
    elif qualifier.isdigit():
        if not 1 <= int(qualifier) <= len(row.versions):
            raise ResourceNotFoundError(f"Flow {row.name} has no version {qualifier}.")
        content, description = row.versions[int(qualifier) - 1]
        status = "PUBLISHED"
        version = {"Version": int(qualifier), "VersionDescription": description}
    elif row.published is None:
        raise ContactFlowNotPublishedError(f"Flow {row.name} has never been published.")
    else:
        content, status = row.published, "PUBLISHED"
    return {
        "ContactFlow": {
            "Id": row.id,
            "Arn": row.arn,
            "Name": row.name,
            "Description": row.description,
            "Type": row.type,
            "State": row.state,
            "Status": status,
            "Content": content,
            "FlowContentSha256": sha256(content),
            "Tags": row.tags,
            **version,
            **row.stamp,
        }
    }


@operation
def list_contact_flows(backend: Backend, request: ListContactFlowsRequestTypeDef) -> Answer:
    """List flows, of all types or of some."""
    wanted = request.get("ContactFlowTypes")
    rows = backend.instance(request["InstanceId"]).flows
    return {
        "ContactFlowSummaryList": [
            {
                "Id": row.id,
                "Arn": row.arn,
                "Name": row.name,
                "ContactFlowType": row.type,
                "ContactFlowState": row.state,
                "ContactFlowStatus": "SAVED" if row.published is None else "PUBLISHED",
            }
            for row in rows
            if not wanted or row.type in wanted
        ]
    }


@operation
def update_contact_flow_content(
    backend: Backend, request: UpdateContactFlowContentRequestTypeDef
) -> Answer:
    """Publish other content, or with ``id:$SAVED`` only save it."""
    instance = backend.instance(request["InstanceId"])
    identifier, qualifier = _split(request["ContactFlowId"])
    row = instance.flows.get(identifier)
    content = request["Content"]
    _check_length(content)
    if qualifier == _SAVED:
        instance.flows.change(row.id, saved=content)
    else:
        flow_content.check(backend, instance, content, row.type)
        instance.flows.change(row.id, saved=content, published=content)
    return None


@operation
def update_contact_flow_metadata(
    backend: Backend, request: UpdateContactFlowMetadataRequestTypeDef
) -> Answer:
    """Rename, describe anew, archive or bring back."""
    instance = backend.instance(request["InstanceId"])
    changes: dict[str, object] = {}
    if "Name" in request:
        changes["name"] = request["Name"]
    if "Description" in request:
        changes["description"] = request["Description"]
    if "ContactFlowState" in request:
        changes["state"] = request["ContactFlowState"]
    instance.flows.change(_split(request["ContactFlowId"])[0], **changes)
    return None


@operation
def update_contact_flow_name(
    backend: Backend, request: UpdateContactFlowNameRequestTypeDef
) -> Answer:
    """Rename a flow, describe it anew, or both."""
    instance = backend.instance(request["InstanceId"])
    changes: dict[str, object] = {}
    if "Name" in request:
        changes["name"] = request["Name"]
    if "Description" in request:
        changes["description"] = request["Description"]
    instance.flows.change(_split(request["ContactFlowId"])[0], **changes)
    return None


@operation
def create_contact_flow_version(
    backend: Backend, request: CreateContactFlowVersionRequestTypeDef
) -> Answer:
    """Freeze what is published; versions count from 1."""
    instance = backend.instance(request["InstanceId"])
    row = instance.flows.get(_split(request["ContactFlowId"])[0])
    if row.published is None:
        raise InvalidRequestError(f"Flow {row.name} has never been published.")
    expected = request.get("FlowContentSha256")
    if expected and expected != sha256(row.published):
        raise InvalidRequestError("FlowContentSha256 is not the digest of what is published.")
    versions = (*row.versions, (row.published, request.get("Description")))
    instance.flows.change(row.id, versions=versions)
    return {"ContactFlowArn": row.arn, "Version": len(versions)}


@operation
def list_contact_flow_versions(
    backend: Backend, request: ListContactFlowVersionsRequestTypeDef
) -> Answer:
    """List the versions, newest first."""
    row = backend.instance(request["InstanceId"]).flows.get(_split(request["ContactFlowId"])[0])
    numbered = list(enumerate(row.versions, start=1))
    return {
        "ContactFlowVersionSummaryList": [
            {"Arn": row.arn, "Version": number, "VersionDescription": description}
            for number, (_, description) in reversed(numbered)
        ]
    }


@operation
def delete_contact_flow(backend: Backend, request: DeleteContactFlowRequestTypeDef) -> Answer:
    """Delete a flow that answers no number."""
    instance = backend.instance(request["InstanceId"])
    row = instance.flows.get(_split(request["ContactFlowId"])[0])
    numbers = backend.phone_numbers.where(lambda number: number.contact_flow_arn == row.arn)
    if numbers:
        # The model gives DeleteContactFlow no ResourceInUseException.
        raise InvalidRequestError(
            f"Flow {row.name} answers {numbers[0].name}; disassociate the number first."
        )
    instance.flows.remove(row.id)
    return None


def _split(identifier: str) -> tuple[str, str]:
    """Take the alias or version off a flow's id or ARN."""
    head, slash, last = identifier.rpartition("/")
    flow_id, _, qualifier = last.partition(":")
    if qualifier and qualifier not in (_SAVED, _LATEST) and not qualifier.isdigit():
        raise InvalidParameterError(f"{qualifier} is neither a version nor an alias of a flow.")
    return f"{head}{slash}{flow_id}", qualifier


def _check_length(content: str) -> None:
    if not 1 <= len(content) <= _CONTENT_CHARACTERS:
        raise InvalidParameterError(
            f"Content must have 1 to {_CONTENT_CHARACTERS} characters, and has {len(content)}."
        )
