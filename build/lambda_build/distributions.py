"""What a wheel adds to a zip: its files, its licence and what it asks for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from lambda_build import archive
from lambda_build.archive import Member
from lambda_build.checks import limits, native
from lambda_build.errors import BuildError
from lambda_build.lockfile import Pin, canonical
from lambda_build.manifest import Package
from lambda_build.target import Target
from lambda_build.wheels import WheelCache

# Tests, caches, type information and the sources of extension modules do nothing in a Lambda.
_DROPPED_FOLDERS: Final = frozenset({"__pycache__", "test", "tests"})
_DROPPED_SUFFIXES: Final = frozenset(
    {".c", ".cc", ".cpp", ".h", ".hpp", ".pth", ".pxd", ".pxi", ".pyc", ".pyi", ".pyo", ".pyx"}
)
_DROPPED_NAMES: Final = frozenset({"py.typed"})
# entry_points.txt is how plugins find each other at run time.
_KEPT_METADATA: Final = re.compile(
    r"METADATA|entry_points\.txt|licenses/.*|(LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*",
    re.IGNORECASE,
)
_LONGEST_LICENCE_NAME: Final = 60  # the field may hold the whole text


@dataclass(frozen=True)
class Distribution:
    """A dependency.

    Attributes:
        package: what it is.
        requires: what it needs, in its own words.
        requires_python: the Python versions it is for, in its own words.
        contents: its files, by their path in the zip.
    """

    package: Package
    requires: tuple[str, ...]
    requires_python: str
    contents: Mapping[str, bytes]


def load(cache: WheelCache, pin: Pin, target: Target) -> Distribution:
    """Return the distribution of ``pin``, from its verified wheel.

    Raises:
        BuildError: the wheel is not in the cache, is not for the target, or cannot go into a
            Lambda.
    """
    found = cache.get(pin)
    if found is None:
        raise BuildError(f"The wheel of {pin} left the cache during the build: build again.")
    digest, wheel = found
    try:
        members = tuple(archive.members(wheel))
        _refuse_bomb(members)
        contents = {
            path: member.content()
            for member in members
            if (path := _path_in_zip(member.name)) is not None
        }
        tags = [
            tag
            for member in members
            if member.name.count("/") == 1 and member.name.endswith(".dist-info/WHEEL")
            for tag in _fields(member.content().decode("utf-8", errors="replace")).get("tag", ())
        ]
    except BuildError as error:
        raise BuildError(f"The wheel of {pin} is not usable: {error}") from error
    if not any(target.accepts(tag) for tag in tags):
        raise BuildError(
            f"The wheel of {pin} is for {' and '.join(tags) or 'nothing it names'}, and "
            f"{target.description} are wanted: run make lock."
        )
    fault = native.fault(contents, target)
    if fault is not None:
        raise BuildError(f"The wheel of {pin} {fault}.")
    return _distribution(pin, digest, contents)


def _refuse_bomb(members: Iterable[Member]) -> None:
    """Refuse before unpacking what is too large for a Lambda by its own account."""
    unpacked = sum(member.size for member in members)
    if unpacked > limits.LAMBDA.unpacked:
        raise BuildError(f"it unpacks to {unpacked / 2**20:.0f} MB, more than Lambda takes.")


def compressed(cache: WheelCache, distribution: Distribution) -> tuple[Member, ...]:
    """Return a distribution's files, compressed.

    Compressing is most of a build's work, so its result is kept beside the wheels. It is used only
    where it unpacks to the very bytes of the verified wheel: what lies in a cache can save time,
    never change contents.
    """
    digest, contents = distribution.package.sha256, distribution.contents
    compressor = hashlib.sha256(archive.COMPRESSOR.encode()).hexdigest()[:12]
    kept = cache.root / "compressed" / f"{digest}-{compressor}.zip"
    try:
        members = tuple(archive.members(kept.read_bytes()))
        if len(members) == len(contents) and all(
            member.content() == contents.get(member.name) for member in members
        ):
            return members
    except (OSError, BuildError):
        pass  # absent or damaged: made again below
    members = tuple(archive.compress(path, content) for path, content in contents.items())
    kept.parent.mkdir(parents=True, exist_ok=True)
    with cache.scratch() as folder:
        (folder / "new").write_bytes(archive.pack(members))
        (folder / "new").replace(kept)
    return members


def _path_in_zip(path: str) -> str | None:
    """Return where a wheel's file belongs in the zip, or nothing if it is left out."""
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or "\\" in path or not parts:
        raise BuildError(f"it would write outside the zip ({path}).")
    if parts[0].endswith(".data"):
        # Scripts, headers and data files have no place in a Lambda.
        if len(parts) < 3 or parts[1] not in {"purelib", "platlib"}:  # noqa: PLR2004
            return None
        parts = parts[2:]
    if parts[0].endswith(".dist-info"):
        return "/".join(parts) if _KEPT_METADATA.fullmatch("/".join(parts[1:])) else None
    dropped = (
        not _DROPPED_FOLDERS.isdisjoint(parts[:-1])
        or parts[-1] in _DROPPED_NAMES
        or PurePosixPath(parts[-1]).suffix in _DROPPED_SUFFIXES
    )
    return None if dropped else "/".join(parts)


def _distribution(pin: Pin, digest: str, contents: Mapping[str, bytes]) -> Distribution:
    texts = [text for path, text in contents.items() if path.endswith(".dist-info/METADATA")]
    if len(texts) != 1:
        raise BuildError(f"The wheel of {pin} has {len(texts)} METADATA files instead of one.")
    fields = _fields(texts[0].decode("utf-8", errors="replace"))
    name = next(iter(fields.get("name", ())), "")
    version = next(iter(fields.get("version", ())), "")
    if canonical(name) != canonical(pin.name) or not _same(version, pin.version):
        raise BuildError(
            f"The lock gives {pin} a hash that belongs to {name} {version}: run make lock."
        )
    return Distribution(
        Package(canonical(name), version, _licence(fields), digest),
        tuple(fields.get("requires-dist", ())),
        next(iter(fields.get("requires-python", ())), ""),
        contents,
    )


def _same(version: str, other: str) -> bool:
    """Compare versions, some of which are written in two ways (1.0.post1 and 1.0-1)."""
    if version == other:
        return True
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - slow, seldom needed

    try:
        return Version(version) == Version(other)
    except InvalidVersion:
        return False


def _licence(fields: dict[str, list[str]]) -> str:
    for field in ("license-expression", "license"):
        for value in fields.get(field, ()):
            if value and len(value) <= _LONGEST_LICENCE_NAME and "\n" not in value:
                return value
    names = [
        value.rsplit(" :: ", 1)[1]
        for value in fields.get("classifier", ())
        if value.startswith("License :: ") and value != "License :: OSI Approved"
    ]
    return " AND ".join(names) or "unknown"


def _fields(metadata: str) -> dict[str, list[str]]:
    """Return the header fields of a METADATA file by lower-case name."""
    fields: dict[str, list[str]] = {}
    last: list[str] = []
    for line in metadata.splitlines():
        if not line.strip():
            break  # the description follows
        if line[0] in " \t|" and last:
            last[-1] += "\n" + line.strip()
            continue
        name, _, value = line.partition(":")
        last = fields.setdefault(name.strip().lower(), [])
        last.append(value.strip())
    return fields
