"""Lock files: reading pins and hashes, telling whether a lock still answers its requirements."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lambda_build.errors import BuildError

_DIGEST_LINE: Final = "# inputs: sha256:"
_PIN: Final = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==(?P<version>[^\s;]+)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})(?=\s|$)")
_NOT_IN_AN_INDEX: Final = re.compile(r"://|^[./~]|^git\+|\.whl$|\.tar\.gz$")
_COMMENT: Final = re.compile(r"(^|\s)#.*")
_NAME_SEPARATORS: Final = re.compile(r"[-_.]+")


@dataclass(frozen=True)
class Pin:
    """One locked package: the only versions and files that may be installed for it."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def line(self) -> str:
        """Return it as a line of a requirements file."""
        hashes = " ".join(f"--hash=sha256:{digest}" for digest in self.hashes)
        return f"{self.name}=={self.version} {hashes}"

    def __str__(self) -> str:
        """Name it as people do."""
        return f"{self.name} {self.version}"


def canonical(name: str) -> str:
    """Return a distribution's name in its normal form (PEP 503)."""
    return _NAME_SEPARATORS.sub("-", name).lower()


def requirements(path: Path) -> tuple[str, ...]:
    """Return the requirements of a ``requirements.in``, without comments and blank lines.

    Raises:
        BuildError: a line is an option, an address or a file, none of which a lock can cover.
    """
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        wanted = _COMMENT.sub("", line).strip()
        if wanted.startswith("-"):
            raise BuildError(
                f"{path} says {wanted.split()[0]}, which a lock cannot cover: name the packages "
                "themselves, and configure the index in pip."
            )
        if _NOT_IN_AN_INDEX.search(wanted):
            raise BuildError(
                f"{path} names an address or a file ({wanted.split('://')[0]}), which a lock "
                "cannot cover: name the package and its version, and configure the index in pip."
            )
        if wanted.endswith("\\"):
            raise BuildError(f"{path} goes on over a line ({wanted}): write it in one.")
        if wanted:
            lines.append(wanted)
    return tuple(lines)


def inputs_digest(path: Path, target: str) -> str:
    """Return the digest of what a lock is made from: the requirements and the target in words."""
    text = "\n".join((target, *sorted(requirements(path))))
    return hashlib.sha256(text.encode()).hexdigest()


def header(digest: str, target: str) -> str:
    """Return the first lines of a lock file; the second lets a check do without the network."""
    return f"# Locked for {target} by `make lock`.\n{_DIGEST_LINE}{digest}\n"


def is_current(path: Path, digest: str) -> bool:
    """Say whether the lock at ``path`` was made from the inputs with this digest."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return f"\n{_DIGEST_LINE}{digest}\n" in text


def pins(path: Path) -> tuple[Pin, ...]:
    """Return what a lock file pins, in the order of the file.

    Raises:
        BuildError: there is no lock, or a line in it is not a pinned package with hashes.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise BuildError(f"{path} does not exist: run make lock.") from error
    found = tuple(_pin(path, line) for line in _logical_lines(text))
    names = [canonical(pin.name) for pin in found]
    for name in names:
        if names.count(name) > 1:
            raise BuildError(f"{path} pins {name} twice: run make lock.")
    return found


def _pin(path: Path, line: str) -> Pin:
    match = _PIN.match(line)
    hashes = tuple(_HASH.findall(line))
    if match is None or not hashes:
        raise BuildError(
            f"{path} has a line that is not a pinned package with SHA-256 hashes "
            f"({line.split(maxsplit=1)[0]}): run make lock."
        )
    return Pin(match["name"], match["version"], hashes)


def _logical_lines(text: str) -> Iterator[str]:
    """Join continued lines and drop comments."""
    pending = ""
    for raw in text.splitlines():
        # What a reviewer takes for a comment must not be a hash.
        line = _COMMENT.sub("", raw).strip()
        if not line and raw.strip():
            continue
        if line.endswith("\\"):
            pending += line[:-1] + " "
            continue
        whole = (pending + line).strip()
        pending = ""
        if whole:
            yield whole
    if pending.strip():
        yield pending.strip()
