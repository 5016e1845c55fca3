"""The audio of calls: how it is streamed, for how long it is kept, how many streams there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from connect_voice.doctors.aws import found
from connect_voice.doctors.kore.look import KoreLook
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import InstanceStorageConfigTypeDef

MEDIA = Topic("kore.media-streaming", "kore media streaming")
STREAMS = Topic("kore.video-streams", "kore video streams")
DATA = Topic("kore.data-streaming", "kore data streaming")

_Kind = Literal["AGENT_EVENTS", "CONTACT_TRACE_RECORDS", "MEDIA_STREAMS"]

_ENOUGH_HOURS = 24  # Kore's guide: one hour is enough
_QUOTA = 10_000  # streams of an account, AWS's default
_NEARLY = 0.8
_PAGE = 1000


def media_streaming(look: KoreLook) -> Iterator[Finding]:
    """Exactly one configuration, with our prefix and key, keeping the audio for a while only."""
    configs = _storage(look, "MEDIA_STREAMS")
    if not configs:
        yield MEDIA.bad(
            "exists",
            "Live media streaming is switched off, so that Kore hears nothing; deploy again.",
        )
        return
    if len(configs) > 1:
        yield MEDIA.bad(
            "exists",
            f"There are {len(configs)} configurations of live media streaming where Connect knows "
            "one; remove all but ours in the instance's data storage.",
        )
        return
    config = configs[0].get("KinesisVideoStreamConfig")
    if config is None:
        yield MEDIA.bad(
            "exists", "Live media streaming does not lead to Kinesis video; deploy again."
        )
        return
    problems = []
    named = look.named_streams(config["Prefix"])
    if named != look.stream_names:
        problems.append(
            MEDIA.bad(
                "prefix",
                f"Streams are named {named}…, and the reader role reads {look.stream_names}… only; "
                "deploy again, or declare the other prefix in media_streaming and import "
                f"{_import_id(look, configs[0])}.",
            )
        )
    key = config["EncryptionConfig"]["KeyId"]
    if key != look.stream_key_arn:
        problems.append(
            MEDIA.bad(
                "key",
                f"Streams are encrypted with {key}, which the reader role may not use; deploy "
                "again.",
            )
        )
    problems += _retention(config["RetentionPeriodHours"])
    yield from problems or [
        MEDIA.good(
            "configured", f"streams {look.stream_names}…, kept {config['RetentionPeriodHours']} h"
        )
    ]


def video_streams(look: KoreLook) -> Iterator[Finding]:
    """How many streams of calls there are; Connect makes one for each call under way."""
    count, request = 0, _first_page(look)
    while True:
        page = look.aws.kinesis_video.list_streams(**request)
        streams, token = page.get("StreamInfoList", []), page.get("NextToken")
        count += sum(
            1
            for stream in (streams if isinstance(streams, list) else [])
            if str(stream.get("StreamName", "")).startswith(look.stream_names)
        )
        if not token:
            break
        request = {**_first_page(look), "NextToken": token}
    if count >= _QUOTA * _NEARLY:
        yield STREAMS.warn(
            "quota",
            f"{count} streams of calls exist, and an account may have {_QUOTA} unless AWS raised "
            "it: at the limit callers are no longer heard by Kore; ask AWS for more.",
        )
    else:
        yield STREAMS.good("quota", f"{count} of the {_QUOTA} an account may have by default")


def data_streaming(look: KoreLook) -> Iterator[Finding]:
    """Contact records and agent events, where they are wanted; nothing of Kore's reads them."""
    stream = look.deployed.data_stream_arn
    if stream is None:
        yield DATA.good("off", "switched off; nothing of Kore needs it")
        return
    kinds: tuple[_Kind, ...] = ("CONTACT_TRACE_RECORDS", "AGENT_EVENTS")
    missing = [
        kind
        for kind in kinds
        if not any(
            config.get("KinesisStreamConfig", {}).get("StreamArn") == stream
            for config in _storage(look, kind)
        )
    ]
    if missing:
        yield DATA.bad("exists", f"{' and '.join(missing)} do not go to {stream}; deploy again.")
        return
    summary = found(lambda: look.aws.kinesis.describe_stream_summary(StreamARN=stream))
    status = summary and summary["StreamDescriptionSummary"]
    if not status or status["StreamStatus"] not in {"ACTIVE", "UPDATING"}:
        yield DATA.bad("active", f"The data stream {stream} is not active; deploy again.")
    elif status.get("EncryptionType") != "KMS":
        yield DATA.bad(
            "encrypted",
            f"The data stream {stream} is not encrypted, and contact records hold personal data; "
            "deploy again.",
        )
    else:
        yield DATA.good("active", "contact records and agent events go to an encrypted stream")


def _retention(hours: int) -> list[Finding]:
    if hours == 0:
        return [
            MEDIA.warn(
                "retention",
                "Streams keep nothing, so that a reader that comes back after five minutes has "
                "lost what was said; set media_streaming.retention_hours to 1.",
            )
        ]
    if hours > _ENOUGH_HOURS:
        return [
            MEDIA.warn(
                "retention",
                f"What callers say is kept for {hours} h, and Kore needs one; lower "
                "media_streaming.retention_hours unless something else needs it.",
            )
        ]
    return []


def _storage(look: KoreLook, kind: _Kind) -> list[InstanceStorageConfigTypeDef]:
    pages = look.aws.connect.get_paginator("list_instance_storage_configs").paginate(
        InstanceId=look.deployed.instance_id, ResourceType=kind
    )
    return [config for page in pages for config in page.get("StorageConfigs", [])]


def _import_id(look: KoreLook, config: InstanceStorageConfigTypeDef) -> str:
    return f"{look.deployed.instance_id}:{config.get('AssociationId', '')}:MEDIA_STREAMS"


def _first_page(look: KoreLook) -> dict[str, object]:
    return {
        "MaxResults": _PAGE,
        "StreamNameCondition": {
            "ComparisonOperator": "BEGINS_WITH",
            "ComparisonValue": look.stream_names,
        },
    }
