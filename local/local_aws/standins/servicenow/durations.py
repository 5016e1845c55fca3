"""Durations as ServiceNow stores them (a date counted from 1970) and as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = "%Y-%m-%d %H:%M:%S"
_UNITS = (("Day", 86_400), ("Hour", 3_600), ("Minute", 60), ("Second", 1))


def stamp(seconds: float) -> str:
    """A moment as ServiceNow writes it: UTC, to the second.

    Args:
        seconds: since the epoch; a duration counts as a moment after it.
    """
    return (_EPOCH + timedelta(seconds=int(seconds))).strftime(_STAMP)


def parse(text: str) -> int:
    """Seconds of a stored duration or moment.

    Raises:
        ValueError: it is neither.
    """
    return int((datetime.strptime(text, _STAMP).replace(tzinfo=UTC) - _EPOCH).total_seconds())


def spoken(text: str) -> str:
    """What a person sees of a stored duration: ``12 Minutes 30 Seconds``."""
    try:
        rest = parse(text)
    except ValueError:
        return text
    words = []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(words) or "0 Seconds"
