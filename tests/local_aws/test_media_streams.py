"""A contact's media stream, from Connect's storage configuration to the audio that is read."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import requests
from connect_support import refused
from embedded import Embedded

from local_aws.kinesis_video.matroska import SAMPLE_RATE

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient

MASTERS = {0x18538067, 0x1654AE6B, 0xAE, 0xE1, 0x1F43B675, 0x1254C367, 0x7373, 0x67C8, 0x1A45DFA3}
UNKNOWN = (1 << 56) - 1


@dataclass(frozen=True)
class Element:
    identifier: int
    content: bytes


def elements(data: bytes) -> Iterator[Element]:
    """Read EBML (RFC 8794) from the outside inwards, every element once."""
    at = 0
    while at < len(data):
        width = 9 - data[at].bit_length()
        identifier = int.from_bytes(data[at : at + width])
        at += width
        width = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + width]) & ((1 << 7 * width) - 1)
        at += width
        if size == UNKNOWN:
            size = len(data) - at
        content = data[at : at + size]
        assert len(content) == size, "an element is longer than what holds it"
        yield Element(identifier, content)
        if identifier in MASTERS:
            yield from elements(content)
        at += size


def tags_of(media: bytes) -> list[dict[str, str]]:
    """The tags of a stream, a map for each Tags element."""
    found: list[dict[str, str]] = []
    for element in elements(media):
        if element.identifier == 0x1254C367:
            found.append({})
        elif element.identifier == 0x67C8:
            name, value = (one.content.decode() for one in elements(element.content))
            found[-1][name] = value
    return found


@pytest.fixture
def key(services: Embedded) -> str:
    return str(services.client("kms").create_key()["KeyMetadata"]["Arn"])


def stream_media(connect: ConnectClient, instance: str, key: str) -> str:
    """Switch live media streaming on; returns what names of streams begin with."""
    association = connect.associate_instance_storage_config(
        InstanceId=instance,
        ResourceType="MEDIA_STREAMS",
        StorageConfig={
            "StorageType": "KINESIS_VIDEO_STREAM",
            "KinesisVideoStreamConfig": {
                "Prefix": "voice",
                "RetentionPeriodHours": 1,
                "EncryptionConfig": {"EncryptionType": "KMS", "KeyId": key},
            },
        },
    )["AssociationId"]
    config = connect.describe_instance_storage_config(
        InstanceId=instance, AssociationId=association, ResourceType="MEDIA_STREAMS"
    )["StorageConfig"]
    return config["KinesisVideoStreamConfig"]["Prefix"]


def start(services: Embedded, contact: str, body: object) -> requests.Response:
    url = f"{services.endpoint}/_local/connect/contacts/{contact}/media-stream"
    return requests.post(url, json=body, timeout=10)


def read(services: Embedded, **request: Any) -> bytes:
    video = services.client("kinesisvideo")
    endpoint = video.get_data_endpoint(StreamARN=request["StreamARN"], APIName="GET_MEDIA")
    assert endpoint["DataEndpoint"] == services.endpoint
    answer = services.client("kinesis-video-media").get_media(**request)
    assert answer["ContentType"] == "video/webm"
    media: bytes = answer["Payload"].read()
    return media


def test_the_stream_is_as_the_storage_configuration_says(
    services: Embedded, connect: ConnectClient, instance: str, key: str
) -> None:
    prefix = stream_media(connect, instance, key)
    contact = str(uuid.uuid4())
    told = start(services, contact, {"instance_id": instance}).json()
    alias = connect.describe_instance(InstanceId=instance)["Instance"]["InstanceAlias"]
    video = services.client("kinesisvideo")
    stream = video.describe_stream(StreamARN=told["stream_arn"])["StreamInfo"]
    assert (
        stream["StreamName"] == f"{prefix}{contact}" == f"voice-connect-{alias}-contact-{contact}"
    )
    assert (stream["KmsKeyId"], stream["DataRetentionInHours"]) == (key, 1)
    assert told["stream_arn"].endswith(f":stream/{prefix}{contact}/{told['start_timestamp']}")
    assert len(told["start_fragment_number"]) == 47
    listed = video.list_streams(
        StreamNameCondition={"ComparisonOperator": "BEGINS_WITH", "ComparisonValue": prefix}
    )["StreamInfoList"]
    assert [one["StreamARN"] for one in listed] == [told["stream_arn"]]


def test_starting_again_finds_the_same_stream(
    services: Embedded, connect: ConnectClient, instance: str, key: str
) -> None:
    stream_media(connect, instance, key)
    contact = str(uuid.uuid4())
    first = start(services, contact, {"instance_id": instance}).json()
    assert start(services, contact, {"instance_id": instance}).json() == first
    assert start(services, str(uuid.uuid4()), {"instance_id": instance}).json() != first


def test_what_cannot_be_started_is_one_sentence(services: Embedded, instance: str) -> None:
    contact = str(uuid.uuid4())
    off = start(services, contact, {"instance_id": instance})
    assert (off.status_code, "streaming is off" in off.json()["error"]) == (409, True)
    assert start(services, "me", {"instance_id": instance}).status_code == 400
    assert start(services, contact, {"instance_id": "none"}).status_code == 404
    assert start(services, contact, []).status_code == 404


def test_a_key_that_is_gone_stops_the_stream(
    services: Embedded, connect: ConnectClient, instance: str, key: str
) -> None:
    stream_media(connect, instance, key)
    services.client("kms").disable_key(KeyId=key.rpartition("/")[2])
    answer = start(services, str(uuid.uuid4()), {"instance_id": instance})
    assert (answer.status_code, "not enabled" in answer.json()["error"]) == (409, True)


def test_the_media_are_matroska_with_both_sides_of_the_call(
    services: Embedded, connect: ConnectClient, instance: str, key: str
) -> None:
    stream_media(connect, instance, key)
    contact = str(uuid.uuid4())
    told = start(services, contact, {"instance_id": instance}).json()
    media = read(
        services,
        StreamARN=told["stream_arn"],
        StartSelector={
            "StartSelectorType": "FRAGMENT_NUMBER",
            "AfterFragmentNumber": told["start_fragment_number"],
        },
    )
    found = list(elements(media))
    by_id: dict[int, list[bytes]] = {}
    for element in found:
        by_id.setdefault(element.identifier, []).append(element.content)
    assert by_id[0x4282] == [b"matroska"]
    assert by_id[0x536E] == [b"AUDIO_FROM_CUSTOMER", b"AUDIO_TO_CUSTOMER"]
    assert {struct.unpack(">d", rate)[0] for rate in by_id[0xB5]} == {float(SAMPLE_RATE)}
    blocks = by_id[0xA3]
    assert {block[0] for block in blocks} == {0x81, 0x82}
    samples = b"".join(block[4:] for block in blocks if block[0] == 0x81)
    assert samples == b"\0" * (2 * SAMPLE_RATE)  # one second of 16 bits
    first = int(told["start_fragment_number"])
    named = [tags for tags in tags_of(media) if "ContactId" in tags]
    assert [tags["AWS_KINESISVIDEO_FRAGMENT_NUMBER"] for tags in named] == [
        str(first),
        str(first + 1),
    ]
    assert {tags["ContactId"] for tags in named} == {contact}
    assert {tags["InstanceId"] for tags in named} == {instance}


def test_reading_starts_where_it_is_told(
    services: Embedded, connect: ConnectClient, instance: str, key: str
) -> None:
    stream_media(connect, instance, key)
    told = start(services, str(uuid.uuid4()), {"instance_id": instance}).json()

    def clusters(selector: dict[str, str]) -> int:
        media = read(services, StreamARN=told["stream_arn"], StartSelector=selector)
        return sum(element.identifier == 0x1F43B675 for element in elements(media))

    later = str(int(told["start_fragment_number"]) + 1)
    assert clusters({"StartSelectorType": "EARLIEST"}) == 2
    assert clusters({"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": later}) == 1


def test_streams_are_listed_in_pages(services: Embedded) -> None:
    video = services.client("kinesisvideo")
    for number in range(3):
        video.create_stream(StreamName=f"paged-{number}")
    pages = video.get_paginator("list_streams").paginate(
        StreamNameCondition={"ComparisonOperator": "BEGINS_WITH", "ComparisonValue": "paged-"},
        PaginationConfig={"PageSize": 2},
    )
    sizes = [len(page["StreamInfoList"]) for page in pages]
    assert sizes == [2, 1]


def test_streams_of_ones_own_are_empty_and_told_apart_by_their_creation(
    services: Embedded,
) -> None:
    video = services.client("kinesisvideo")
    arn = video.create_stream(StreamName="own", DataRetentionInHours=2)["StreamARN"]
    media = read(services, StreamARN=arn, StartSelector={"StartSelectorType": "NOW"})
    assert not [one for one in elements(media) if one.identifier == 0x1F43B675]
    with refused("ResourceInUseException"):
        video.create_stream(StreamName="own")
    video.delete_stream(StreamARN=arn)
    assert video.create_stream(StreamName="own")["StreamARN"] != arn
    with refused("ResourceNotFoundException"):
        video.describe_stream(StreamARN=arn)
    with refused("InvalidArgumentException"):
        video.describe_stream()
