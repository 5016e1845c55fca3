"""Contact flow modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.connect import flow_content
from local_aws.connect.model import NO_TAGS
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import ContactFlowModule, sha256

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        CreateContactFlowModuleRequestTypeDef,
        DeleteContactFlowModuleRequestTypeDef,
        DescribeContactFlowModuleRequestTypeDef,
        ListContactFlowModulesRequestTypeDef,
        UpdateContactFlowModuleContentRequestTypeDef,
        UpdateContactFlowModuleMetadataRequestTypeDef,
    )


@operation
def create_contact_flow_module(
    backend: Backend, request: CreateContactFlowModuleRequestTypeDef
) -> Answer:
    """Create a module, published."""
    instance = backend.instance(request["InstanceId"])
    flow_content.check(backend, instance, request["Content"], flow_content.MODULE)
    identifier, arn = instance.identify("flow-module")
    instance.modules.add(
        ContactFlowModule(
            id=identifier,
            arn=arn,
            name=request["Name"],
            description=request.get("Description"),
            tags=request.get("Tags", NO_TAGS),
            region=backend.region_name,
            content=request["Content"],
            settings=request.get("Settings"),
            external_invocation=request.get("ExternalInvocationConfiguration", {}).get("Enabled"),
        )
    )
    return {"Id": identifier, "Arn": arn}


@operation
def describe_contact_flow_module(
    backend: Backend, request: DescribeContactFlowModuleRequestTypeDef
) -> Answer:
    """Describe a module."""
    row = backend.instance(request["InstanceId"]).modules.get(request["ContactFlowModuleId"])
    external: dict[str, object] = {}
    if row.external_invocation is not None:
        external = {"ExternalInvocationConfiguration": {"Enabled": row.external_invocation}}
    return {
        "ContactFlowModule": {
            "Id": row.id,
            "Arn": row.arn,
            "Name": row.name,
            "Description": row.description,
            "Content": row.content,
            "FlowModuleContentSha256": sha256(row.content),
            "State": row.state,
            # The service answers this one in lower case, against its own model.
            "Status": "published",
            "Settings": row.settings,
            "Tags": row.tags,
            **external,
        }
    }


@operation
def list_contact_flow_modules(
    backend: Backend, request: ListContactFlowModulesRequestTypeDef
) -> Answer:
    """List modules."""
    wanted = request.get("ContactFlowModuleState")
    rows = backend.instance(request["InstanceId"]).modules
    return {
        "ContactFlowModulesSummaryList": [
            {"Id": row.id, "Arn": row.arn, "Name": row.name, "State": row.state}
            for row in rows
            if wanted in (None, row.state)
        ]
    }


@operation
def update_contact_flow_module_content(
    backend: Backend, request: UpdateContactFlowModuleContentRequestTypeDef
) -> Answer:
    """Publish other content."""
    instance = backend.instance(request["InstanceId"])
    row = instance.modules.get(request["ContactFlowModuleId"])
    changes: dict[str, object] = {}
    if "Content" in request:
        flow_content.check(backend, instance, request["Content"], flow_content.MODULE)
        changes["content"] = request["Content"]
    if "Settings" in request:
        changes["settings"] = request["Settings"]
    instance.modules.change(row.id, **changes)
    return None


@operation
def update_contact_flow_module_metadata(
    backend: Backend, request: UpdateContactFlowModuleMetadataRequestTypeDef
) -> Answer:
    """Rename, describe anew, archive or bring back."""
    changes: dict[str, object] = {}
    if "Name" in request:
        changes["name"] = request["Name"]
    if "Description" in request:
        changes["description"] = request["Description"]
    if "State" in request:
        changes["state"] = request["State"]
    modules = backend.instance(request["InstanceId"]).modules
    modules.change(request["ContactFlowModuleId"], **changes)
    return None


@operation
def delete_contact_flow_module(
    backend: Backend, request: DeleteContactFlowModuleRequestTypeDef
) -> Answer:
    """Delete a module."""
    backend.instance(request["InstanceId"]).modules.remove(request["ContactFlowModuleId"])
    return None
