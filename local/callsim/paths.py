"""References to run-time data in flow parameters: ``$.Attributes.name``, ``$['Attributes']``.

Both spellings occur, also mixed (``$.SegmentAttributes['connect:Subtype']``), and a path may stand
alone or inside text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, cast


class Unset:
    """The value of a path that leads nowhere."""


UNSET: Final = Unset()

# Keys of contact attributes may hold letters, digits, dashes and underscores; a full stop after
# a path ends the sentence, it does not begin a key.
_QUOTED = r"""\.?\[\s*(?:'[^'\]]+'|"[^"\]]+")\s*\]"""
_PLAIN = r"\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"
_PATH = re.compile(rf"\$(?:{_QUOTED}|{_PLAIN})+")
_KEY = re.compile(r"""\[\s*['"]([^'"\]]+)['"]\s*\]|\.([A-Za-z0-9_-]+)""")

ROOTS: Final = frozenset(
    {
        "AdditionalEmailRecipients", "Agent", "Attributes", "AwsRegion", "Capabilities", "Case",
        "Channel", "ContactId", "Customer", "CustomerEndpoint", "CustomerId", "Description",
        "External", "FlowAttributes", "InitialContactId", "InitiationMethod", "InstanceARN",
        "LambdaInvocation", "LanguageCode", "Lex", "Loop", "Media", "MediaStreams", "Metrics",
        "Modules", "Name", "PreviousContactId", "Queue", "References", "SegmentAttributes",
        "StoredCustomerInput", "SystemEndpoint", "Tags", "Task", "TextToSpeechVoiceId", "Views",
        "Wisdom",
    }
)  # fmt: skip


def single_path(text: str) -> tuple[str, ...] | None:
    """The keys of a path that is the whole text, or None."""
    return _keys(text) if _PATH.fullmatch(text) else None


def paths_in(text: str) -> Iterator[tuple[str, ...]]:
    """The keys of every path in a text, in order."""
    return (_keys(match.group()) for match in _PATH.finditer(text))


def lookup(data: Mapping[str, object], keys: tuple[str, ...]) -> object:
    """What the keys lead to, or `UNSET`. JSON null counts as unset.

    Lists have no keys, but for what an agent filled into a view: its first value is ``0``.
    """
    value: object = data
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and keys[0] == "Views" and key.isdecimal():
            value = next(iter(value[int(key) :]), None)
        else:
            return UNSET
    return UNSET if value is None else value


def spelled(keys: tuple[str, ...]) -> str:
    """A path as people write it."""
    return "$." + ".".join(keys)


def as_text(value: object) -> str:
    """A value as it appears inside text: JSON's spelling but for text, "" for unset."""
    if value is None or isinstance(value, Unset):
        return ""
    if isinstance(value, bool | list | Mapping):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def fill(text: str, read: Callable[[tuple[str, ...]], object]) -> str:
    """Replace every path in a text by what ``read`` returns for its keys."""
    return _PATH.sub(lambda match: as_text(read(_keys(match.group()))), text)


def fill_all(value: object, read: Callable[[tuple[str, ...]], object]) -> object:
    """`fill` for every text in a JSON value; keys of objects are filled too."""
    if isinstance(value, str):
        return fill(value, read)
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value)
        return {fill(key, read): fill_all(entry, read) for key, entry in entries.items()}
    if isinstance(value, list):
        return [fill_all(entry, read) for entry in cast("list[object]", value)]
    return value


def _keys(path: str) -> tuple[str, ...]:
    return tuple(quoted or plain for quoted, plain in _KEY.findall(path))
