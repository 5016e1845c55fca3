"""Texts that people typed."""

import re
import unicodedata

_ZERO_WIDTH_JOINER = "\u200d"
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_LONGEST_CLUSTER = 16
_TRUE = frozenset({"true", "yes", "y", "on", "1"})
# A form's field can arrive as the list it is in the view's data.
_LIST_OF_ONE = re.compile(r"\[\s*(?:\"([^\"]*)\"|([^\",\[\]]*))\s*\]")


def well_formed(text: str) -> str:
    """The text without halves of surrogate pairs, which JSON can spell and UTF-8 cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def cut(text: str, most: int) -> str:
    """At most that many characters, and no half of what is one sign to a reader.

    Args:
        text: Any text.
        most: Code points to keep.
    """
    if len(text) <= most:
        return text
    end = most
    while end > max(0, most - _LONGEST_CLUSTER) and _joined(text, end):
        end -= 1
    return text[:end].rstrip()


def single(text: str) -> str:
    """What stands in a list of one, for a list of one; any other text as it is."""
    found = _LIST_OF_ONE.fullmatch(text)
    return (found[1] or found[2] or "").strip() if found else text


def is_true(text: str) -> bool:
    """Whether a switch is on, in any of the spellings that forms and flows use."""
    return single(text).casefold() in _TRUE


def _joined(text: str, position: int) -> bool:
    """Whether the sign goes on across that position."""
    before, after = text[position - 1], text[position]
    return (
        _ZERO_WIDTH_JOINER in (before, after)
        or unicodedata.combining(after) != 0
        or ord(after) in _VARIATION_SELECTORS
    )
