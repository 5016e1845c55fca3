"""Values of a scenario's YAML, each checked on the way; a mistake gets one sentence."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import datetime
from difflib import get_close_matches
from typing import NoReturn, cast

import yaml

# Ten days: no call is longer, and NaN and infinity are not below it.
_LONG = 864_000


class ScenarioError(ValueError):
    """A scenario is not usable; the text is one sentence for the person who wrote it."""


def load(text: str, name: str) -> object:
    """The YAML document of a scenario.

    Raises:
        ScenarioError: it is not YAML, or gives a key twice.
    """
    try:
        return cast("object", yaml.load(text, Loader=_StrictLoader))  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise ScenarioError(f"Scenario {name!r} is not YAML{where}: {problem}.") from None


class _StrictLoader(yaml.SafeLoader):
    """A second value for a key is a mistake, not an update."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - PyYAML's own
    ) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is given twice", key.start_mark
                )
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else key)
        return super().construct_mapping(node, deep=deep)


class Values:
    """Takes values as what they must be; the scenario's name goes into every sentence.

    Every method raises `ScenarioError`.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def mapping(
        self, value: object, place: str, known: tuple[str, ...] | None = None
    ) -> dict[str, object]:
        """Keys and values; with ``known`` no other keys than these."""
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            self.wrong(place, "keys and values")
        unknown = sorted(key for key in value if known is not None and key not in known)
        if unknown and known is not None:
            close = get_close_matches(unknown[0], known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it knows {', '.join(known)}."
            self.refuse(f"has an unknown key {unknown[0]!r} in {place}; {hint}")
        return cast("dict[str, object]", value)

    def text(self, value: object, place: str) -> str:
        """Text that is not empty."""
        if not isinstance(value, str) or not value.strip():
            self.wrong(place, "text (numbers need quotes)")
        return value

    def optional_text(self, value: object, place: str) -> str | None:
        """Text, or nothing at all."""
        return None if value is None else self.text(value, place)

    def texts(self, value: object, place: str) -> dict[str, str]:
        """Texts by any keys."""
        entries = self.mapping(value, place)
        return {key: self.text(entry, f"{place}.{key}") for key, entry in entries.items()}

    def items(self, value: object, place: str) -> tuple[object, ...]:
        """A list of anything."""
        if not isinstance(value, list):
            self.wrong(place, "a list")
        return tuple(cast("list[object]", value))

    def text_list(self, value: object, place: str) -> tuple[str, ...]:
        """A list of texts."""
        entries = self.items(value, place)
        return tuple(self.text(entry, f"{place}[{index}]") for index, entry in enumerate(entries))

    def flag(self, value: object, place: str) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.wrong(place, "true or false")
        return value

    def seconds(self, value: object, place: str) -> float:
        """A duration."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _LONG:
            self.wrong(place, "a number of seconds")
        return float(value)

    def count(self, value: object, place: str, *, least: int) -> int:
        """A whole number of things, ``least`` or more."""
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            self.wrong(place, f"a whole number from {least} on")
        return value

    def wall_clock(self, value: object, place: str) -> datetime:
        """A date and a time without a time zone."""
        moment = value
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                moment = None
        if not isinstance(moment, datetime) or moment.tzinfo is not None:
            self.wrong(place, 'a date and a time without a zone, such as "2026-03-02 10:30"')
        return moment

    def counts(self, value: object, place: str, *, least: int) -> dict[str, int]:
        """Whole numbers by any keys."""
        return {
            key: self.count(entry, f"{place}.{key}", least=least)
            for key, entry in self.mapping(value, place).items()
        }

    def choice(self, value: object, place: str, choices: tuple[str, ...]) -> str:
        """One of a few words."""
        if not isinstance(value, str) or value not in choices:
            self.wrong(place, f"one of {', '.join(choices)}, not {value!r}")
        return value

    def filled(self, value: object, place: str) -> object:
        """What can be filled into a form: text, a number, true or false, or a list of them."""
        entries = value if isinstance(value, list) else [value]
        if not all(isinstance(entry, str | int | float | bool) for entry in entries):
            self.wrong(place, "text, a number, true or false, or a list of them")
        return value

    def wrong(self, place: str, wanted: str) -> NoReturn:
        """Refuse a value."""
        raise ScenarioError(f"Scenario {self.name!r}: {place} must be {wanted}.")

    def refuse(self, what: str) -> NoReturn:
        """Refuse the scenario for something that no single value is to blame for."""
        raise ScenarioError(f"Scenario {self.name!r} {what}")
