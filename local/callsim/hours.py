"""Hours of operation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


@dataclass(frozen=True)
class Opening:
    """One row of hours of operation; an end that is not after the start is on the next day."""

    day: str
    start: time
    end: time


def is_open(openings: Iterable[Opening], now: datetime) -> bool:
    """Whether it is open.

    Args:
        now: in the time zone of the hours.
    """
    return any(_covers(opening, now) for opening in openings)


def _covers(opening: Opening, now: datetime) -> bool:
    # A row reaches at most into the day after its own.
    for days_ago in (0, 1):
        day = now.date() - timedelta(days=days_ago)
        if _DAYS[day.weekday()] != opening.day:
            continue
        start = datetime.combine(day, opening.start, now.tzinfo)
        end = datetime.combine(day, opening.end, now.tzinfo)
        if opening.end <= opening.start:
            end += timedelta(days=1)
        if start <= now < end:
            return True
    return False
