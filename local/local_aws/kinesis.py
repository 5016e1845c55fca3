"""Kinesis Data Streams: moto's, except that CreateStream keeps the tags it is given.

moto drops them, which is a difference that never goes away in every plan.
"""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.kinesis.responses import KinesisResponse


class LocalKinesis(KinesisResponse):
    """moto's Kinesis with tags from the start."""

    def create_stream(self) -> ActionResult:
        """Create a stream with its tags."""
        result = super().create_stream()
        tags = self._get_param("Tags")
        if tags:
            self.kinesis_backend.add_tags_to_stream(None, self._get_param("StreamName"), tags)
        return result
