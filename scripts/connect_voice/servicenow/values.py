"""ServiceNow's values as text; the same fact reads differently in an answer and in an export."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_TRUE = frozenset({"true", "1", "yes"})
_FALSE = frozenset({"false", "0", "no"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = "%Y-%m-%d %H:%M:%S"
_SPOKEN = re.compile(r"(\d+)\s+(day|hour|minute|second)s?", re.IGNORECASE)
_SECONDS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}


def fold(value: str) -> str:
    """What makes ``Closed Abandoned`` (an export) and ``closed_abandoned`` (the API) equal.

    ServiceNow compares text without regard to case; choices differ in spaces and underscores.
    """
    return re.sub(r"[\s_]+", "_", value.strip().lower())


def same(left: str, right: str) -> bool:
    """Whether two values say the same, as ServiceNow would; ``Yes`` and ``true`` do."""
    a, b = fold(left), fold(right)
    return a == b or (a in _TRUE and b in _TRUE) or (a in _FALSE and b in _FALSE)


def parse_time(text: str) -> datetime:
    """A date and time as ServiceNow writes them, in UTC.

    Raises:
        ValueError: it is something else.
    """
    return datetime.strptime(text.strip(), _STAMP).replace(tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """A moment as ServiceNow writes it: UTC, to the second."""
    return moment.astimezone(UTC).strftime(_STAMP)


def parse_duration(text: str) -> timedelta | None:
    """A duration; None where there is none.

    ServiceNow stores one as a date counted from 1970, aggregates may come as seconds, and an export
    spells it out (``1 Hour 3 Minutes``).

    Raises:
        ValueError: none of these.
    """
    text = text.strip()
    if not text:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return timedelta(seconds=float(text))
    if re.match(r"\d{4}-", text):
        return parse_time(text) - _EPOCH
    parts = _SPOKEN.findall(text)
    if parts and not _SPOKEN.sub("", text).replace(",", "").strip():
        return timedelta(seconds=sum(int(n) * _SECONDS[unit.lower()] for n, unit in parts))
    raise ValueError(f"not a duration: {text!r}")
