"""Audio as GetMedia sends it: a Matroska stream, here of silence.

Only what a reader of Connect's media needs: EBML header, one segment of unknown length with its
tracks, and a cluster for each fragment with the tags that name the fragment. Element ids are those
of RFC 9559; the names of the fragment tags are those of the GetMedia API reference.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

SAMPLE_RATE = 8_000
"""Hertz of Connect's media streams (administrator guide, "Plan for live media streaming")."""

TRACKS = ("AUDIO_FROM_CUSTOMER", "AUDIO_TO_CUSTOMER")
"""What the customer says and what the customer hears; tracks are numbered from 1."""

FRAGMENT_MILLISECONDS = 500

_BYTES_PER_SAMPLE = 2
_BLOCK_MILLISECONDS = 20
_UNKNOWN_LENGTH = b"\x01\xff\xff\xff\xff\xff\xff\xff"
_AUDIO = 2
_KEYFRAME = 0x80
_MILLISECOND = 1_000_000  # nanoseconds, the unit of TimestampScale

_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
_INFO = b"\x15\x49\xa9\x66"
_TRACKS = b"\x16\x54\xae\x6b"
_TRACK_ENTRY = b"\xae"
_AUDIO_SETTINGS = b"\xe1"
_CLUSTER = b"\x1f\x43\xb6\x75"
_TAGS = b"\x12\x54\xc3\x67"
_TAG = b"\x73\x73"
_SIMPLE_TAG = b"\x67\xc8"


@dataclass(frozen=True)
class Fragment:
    """A piece of the stream; times are in milliseconds since the epoch."""

    number: str
    produced: int
    tags: Mapping[str, str]


def silence(fragments: tuple[Fragment, ...]) -> bytes:
    """Write fragments of silence on both tracks."""
    return b"".join(_stream(fragments))


def _stream(fragments: tuple[Fragment, ...]) -> Iterator[bytes]:
    yield _element(
        _EBML,
        _number(b"\x42\x86", 1),  # EBMLVersion
        _number(b"\x42\xf7", 1),  # EBMLReadVersion
        _number(b"\x42\xf2", 4),  # EBMLMaxIDLength
        _number(b"\x42\xf3", 8),  # EBMLMaxSizeLength
        _text(b"\x42\x82", "matroska"),  # DocType
        _number(b"\x42\x87", 4),  # DocTypeVersion
        _number(b"\x42\x85", 2),  # DocTypeReadVersion
    )
    yield _SEGMENT + _UNKNOWN_LENGTH
    yield _element(
        _INFO,
        _number(b"\x2a\xd7\xb1", _MILLISECOND),  # TimestampScale
        _text(b"\x4d\x80", "connect-voice"),  # MuxingApp
        _text(b"\x57\x41", "connect-voice"),  # WritingApp
    )
    yield _element(_TRACKS, *(_track(number, name) for number, name in enumerate(TRACKS, 1)))
    for fragment in fragments:
        yield _tags(
            {
                "AWS_KINESISVIDEO_FRAGMENT_NUMBER": fragment.number,
                "AWS_KINESISVIDEO_SERVER_TIMESTAMP": f"{fragment.produced / 1000:.3f}",
                "AWS_KINESISVIDEO_PRODUCER_TIMESTAMP": f"{fragment.produced / 1000:.3f}",
                **fragment.tags,
            }
        )
        yield _cluster(fragment)
        yield _tags({"AWS_KINESISVIDEO_CONTINUATION_TOKEN": fragment.number})


def _track(number: int, name: str) -> bytes:
    return _element(
        _TRACK_ENTRY,
        _number(b"\xd7", number),  # TrackNumber
        _number(b"\x73\xc5", number),  # TrackUID
        _number(b"\x83", _AUDIO),  # TrackType
        _text(b"\x53\x6e", name),  # Name
        _text(b"\x86", "A_PCM/INT/LIT"),  # CodecID: signed integers, little-endian
        _element(
            _AUDIO_SETTINGS,
            _element(b"\xb5", struct.pack(">d", float(SAMPLE_RATE))),  # SamplingFrequency
            _number(b"\x9f", 1),  # Channels
            _number(b"\x62\x64", _BYTES_PER_SAMPLE * 8),  # BitDepth
        ),
    )


def _cluster(fragment: Fragment) -> bytes:
    samples = b"\0" * (SAMPLE_RATE * _BLOCK_MILLISECONDS // 1000 * _BYTES_PER_SAMPLE)
    blocks = [
        # SimpleBlock: track number, time within the cluster, flags, samples
        _element(b"\xa3", struct.pack(">BhB", 0x80 | track, offset, _KEYFRAME), samples)
        for offset in range(0, FRAGMENT_MILLISECONDS, _BLOCK_MILLISECONDS)
        for track in range(1, len(TRACKS) + 1)
    ]
    return _element(_CLUSTER, _number(b"\xe7", fragment.produced), *blocks)  # Timestamp


def _tags(values: Mapping[str, str]) -> bytes:
    simple = (
        _element(_SIMPLE_TAG, _text(b"\x45\xa3", name), _text(b"\x44\x87", value))
        for name, value in values.items()
    )
    return _element(_TAGS, _element(_TAG, *simple))


def _element(identifier: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    # Eight bytes of length always: a marker bit in the first one, and 56 bits of number.
    return identifier + struct.pack(">Q", 1 << 56 | len(body)) + body


def _number(identifier: bytes, value: int) -> bytes:
    return _element(identifier, value.to_bytes((value.bit_length() + 7) // 8 or 1))


def _text(identifier: bytes, value: str) -> bytes:
    return _element(identifier, value.encode())
