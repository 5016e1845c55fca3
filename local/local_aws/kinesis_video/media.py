"""Reading a stream's media."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from local_aws.kinesis_video.backend import KinesisVideoBackend as Backend
from local_aws.kinesis_video.backend import Recording
from local_aws.kinesis_video.errors import InvalidArgumentError
from local_aws.kinesis_video.matroska import FRAGMENT_MILLISECONDS, Fragment, silence
from local_aws.kinesis_video.streams import NamesStream, named
from local_aws.service import Answer, Operations

operation: Operations[Backend] = Operations()


class StartSelector(TypedDict):
    """From where on."""

    StartSelectorType: str
    AfterFragmentNumber: NotRequired[str]


class GetMediaInput(NamesStream):
    """GetMedia."""

    StartSelector: StartSelector


# A second of a call: enough to be read, little enough for every call to be read.
_FRAGMENTS = 2


@operation
def get_media(backend: Backend, request: GetMediaInput) -> Answer:
    """Send what a stream holds, in one piece: nobody goes on talking on this machine."""
    stream = named(backend, request)
    recording = stream.recording
    fragments = () if recording is None else _fragments(recording, request["StartSelector"])
    return {"ContentType": "video/webm", "Payload": silence(fragments)}


def _fragments(recording: Recording, start: StartSelector) -> tuple[Fragment, ...]:
    first = recording.first_fragment
    if start["StartSelectorType"] == "FRAGMENT_NUMBER":
        after = start.get("AfterFragmentNumber", "")
        if not after.isdigit():
            raise InvalidArgumentError("FRAGMENT_NUMBER needs an AfterFragmentNumber.")
        first = int(after)
    return tuple(
        Fragment(
            number=str(number),
            produced=recording.started + FRAGMENT_MILLISECONDS * index,
            tags=recording.tags,
        )
        for index, number in enumerate(
            range(recording.first_fragment, recording.first_fragment + _FRAGMENTS)
        )
        if number >= first
    )
