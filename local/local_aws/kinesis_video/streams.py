"""Streams: made, described, listed, deleted."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from local_aws.kinesis_video.backend import KinesisVideoBackend as Backend
from local_aws.kinesis_video.backend import Stream
from local_aws.kinesis_video.errors import InvalidArgumentError, VersionMismatchError
from local_aws.service import Answer, Operations


class NamesStream(TypedDict):
    """How requests name a stream: by one of the two."""

    StreamName: NotRequired[str]
    StreamARN: NotRequired[str]


class CreateStreamInput(TypedDict):
    """CreateStream, as far as it is emulated."""

    StreamName: str
    KmsKeyId: NotRequired[str]
    DataRetentionInHours: NotRequired[int]
    MediaType: NotRequired[str]
    DeviceName: NotRequired[str]
    Tags: NotRequired[dict[str, str]]
    StreamStorageConfiguration: NotRequired[object]


class StreamNameCondition(TypedDict):
    """What names of streams must begin with; BEGINS_WITH is the only comparison there is."""

    ComparisonValue: NotRequired[str]


class ListStreamsInput(TypedDict):
    """ListStreams; pages are cut elsewhere."""

    StreamNameCondition: NotRequired[StreamNameCondition]


class DeleteStreamInput(TypedDict):
    """DeleteStream."""

    StreamARN: str
    CurrentVersion: NotRequired[str]


operation: Operations[Backend] = Operations()


@operation
def create_stream(backend: Backend, request: CreateStreamInput) -> Answer:
    """Create a stream."""
    if request.get("Tags") or request.get("StreamStorageConfiguration"):
        raise InvalidArgumentError("The embedded AWS has neither tags nor tiers of streams.")
    stream = backend.create(
        request["StreamName"],
        kms_key_id=request.get("KmsKeyId"),
        retention_hours=request.get("DataRetentionInHours", 0),
        media_type=request.get("MediaType"),
        device_name=request.get("DeviceName"),
    )
    return {"StreamARN": stream.arn}


@operation
def describe_stream(backend: Backend, request: NamesStream) -> Answer:
    """Describe a stream."""
    return {"StreamInfo": named(backend, request).describe()}


@operation
def list_streams(backend: Backend, request: ListStreamsInput) -> Answer:
    """List streams, all of them or those whose names begin alike."""
    prefix = request.get("StreamNameCondition", {}).get("ComparisonValue", "")
    return {
        "StreamInfoList": [
            stream.describe() for stream in backend.streams if stream.name.startswith(prefix)
        ]
    }


@operation
def delete_stream(backend: Backend, request: DeleteStreamInput) -> Answer:
    """Delete a stream, of whichever version or of the one the request names."""
    stream = backend.find(None, request["StreamARN"])
    if request.get("CurrentVersion", stream.version) != stream.version:
        raise VersionMismatchError("The stream version that you specified is not the latest.")
    backend.remove(stream)
    return None


def named(backend: Backend, request: NamesStream) -> Stream:
    """Find the stream that a request names.

    Raises:
        InvalidArgumentError: it names none.
        ResourceNotFoundError: there is no such stream.
    """
    name, arn = request.get("StreamName"), request.get("StreamARN")
    if not name and not arn:
        raise InvalidArgumentError("Either StreamName or StreamARN is required.")
    return backend.find(name, arn)
