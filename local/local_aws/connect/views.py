"""Views for step-by-step guides: those AWS has in every instance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local_aws.connect.errors import InvalidParameterError, ResourceNotFoundError
from local_aws.connect.operations import Answer, Backend, operation

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import DescribeViewRequestTypeDef, ListViewsRequestTypeDef

# Name -> the actions an agent can take in it (administrator guide, "AWS managed views"). Their
# templates and input schemas are AWS's and are not told here.
_ACTIONS = {
    "cards": ("Back", "ActionSelected"),
    "confirmation": ("Next",),
    "detail": ("Back", "ActionSelected"),
    "form": ("Back", "Next", "Step"),
    "list": ("Back", "ActionSelected"),
}
_VERSION = 1
_SINCE = datetime(2023, 7, 1, tzinfo=UTC)


@operation
def list_views(backend: Backend, request: ListViewsRequestTypeDef) -> Answer:
    """List views; customers' own ones are not emulated, so there are none of those."""
    backend.instance(request["InstanceId"])
    if request.get("Type") == "CUSTOMER_MANAGED":
        return {"ViewsSummaryList": []}
    return {"ViewsSummaryList": [dict(view) for view in _views(backend)]}


@operation
def describe_view(backend: Backend, request: DescribeViewRequestTypeDef) -> Answer:
    """Describe a view; AWS's are asked for by ARN, with or without their version."""
    backend.instance(request["InstanceId"])
    wanted = request["ViewId"]
    if not wanted.startswith("arn:") and wanted.partition(":")[0] in _ACTIONS:
        raise InvalidParameterError("ViewId must be an ARN for views that AWS manages.")
    for view in _views(backend):
        if wanted in (view["Arn"], f"{view['Arn']}:{_VERSION}"):
            return {
                "View": {
                    **view,
                    "Version": _VERSION,
                    "Content": {"Actions": _ACTIONS[view["Id"]]},
                    "CreatedTime": _SINCE,
                    "LastModifiedTime": _SINCE,
                }
            }
    raise ResourceNotFoundError(f"The view {wanted} does not exist.")


def _views(backend: Backend) -> Iterator[dict[str, str]]:
    for name in _ACTIONS:
        yield {
            "Id": name,
            "Arn": f"arn:{backend.partition}:connect:{backend.region_name}:aws:view/{name}",
            "Name": name.capitalize(),
            "Status": "PUBLISHED",
            "Type": "AWS_MANAGED",
            "Description": f"The view {name}, managed by AWS.",
        }
