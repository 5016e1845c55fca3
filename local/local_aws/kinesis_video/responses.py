"""Kinesis Video Streams at its HTTP edge: three APIs that share a name to sign for."""

from __future__ import annotations

from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from werkzeug.wrappers import Request

from local_aws.kinesis_video import media, streams
from local_aws.kinesis_video.backend import KinesisVideoBackend, kinesis_video_backends
from local_aws.service import ModelService


class _KinesisVideo(ModelService):
    invalid = ("InvalidArgumentException",)

    def backend(self) -> KinesisVideoBackend:
        """Return the backend of the caller's account and region."""
        return kinesis_video_backends[self.current_account][self.region]


class LocalMedia(_KinesisVideo):
    """What data endpoints answer."""

    model = "kinesis-video-media"
    operations = media.operation

    def _reply(self, result: object) -> TYPE_RESPONSE:
        status, headers, body = super()._reply(result)
        # moto writes its protocol's content type over the one that is a member of the answer.
        told = result.get("ContentType") if isinstance(result, dict) else None
        return status, {**headers, **({"Content-Type": told} if told else {})}, body


class LocalKinesisVideo(_KinesisVideo):
    """Streams, and the way to their media."""

    model = "kinesisvideo"
    operations = streams.operation

    @classmethod
    def dispatch(cls, request: Request, full_url: str, headers: Any) -> Any:
        """Answer a request, or have it answered by the API whose path it takes."""
        if request.path == "/getMedia":
            return LocalMedia.dispatch(request, full_url, headers)
        return super().dispatch(request, full_url, headers)

    def get_data_endpoint(self) -> ActionResult:
        """Send clients back to where they came from: everything is served in one place."""
        streams.named(self.backend(), self.params)
        return ActionResult({"DataEndpoint": self.normalized_request.host_url.rstrip("/")})
