"""What Kinesis Video Streams asks of KMS for whoever reads a stream."""

from __future__ import annotations

from local_aws.iam.calls import Call
from local_aws.iam.key_use import KeyUse
from local_aws.kinesis_video.backend import kinesis_video_backends
from local_aws.kinesis_video.errors import ResourceNotFoundError

# Consumers need kms:Decrypt (developer guide, "Data protection in Kinesis Video Streams"). It does
# not document an encryption context, so a policy that asks for one allows nothing here.
_READING = frozenset(
    {
        "GetClip",
        "GetDASHStreamingSessionURL",
        "GetHLSStreamingSessionURL",
        "GetImages",
        "GetMedia",
        "GetMediaForFragmentList",
    }
)


def key_uses(call: Call) -> tuple[KeyUse, ...]:
    """Return the uses of KMS keys that reading a stream entails."""
    if call.operation not in _READING:
        return ()
    backend = kinesis_video_backends[call.account_id][call.region]
    try:
        stream = backend.find(call.text("StreamName"), call.text("StreamARN"))
    except ResourceNotFoundError:
        return ()  # the service says so itself
    if ":alias/aws/" in stream.kms_key_id:
        return ()  # the key that AWS manages for the service asks for no permission
    return (KeyUse("kms:Decrypt", stream.kms_key_id, {}, unusable="NotAuthorizedException"),)
