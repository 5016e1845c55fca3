"""Terraform's state in S3: the bucket, and the little that commands read from it.

Reading the outputs from the state object takes a tenth of what ``terraform output`` takes, which
every test call would otherwise pay.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from connect_voice.environment import Environment
from connect_voice.errors import OutsideError, UsageError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_STATE_VERSION = 4  # Terraform's state format since 0.12


@dataclass(frozen=True)
class State:
    """What is deployed, as far as Terraform's state says."""

    serial: int
    lineage: str
    resources: int
    outputs: Mapping[str, object] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A string output.

        Raises:
            OutsideError: there is no such output: nothing, or something older, is deployed.
        """
        value = self.outputs.get(name)
        if not isinstance(value, str):
            raise OutsideError(f"Nothing deployed has the output {name!r}; run make deploy first.")
        return value

    def object(self, name: str) -> dict[str, Any]:
        """An output that is an object.

        Raises:
            OutsideError: there is no such output.
        """
        value = self.outputs.get(name)
        if not isinstance(value, dict):
            raise OutsideError(f"Nothing deployed has the output {name!r}; run make deploy first.")
        return value

    def texts(self, name: str) -> dict[str, str]:
        """An output that is a map of strings.

        Raises:
            OutsideError: there is no such output.
        """
        return {key: str(text) for key, text in self.object(name).items()}


@dataclass(frozen=True)
class Managed:
    """A resource in the state.

    Args:
        tainted: its creation did not end well; Terraform would replace it.
        attributes: all that the state has of it, sensitive values too.
    """

    address: str
    type: str
    id: str
    arn: str
    tainted: bool
    attributes: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_state(environment: Environment, session: boto3.Session) -> State | None:
    """The environment's state, or None when nothing was ever deployed.

    Raises:
        OutsideError: S3 cannot be reached or refuses.
    """
    data = _read(environment, session)
    if data is None:
        return None
    return State(
        serial=int(data["serial"]),
        lineage=str(data["lineage"]),
        resources=sum(
            len(resource["instances"])
            for resource in data["resources"]
            if resource["mode"] == "managed"
        ),
        outputs={name: output["value"] for name, output in data["outputs"].items()},
    )


def read_managed(environment: Environment, session: boto3.Session) -> tuple[Managed, ...]:
    """Every resource in the environment's state.

    Raises:
        OutsideError: S3 cannot be reached or refuses.
    """
    data = _read(environment, session) or {"resources": ()}
    return tuple(
        Managed(
            address=_address(resource, instance),
            type=resource["type"],
            id=str(instance["attributes"].get("id")),
            arn=str(instance["attributes"].get("arn")),
            tainted=instance.get("status") == "tainted",
            attributes=instance["attributes"],
        )
        for resource in data["resources"]
        if resource["mode"] == "managed"
        for instance in resource["instances"]
        if "deposed" not in instance  # left by a replacement; the address belongs to its successor
    )


def is_locked(environment: Environment, session: boto3.Session) -> bool:
    """Whether some Terraform is at work on the environment's state, or died while it was.

    Raises:
        OutsideError: S3 cannot be reached or refuses.
    """
    lock = f"{environment.state_key}.tflock"  # use_lockfile: an object beside the state
    try:
        session.client("s3").head_object(Bucket=environment.state_bucket, Key=lock)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey", "NoSuchBucket"}:
            return False
        raise OutsideError(f"S3 refuses the state's lock {lock}: {error}") from None
    except BotoCoreError as error:
        raise OutsideError(f"S3 cannot be reached: {error}") from None
    return True


def _address(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    module = f"{resource['module']}." if "module" in resource else ""
    key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
    return f"{module}{resource['type']}.{resource['name']}{key}"


def _read(environment: Environment, session: boto3.Session) -> dict[str, Any] | None:
    try:
        s3 = session.client("s3")
        body = s3.get_object(Bucket=environment.state_bucket, Key=environment.state_key)["Body"]
        data: dict[str, Any] = json.loads(body.read())
    except ClientError as error:
        if error.response["Error"]["Code"] in {"NoSuchKey", "NoSuchBucket", "404"}:
            return None
        raise OutsideError(
            f"S3 refuses the state s3://{environment.state_bucket}/{environment.state_key}: {error}"
        ) from None
    except BotoCoreError as error:
        raise OutsideError(f"S3 cannot be reached: {error}") from None
    if data.get("version") != _STATE_VERSION:
        raise OutsideError(
            f"The state of {environment.name} has format {data.get('version')}, not "
            f"{_STATE_VERSION}; use the release of this project that wrote it."
        )
    return data


def bucket_exists(environment: Environment, session: boto3.Session) -> bool:
    """Whether the state bucket is there and ours to use."""
    try:
        session.client("s3").head_bucket(Bucket=environment.state_bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchBucket"}:
            return False
        raise OutsideError(
            f"The state bucket {environment.state_bucket} is not ours to use: {error}"
        ) from None
    except BotoCoreError as error:
        raise OutsideError(f"S3 cannot be reached: {error}") from None
    return True


def create_bucket(environment: Environment, session: boto3.Session) -> None:
    """Make the state bucket: versioned, encrypted with KMS, closed to the public.

    Raises:
        OutsideError: S3 refuses.
        UsageError: somebody else owns a bucket of that name.
    """
    s3 = session.client("s3")
    bucket = environment.state_bucket
    try:
        _create(s3, bucket, environment.region)
        s3.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault": (
                            {
                                "SSEAlgorithm": "aws:kms",
                                "KMSMasterKeyID": environment.state_kms_key_id,
                            }
                            if environment.state_kms_key_id
                            else {"SSEAlgorithm": "aws:kms"}
                        ),
                        "BucketKeyEnabled": True,
                    }
                ]
            },
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in {"BucketAlreadyExists", "AccessDenied"}:
            raise UsageError(
                f"The state bucket {bucket} cannot be made ({error}); set another state_bucket in "
                f"terraform/environments/{environment.name}/env.toml."
            ) from None
        raise OutsideError(f"S3 refuses to make the state bucket: {error}") from None
    except BotoCoreError as error:
        raise OutsideError(f"S3 cannot be reached: {error}") from None


def _create(s3: S3Client, bucket: str, region: str) -> None:
    if region == "us-east-1":  # the one region that must not be named
        s3.create_bucket(Bucket=bucket)
    else:
        s3.create_bucket(
            Bucket=bucket,
            CreateBucketConfiguration={"LocationConstraint": region},  # type: ignore[typeddict-item]
        )
