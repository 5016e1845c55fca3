"""Keys, roles, logs, parameters, streams and tables that an interrupted run made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from connect_voice.finders.lookup import (
    PARAMETER,
    Found,
    Lookup,
    made_for,
    none_if_absent,
    not_older,
    only,
)
from connect_voice.in_doubt import Doubt
from connect_voice.leftovers import Leftover

if TYPE_CHECKING:
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_kinesis.client import KinesisClient
    from mypy_boto3_kms.client import KMSClient
    from mypy_boto3_kms.type_defs import KeyMetadataTypeDef
    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_ssm.client import SSMClient


def kms_key(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The enabled key of that description with our tags. Keys have no names."""
    kms: KMSClient = lookup.session.client("kms")
    return only(
        doubt,
        [
            Found(key["KeyId"], key["Arn"])
            for key in _keys(kms)
            if key["KeyId"] not in lookup.ids("aws_kms_key")
            and key["Description"] == doubt.identity["description"]
            and key["KeyState"] == "Enabled"
            and made_for(doubt, _key_tags(kms, key["KeyId"]), key["CreationDate"])
        ],
    )


def _keys(kms: KMSClient) -> Iterator[KeyMetadataTypeDef]:
    for page in kms.get_paginator("list_keys").paginate():
        for entry in page["Keys"]:
            try:
                yield kms.describe_key(KeyId=entry["KeyId"])["KeyMetadata"]
            except ClientError as error:
                # A key whose policy shuts us out is not one that we made.
                if error.response["Error"]["Code"] != "AccessDeniedException":
                    raise


def _key_tags(kms: KMSClient, key: str) -> dict[str, str]:
    pages = kms.get_paginator("list_resource_tags").paginate(KeyId=key)
    return {tag["TagKey"]: tag["TagValue"] for page in pages for tag in page["Tags"]}


def kms_alias(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The alias, where it names a key of ours; aliases have no tags."""
    kms: KMSClient = lookup.session.client("kms")
    name = doubt.identity["name"]
    for page in kms.get_paginator("list_aliases").paginate():
        for alias in page["Aliases"]:
            ours = alias.get("TargetKeyId") in lookup.ids("aws_kms_key")
            if alias["AliasName"] == name and ours:
                return Found(name)
    return None


def iam_role(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The role of that name."""
    iam: IAMClient = lookup.session.client("iam")
    name = doubt.identity["name"]
    answer = none_if_absent(lambda: iam.get_role(RoleName=name), "NoSuchEntity")
    if answer is None:
        return None
    role = answer["Role"]
    tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}
    return Found(name, role["Arn"]) if made_for(doubt, tags, role["CreateDate"]) else None


def log_group(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The log group of that name."""
    logs: CloudWatchLogsClient = lookup.session.client("logs")
    name = doubt.identity["name"]
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name):
        for group in page["logGroups"]:
            if group["logGroupName"] != name:
                continue
            arn = group["arn"].removesuffix(":*")
            tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
            created = datetime.fromtimestamp(group["creationTime"] / 1000, UTC)
            return Found(name, arn) if made_for(doubt, tags, created) else None
    return None


def ssm_parameter(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The parameter of that name; its value is never read.

    It is left to be removed, unless it ended well. An import would read the value, decrypted, into
    the state and into every plan, and so does the refresh of one that is tainted: hashicorp/aws
    5.100 leaves it out only for parameters of which the state says that they were written by
    ``value_wo``, and says that at the end of their creation.
    """
    ssm: SSMClient = lookup.session.client("ssm")
    name = doubt.identity["name"]
    described = ssm.describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [name]}]
    )["Parameters"]
    if not described:
        return None
    listed = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    tags = {tag["Key"]: tag["Value"] for tag in listed}
    # The date is of the last change, which is the creation only of the first version.
    created = described[0]["LastModifiedDate"] if described[0]["Version"] == 1 else None
    if not made_for(doubt, tags, created):
        return None
    if name not in lookup.ids(doubt.type):
        lookup.leftovers.append(Leftover(doubt.address, PARAMETER, name))
    return None


def kinesis_stream(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The stream of that name, once it is active."""
    kinesis: KinesisClient = lookup.session.client("kinesis")
    name = doubt.identity["name"]

    def status() -> str:
        summary = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        return summary["StreamStatus"]

    answer = none_if_absent(
        lambda: kinesis.describe_stream_summary(StreamName=name), "ResourceNotFoundException"
    )
    if answer is None:
        return None
    summary = answer["StreamDescriptionSummary"]
    listed = kinesis.list_tags_for_stream(StreamName=name)["Tags"]
    tags = {tag["Key"]: tag.get("Value", "") for tag in listed}
    created = summary["StreamCreationTimestamp"]
    # The provider tags a stream by a second request, which may never have been sent.
    if not (made_for(doubt, tags, created) if tags else not_older(doubt, created)):
        return None
    lookup.settle(f"the stream {name}", status, {"CREATING", "UPDATING"})
    return Found(name, summary["StreamARN"])


def dynamodb_table(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The table of that name, once it is active."""
    dynamodb: Any = lookup.session.client("dynamodb")
    name = doubt.identity["name"]
    answer = none_if_absent(
        lambda: dynamodb.describe_table(TableName=name)["Table"], "ResourceNotFoundException"
    )
    if answer is None:
        return None
    arn = str(answer["TableArn"])
    pages = dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    tags = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    if not made_for(doubt, tags, answer["CreationDateTime"]):
        return None
    lookup.settle(
        f"the table {name}",
        lambda: str(dynamodb.describe_table(TableName=name)["Table"]["TableStatus"]),
        {"CREATING", "UPDATING"},
    )
    return Found(name, arn)
