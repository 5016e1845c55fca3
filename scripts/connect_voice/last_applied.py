"""What was applied last, on record beside the state: for the next brief, and for promotion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from connect_voice.environment import Environment
from connect_voice.errors import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_ABSENT = {"NoSuchKey", "NoSuchBucket", "404"}


def record_key(environment: Environment) -> str:
    """The object's key in the state bucket."""
    return f"{environment.state_key}.last-applied.json"


def read_last(environment: Environment, session: boto3.Session) -> dict[str, Any] | None:
    """What was applied last; None where nothing was, or nothing is left of it.

    Raises:
        OutsideError: S3 cannot be reached or refuses, or the record is damaged.
    """
    key = record_key(environment)
    try:
        s3: S3Client = session.client("s3")
        data = json.loads(s3.get_object(Bucket=environment.state_bucket, Key=key)["Body"].read())
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise OutsideError(f"S3 refuses s3://{environment.state_bucket}/{key}: {error}") from None
    except BotoCoreError as error:
        raise OutsideError(f"S3 cannot be reached: {error}") from None
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise OutsideError(
            f"s3://{environment.state_bucket}/{key} is damaged; remove it, and the next apply "
            "writes it again."
        )
    return data


def write_last(environment: Environment, session: boto3.Session, record: Mapping[str, Any]) -> None:
    """Put on record what was applied.

    Raises:
        OutsideError: S3 cannot be reached or refuses.
    """
    try:
        s3: S3Client = session.client("s3")
        s3.put_object(
            Bucket=environment.state_bucket,
            Key=record_key(environment),
            Body=json.dumps(record, indent=1, sort_keys=True).encode(),
            ContentType="application/json",
        )
    except (ClientError, BotoCoreError) as error:
        raise OutsideError(
            f"Everything was applied, but it could not be put on record: {error}"
        ) from None


def promotion(
    lambdas: Mapping[str, str], source: str, last: Mapping[str, Any] | None
) -> tuple[bool, str]:
    """Whether these are the Lambdas that another environment runs, and that in a sentence.

    Args:
        lambdas: SHA-256 of every zip by the Lambda's name.
        source: the other environment's name.
        last: what was applied to it last.
    """
    if last is None:
        return False, f"Nothing was applied to {source} yet, so these Lambdas do not come from it."
    theirs = {name: entry.get("sha256") for name, entry in last.get("lambdas", {}).items()}
    other = sorted(name for name, digest in lambdas.items() if theirs.get(name) != digest)
    when = str(last.get("at", ""))[:16].replace("T", " ")
    if not other:
        return True, f"These are the Lambdas that {source} runs since {when} UTC, byte by byte."
    return False, (
        f"{', '.join(other)} {'do' if len(other) > 1 else 'does'} not come from {source}, which "
        f"runs other bytes since {when} UTC; deploy the same commit there first."
    )
