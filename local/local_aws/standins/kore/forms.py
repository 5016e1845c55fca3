"""The forms of values that Kore's interfaces exchange."""

from __future__ import annotations

import re

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WORD = re.compile(r"\S{1,256}")
TEXT = re.compile(r"(?s).*")
DIGITS = re.compile(r"[0-9]{1,128}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
"""BCP 47, as far as speech recognisers use it."""

STREAM_ARN = re.compile(
    r"arn:[a-z-]+:kinesisvideo:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12})"
    r":stream/(?P<name>[A-Za-z0-9_.-]+)/[0-9]+"
)
"""Kinesis Video Streams API reference, StreamInfo."""

TEMPORARY_KEY = re.compile(r"ASIA[A-Z0-9]{16}")
"""Keys of users begin with AKIA (IAM user guide, "Unique identifiers")."""

SECRET = re.compile(r"\S{16,8192}")
TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
WORD_URL = re.compile(r"\S{1,8192}")
HTTPS = re.compile(r"https://[^\s/?#]+\S*")
SIP = re.compile(r"sips?:[^\s@<>\[\]()]+@[^\s@<>\[\]()]+")
