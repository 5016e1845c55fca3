"""The state of Kinesis Video Streams in one account and region.

Not moto's backend: its streams all carry the same moment of creation in their ARNs, and by that
moment alone IAM tells a stream from an earlier one of the same name.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from moto.core.base_backend import BackendDict, BaseBackend

from local_aws.kinesis_video.errors import ResourceInUseError, ResourceNotFoundError

# Fragment numbers are strings of this many digits (Kinesis Video Streams developer guide).
_FRAGMENT_DIGITS = 47


@dataclass(frozen=True)
class Recording:
    """Media in a stream.

    Args:
        first_fragment: the number of its first fragment.
        started: when it began, in milliseconds since the epoch.
        tags: what the producer wrote beside the audio.
    """

    first_fragment: int
    started: int
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream; ``created`` is in milliseconds since the epoch, ``recording`` its media."""

    arn: str
    name: str
    created: int
    kms_key_id: str
    retention_hours: int
    media_type: str | None = None
    device_name: str | None = None
    version: str = field(default_factory=lambda: secrets.token_hex(10))
    recording: Recording | None = None

    def describe(self) -> dict[str, object]:
        """The stream as the API tells it (StreamInfo)."""
        return {
            "DeviceName": self.device_name,
            "StreamName": self.name,
            "StreamARN": self.arn,
            "MediaType": self.media_type,
            "KmsKeyId": self.kms_key_id,
            "Version": self.version,
            "Status": "ACTIVE",
            "CreationTime": datetime.fromtimestamp(self.created / 1000, UTC),
            "DataRetentionInHours": self.retention_hours,
        }


class KinesisVideoBackend(BaseBackend):
    """The streams, by name."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._lock = Lock()
        self._streams: dict[str, Stream] = {}
        self._last_created = 0

    @property
    def streams(self) -> tuple[Stream, ...]:
        """All of them, oldest first."""
        return tuple(self._streams.values())

    def create(
        self,
        name: str,
        *,
        kms_key_id: str | None = None,
        retention_hours: int = 0,
        media_type: str | None = None,
        device_name: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Stream:
        """Create a stream.

        Args:
            name: unique in the account and region.
            kms_key_id: encrypts the media; the key AWS manages for the service when None.
            retention_hours: how long media stays.
            media_type: free text of the producer's.
            device_name: likewise.
            tags: given, the stream carries a recording with them; not given, it is empty.

        Raises:
            ResourceInUseError: the name is taken.
        """
        with self._lock:
            if name in self._streams:
                raise ResourceInUseError(f"The stream {name} already exists.")
            # A stream that is made again within the millisecond is another stream all the same.
            created = max(time.time_ns() // 1_000_000, self._last_created + 1)
            self._last_created = created
            place = f"{self.region_name}:{self.account_id}"
            stream = Stream(
                arn=f"arn:{self.partition}:kinesisvideo:{place}:stream/{name}/{created}",
                name=name,
                created=created,
                kms_key_id=kms_key_id or f"arn:{self.partition}:kms:{place}:alias/aws/kinesisvideo",
                retention_hours=retention_hours,
                media_type=media_type,
                device_name=device_name,
                recording=None if tags is None else Recording(_fragment(), created, tags),
            )
            self._streams[name] = stream
            return stream

    def find(self, name: str | None, arn: str | None) -> Stream:
        """Find a stream by its name or ARN.

        Raises:
            ResourceNotFoundError: there is none.
        """
        for stream in self.streams:
            if stream.name == name if name else stream.arn == arn:
                return stream
        raise ResourceNotFoundError("The requested stream is not found or not active.")

    def named(self, name: str) -> Stream | None:
        """Find a stream by its name."""
        return self._streams.get(name)

    def remove(self, stream: Stream) -> None:
        """Delete a stream with its media."""
        self._streams.pop(stream.name, None)


def _fragment() -> int:
    """A fragment number: large, and the following ones follow in order."""
    tenth: int = 10 ** (_FRAGMENT_DIGITS - 2)
    return 90 * tenth + secrets.randbelow(tenth)


kinesis_video_backends = BackendDict(KinesisVideoBackend, "kinesisvideo")
