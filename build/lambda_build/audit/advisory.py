"""An advisory in the OSV format (https://ossf.github.io/osv-schema/), as far as PyPI goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from packaging.version import InvalidVersion, Version

from lambda_build.lockfile import canonical

ECOSYSTEM: Final = "PyPI"
_LONGEST_SUMMARY: Final = 120  # characters; some advisories put their whole text there


@dataclass(frozen=True)
class Range:
    """A stretch of versions, from the first that has the fault on.

    Attributes:
        introduced: the first version; ``0`` is before any other.
        fixed: the first version without the fault, if there is one.
        last_affected: the last version with it, where no fixed one is known.
    """

    introduced: str
    fixed: str = ""
    last_affected: str = ""


@dataclass(frozen=True)
class Affected:
    """A package and those of its versions that have the fault."""

    name: str
    versions: frozenset[str]
    ranges: tuple[Range, ...]

    def has(self, version: str) -> bool:
        """Say whether a version has the fault."""
        number = _version(version)
        if version in self.versions:
            return True
        if number is None:
            return False
        listed = (_version(one) for one in self.versions)
        return number in listed or any(_within(number, one) for one in self.ranges)


@dataclass(frozen=True)
class Advisory:
    """A known vulnerability.

    Attributes:
        id: its name in the database it comes from.
        aliases: its names elsewhere, such as a CVE number.
        summary: a line about it; may be empty.
        affected: the packages on PyPI that have it.
    """

    id: str
    aliases: tuple[str, ...]
    summary: str
    affected: tuple[Affected, ...]

    def affects(self, name: str, version: str) -> bool:
        """Say whether a package at a version has it."""
        return any(one.name == canonical(name) and one.has(version) for one in self.affected)

    def fixed_in(self, name: str) -> tuple[str, ...]:
        """Return the versions of a package that mend it, as the database lists them."""
        return tuple(
            stretch.fixed
            for one in self.affected
            if one.name == canonical(name)
            for stretch in one.ranges
            if stretch.fixed
        )


def parse(document: object) -> Advisory | None:
    """Read an advisory; nothing if it was withdrawn or is about nothing on PyPI.

    Raises:
        KeyError, TypeError: the document is not in the OSV format.
    """
    entry = _mapping(document)
    if entry.get("withdrawn"):
        return None
    affected = tuple(
        Affected(
            canonical(str(_mapping(one["package"])["name"])),
            frozenset(str(version) for version in _list(one.get("versions"))),
            tuple(_ranges(one)),
        )
        for one in map(_mapping, _list(entry.get("affected")))
        if _mapping(one.get("package") or {}).get("ecosystem") == ECOSYSTEM
    )
    if not affected:
        return None
    text = str(entry.get("summary") or entry.get("details") or "").strip()
    return Advisory(
        id=str(entry["id"]),
        aliases=tuple(str(alias) for alias in _list(entry.get("aliases"))),
        summary=text.split("\n", 1)[0][:_LONGEST_SUMMARY],
        affected=affected,
    )


def _ranges(affected: Mapping[str, object]) -> Iterator[Range]:
    for stretch in map(_mapping, _list(affected.get("ranges"))):
        if stretch.get("type") != "ECOSYSTEM":
            continue  # commits, which a released package does not tell
        introduced = ""
        for event in map(_mapping, _list(stretch.get("events"))):
            if "introduced" in event:
                introduced = str(event["introduced"])
            elif introduced and ("fixed" in event or "last_affected" in event):
                fixed, last = str(event.get("fixed", "")), str(event.get("last_affected", ""))
                yield Range(introduced, fixed, last)
                introduced = ""
        if introduced:
            yield Range(introduced)


def _within(number: Version, stretch: Range) -> bool:
    first, fixed, last = map(_version, (stretch.introduced, stretch.fixed, stretch.last_affected))
    return (
        (first is None or number >= first)
        and (fixed is None or number < fixed)
        and (last is None or number <= last)
    )


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{value!r} is not an object")
    return value


def _list(value: object) -> Sequence[object]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is not a list")
    return value
