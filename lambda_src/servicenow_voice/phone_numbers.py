"""Which numbers a call may be transferred to."""

import re

from connect_core.fault import Fault

# E.164: country code without a leading zero, at most 15 digits; fewer than 7 is no subscriber.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")


def prefixes(text: str) -> tuple[str, ...]:
    """Read a comma-separated list of prefixes.

    Args:
        text: For example "+1, +44"; blank for any number.

    Raises:
        ValueError: An entry is not a plus sign and digits.
    """
    entries = tuple(entry.strip() for entry in text.split(",") if entry.strip())
    if not all(_PREFIX.fullmatch(entry) for entry in entries):
        raise ValueError("DNIS_PREFIXES must be prefixes like +1 or +4930, separated by commas.")
    return entries


def dialable(number: object, allowed: tuple[str, ...]) -> str:
    """The number, if it may be dialled.

    A number from outside decides where our own line calls, at our cost: what is not plainly a
    number within the allow-list is refused.

    Args:
        number: What the vendor names.
        allowed: Prefixes; none means any E.164 number.

    Raises:
        Fault: DNIS_MISSING, DNIS_INVALID or DNIS_NOT_ALLOWED.
    """
    if number is None or (isinstance(number, str) and not number.strip()):
        # All agents may be busy: the next attempt can find one.
        raise Fault("DNIS_MISSING", retryable=True)
    text = number.strip() if isinstance(number, str) else ""
    if not _NUMBER.fullmatch(text):
        raise Fault("DNIS_INVALID", retryable=False)
    if allowed and not text.startswith(allowed):
        raise Fault("DNIS_NOT_ALLOWED", retryable=False)
    return text
