"""Storage associations and Lambda functions: what they point at must be there."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from connect_support import refused
from embedded import Embedded

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient

NO_KEY = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def key(services: Embedded) -> str:
    return str(services.client("kms").create_key()["KeyMetadata"]["Arn"])


@pytest.fixture(scope="module")
def stream(services: Embedded) -> str:
    kinesis = services.client("kinesis")
    kinesis.create_stream(StreamName="records", ShardCount=1, Tags={"team": "voice"})
    told = kinesis.describe_stream_summary(StreamName="records")
    return str(told["StreamDescriptionSummary"]["StreamARN"])


@pytest.fixture(scope="module")
def function(services: Embedded) -> str:
    """The ARN of an alias."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return {}\n")
    functions = services.client("lambda")
    functions.create_function(
        FunctionName="storage-test",
        Runtime="python3.13",
        Role=services.role("storage-test"),
        Handler="app.handler",
        Code={"ZipFile": package.getvalue()},
        Publish=True,
    )
    alias = functions.create_alias(FunctionName="storage-test", Name="live", FunctionVersion="1")
    return str(alias["AliasArn"])


def video(key: str, prefix: str = "voice") -> Any:
    return {
        "StorageType": "KINESIS_VIDEO_STREAM",
        "KinesisVideoStreamConfig": {
            "Prefix": prefix,
            "RetentionPeriodHours": 1,
            "EncryptionConfig": {"EncryptionType": "KMS", "KeyId": key},
        },
    }


def data(stream: str) -> Any:
    return {"StorageType": "KINESIS_STREAM", "KinesisStreamConfig": {"StreamArn": stream}}


def test_media_streams_get_the_prefix_the_service_makes(
    connect: ConnectClient, instance: str, key: str
) -> None:
    alias = connect.describe_instance(InstanceId=instance)["Instance"]["InstanceAlias"]
    association = connect.associate_instance_storage_config(
        InstanceId=instance, ResourceType="MEDIA_STREAMS", StorageConfig=video(key)
    )["AssociationId"]
    where: Any = {
        "InstanceId": instance,
        "AssociationId": association,
        "ResourceType": "MEDIA_STREAMS",
    }
    told = connect.describe_instance_storage_config(**where)["StorageConfig"]
    prefix = f"voice-connect-{alias}-contact-"
    assert told["AssociationId"] == association
    assert told["KinesisVideoStreamConfig"]["Prefix"] == prefix
    connect.update_instance_storage_config(**where, StorageConfig=video(key, prefix))
    told = connect.describe_instance_storage_config(**where)["StorageConfig"]
    assert told["KinesisVideoStreamConfig"]["Prefix"] == prefix
    with refused("ResourceConflictException", "MEDIA_STREAMS"):
        connect.associate_instance_storage_config(
            InstanceId=instance, ResourceType="MEDIA_STREAMS", StorageConfig=video(key)
        )
    connect.disassociate_instance_storage_config(**where)
    with refused("ResourceNotFoundException"):
        connect.describe_instance_storage_config(**where)


def test_records_and_events_share_a_stream(
    connect: ConnectClient, instance: str, stream: str
) -> None:
    for kind in ("CONTACT_TRACE_RECORDS", "AGENT_EVENTS"):
        connect.associate_instance_storage_config(
            InstanceId=instance,
            ResourceType=kind,  # type: ignore[arg-type]
            StorageConfig=data(stream),
        )
    listed = connect.list_instance_storage_configs(
        InstanceId=instance, ResourceType="AGENT_EVENTS"
    )["StorageConfigs"]
    assert [row["KinesisStreamConfig"]["StreamArn"] for row in listed] == [stream]


def test_a_stream_keeps_the_tags_it_was_created_with(services: Embedded, stream: str) -> None:
    tags = services.client("kinesis").list_tags_for_stream(StreamARN=stream)["Tags"]
    assert tags == [{"Key": "team", "Value": "voice"}]


def test_what_is_not_there_cannot_be_written_to(
    services: Embedded, connect: ConnectClient, instance: str, stream: str
) -> None:
    gone = services.client("kms").create_key()["KeyMetadata"]
    services.client("kms").disable_key(KeyId=gone["KeyId"])
    refusals = {
        "MEDIA_STREAMS": [video(NO_KEY), video(gone["Arn"])],
        "AGENT_EVENTS": [data(f"{stream}-not")],
        "CALL_RECORDINGS": [
            {"StorageType": "S3", "S3Config": {"BucketName": "none", "BucketPrefix": "x"}}
        ],
        "CONTACT_TRACE_RECORDS": [
            {
                "StorageType": "KINESIS_FIREHOSE",
                "KinesisFirehoseConfig": {
                    "FirehoseArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/none"
                },
            }
        ],
    }
    for kind, configs in refusals.items():
        for config in configs:
            with refused("InvalidRequestException"):
                connect.associate_instance_storage_config(
                    InstanceId=instance,
                    ResourceType=kind,  # type: ignore[arg-type]
                    StorageConfig=config,
                )


def test_every_kind_of_data_has_its_place(
    connect: ConnectClient, instance: str, key: str, stream: str
) -> None:
    with refused("InvalidParameterException", "MEDIA_STREAMS cannot go to KINESIS_STREAM"):
        connect.associate_instance_storage_config(
            InstanceId=instance, ResourceType="MEDIA_STREAMS", StorageConfig=data(stream)
        )
    with refused("InvalidParameterException", "full ARN"):
        connect.associate_instance_storage_config(
            InstanceId=instance,
            ResourceType="MEDIA_STREAMS",
            StorageConfig=video(key.rsplit("/", 1)[-1]),
        )
    with refused("InvalidParameterException", "exactly KinesisStreamConfig"):
        connect.associate_instance_storage_config(
            InstanceId=instance,
            ResourceType="AGENT_EVENTS",
            StorageConfig={**data(stream), **video(key), "StorageType": "KINESIS_STREAM"},
        )


def test_a_function_is_associated_by_any_of_its_arns(
    connect: ConnectClient, instance: str, function: str
) -> None:
    unqualified = function.removesuffix(":live")
    for arn in (function, unqualified):
        connect.associate_lambda_function(InstanceId=instance, FunctionArn=arn)
    listed = connect.list_lambda_functions(InstanceId=instance)["LambdaFunctions"]
    assert listed == [function, unqualified]
    with refused("ResourceConflictException"):
        connect.associate_lambda_function(InstanceId=instance, FunctionArn=function)
    connect.disassociate_lambda_function(InstanceId=instance, FunctionArn=function)
    assert connect.list_lambda_functions(InstanceId=instance)["LambdaFunctions"] == [unqualified]
    with refused("ResourceNotFoundException"):
        connect.disassociate_lambda_function(InstanceId=instance, FunctionArn=function)


def test_a_function_must_be_there(connect: ConnectClient, instance: str, function: str) -> None:
    for arn in (function.replace("storage-test", "none"), function.replace(":live", ":none")):
        with refused("ResourceNotFoundException"):
            connect.associate_lambda_function(InstanceId=instance, FunctionArn=arn)
    with refused("InvalidParameterException", "not the ARN"):
        connect.associate_lambda_function(InstanceId=instance, FunctionArn="storage-test")
