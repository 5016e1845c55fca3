"""Copies of the state beside it, made before anything is applied, and the way back to one."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime

import boto3
from botocore.exceptions import ClientError

from connect_voice.bundle.manifest import utc_now
from connect_voice.environment import Environment
from connect_voice.errors import OutsideError, UsageError
from connect_voice.record_store import RecordStore, Taken, code_of, said

_NAME = re.compile(r"(\d+)-(\d{8}T\d{6}Z)\.tfstate")
_TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Snapshot:
    """A copy of the state.

    Args:
        key: of the object, in the state's bucket.
        sha256: of its bytes.
        size: bytes.
        taken_at: UTC.
    """

    key: str
    serial: int
    lineage: str
    sha256: str
    size: int
    taken_at: datetime

    def to_json(self) -> dict[str, str | int]:
        """For the ledger."""
        return {
            "key": self.key,
            "serial": self.serial,
            "lineage": self.lineage,
            "sha256": self.sha256,
            "size": self.size,
            "taken_at": self.taken_at.isoformat(),
        }


@dataclass(frozen=True)
class Listed:
    """A copy of the state, as far as its name tells.

    Args:
        size: bytes.
        taken_at: UTC.
    """

    name: str
    serial: int
    size: int
    taken_at: datetime


def take_snapshot(
    environment: Environment, session: boto3.Session, *, now: datetime | None = None
) -> Snapshot | None:
    """Copy the state within S3, encrypted as it is, and read the copy back.

    Args:
        now: UTC; the time it is, unless given.

    Returns:
        the copy; None where there is no state yet.

    Raises:
        OutsideError: S3 refuses, the state changed meanwhile, or the copy is not like it.
    """
    taken_at = now or utc_now()
    store = RecordStore(environment, session)
    found = _read(store, environment.state_key)
    if found is None:
        return None
    content, etag = found
    serial, lineage = _identity(content, environment)
    key = f"{_prefix(environment)}{serial}-{taken_at:{_TIME}}.tfstate"
    source = {"Bucket": store.bucket, "Key": environment.state_key}
    try:
        with said(f"the state cannot be copied to {key}"):
            store.s3.copy_object(
                Bucket=store.bucket,
                Key=key,
                CopySource=source,  # type: ignore[arg-type] # the stub wants a version too
                CopySourceIfMatch=etag,
                **store.encryption,
            )
    except Taken:
        raise OutsideError(
            f"The state of {environment.name} changed while it was copied, so somebody else is at "
            "work on it; run the same command again."
        ) from None
    copied = _read(store, key)
    if copied is None or copied[0] != content:
        raise OutsideError(
            f"The copy of the state {key} is not like the state; nothing was changed, try again."
        )
    digest = hashlib.sha256(content).hexdigest()
    return Snapshot(key, serial, lineage, digest, len(content), taken_at)


def list_snapshots(environment: Environment, session: boto3.Session) -> tuple[Listed, ...]:
    """The copies there are, newest first.

    Raises:
        OutsideError: S3 cannot be reached or refuses.
    """
    prefix = _prefix(environment)
    found = []
    for each in RecordStore(environment, session).listed(prefix):
        name = each.key.removeprefix(prefix)
        match = _NAME.fullmatch(name)
        if match:
            # A time without a zone, which the name says is UTC.
            taken_at = datetime.strptime(f"{match[2]}+0000", f"{_TIME}%z")
            found.append(Listed(name, int(match[1]), each.size, taken_at))
    return tuple(sorted(found, key=lambda one: (one.taken_at, one.serial), reverse=True))


def restorable(environment: Environment, session: boto3.Session, name: str) -> tuple[str, Snapshot]:
    """A copy as the state that comes after the one there is now.

    Its serial is one higher than today's, so that no plan made against any earlier state fits it.

    Args:
        name: as :func:`list_snapshots` says.

    Returns:
        the text for ``terraform state push``, and what it was made of.

    Raises:
        UsageError: there is no such copy, or it is of another state.
        OutsideError: S3 cannot be reached or refuses.
    """
    match = _NAME.fullmatch(name)
    store = RecordStore(environment, session)
    key = f"{_prefix(environment)}{name}"
    found = _read(store, key) if match else None
    if match is None or found is None:
        raise UsageError(
            f"There is no snapshot {name!r} of {environment.name}; see "
            f"`make snapshots ENV={environment.name}`."
        )
    content, _ = found
    serial, lineage = _identity(content, environment)
    data = json.loads(content)
    current = _read(store, environment.state_key)
    if current is not None:
        now_serial, now_lineage = _identity(current[0], environment)
        if now_lineage != lineage:
            raise UsageError(
                f"The snapshot {name} is of another state than the one {environment.name} has now "
                "(their lineages differ); see docs/runbook.md."
            )
        data["serial"] = max(now_serial, serial) + 1
    digest = hashlib.sha256(content).hexdigest()
    taken_at = datetime.strptime(f"{match[2]}+0000", f"{_TIME}%z")
    snapshot = Snapshot(key, serial, lineage, digest, len(content), taken_at)
    return json.dumps(data, indent=2) + "\n", snapshot


def _prefix(environment: Environment) -> str:
    return f"{environment.state_key}.snapshots/"


def _read(store: RecordStore, key: str) -> tuple[bytes, str] | None:
    with said(f"{key} cannot be read"):
        try:
            answer = store.s3.get_object(Bucket=store.bucket, Key=key)
            return answer["Body"].read(), answer["ETag"]
        except ClientError as error:
            if code_of(error) in {"404", "NoSuchKey", "NoSuchBucket"}:
                return None
            raise


def _identity(content: bytes, environment: Environment) -> tuple[int, str]:
    try:
        data = json.loads(content)
        return int(data["serial"]), str(data["lineage"])
    except (ValueError, KeyError, TypeError):
        raise OutsideError(
            f"The state of {environment.name} is not one of Terraform's; see docs/runbook.md."
        ) from None
