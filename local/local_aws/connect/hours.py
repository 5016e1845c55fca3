"""Hours of operation."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from local_aws.connect.errors import InvalidParameterError, InvalidRequestError
from local_aws.connect.model import NO_TAGS
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import HoursOfOperation

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        CreateHoursOfOperationRequestTypeDef,
        DeleteHoursOfOperationRequestTypeDef,
        DescribeHoursOfOperationRequestTypeDef,
        ListHoursOfOperationsRequestTypeDef,
        UpdateHoursOfOperationRequestTypeDef,
    )


@operation
def create_hours_of_operation(
    backend: Backend, request: CreateHoursOfOperationRequestTypeDef
) -> Answer:
    """Create hours of operation."""
    instance = backend.instance(request["InstanceId"])
    _check_zone(request["TimeZone"])
    identifier, arn = instance.identify("operating-hours")
    instance.hours.add(
        HoursOfOperation(
            id=identifier,
            arn=arn,
            name=request["Name"],
            description=request.get("Description"),
            tags=request.get("Tags", NO_TAGS),
            region=backend.region_name,
            time_zone=request["TimeZone"],
            config=request["Config"],
        )
    )
    return {"HoursOfOperationId": identifier, "HoursOfOperationArn": arn}


@operation
def describe_hours_of_operation(
    backend: Backend, request: DescribeHoursOfOperationRequestTypeDef
) -> Answer:
    """Describe hours of operation."""
    row = backend.instance(request["InstanceId"]).hours.get(request["HoursOfOperationId"])
    return {
        "HoursOfOperation": {
            "HoursOfOperationId": row.id,
            "HoursOfOperationArn": row.arn,
            "Name": row.name,
            "Description": row.description,
            "TimeZone": row.time_zone,
            "Config": row.config,
            "Tags": row.tags,
            **row.stamp,
        }
    }


@operation
def list_hours_of_operations(
    backend: Backend, request: ListHoursOfOperationsRequestTypeDef
) -> Answer:
    """List hours of operation."""
    rows = backend.instance(request["InstanceId"]).hours
    return {
        "HoursOfOperationSummaryList": [
            {"Id": row.id, "Arn": row.arn, "Name": row.name, **row.stamp} for row in rows
        ]
    }


@operation
def update_hours_of_operation(
    backend: Backend, request: UpdateHoursOfOperationRequestTypeDef
) -> Answer:
    """Change what the request names."""
    instance = backend.instance(request["InstanceId"])
    changes: dict[str, object] = {}
    if "Name" in request:
        changes["name"] = request["Name"]
    if "Description" in request:
        changes["description"] = request["Description"]
    if "TimeZone" in request:
        _check_zone(request["TimeZone"])
        changes["time_zone"] = request["TimeZone"]
    if "Config" in request:
        changes["config"] = request["Config"]
    instance.hours.change(request["HoursOfOperationId"], **changes)
    return None


@operation
def delete_hours_of_operation(
    backend: Backend, request: DeleteHoursOfOperationRequestTypeDef
) -> Answer:
    """Delete hours of operation that no queue uses."""
    instance = backend.instance(request["InstanceId"])
    row = instance.hours.get(request["HoursOfOperationId"])
    users = instance.queues.where(lambda queue: queue.hours_of_operation_id == row.id)
    if users:
        # The model gives DeleteHoursOfOperation no ResourceInUseException.
        raise InvalidRequestError(
            f"The hours of operation {row.name} are in use by queue {users[0].name}."
        )
    instance.hours.remove(row.id)
    return None


def _check_zone(zone: str) -> None:
    if zone not in available_timezones():
        raise InvalidParameterError(f"{zone} is not a time zone of the tz database.")
