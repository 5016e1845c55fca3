"""JSON as written: where every value stands, so that a part can change and the rest keep its bytes.

Reading JSON into values and writing it again loses what values cannot hold: the spelling of a
number, an escape, a key that stands there twice. Nothing here does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

__all__ = [
    "Edit",
    "JsonText",
    "JsonTextError",
    "Path",
    "Text",
    "characters",
    "edited",
    "indented",
    "is_one_line",
]

Path = tuple[str | int, ...]
"""Keys and list positions from the outermost value inwards."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')

# What json.loads makes one character of: a pair of surrogates, an escape, or itself.
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]",
    re.DOTALL,
)


class JsonTextError(ValueError):
    """The text is not JSON; one sentence says where."""


@dataclass(frozen=True)
class Text:
    """A string of a JSON text.

    Attributes:
        path: where it stands; for a key, the path of the value under it.
        start: position of its opening quote.
        end: position after its closing quote.
        value: what it says, without escapes.
        is_key: whether it is a key.
    """

    path: Path
    start: int
    end: int
    value: str
    is_key: bool


@dataclass(frozen=True)
class Edit:
    """Put ``text`` in the place of the characters from ``start`` to ``end``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class JsonText:
    """A JSON text with its strings and the place of every value.

    Attributes:
        source: the text.
        document: the value, as ``json.loads`` gives it.
        texts: every string, keys included, in order.
        spans: start and end of every value; of a key that stands twice, the last one's.
    """

    source: str
    document: object
    texts: tuple[Text, ...]
    spans: dict[Path, tuple[int, int]]

    @classmethod
    def read(cls, source: str) -> JsonText:
        """Take a text apart.

        Raises:
            JsonTextError: it is not JSON, or nested too deeply for a reader of it.
        """
        document = _loaded(source)
        reader = _Reader(source)
        for token in _TOKEN.finditer(source):
            reader.take(token)
        return cls(source, document, tuple(reader.texts), reader.spans)


def edited(source: str, edits: Iterable[Edit]) -> str:
    """The text after all edits; none may overlap, and those at one place keep their order."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        pieces += (source[at : edit.start], edit.text)
        at = edit.end
    return "".join((*pieces, source[at:]))


def characters(raw: str) -> list[str]:
    """The characters of a string as they are spelt in JSON, one for each that it says.

    Args:
        raw: a string of a JSON text, with its quotes.
    """
    return _CHARACTER.findall(raw[1:-1])


def is_one_line(source: str) -> bool:
    """Whether a text is written without line ends, as the service and the console write flows."""
    return "\n" not in source.strip()


def indented(source: str, step: str = "  ") -> str:
    """The same JSON over lines; only blanks between its parts change.

    Args:
        source: a JSON text.
        step: what one level is indented by.
    """
    pieces: list[str] = []
    depth = 0
    before = ""
    for part in _TOKEN.findall(source):
        if part in ("}", "]"):
            depth -= 1
            if before not in ("{", "["):
                pieces.append("\n" + step * depth)
        elif before in ("{", "["):
            pieces.append("\n" + step * depth)
        pieces.append(part)
        if part in ("{", "["):
            depth += 1
        elif part == ",":
            pieces.append("\n" + step * depth)
        elif part == ":":
            pieces.append(" ")
        before = part
    return "".join((*pieces, "\n"))


class _Reader:
    """Follows the tokens of a text that is known to be JSON."""

    def __init__(self, source: str) -> None:
        self.texts: list[Text] = []
        self.spans: dict[Path, tuple[int, int]] = {}
        self._source = source
        self._open: list[tuple[Path, int, bool]] = []  # path, start, whether an object
        self._path: Path = ()
        self._key_next = False

    def take(self, token: re.Match[str]) -> None:
        word = token[0]
        if word in ("{", "["):
            self._open.append((self._path, token.start(), word == "{"))
            self._key_next = word == "{"
            if word == "[":
                self._path = (*self._path, 0)
        elif word in ("}", "]"):
            self._path, start, _ = self._open.pop()
            self.spans[self._path] = (start, token.end())
            self._key_next = False
        elif word == ",":
            self._next_member()
        elif word != ":":
            self._scalar(word, token)

    def _next_member(self) -> None:
        holder, _, is_object = self._open[-1]
        self._key_next = is_object
        if not is_object:
            position = self._path[len(holder)]
            self._path = (*holder, int(position) + 1)

    def _scalar(self, word: str, token: re.Match[str]) -> None:
        is_key, self._key_next = self._key_next, False
        value: str = json.loads(word) if word.startswith('"') else ""
        if is_key:
            self._path = (*self._open[-1][0], value)
        else:
            self.spans[self._path] = token.span()
        if word.startswith('"'):
            self.texts.append(Text(self._path, *token.span(), value, is_key))


def _loaded(source: str) -> object:
    try:
        document: object = json.loads(source, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise JsonTextError(
            f"The text is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise JsonTextError("The text is nested too deeply to be a flow.") from None
    except ValueError as error:
        # NaN and its like, and numbers of more digits than Python converts.
        raise JsonTextError(f"The text is not JSON: {error}.") from None
    return document


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")
