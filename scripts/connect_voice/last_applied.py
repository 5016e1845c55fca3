"""What was applied last, on record beside the state: for the next brief, and for promotion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import boto3

from connect_voice.environment import Environment
from connect_voice.errors import OutsideError
from connect_voice.record_store import RecordStore


def record_key(environment: Environment) -> str:
    """The object's key in the state bucket."""
    return f"{environment.state_key}.last-applied.json"


def read_last(environment: Environment, session: boto3.Session) -> dict[str, Any] | None:
    """What was applied last; None where nothing was, or nothing is left of it.

    Raises:
        OutsideError: S3 cannot be reached or refuses, or the record is damaged.
    """
    key = record_key(environment)
    text = RecordStore(environment, session).read(key)
    if text is None:
        return None
    try:
        data = json.loads(text)
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
        RecordStore(environment, session).put(
            record_key(environment), json.dumps(record, indent=1, sort_keys=True)
        )
    except OutsideError as error:
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
