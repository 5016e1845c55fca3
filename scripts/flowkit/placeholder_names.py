"""A readable name for every value that is taken out of a flow."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from flowkit.display_names import DisplayNames
from flowkit.jsontext import Path
from flowkit.literals import UUID
from flowkit.naming import numbered, words
from flowkit.placeholder_map import Entry
from flowkit.references import Kind, Reference, readable_part

__all__ = ["PlaceholderNames"]

_MAXIMUM = 80
_MAXIMUM_SUBJECT = 50
_FILE_ENDING = re.compile(r"\.(?:wav|mp3)$", re.IGNORECASE)
# Keys that say how a value stands there, not what it is.
_PLAIN_KEYS = frozenset(
    {"Text", "SSML", "Value", "Address", "Number", "Operands", "Id", "id", "Uri", "displayName"}
)
_KINDS_WITHOUT_FORM = {
    Kind.ACCOUNT: ["aws", "account", "id"],
    Kind.REGION: ["aws", "region"],
}
_KINDS_NAMED_BY_KEY = {Kind.PHONE_NUMBER, Kind.EMAIL_ADDRESS, Kind.SECRET, Kind.RESOURCE}


@dataclass(frozen=True)
class PlaceholderNames:
    """One entry a value, in the order of the flow."""

    entries: tuple[Entry, ...]
    _by_value: dict[str, str]

    @classmethod
    def of(
        cls, found: Iterable[tuple[Path, Reference]], displays: DisplayNames
    ) -> PlaceholderNames:
        """Name every value once: the same value has the same name wherever it stands.

        Args:
            found: the references with the paths of their strings, in order.
            displays: what the flow's metadata calls things.
        """
        uses: dict[str, list[tuple[Path, Reference]]] = {}
        for path, reference in found:
            uses.setdefault(reference.value, []).append((path, reference))
        shown = {
            value: next(
                (name for path, _ in places if (name := displays.of_reference(path, value))), ""
            )
            for value, places in uses.items()
        }
        by_id = {_tail(value): name for value, name in shown.items() if name}
        taken: dict[str, int] = {}
        entries = tuple(
            _entry(value, places, shown[value] or by_id.get(_tail(value), ""), displays, taken)
            for value, places in uses.items()
        )
        return cls(entries, {str(entry.value): entry.name for entry in entries})

    def of_value(self, value: str) -> str:
        """The name of a value."""
        return self._by_value[value]


def _entry(
    value: str,
    places: list[tuple[Path, Reference]],
    display: str,
    displays: DisplayNames,
    taken: dict[str, int],
) -> Entry:
    path, first = places[0]
    kind = next((use.kind for _, use in places if use.kind is not Kind.RESOURCE), first.kind)
    # Metadata often stands before the actions, and knows less about the value.
    path = next((place for place, _ in places if place[0] != "Metadata"), path)
    name = "_".join(_words(value, kind, path, display, displays.identifier(path)))
    return Entry(numbered(name, taken, link="_", maximum=_MAXIMUM), value, kind.value, display)


def _words(value: str, kind: Kind, path: Path, display: str, identifier: str) -> list[str]:
    if kind in _KINDS_WITHOUT_FORM:
        return _KINDS_WITHOUT_FORM[kind]
    subject = (
        words(_plain(display))
        or ([] if kind in _KINDS_NAMED_BY_KEY else words(readable_part(value)))
        or _key_words(path, kind)
        or ([] if UUID.fullmatch(identifier) else words(identifier))
    )
    if kind is Kind.SECRET:
        name = _short(subject) or ["secret"]
    else:
        name = _joined(_short(subject), kind.value.split("_"))
        form = _form(value, kind, path)
        name = [*name, form] if form and name[-1] != form else name
    # A name in Terraform does not begin with a digit.
    return name if name[0][0].isalpha() else [*kind.value.split("_"), *name]


def _form(value: str, kind: Kind, path: Path) -> str:
    if value.startswith("arn:") or (str(path[-1]).lower().endswith("arn") and _is_open(value)):
        return "arn"
    return "" if kind in (Kind.PHONE_NUMBER, Kind.EMAIL_ADDRESS) else "id"


def _is_open(value: str) -> bool:
    """Whether a value says nothing of its own form: another tool's placeholder, most often."""
    return not UUID.search(value)


def _plain(display: str) -> str:
    """A display name without a file's ending, and ``Info`` of ``Info<info@example.com>``."""
    before, _, _ = display.partition("<")
    return _FILE_ENDING.sub("", before if words(before) else display)


def _short(subject: list[str]) -> list[str]:
    """As many of the words as leave room for what comes after them."""
    while len("_".join(subject)) > _MAXIMUM_SUBJECT:
        subject = subject[:-1]
    return subject


def _joined(subject: list[str], kind: list[str]) -> list[str]:
    """Subject and kind without saying a word twice in a row: basic queue, queue."""
    while subject and subject[-1] in ("id", "arn"):
        subject = subject[:-1]
    if kind == ["resource"]:
        return subject or kind
    for length in range(len(kind), 0, -1):
        if subject[-length:] == kind[:length]:
            return [*subject, *kind[length:]]
    return [*subject, *kind]


def _key_words(path: Path, kind: Kind) -> list[str]:
    """The name of an attribute or of a parameter, where that tells more than the kind."""
    keys = [step for step in path if isinstance(step, str)]
    if keys[-1] in _PLAIN_KEYS and len(keys) > 1:
        keys = keys[:-1]
    of_attribute = len(keys) > 1 and keys[-2].endswith("Attributes")
    if keys[-1] in _PLAIN_KEYS | {"Parameters", "Condition"}:
        return []
    return words(keys[-1]) if of_attribute or kind in _KINDS_NAMED_BY_KEY else []


def _tail(value: str) -> str:
    """The bare id at the end of an ARN, to name a bare id as its ARN is named."""
    return value.rpartition("/")[2].partition(":")[0] if value.startswith("arn:") else value
