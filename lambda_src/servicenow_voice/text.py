"""Short texts out of JSON."""

# Ids and reasons are a few words; contact attributes hold 32 KB in all.
LONGEST = 256


def short_text(value: object) -> str:
    """The value as a short text for a reply: never null, never nested.

    Args:
        value: Anything JSON can hold.

    Returns:
        A text, trimmed and cut at `LONGEST`; a number as its digits; "" for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int):
        # Longer ones are no ids, and Python refuses to write very long integers.
        return str(value) if value.bit_length() <= 64 else ""  # noqa: PLR2004
    return value.strip()[:LONGEST].strip()
