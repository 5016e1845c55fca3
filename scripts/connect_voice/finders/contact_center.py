"""A Connect instance that an interrupted run made, and what it made in an instance."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from connect_voice.errors import CheckFailed
from connect_voice.finders.lookup import Found, Lookup, made_for, only
from connect_voice.in_doubt import VIDEO_PREFIX, Doubt

if TYPE_CHECKING:
    from mypy_boto3_connect.client import ConnectClient
    from mypy_boto3_connect.literals import InstanceStorageResourceTypeType
    from mypy_boto3_connect.type_defs import InstanceStorageConfigTypeDef


def _client(lookup: Lookup) -> ConnectClient:
    client: ConnectClient = lookup.session.client("connect")
    return client


def instance(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The instance of that alias, once it is active.

    Raises:
        CheckFailed: Connect could not make it; it holds the alias all the same.
    """
    connect = _client(lookup)
    alias = doubt.identity["instance_alias"]
    pages = connect.get_paginator("list_instances").paginate()
    entries = [entry for page in pages for entry in page["InstanceSummaryList"]]
    entry = next((entry for entry in entries if entry.get("InstanceAlias") == alias), None)
    if entry is None:
        return None
    id_ = entry["Id"]
    tags = connect.describe_instance(InstanceId=id_)["Instance"].get("Tags", {})
    if not made_for(doubt, tags, entry["CreatedTime"]):
        return None
    status = lookup.settle(
        f"the instance {alias}",
        lambda: connect.describe_instance(InstanceId=id_)["Instance"]["InstanceStatus"],
        {"CREATION_IN_PROGRESS"},
    )
    if status != "ACTIVE":
        raise CheckFailed(
            f"An interrupted run began the instance {alias}, which Connect could not make "
            f"({status}); delete {id_} in the console and run the same command again."
        )
    return Found(id_, entry["Arn"])


