"""Storage associations: live media, contact records, agent events, recordings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from local_aws.connect import neighbours
from local_aws.connect.errors import (
    InvalidParameterError,
    InvalidRequestError,
    ResourceConflictError,
    ResourceNotFoundError,
)
from local_aws.connect.model import new_id
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import Storage

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        AssociateInstanceStorageConfigRequestTypeDef,
        DescribeInstanceStorageConfigRequestTypeDef,
        DisassociateInstanceStorageConfigRequestTypeDef,
        EncryptionConfigTypeDef,
        InstanceStorageConfigTypeDef,
        KinesisVideoStreamConfigTypeDef,
        ListInstanceStorageConfigsRequestTypeDef,
        UpdateInstanceStorageConfigRequestTypeDef,
    )

    from local_aws.connect.backend import ConnectInstance

# Where each kind of data may go; what is not named here goes to S3 alone.
# Source: API reference, InstanceStorageConfig and AssociateInstanceStorageConfig.
_PLACES = {
    "MEDIA_STREAMS": ("KINESIS_VIDEO_STREAM",),
    "CONTACT_TRACE_RECORDS": ("KINESIS_STREAM", "KINESIS_FIREHOSE"),
    "AGENT_EVENTS": ("KINESIS_STREAM",),
    "REAL_TIME_CONTACT_ANALYSIS_SEGMENTS": ("KINESIS_STREAM",),
    "REAL_TIME_CONTACT_ANALYSIS_CHAT_SEGMENTS": ("KINESIS_STREAM",),
    "REAL_TIME_CONTACT_ANALYSIS_VOICE_SEGMENTS": ("KINESIS_STREAM",),
}

# The member that describes each kind of place.
_MEMBERS = {
    "S3": "S3Config",
    "KINESIS_VIDEO_STREAM": "KinesisVideoStreamConfig",
    "KINESIS_STREAM": "KinesisStreamConfig",
    "KINESIS_FIREHOSE": "KinesisFirehoseConfig",
}

_KEY_ARN = re.compile(r"^arn:aws[\w-]*:kms:[\w-]+:\d{12}:key/.+$")


@operation
def associate_instance_storage_config(
    backend: Backend, request: AssociateInstanceStorageConfigRequestTypeDef
) -> Answer:
    """Say where one kind of data goes; there can be one place for each kind."""
    instance = backend.instance(request["InstanceId"])
    resource_type = request["ResourceType"]
    if any(row.resource_type == resource_type for row in instance.storage.values()):
        raise ResourceConflictError(
            f"The instance already has a storage configuration for {resource_type}."
        )
    identifier = new_id()
    config = _checked(instance, resource_type, identifier, request["StorageConfig"], backend)
    instance.storage[identifier] = Storage(
        id=identifier, resource_type=resource_type, config=config
    )
    return {"AssociationId": identifier}


@operation
def describe_instance_storage_config(
    backend: Backend, request: DescribeInstanceStorageConfigRequestTypeDef
) -> Answer:
    """Describe one association."""
    instance = backend.instance(request["InstanceId"])
    row = _find(instance, request["AssociationId"], request["ResourceType"])
    return {"StorageConfig": row.config}


@operation
def list_instance_storage_configs(
    backend: Backend, request: ListInstanceStorageConfigsRequestTypeDef
) -> Answer:
    """List the associations for one kind of data."""
    rows = backend.instance(request["InstanceId"]).storage.values()
    wanted = request["ResourceType"]
    return {"StorageConfigs": [row.config for row in rows if row.resource_type == wanted]}


@operation
def update_instance_storage_config(
    backend: Backend, request: UpdateInstanceStorageConfigRequestTypeDef
) -> Answer:
    """Move one kind of data to another place."""
    instance = backend.instance(request["InstanceId"])
    row = _find(instance, request["AssociationId"], request["ResourceType"])
    config = _checked(instance, row.resource_type, row.id, request["StorageConfig"], backend)
    instance.storage[row.id] = Storage(id=row.id, resource_type=row.resource_type, config=config)
    return None


@operation
def disassociate_instance_storage_config(
    backend: Backend, request: DisassociateInstanceStorageConfigRequestTypeDef
) -> Answer:
    """End an association."""
    instance = backend.instance(request["InstanceId"])
    row = _find(instance, request["AssociationId"], request["ResourceType"])
    del instance.storage[row.id]
    return None


def _find(instance: ConnectInstance, association_id: str, resource_type: str) -> Storage:
    row = instance.storage.get(association_id)
    if row is None or row.resource_type != resource_type:
        raise ResourceNotFoundError(
            f"The instance has no storage configuration {association_id} for {resource_type}."
        )
    return row


def _checked(
    instance: ConnectInstance,
    resource_type: str,
    identifier: str,
    config: InstanceStorageConfigTypeDef,
    backend: Backend,
) -> InstanceStorageConfigTypeDef:
    storage_type = config["StorageType"]
    places = _PLACES.get(resource_type, ("S3",))
    if storage_type not in places:
        raise InvalidParameterError(
            f"{resource_type} cannot go to {storage_type}, only to {' or '.join(places)}."
        )
    wanted = _MEMBERS[storage_type]
    given = [member for member in _MEMBERS.values() if member in config]
    if given != [wanted]:
        raise InvalidParameterError(
            f"A storage configuration of type {storage_type} takes exactly {wanted}."
        )
    _check_place(config, backend.account_id)
    stored: InstanceStorageConfigTypeDef = {**config, "AssociationId": identifier}
    if "KinesisVideoStreamConfig" in config:
        stored["KinesisVideoStreamConfig"] = _video(instance, config["KinesisVideoStreamConfig"])
    return stored


def _check_place(config: InstanceStorageConfigTypeDef, account: str) -> None:
    """Refuse a place that is not there, or a key that cannot encrypt."""
    if "KinesisVideoStreamConfig" in config:
        _check_key(config["KinesisVideoStreamConfig"]["EncryptionConfig"])
    elif "KinesisStreamConfig" in config:
        arn = config["KinesisStreamConfig"]["StreamArn"]
        if ":kinesis:" not in arn or not neighbours.kinesis_stream_exists(arn):
            raise InvalidRequestError(f"There is no Kinesis data stream {arn}.")
    elif "KinesisFirehoseConfig" in config:
        arn = config["KinesisFirehoseConfig"]["FirehoseArn"]
        if ":firehose:" not in arn or not neighbours.firehose_exists(arn):
            raise InvalidRequestError(f"There is no Firehose delivery stream {arn}.")
    elif "S3Config" in config:
        bucket = config["S3Config"]["BucketName"]
        if not neighbours.bucket_exists(bucket, account):
            raise InvalidRequestError(f"There is no bucket {bucket} in this account.")
        if "EncryptionConfig" in config["S3Config"]:
            _check_key(config["S3Config"]["EncryptionConfig"])


def _video(
    instance: ConnectInstance, config: KinesisVideoStreamConfigTypeDef
) -> KinesisVideoStreamConfigTypeDef:
    """Complete the prefix as the service does: it names the streams it will make for contacts."""
    ending = f"-connect-{instance.instance_alias or instance.id}-contact-"
    prefix = config["Prefix"]
    return cast(
        "KinesisVideoStreamConfigTypeDef",
        {**config, "Prefix": prefix if prefix.endswith(ending) else prefix + ending},
    )


def _check_key(encryption: EncryptionConfigTypeDef) -> None:
    key = encryption["KeyId"]
    if not _KEY_ARN.match(key):
        raise InvalidParameterError(f"KeyId must be the full ARN of a KMS key, and not {key}.")
    if not neighbours.symmetric_key_is_usable(key):
        raise InvalidRequestError(f"{key} is not an enabled, symmetric KMS key.")
