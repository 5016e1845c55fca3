"""Objects beside the state in its bucket: most are made once and never replaced.

S3 itself sees to "once" (``If-None-Match: *``), so it holds for any number of machines.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connect_voice.environment import Environment
from connect_voice.errors import OutsideError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

_ABSENT = {"404", "NoSuchKey", "NoSuchBucket"}
# An end has to be told while a terminal waits; S3 answers within a second or not at all.
_PATIENCE = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 4}
)
_TRIES = 10
_PAGE = 1000  # objects, which is all that S3 gives at once


@dataclass(frozen=True)
class Stored:
    """An object as a listing has it.

    Args:
        size: bytes.
    """

    key: str
    size: int
    modified: datetime


@dataclass(frozen=True)
class Version:
    """One version of an object.

    Args:
        deletes: it is no content but the mark of a deletion.
    """

    key: str
    id: str
    is_latest: bool
    deletes: bool


class RecordStore:
    """The objects whose keys begin with the key of an environment's state."""

    def __init__(self, environment: Environment, session: boto3.Session) -> None:
        self.bucket = environment.state_bucket
        self._kms_key_id = environment.state_kms_key_id
        self._session = session
        self._made: S3Client | None = None

    @property
    def s3(self) -> S3Client:
        """A client with time-outs for people who wait."""
        if self._made is None:
            self._made = self._session.client("s3", config=_PATIENCE)
        return self._made

    @property
    def encryption(self) -> dict[str, Any]:
        """What makes a new object rest as the state does; without a key of the environment's own
        the bucket's default does."""
        if not self._kms_key_id:
            return {}
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self._kms_key_id}

    def create(self, key: str, text: str) -> bool:
        """Make an object unless there is one.

        Args:
            text: has to be unlike that of every other writer.

        Returns:
            whether this call made it.

        Raises:
            OutsideError: S3 cannot be reached or refuses.
        """
        for _ in range(_TRIES):
            try:
                self._put(key, text, IfNoneMatch="*")
            except Taken:
                found = self.read(key)
                if found is None:  # S3: conflicts with another's write or removal; try again
                    continue
                # Ours, when the answer to it was lost and the client tried once more.
                return found == text
            else:
                return True
        raise OutsideError(f"S3 keeps refusing {key} as in conflict with another write; try again.")

    def put(self, key: str, text: str) -> None:
        """Make an object, or replace it.

        Raises:
            OutsideError: S3 cannot be reached or refuses.
        """
        self._put(key, text)

    def _put(self, key: str, text: str, **conditions: str) -> None:
        with said(f"{key} cannot be written"):
            self.s3.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=text.encode(),
                ContentType="application/json",
                **{**self.encryption, **conditions},
            )

    def read(self, key: str) -> str | None:
        """An object's text, or None where there is none.

        Raises:
            OutsideError: S3 cannot be reached or refuses.
        """
        with said(f"{key} cannot be read"):
            try:
                body = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return None
                raise
        return body.decode("utf-8", "replace")

    def listed(self, prefix: str, after: str = "") -> list[Stored]:
        """The objects below a prefix, by key.

        Args:
            after: leaves out everything up to this key.

        Raises:
            OutsideError: S3 cannot be reached or refuses.
        """
        with said(f"{prefix} cannot be listed"):
            pages = self.s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket,
                Prefix=prefix,
                StartAfter=after,
                PaginationConfig={"PageSize": _PAGE},
            )
            try:
                return [
                    Stored(each["Key"], each["Size"], each["LastModified"])
                    for page in pages
                    for each in page.get("Contents", [])
                ]
            except ClientError as error:
                if code_of(error) in _ABSENT:
                    return []
                raise

    def versions(self, prefix: str) -> list[Version] | None:
        """Every version of the objects below a prefix; None where that may not be looked at.

        Raises:
            OutsideError: S3 cannot be reached.
        """
        with said(f"the versions of {prefix} cannot be listed"):
            pages = self.s3.get_paginator("list_object_versions").paginate(
                Bucket=self.bucket, Prefix=prefix
            )
            try:
                found: list[Version] = []
                for page in pages:
                    for each in page.get("Versions", []):
                        found.append(
                            Version(each["Key"], each["VersionId"], each["IsLatest"], deletes=False)
                        )
                    for mark in page.get("DeleteMarkers", []):
                        found.append(
                            Version(mark["Key"], mark["VersionId"], mark["IsLatest"], deletes=True)
                        )
            except ClientError as error:
                if code_of(error) in {*_ABSENT, "AccessDenied"}:
                    return None
                raise
        return found


class Taken(Exception):  # noqa: N818 (caught where it is made)
    """Somebody was faster."""


@contextmanager
def said(what: str) -> Iterator[None]:
    """Whatever S3 refuses, as a sentence.

    Raises:
        Taken: a condition of the request was not met.
        OutsideError: anything else.
    """
    try:
        yield
    except ClientError as error:
        if code_of(error) in {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}:
            raise Taken from None
        raise OutsideError(f"S3 refuses, {what}: {error}") from None
    except BotoCoreError as error:
        raise OutsideError(f"S3 cannot be reached, {what}: {error}") from None


def code_of(error: ClientError) -> str:
    """S3's word for what is wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))
