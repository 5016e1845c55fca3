"""What a wheel adds to a zip: its files, its licence and what it asks for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from lambda_build import archive, target
from lambda_build.archive import Member
from lambda_build.errors import BuildError
from lambda_build.lockfile import Pin, canonical
from lambda_build.manifest import Package
from lambda_build.wheels import WheelCache

# Tests, caches, type information and the sources of extension modules do nothing in a Lambda.
_DROPPED_FOLDERS: Final = frozenset({"__pycache__", "test", "tests"})
_DROPPED_SUFFIXES: Final = frozenset(
    {".c", ".cc", ".cpp", ".h", ".hpp", ".pth", ".pxd", ".pxi", ".pyc", ".pyi", ".pyo", ".pyx"}
)
_DROPPED_NAMES: Final = frozenset({"py.typed"})
_NATIVE: Final = re.compile(r"\.(so(\.[0-9.]+)?|pyd|dll|dylib)$")
# entry_points.txt is how plugins find each other at run time.
_KEPT_METADATA: Final = re.compile(
    r"METADATA|entry_points\.txt|licenses/.*|(LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*",
    re.IGNORECASE,
)
_LONGEST_LICENCE_NAME: Final = 60  # the field may hold the whole text


@dataclass(frozen=True)
class Distribution:
    """A dependency, ready for the zip."""

    package: Package
    requires: tuple[str, ...]
    members: tuple[Member, ...]


def load(cache: WheelCache, pin: Pin) -> Distribution:
    """Return the distribution of ``pin`` with its files compressed.

    Compressing is most of a build's work, so its result is kept beside the wheels. It is used only
    where it unpacks to the very bytes of the verified wheel: what lies in a cache can save time,
    never change contents.

    Raises:
        BuildError: the wheel is not in the cache, or cannot go into a Lambda.
    """
    found = cache.get(pin)
    if found is None:
        raise BuildError(f"The wheel of {pin} left the cache during the build: build again.")
    digest, wheel = found
    try:
        contents = {
            path: member.content()
            for member in archive.members(wheel)
            if (path := _path_in_zip(member.name)) is not None
        }
    except BuildError as error:
        raise BuildError(f"The wheel of {pin} is not usable: {error}") from error
    native = next((path for path in contents if _NATIVE.search(path)), None)
    if native is not None:
        raise BuildError(
            f"The wheel of {pin} holds compiled code ({native}), which does not run on both of "
            f"{' and '.join(target.ARCHITECTURES)}: choose a version that is pure Python."
        )
    package, requires = _metadata(pin, contents)
    return Distribution(package, requires, _compressed(cache, digest, contents))


def _compressed(cache: WheelCache, digest: str, contents: dict[str, bytes]) -> tuple[Member, ...]:
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
    if path.startswith("/") or ".." in parts or "\\" in path:
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


def _metadata(pin: Pin, contents: dict[str, bytes]) -> tuple[Package, tuple[str, ...]]:
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
    package = Package(canonical(name), version, _licence(fields))
    return package, tuple(fields.get("requires-dist", ()))


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


def unmet(distributions: Iterable[Distribution], direct: Iterable[str]) -> str | None:
    """Return a sentence about the first requirement that the locked packages do not meet.

    This is what proves a lock right, however it was made: every requirement, direct or of another
    package, that applies on the target (either instruction set) is locked at a version it allows.

    Args:
        distributions: everything that is locked.
        direct: the lines of ``requirements.in``.
    """
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - slow

    locked = {item.package.name: item for item in distributions}

    def parse(text: str, owner: str) -> Requirement:
        try:
            return Requirement(text)
        except InvalidRequirement as error:
            raise BuildError(f"{owner} asks for {text!r}, which is not a requirement.") from error

    for machine in target.MACHINES:
        environment = dict(target.marker_environment(machine))
        todo = [(parse(line, "requirements.in"), "requirements.in", "") for line in direct]
        seen = set()
        while todo:
            wanted, owner, extra = todo.pop()
            if wanted.marker and not wanted.marker.evaluate(environment | {"extra": extra}):
                continue
            found = locked.get(canonical(wanted.name))
            if found is None:
                return f"{owner} needs {wanted.name}, which is not locked: run make lock."
            if not wanted.specifier.contains(found.package.version, prereleases=True):
                return (
                    f"{owner} needs {wanted.name}{wanted.specifier} and {found.package.version} "
                    "is locked: run make lock."
                )
            for of_extra in ("", *sorted(wanted.extras)):
                if (found.package.name, of_extra) not in seen:
                    seen.add((found.package.name, of_extra))
                    todo += [
                        (parse(text, found.package.name), found.package.name, of_extra)
                        for text in found.requires
                    ]
    return None
