"""Live media streaming: what Connect does when a flow starts it for a contact."""

from __future__ import annotations

import json
from http import HTTPStatus

from local_aws.connect.backend import ConnectInstance, connect_backends
from local_aws.connect.neighbours import symmetric_key_is_usable
from local_aws.contacts import is_contact_id
from local_aws.control import Control, Reply, Route, refused, routed
from local_aws.kinesis_video.backend import kinesis_video_backends


def control(account_id: str) -> Control:
    """Make the control path that starts a contact's media stream.

    Args:
        account_id: whose instances there are.
    """

    def start(contact_id: str, body: bytes) -> Reply:
        if not is_contact_id(contact_id):
            return refused(
                HTTPStatus.BAD_REQUEST, "The contact id is not a UUID; send the id of the call."
            )
        found = _instance(account_id, body)
        if found is None:
            return refused(
                HTTPStatus.NOT_FOUND,
                'There is no such instance; send {"instance_id": "…"} with the id of one.',
            )
        return _stream(*found, contact_id.lower())

    return routed("Connect", "connect", (Route("POST", "contacts/CONTACT_ID/media-stream", start),))


def _instance(account_id: str, body: bytes) -> tuple[ConnectInstance, str] | None:
    try:
        told = json.loads(body)
    except ValueError:
        return None
    wanted = told.get("instance_id") if isinstance(told, dict) else None
    for region, backend in list(connect_backends[account_id].items()):
        instance = backend.instances.get(str(wanted))
        if isinstance(instance, ConnectInstance):
            return instance, region
    return None


def _stream(instance: ConnectInstance, region: str, contact_id: str) -> Reply:
    """Make the stream, or find the one that the contact has already."""
    storage = next(
        (row for row in instance.storage.values() if row.resource_type == "MEDIA_STREAMS"), None
    )
    if storage is None or "KinesisVideoStreamConfig" not in storage.config:
        return refused(HTTPStatus.CONFLICT, "Live media streaming is off for this instance.")
    config = storage.config["KinesisVideoStreamConfig"]
    key = config["EncryptionConfig"]["KeyId"]
    if not symmetric_key_is_usable(key):
        return refused(HTTPStatus.CONFLICT, f"Connect cannot encrypt media: {key} is not enabled.")
    backend = kinesis_video_backends[instance.arn.split(":")[4]][region]
    name = f"{config['Prefix']}{contact_id}"
    stream = backend.named(name) or backend.create(
        name,
        kms_key_id=key,
        retention_hours=config["RetentionPeriodHours"],
        # Connect's names for the call it recorded, as its sample consumers read them.
        tags={"ContactId": contact_id, "InstanceId": instance.id},
    )
    recording = stream.recording
    if recording is None:
        return refused(
            HTTPStatus.CONFLICT, f"The stream {name} is there, but Connect has not made it."
        )
    return HTTPStatus.OK, {
        "stream_arn": stream.arn,
        "start_timestamp": str(recording.started),
        "start_fragment_number": str(recording.first_fragment),
    }
