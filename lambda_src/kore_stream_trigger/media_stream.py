"""The Kinesis video stream that Connect sends a contact's audio to."""

import re

from connect_core.event import ConnectEvent
from connect_core.fault import Fault
from connect_core.value import Value

# Kinesis Video Streams API: names of at most 256 characters; a creation time follows. No wildcard
# is among the characters: the ARN becomes the resource of a policy.
_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):kinesisvideo:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12})"
    r":stream/(?P<name>[A-Za-z0-9_.-]{1,256})/[0-9]{1,20}"
)
_FRAGMENT = re.compile(r"[0-9]{1,128}")


class MediaStream(Value):
    """A stream that has been checked.

    Args:
        arn: Its ARN, of this account, this region and this instance.
        start_fragment: Number of the fragment to begin with.
    """

    arn: str
    start_fragment: str


class Streams(Value):
    """All streams that Connect makes for this instance.

    Args:
        partition: For example "aws".
        region: The function's region.
        account_id: The function's account.
        name_prefix: What their names begin with: ``<prefix>-connect-<alias>-contact-``.
    """

    partition: str
    region: str
    account_id: str
    name_prefix: str

    def of_contact(self, event: ConnectEvent) -> MediaStream:
        """The contact's stream.

        Raises:
            Fault: NO_MEDIA_STREAM when Connect names none, STREAM_INVALID when it is another's.
        """
        if event.audio is None or not event.audio.stream_arn or not event.audio.start_fragment:
            raise Fault("NO_MEDIA_STREAM", retryable=False)
        found = _ARN.fullmatch(event.audio.stream_arn)
        ours = (self.partition, self.region, self.account_id)
        if (
            found is None
            or found.group("partition", "region", "account") != ours
            or not found["name"].startswith(self.name_prefix)
            or found["name"] == self.name_prefix
            or not _FRAGMENT.fullmatch(event.audio.start_fragment)
        ):
            raise Fault("STREAM_INVALID", retryable=False)
        return MediaStream(event.audio.stream_arn, event.audio.start_fragment)
