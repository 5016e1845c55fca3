"""What credentials for one call's stream must be refused: each a call that AWS would have to stop.

Resources are made up where their absence cannot matter: AWS decides before it looks. None of the
calls would leave anything behind if it were allowed, except on the call's own stream.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from local_aws.standins.kore.payload import Payload


class Clients(Protocol):
    """boto3 clients that sign with the credentials of one call."""

    def __call__(self, service: str) -> Any:
        """The client for a service, by boto3's name for it."""


@dataclass(frozen=True)
class Trespass:
    """One call.

    Args:
        action: as IAM names it, with what makes it different where the action alone does not.
        attempt: makes the call.
    """

    action: str
    attempt: Callable[[Clients, Payload], object]


_NOBODY = str(UUID(int=0))
_START = {"StartSelectorType": "NOW"}


def _other_stream(payload: Payload) -> str:
    """The ARN of another contact's stream of the same instance."""
    return payload.stream_arn.replace(payload.contact_id, _NOBODY)


def _similar_stream(payload: Payload) -> str:
    """The ARN of a stream whose name begins like the call's own."""
    name, created = payload.stream_arn.rsplit("/", 1)
    return f"{name}-2/{created}"


def _recreated_stream(payload: Payload) -> str:
    """The ARN of a stream of the same name that was made at another time."""
    name, created = payload.stream_arn.rsplit("/", 1)
    return f"{name}/{int(created) + 1}"


def _assume_again(use: Clients, payload: Payload) -> object:
    """Assume the session's own role once more, which would shed the session's limits."""
    sts = use("sts")
    # Everybody may ask this: arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
    partition, _, _, account, session = sts.get_caller_identity()["Arn"].split(":", 5)[1:]
    role = f"arn:{partition}:iam::{account}:role/{session.split('/')[1]}"
    return sts.assume_role(RoleArn=role, RoleSessionName=payload.contact_id)


def _get_media(stream: Callable[[Payload], str]) -> Callable[[Clients, Payload], object]:
    return lambda use, call: use("kinesis-video-media").get_media(
        StreamARN=stream(call), StartSelector=_START
    )


TRESPASSES: tuple[Trespass, ...] = (
    Trespass("kinesisvideo:GetMedia on another call's stream", _get_media(_other_stream)),
    Trespass("kinesisvideo:GetMedia on a stream named alike", _get_media(_similar_stream)),
    Trespass("kinesisvideo:GetMedia on an earlier stream", _get_media(_recreated_stream)),
    Trespass(
        "kinesisvideo:GetDataEndpoint on another call's stream",
        lambda use, call: use("kinesisvideo").get_data_endpoint(
            StreamARN=_other_stream(call), APIName="GET_MEDIA"
        ),
    ),
    Trespass(
        "kinesisvideo:DescribeStream on another call's stream",
        lambda use, call: use("kinesisvideo").describe_stream(StreamARN=_other_stream(call)),
    ),
    Trespass(
        "kinesisvideo:GetDataEndpoint for writing by name",
        lambda use, _: use("kinesisvideo").get_data_endpoint(
            StreamName="another", APIName="PUT_MEDIA"
        ),
    ),
    Trespass("kinesisvideo:ListStreams", lambda use, _: use("kinesisvideo").list_streams()),
    Trespass(
        "kinesisvideo:ListFragments",
        lambda use, call: use("kinesis-video-archived-media").list_fragments(
            StreamARN=call.stream_arn
        ),
    ),
    Trespass(
        "kinesisvideo:GetHLSStreamingSessionURL",
        lambda use, call: use("kinesis-video-archived-media").get_hls_streaming_session_url(
            StreamARN=call.stream_arn
        ),
    ),
    Trespass(
        "kinesisvideo:UpdateDataRetention",
        lambda use, call: use("kinesisvideo").update_data_retention(
            StreamARN=call.stream_arn,
            CurrentVersion="1",
            Operation="DECREASE_DATA_RETENTION",
            DataRetentionChangeInHours=1,
        ),
    ),
    Trespass(
        "kinesisvideo:DeleteStream",
        lambda use, call: use("kinesisvideo").delete_stream(StreamARN=call.stream_arn),
    ),
    Trespass("sts:AssumeRole", _assume_again),
    Trespass("sts:GetSessionToken", lambda use, _: use("sts").get_session_token()),
    Trespass(
        "ssm:GetParameter",
        lambda use, _: use("ssm").get_parameter(Name="/client_secret", WithDecryption=True),
    ),
    Trespass(
        "ssm:GetParametersByPath",
        lambda use, _: use("ssm").get_parameters_by_path(Path="/", Recursive=True),
    ),
    Trespass("secretsmanager:ListSecrets", lambda use, _: use("secretsmanager").list_secrets()),
    Trespass(
        "kms:Decrypt",
        lambda use, _: use("kms").decrypt(
            CiphertextBlob=_NOBODY.encode() + bytes(32), KeyId="alias/media"
        ),
    ),
    Trespass("kms:ListKeys", lambda use, _: use("kms").list_keys()),
    Trespass("s3:ListAllMyBuckets", lambda use, _: use("s3").list_buckets()),
    Trespass(
        "s3:GetObject", lambda use, _: use("s3").get_object(Bucket="recordings", Key="call.wav")
    ),
    Trespass("dynamodb:ListTables", lambda use, _: use("dynamodb").list_tables()),
    Trespass(
        "dynamodb:GetItem",
        lambda use, call: use("dynamodb").get_item(
            TableName="dispositions", Key={"contactId": {"S": call.contact_id}}
        ),
    ),
    Trespass(
        "lambda:InvokeFunction", lambda use, _: use("lambda").invoke(FunctionName="widget-token")
    ),
    Trespass("lambda:ListFunctions", lambda use, _: use("lambda").list_functions()),
    Trespass("iam:ListRoles", lambda use, _: use("iam").list_roles()),
    Trespass("iam:CreateAccessKey", lambda use, _: use("iam").create_access_key(UserName="kore")),
    Trespass("connect:ListInstances", lambda use, _: use("connect").list_instances()),
    Trespass(
        "connect:DescribeContact",
        lambda use, call: use("connect").describe_contact(
            InstanceId=_NOBODY, ContactId=call.contact_id
        ),
    ),
    Trespass("logs:DescribeLogGroups", lambda use, _: use("logs").describe_log_groups()),
    Trespass("kinesis:ListStreams", lambda use, _: use("kinesis").list_streams()),
)
