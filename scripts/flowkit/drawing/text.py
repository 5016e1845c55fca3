"""Text as a picture needs it: measured, wrapped, and with placeholders and ARNs made readable."""

from __future__ import annotations

import re
import unicodedata

from flowkit.literals import UUID

_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ARN = re.compile(r"arn:[^:\s]*:[^:\s]*:[^:\s]*:[^:\s]*:(?P<tail>\S+)")

# Signs that may stand alone on a line.
_FEWEST = 4
# Twice what Connect says in one go; nobody reads more in a picture.
_LONGEST = 12_000
# Advances of DejaVu Sans in em, the widest of the fonts that browsers fall back to: what fits by
# these fits in the others.
_NARROW, _MIDDLE, _UPPER, _WIDE, _FULL = 0.38, 0.62, 0.75, 0.98, 1.05


def readable(value: str) -> str:
    """A value on one line, with ``${default_queue_arn}`` as "default queue" in angle quotes."""
    return squeeze(_PLACEHOLDER.sub(_placeholder, value[: 2 * _LONGEST]))


def _placeholder(match: re.Match[str]) -> str:
    name = match[1]
    for suffix in ("_arn", "_id"):
        name = name.removesuffix(suffix) or name
    return f"\u2039{name.replace('_', ' ').strip() or match[1]}\u203a"


def squeeze(value: str) -> str:
    """White space squeezed, and what a picture cannot carry (controls, halves of pairs) left out.

    XML 1.0 (section 2.2) has no character below U+0020 but tab and line ends, and no surrogates.
    """
    rest = "…" if len(value) > _LONGEST else ""
    shown = "".join(c if _drawable(c) else " " for c in value[:_LONGEST])
    return " ".join(shown.split()) + rest


def _drawable(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cs"} and character not in "\ufffe\uffff"


def resource(value: str) -> str:
    """A resource by the part of its id that a person knows: an ARN's tail, a placeholder's name."""
    value = value.strip()
    found = _ARN.fullmatch(value)
    if found is None:
        return f"id {value[:8]}…" if UUID.fullmatch(value) else readable(value)
    tail = found["tail"]
    kind, _, name = tail.rpartition("/") if "/" in tail else tail.partition(":")
    name = name or tail
    if UUID.fullmatch(name):
        kind = kind.rpartition("/")[2] or "id"
        return f"{kind} {name[:8]}…"
    return readable(name)


def is_generated(identifier: str) -> bool:
    """Whether an identifier is a UUID, which tells a reader nothing."""
    return UUID.fullmatch(identifier) is not None


def camel_words(name: str) -> str:
    """``QueueAtCapacity`` as ``Queue at capacity``."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z\s_]+", readable(name)) or [readable(name)]
    return " ".join(
        [words[0], *(w if w.isupper() and len(w) > 1 else w.lower() for w in words[1:])]
    )


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line is at most, in the unit of ``size``."""
    return sum(_advance(c) for c in text) * size * (1.1 if bold else 1.0)


def _advance(character: str) -> float:
    if character in " .,:;'|!ijlI()[]/\\ft-":
        return _NARROW
    if character in "mwMW@%—…":
        return _WIDE
    if character.isascii():
        return _UPPER if character.isupper() else _MIDDLE + 0.02
    if unicodedata.combining(character):
        return 0.0
    return _FULL if unicodedata.east_asian_width(character) in "WFA" else _UPPER


def wrap(
    text: str, limit: float, size: float, *, lines: int, bold: bool = False
) -> tuple[str, ...]:
    """The text in at most ``lines`` lines no wider than ``limit``; an ellipsis ends a cut one."""
    done: list[str] = []
    line = ""
    # Twice of what could fit, so that the time does not grow with what cannot.
    room = 2 * lines * int(limit / (_NARROW * size)) + 80
    for word in _pieces(squeeze(text[: 4 * room])[:room], limit, size, bold=bold):
        joined = f"{line} {word}" if line else word
        if width(joined, size, bold=bold) <= limit:
            line = joined
            continue
        done.append(line)
        line = word
        if len(done) == lines:
            return (*done[:-1], _shortened(done[-1], limit, size, bold=bold))
    return (*done, line) if line else tuple(done)


def _pieces(text: str, limit: float, size: float, *, bold: bool) -> list[str]:
    """Words, the over-long ones cut where a name has its joints, or anywhere."""
    pieces: list[str] = []
    for word in text.split():
        rest = word
        while width(rest, size, bold=bold) > limit:
            cut = 1
            while cut < len(rest) and width(rest[: cut + 1], size, bold=bold) <= limit:
                cut += 1
            # A quotation mark or a letter or two on a line of their own look like a mistake.
            last = min(cut, len(rest) - _FEWEST)
            joint = max(rest.rfind(mark, cut // 2, last) for mark in ".-_/:")
            cut = joint + 1 if joint > 0 else max(last, 1)
            pieces.append(rest[:cut])
            rest = rest[cut:]
        if rest:
            pieces.append(rest)
    return pieces


def _shortened(line: str, limit: float, size: float, *, bold: bool) -> str:
    while line and width(f"{line} …", size, bold=bold) > limit:
        line = line[:-1]
    return f"{line.rstrip()} …"
