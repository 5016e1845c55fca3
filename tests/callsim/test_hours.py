from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from callsim.hours import Opening, is_open

OFFICE = [Opening("MONDAY", time(9), time(17)), Opening("FRIDAY", time(22), time(2))]
ALWAYS = [
    Opening(day, time(0), time(0))
    for day in ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
]


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-16T08:59", False),  # a Monday
        ("2026-11-16T09:00", True),
        ("2026-11-16T16:59", True),
        ("2026-11-16T17:00", False),
        ("2026-11-17T10:00", False),
        ("2026-11-20T23:00", True),  # a Friday
        ("2026-11-21T01:59", True),
        ("2026-11-21T02:00", False),
    ],
)
def test_opening_hours(moment: str, expected: bool) -> None:  # noqa: FBT001
    now = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    assert is_open(OFFICE, now) is expected


def test_midnight_to_midnight_is_all_day() -> None:
    now = datetime(2026, 11, 18, 0, 0, tzinfo=ZoneInfo("UTC"))
    assert is_open(ALWAYS, now)