def hours_of_operation(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The hours of that name in the instance."""
    connect, instance_id = _client(lookup), lookup.instance_id(doubt)
    if instance_id is None:
        return None
    pages = connect.get_paginator("list_hours_of_operations").paginate(InstanceId=instance_id)
    entries = [entry for page in pages for entry in page["HoursOfOperationSummaryList"]]
    for id_ in _named(doubt, ((entry.get("Name"), entry["Id"]) for entry in entries)):
        hours = connect.describe_hours_of_operation(InstanceId=instance_id, HoursOfOperationId=id_)
        described = hours["HoursOfOperation"]
        if made_for(doubt, described.get("Tags", {}), described.get("LastModifiedTime")):
            return Found(f"{instance_id}:{id_}", described["HoursOfOperationArn"])
    return None


def queue(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The queue of that name in the instance."""
    connect, instance_id = _client(lookup), lookup.instance_id(doubt)
    if instance_id is None:
        return None
    pages = connect.get_paginator("list_queues").paginate(
        InstanceId=instance_id, QueueTypes=["STANDARD"]
    )
    entries = [entry for page in pages for entry in page["QueueSummaryList"]]
    for id_ in _named(doubt, ((entry.get("Name"), entry["Id"]) for entry in entries)):
        described = connect.describe_queue(InstanceId=instance_id, QueueId=id_)["Queue"]
        if made_for(doubt, described.get("Tags", {}), described.get("LastModifiedTime")):
            return Found(f"{instance_id}:{id_}", described["QueueArn"])
    return None


def contact_flow(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The flow of that name in the instance."""
    connect, instance_id = _client(lookup), lookup.instance_id(doubt)
    if instance_id is None:
        return None
    pages = connect.get_paginator("list_contact_flows").paginate(InstanceId=instance_id)
    entries = [entry for page in pages for entry in page["ContactFlowSummaryList"]]
    for id_ in _named(doubt, ((entry.get("Name"), entry["Id"]) for entry in entries)):
        flow = connect.describe_contact_flow(InstanceId=instance_id, ContactFlowId=id_)
        described = flow["ContactFlow"]
        if made_for(doubt, described.get("Tags", {}), described.get("LastModifiedTime")):
            return Found(f"{instance_id}:{id_}", described["Arn"])
    return None


def user(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The user of that name in the instance."""
    connect, instance_id = _client(lookup), lookup.instance_id(doubt)
    if instance_id is None:
        return None
    pages = connect.get_paginator("list_users").paginate(InstanceId=instance_id)
    entries = [entry for page in pages for entry in page["UserSummaryList"]]
    for id_ in _named(doubt, ((entry.get("Username"), entry["Id"]) for entry in entries)):
        described = connect.describe_user(InstanceId=instance_id, UserId=id_)["User"]
        if made_for(doubt, described.get("Tags", {}), described.get("LastModifiedTime")):
            return Found(f"{instance_id}:{id_}", described["Arn"])
    return None


def _named(doubt: Doubt, entries: Iterable[tuple[str | None, str]]) -> list[str]:
    return [id_ for name, id_ in entries if name == doubt.identity["name"]]


def phone_number(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The number claimed to the instance with our description and tags, once it is claimed."""
    connect, instance_id = _client(lookup), lookup.instance_id(doubt)
    if instance_id is None:
        return None
    pages = connect.get_paginator("list_phone_numbers_v2").paginate(InstanceId=instance_id)
    candidates = []
    for entry in (entry for page in pages for entry in page["ListPhoneNumbersSummaryList"]):
        id_ = entry["PhoneNumberId"]
        if id_ in lookup.ids("aws_connect_phone_number"):
            continue
        number = connect.describe_phone_number(PhoneNumberId=id_)["ClaimedPhoneNumberSummary"]
        described = {
            "country_code": number["PhoneNumberCountryCode"],
            "type": number["PhoneNumberType"],
            "description": number.get("PhoneNumberDescription"),
        }
        same = all(described[name] == doubt.identity[name] for name in described)
        # No time of creation to go by: only its tags can say that it is ours.
        if same and made_for(doubt, number.get("Tags", {})) and _claimed(connect, lookup, id_):
            candidates.append(Found(id_, number["PhoneNumberArn"]))
    return only(doubt, candidates)


def _claimed(connect: ConnectClient, lookup: Lookup, id_: str) -> bool:
    def status() -> str:
        number = connect.describe_phone_number(PhoneNumberId=id_)["ClaimedPhoneNumberSummary"]
        return number["PhoneNumberStatus"]["Status"]

    return lookup.settle(f"the number {id_}", status, {"IN_PROGRESS"}) == "CLAIMED"


def storage_config(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The association of that type which leads to a stream of ours; it has no tags."""
    connect, instance_id = _client(lookup), lookup.instance_id(doubt)
    if instance_id is None:
        return None
    kind = cast("InstanceStorageResourceTypeType", doubt.identity["resource_type"])
    pages = connect.get_paginator("list_instance_storage_configs").paginate(
        InstanceId=instance_id, ResourceType=kind
    )
    return only(
        doubt,
        [
            Found(f"{instance_id}:{config['AssociationId']}:{kind}")
            for page in pages
            for config in page["StorageConfigs"]
            if _is_ours(config, doubt, lookup)
        ],
    )


def _is_ours(config: InstanceStorageConfigTypeDef, doubt: Doubt, lookup: Lookup) -> bool:
    if "KinesisStreamConfig" in config:
        stream = config["KinesisStreamConfig"]["StreamArn"]
        return stream in lookup.arns("aws_kinesis_stream")
    if "KinesisVideoStreamConfig" in config and VIDEO_PREFIX in doubt.identity:
        # Connect appends its own words to the prefix that it was given.
        prefix, ours = config["KinesisVideoStreamConfig"]["Prefix"], doubt.identity[VIDEO_PREFIX]
        return prefix == ours or prefix.startswith(f"{ours}-connect-")
    return False


def lambda_association(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The association with a function of ours that the state does not have."""
    connect, instance_id = _client(lookup), lookup.instance_id(doubt)
    if instance_id is None:
        return None
    pages = connect.get_paginator("list_lambda_functions").paginate(InstanceId=instance_id)
    listed = {arn for page in pages for arn in page["LambdaFunctions"]}
    planned = doubt.identity.get("function_arn")
    # Where the plan did not know the ARN, it is that of the function beside it.
    ours = lookup.arns("aws_lambda_function", doubt) | lookup.arns("aws_lambda_alias", doubt)
    ids = sorted(f"{instance_id},{arn}" for arn in listed & ({planned} if planned else ours))
    taken = lookup.ids("aws_connect_lambda_function_association")
    return only(doubt, [Found(id_) for id_ in ids if id_ not in taken])
