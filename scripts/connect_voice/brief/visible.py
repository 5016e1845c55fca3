"""Text from anywhere, made harmless to read: nothing in it is invisible or turns other text round.

Bidirectional controls can make a line read as something else than it is (CVE-2021-42574), invisible
characters can hide that two names differ.
"""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Characters that Unicode counts as letters or marks and that show nothing.
_BLANK = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x2800, 0x3164, 0xFFA0}
    | {*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
)
_PLAIN = re.compile(r"[\x20-\x7e]*")
_SPACE = " "
_MARKS_IN_A_ROW = 3


def visible(text: str) -> str:
    """One line of text: line ends as ``⏎``, what cannot be seen by its code point, ``⟨U+202E⟩``.

    Args:
        text: any string, lone surrogates included.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(_shown(text.replace("\r\n", "\n")))


def visible_lines(text: str) -> str:
    """The same for text of several lines, whose line ends stay."""
    return "\n".join(visible(line) for line in re.split(r"\r\n|\n", text))


def _shown(text: str) -> list[str]:
    parts: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if character == "\n":
            parts.append("⏎")
        elif character == "\t" or category == "Zs":
            parts.append(_SPACE)
        elif category in _UNSEEN or ord(character) in _BLANK or marks > _MARKS_IN_A_ROW:
            parts.append(f"⟨U+{ord(character):04X}⟩")
        else:
            parts.append(character)
    return parts
