"""Reading YAML strictly: every key known, every value of its kind, a sentence for each mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NoReturn

import yaml

from connect_voice.errors import UsageError


class _StrictLoader(yaml.SafeLoader):
    """YAML's own loader lets a second key of the same name win in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  (as PyYAML declares it)
        seen = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=deep)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name!r} stands here twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


@dataclass
class Node:
    """A mapping in a file, and where it is; keys are taken, and what is left over is wrong."""

    file: str
    path: str
    data: dict[str, object]
    _known: list[str] = field(default_factory=list)

    def text(self, key: str, default: str | None = None) -> str:
        """A text; ``true`` and numbers are texts too, for that is what ServiceNow stores."""
        value = self._take(key)
        if value is None and default is not None:
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, str) and (value.strip() or default is not None):
            return " ".join(value.split())
        return self._wrong(key, value, "a text")

    def flag(self, key: str) -> bool:
        """``true`` or ``false``; false where it is left out."""
        value = self._take(key)
        if value is None:
            return False
        return value if isinstance(value, bool) else self._wrong(key, value, "true or false")

    def choice(self, key: str, choices: Sequence[str]) -> str:
        """One of some words."""
        value = self._take(key)
        if isinstance(value, str) and value in choices:
            return value
        return self._wrong(key, value, " or ".join(choices))

    def node(self, key: str) -> Node:
        """A mapping."""
        value = self._take(key)
        if isinstance(value, dict) and all(isinstance(name, str) for name in value):
            return Node(self.file, self._at(key), value)
        return self._wrong(key, value, "a mapping")

    def nodes(self, key: str) -> list[Node]:
        """A list of mappings, not empty."""
        value = self._take(key)
        if not isinstance(value, list) or not value:
            return self._wrong(key, value, "a list")
        for index, item in enumerate(value):
            if not isinstance(item, dict) or not all(isinstance(name, str) for name in item):
                self._wrong(f"{key}[{index}]", item, "a mapping")
        return [Node(self.file, f"{self._at(key)}[{i}]", item) for i, item in enumerate(value)]

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, perhaps empty."""
        value = self._take(key)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
            return tuple(value)
        return self._wrong(key, value, "a list of texts")

    def has(self, key: str) -> bool:
        """Whether a key that may be left out is there."""
        self._known.append(key)
        return key in self.data

    def end(self) -> None:
        """Nothing more is expected.

        Raises:
            UsageError: a key is left over.
        """
        for key in self.data:
            if key not in self._known:
                close = get_close_matches(key, self._known, n=1)
                hint = f"; did you mean {close[0]}?" if close else "."
                raise UsageError(f"{self.file} has an unknown key {self._at(key)!r}{hint}")

    def refuse(self, sentence: str) -> NoReturn:
        """Say what is wrong here.

        Raises:
            UsageError: always.
        """
        raise UsageError(f"{self.file}, {self.path}: {sentence}")

    def _take(self, key: str) -> object:
        self._known.append(key)
        return self.data.get(key)

    def _at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _wrong(self, key: str, value: object, what: str) -> NoReturn:
        if key not in self.data:
            # A misspelt key explains a missing one better than its absence.
            for found in get_close_matches(key, [k for k in self.data if k not in self._known], 1):
                raise UsageError(
                    f"{self.file} has an unknown key {self._at(found)!r}; did you mean {key}?"
                )
        raise UsageError(f"Set {self._at(key)} in {self.file} to {what}; it is {value!r}.")


def parse(text: str, file: str) -> Node:
    """The mapping that a YAML file is.

    Args:
        file: its name, for messages.

    Raises:
        UsageError: it is no YAML, or no mapping.
    """
    try:
        data = yaml.load(text, Loader=_StrictLoader)  # noqa: S506  (a SafeLoader)
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise UsageError(f"{file} is not usable YAML: {said}.") from None
    if not isinstance(data, dict) or not all(isinstance(name, str) for name in data):
        raise UsageError(f"{file} must be a mapping with the keys settings and entries.")
    return Node(file, "", data)
