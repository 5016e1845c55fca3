"""Names that people read, made from what people wrote."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["numbered", "words"]

_LONGEST = 500
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(text: str) -> list[str]:
    """The words of a text or of a name in any spelling (``getCallContext``, ``get-call context``).

    Letters lose their accents and capitals; what has no form in ASCII, and what goes beyond the
    length of any name, is left out.
    """
    plain = unicodedata.normalize("NFKD", text[:_LONGEST]).encode("ascii", "ignore").decode()
    return [word.lower() for word in _WORD.findall(plain)]


def numbered(name: str, taken: dict[str, int], *, link: str, maximum: int) -> str:
    """The name, or the first of ``name-2``, ``name-3``, … that is free; it is then taken.

    Args:
        name: what is wished.
        taken: the names there are, each with the last number it was given; gains the answer.
        link: what stands before the number.
        maximum: the most characters the answer may have.
    """
    wished = answer = name[:maximum].rstrip(link)
    number = taken.get(wished, 0)
    while answer in taken:
        number += 1
        end = f"{link}{number}"
        answer = wished[: maximum - len(end)].rstrip(link) + end
    taken[wished] = max(number, 1)
    taken[answer] = max(taken.get(answer, 1), 1)
    return answer
