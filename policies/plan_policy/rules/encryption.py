"""What callers say and agents write is encrypted by the stack's own key."""

from __future__ import annotations

from collections.abc import Iterator

from plan_policy.rule import Finding, Rule, fails, passes, unproven
from plan_policy.rules.keys import encrypted_by_our_key
from plan_policy.world import Resource, World

# The block of a storage config that says where, by its storage type.
_ENCRYPTED_STORAGE = {
    "S3": "s3_config",
    "KINESIS_VIDEO_STREAM": "kinesis_video_stream_config",
}
_STREAMED_STORAGE = {
    "KINESIS_STREAM": ("kinesis_stream_config", "stream_arn", "aws_kinesis_stream"),
    "KINESIS_FIREHOSE": (
        "kinesis_firehose_config",
        "firehose_arn",
        "aws_kinesis_firehose_delivery_stream",
    ),
}


def _connect_storage(world: World) -> Iterator[Finding]:
    for config in world.managed("aws_connect_instance_storage_config"):
        kind = config.value("storage_config", 0, "storage_type")
        if kind.text in _ENCRYPTED_STORAGE:
            block = _ENCRYPTED_STORAGE[kind.text]
            how = ("storage_config", 0, block, 0, "encryption_config", 0)
            encryption = config.value(*how, "encryption_type")
            if encryption.unknown or encryption.text == "KMS":
                yield encrypted_by_our_key(config, "What Connect keeps there", *how, "key_id")
            else:
                yield fails(
                    config.address,
                    f"What Connect keeps there is not encrypted by a key of ours; give {block} an "
                    "encryption_config of type KMS with the stack's key.",
                )
        elif kind.text in _STREAMED_STORAGE:
            yield _streamed(config, *_STREAMED_STORAGE[kind.text])
        else:
            yield unproven(
                config.address,
                "The plan does not say what kind of storage it is; set storage_type to a text.",
            )


def _streamed(config: Resource, block: str, attribute: str, kind: str) -> Finding:
    path = ("storage_config", 0, block, 0, attribute)
    pointer = config.world.pointed_at(config, path, kind)
    if pointer.found:
        return passes(config.address, f"Connect writes to {pointer.found[0].address}.")
    if pointer.open:
        return unproven(
            config.address,
            f"The plan does not say which stream Connect writes to; set {attribute} to the ARN of "
            "a stream of this configuration.",
        )
    return fails(
        config.address,
        f"Connect writes to {pointer.known or 'no stream'}, which this configuration does not make "
        f"and nobody can say how it is encrypted; set {attribute} to a stream of ours.",
    )


def _streams(world: World) -> Iterator[Finding]:
    for stream in world.managed("aws_kinesis_stream"):
        how = stream.value("encryption_type")
        if how.text not in {"KMS", None}:
            yield fails(stream.address, "The stream is not encrypted; set encryption_type to KMS.")
        else:
            yield encrypted_by_our_key(stream, "The stream", "kms_key_id")
    for stream in world.managed("aws_kinesis_video_stream"):
        yield encrypted_by_our_key(stream, "The video stream", "kms_key_id")
    for stream in world.managed("aws_kinesis_firehose_delivery_stream"):
        if stream.value("server_side_encryption", 0, "enabled").data is not True:
            yield fails(
                stream.address,
                "The delivery stream is not encrypted; enable its server_side_encryption.",
            )
        else:
            yield encrypted_by_our_key(
                stream, "The delivery stream", "server_side_encryption", 0, "key_arn"
            )


def _tables(world: World) -> Iterator[Finding]:
    for table in world.managed("aws_dynamodb_table"):
        if table.value("server_side_encryption", 0, "enabled").data is not True:
            yield fails(
                table.address,
                "The table is encrypted by a key of DynamoDB's; enable its server_side_encryption "
                "with the stack's key.",
            )
        else:
            yield encrypted_by_our_key(
                table, "The table", "server_side_encryption", 0, "kms_key_arn"
            )


def _log_groups(world: World) -> Iterator[Finding]:
    for group in world.managed("aws_cloudwatch_log_group"):
        yield encrypted_by_our_key(group, "The log group", "kms_key_id")


def _buckets(world: World) -> Iterator[Finding]:
    kind = "aws_s3_bucket_server_side_encryption_configuration"
    configurations = [
        (each, world.pointed_at(each, ("bucket",), "aws_s3_bucket")) for each in world.managed(kind)
    ]
    for bucket in world.managed("aws_s3_bucket"):
        own = [each for each, pointer in configurations if pointer.found == (bucket,)]
        if not own:
            yield fails(bucket.address, f"The bucket has no {kind}; add one with the stack's key.")
        for each in own:
            how = ("rule", 0, "apply_server_side_encryption_by_default", 0)
            if each.value(*how, "sse_algorithm").text not in {"aws:kms", "aws:kms:dsse"}:
                yield fails(
                    bucket.address, "The bucket is not encrypted by KMS; set sse_algorithm."
                )
            else:
                found = encrypted_by_our_key(each, "The bucket", *how, "kms_master_key_id")
                yield Finding(bucket.address, found.answer, found.message)


def _environments(world: World) -> Iterator[Finding]:
    for function in world.managed("aws_lambda_function"):
        variables = function.value("environment", 0, "variables")
        if variables.unknown or variables.mapping:
            yield encrypted_by_our_key(function, "The environment", "kms_key_arn")


def _queues(world: World) -> Iterator[Finding]:
    for topic in world.managed("aws_sns_topic"):
        yield encrypted_by_our_key(topic, "The topic", "kms_master_key_id")
    for queue in world.managed("aws_sqs_queue"):
        yield encrypted_by_our_key(queue, "The queue", "kms_master_key_id")


_REMEDY = "Give it the ARN of the key that module encryption makes."
RULES = (
    Rule(
        "connect-storage-encrypted",
        "What Amazon Connect stores is encrypted by our key",
        "Recordings, live audio and contact records hold what callers say.",
        "Give encryption_config the stack's key, or point it at a stream that has it.",
        _connect_storage,
    ),
    Rule(
        "stream-encrypted",
        "Kinesis streams are encrypted by our key",
        "Contact records and agent events go through them.",
        _REMEDY,
        _streams,
    ),
    Rule(
        "table-encrypted",
        "DynamoDB tables are encrypted by our key",
        "They hold what agents write about calls.",
        _REMEDY,
        _tables,
    ),
    Rule(
        "log-group-encrypted",
        "Log groups are encrypted by our key",
        "Flow logs and Lambda logs hold callers' numbers.",
        _REMEDY,
        _log_groups,
    ),
    Rule(
        "bucket-encrypted",
        "S3 buckets are encrypted by our key",
        "Without one, whoever may read the bucket may read what is in it.",
        "Add aws_s3_bucket_server_side_encryption_configuration with the stack's key.",
        _buckets,
    ),
    Rule(
        "queue-encrypted",
        "SNS topics and SQS queues are encrypted by our key",
        "Messages about calls hold what callers say.",
        _REMEDY,
        _queues,
    ),
    Rule(
        "lambda-environment-encrypted",
        "Environments of Lambdas are encrypted by our key",
        "Whoever may look at a function sees its environment, unless the key says otherwise.",
        "Set kms_key_arn of the function.",
        _environments,
    ),
)
