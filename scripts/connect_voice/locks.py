"""The lock on the state: whose it is, since when, and how it is cleared.

Terraform keeps it as an object beside the state (``use_lockfile``), with a small JSON of its own.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError

from connect_voice.environment import Environment
from connect_voice.errors import OutsideError
from connect_voice.record_store import RecordStore, Taken, code_of, said

_OPERATIONS = {
    "OperationTypeApply": "an apply",
    "OperationTypePlan": "a plan",
    "OperationTypeRefresh": "a refresh",
}


@dataclass(frozen=True)
class StateLock:
    """Terraform's lock on the state.

    Args:
        id: Terraform's; empty where the lock cannot be read.
        operation: what Terraform calls it, ``OperationTypeApply``.
        who: ``user@host``.
        created: UTC; None where the lock does not say.
        etag: of the object that was read.
    """

    id: str
    operation: str
    who: str
    created: datetime | None
    etag: str = ""

    @property
    def host(self) -> str:
        """The machine that it was taken on."""
        return self.who.rpartition("@")[2]

    def explained(self, environment: str) -> str:
        """Who holds it, since when, from where, and what clears it."""
        what = _OPERATIONS.get(self.operation, self.operation or "something")
        since = f" since {self.created:%Y-%m-%d %H:%M:%S} UTC" if self.created else ""
        return (
            f"{self.who or 'Somebody'} has held the lock on the state of {environment}{since} for "
            f"{what} (lock {self.id or 'without an id'}); wait for it, or, when that run is dead, "
            f"clear it with `make unlock ENV={environment}`."
        )

    def to_json(self) -> dict[str, str]:
        """For the ledger and for ``--json``."""
        return {
            "id": self.id,
            "operation": self.operation,
            "who": self.who,
            "created": self.created.isoformat() if self.created else "",
        }


def read_lock(environment: Environment, session: boto3.Session) -> StateLock | None:
    """The lock on an environment's state, or None when nobody holds it.

    Raises:
        OutsideError: S3 cannot be reached or refuses.
    """
    key = _key(environment)
    with said(f"the lock {key} cannot be read"):
        try:
            answer = RecordStore(environment, session).s3.get_object(
                Bucket=environment.state_bucket, Key=key
            )
            text = answer["Body"].read()
        except ClientError as error:
            if code_of(error) in {"404", "NoSuchKey", "NoSuchBucket"}:
                return None
            raise
    return parse_lock(text.decode("utf-8", "replace"), answer["ETag"])


def parse_lock(text: str, etag: str = "") -> StateLock:
    """A lock from its object; what cannot be read is left empty, because it locks all the same."""
    try:
        data: Mapping[str, Any] = json.loads(text)
        return StateLock(
            id=str(data.get("ID", "")),
            operation=str(data.get("Operation", "")),
            who=str(data.get("Who", "")),
            created=_time(str(data.get("Created", ""))),
            etag=etag,
        )
    except (ValueError, AttributeError):
        return StateLock("", "", "", None, etag)


# As a diagnostic of Terraform has it, with all white space run together.
_IN_DIAGNOSTIC = {
    "ID": re.compile(r"\bID:\s+(\S+)"),
    "Operation": re.compile(r"\bOperation:\s+(OperationType\w+)"),
    "Who": re.compile(r"\bWho:\s+(.+?)\s+Version:"),
    "Created": re.compile(r"\bCreated:\s+(\S+ \S+)"),
}


def lock_in_diagnostic(detail: str) -> StateLock | None:
    """The lock that Terraform ran into, from what it says of it; None where it does not say."""
    found = {name: pattern.search(detail) for name, pattern in _IN_DIAGNOSTIC.items()}
    texts = {name: match[1] if match else "" for name, match in found.items()}
    if not texts["ID"]:
        return None
    created = _time(texts["Created"].replace(" ", "T", 1))
    return StateLock(texts["ID"], texts["Operation"], texts["Who"], created)


def clear_lock(environment: Environment, session: boto3.Session, lock: StateLock) -> None:
    """Remove exactly the lock that was looked at.

    Raises:
        OutsideError: it is another by now, or S3 refuses.
    """
    key = _key(environment)
    try:
        with said(f"the lock {key} cannot be removed"):
            RecordStore(environment, session).s3.delete_object(
                Bucket=environment.state_bucket, Key=key, IfMatch=lock.etag
            )
    except Taken:
        raise OutsideError(
            "The lock is another one by now; look again with the same command."
        ) from None
    except OutsideError:
        if read_lock(environment, session) is not None:
            raise  # else its owner has just let go of it


@dataclass(frozen=True)
class Running:
    """A Terraform that runs on this machine.

    Args:
        started: UTC, to the second.
    """

    pid: int
    started: datetime


def running_terraforms() -> tuple[Running, ...]:
    """Every Terraform of this machine; one may be about to save its state."""
    try:
        listed = subprocess.run(
            ["ps", "-axo", "pid=,etime=,comm="],  # noqa: S607 (wherever the system has it)
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    now = datetime.now(UTC).replace(microsecond=0)
    found = []
    for line in listed.splitlines():
        pid, elapsed, command = (*line.split(None, 2), "", "", "")[:3]
        if command.strip().rpartition("/")[2] in {"terraform", "tofu"}:
            found.append(Running(int(pid), now - _elapsed(elapsed)))
    return tuple(found)


def _elapsed(text: str) -> timedelta:
    """As POSIX has ``ps`` write it: ``[[dd-]hh:]mm:ss``."""
    days, _, clock = text.rpartition("-")
    seconds = 0
    for part in clock.split(":"):
        seconds = seconds * 60 + int(part)
    return timedelta(days=int(days or 0), seconds=seconds)


def _key(environment: Environment) -> str:
    return f"{environment.state_key}.tflock"


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
