"""Moments as others read them."""

import time


def iso(moment: float) -> str:
    """ISO 8601 in UTC, to the second: 2030-03-17T17:46:40Z.

    Args:
        moment: Seconds since 1970.
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
