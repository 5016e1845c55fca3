"""Reading a JSON object key by key, with errors a person can act upon."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import cast

_HEADER_VALUE = re.compile(r"[\x20-\x7e]+")
_LONGEST_SHOWN = 60


class ScriptError(ValueError):
    """The script says something the stand-in cannot do."""


class Fields:
    """The keys of one object; every read is checked, and `done` refuses what nobody read."""

    def __init__(self, value: object, name: str, prefix: str = "") -> None:
        """Wrap a decoded JSON value.

        Args:
            value: what should be an object.
            name: what to call it in errors.
            prefix: what its keys begin with in errors.

        Raises:
            ScriptError: it is not an object.
        """
        if not isinstance(value, dict):
            raise ScriptError(f"{name} is {_shown(value)}; give an object.")
        self.name = name
        self._prefix = prefix
        self._values = cast(Mapping[str, object], value)
        self._read: set[str] = set()

    def steps(self, key: str) -> tuple[Fields, ...]:
        """An object, or a list of them; none when the key is absent."""
        value = self._take(key, None)
        if value is None and key not in self._values:
            return ()
        if isinstance(value, list):
            return tuple(
                Fields(item, f"{key}[{index}]", f"{key}[{index}].")
                for index, item in enumerate(value)
            )
        return (Fields(value, key, f"{key}."),)

    def integer(self, key: str, default: int, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(key, value, f"a whole number from {least} to {most}")
        return value

    def optional_integer(self, key: str, *, least: int, most: int) -> int | None:
        """A whole number within bounds, or None when the key is absent or null."""
        if self._take(key, None) is None:
            return None
        return self.integer(key, least, least=least, most=most)

    def seconds(self, key: str, *, most: float) -> float:
        """A duration from nothing, which is also the default, to ``most``."""
        value = self._take(key, 0)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
            or not 0 <= value <= most
        ):
            raise self._wrong(key, value, f"a number of seconds from 0 to {most:g}")
        return float(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self._wrong(key, value, "true or false")
        return value

    def optional_text(self, key: str, default: str | None = None) -> str | None:
        """A string or null."""
        value = self._take(key, default)
        if not (value is None or isinstance(value, str)):
            raise self._wrong(key, value, "a string or null")
        return value

    def header(self, key: str, default: str) -> str:
        """A string that can stand in an HTTP header."""
        value = self._take(key, default)
        if not isinstance(value, str) or not _HEADER_VALUE.fullmatch(value):
            raise self._wrong(key, value, "a line of plain text")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of the choices, of which the first is the default."""
        value = self._take(key, choices[0])
        if not isinstance(value, str) or value not in choices:
            raise self._wrong(key, value, " or ".join(json.dumps(choice) for choice in choices))
        return value

    def done(self) -> None:
        """Refuse keys that were not read.

        Raises:
            ScriptError: there is one.
        """
        for key in self._values:
            if key not in self._read:
                known = ", ".join(sorted(self._read))
                raise ScriptError(f"{self._prefix}{key} is unknown; {self.name} takes {known}.")

    def _take(self, key: str, default: object) -> object:
        self._read.add(key)
        return self._values.get(key, default)

    def _wrong(self, key: str, value: object, wanted: str) -> ScriptError:
        return ScriptError(f"{self._prefix}{key} is {_shown(value)}; give {wanted}.")


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
