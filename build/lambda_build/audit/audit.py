"""Holding every lock of a repository against advisories."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lambda_build import lockfile, locking
from lambda_build.audit.advisory import Advisory
from lambda_build.lockfile import Pin, canonical


@dataclass(frozen=True)
class Vulnerable:
    """A locked package with a known vulnerability.

    Attributes:
        package: its canonical name.
        version: what is locked.
        advisory: what is known.
        locks: the lock files that have it.
    """

    package: str
    version: str
    advisory: Advisory
    locks: tuple[Path, ...]


class Advisories(Protocol):
    """Where advisories come from."""

    def about(self, pins: Iterable[Pin]) -> tuple[Advisory, ...]:
        """Return at least the advisories that affect one of these packages."""


def audit(
    repo: Path, advisories: Advisories, *, ignored: Collection[str] = ()
) -> tuple[Vulnerable, ...]:
    """Return what is known against the packages of every lock, the Lambdas' and the tooling's.

    A vulnerability that is listed under several names counts once.

    Args:
        repo: the clone.
        advisories: the database or the service.
        ignored: ids or aliases of vulnerabilities that were looked into and do not matter here.

    Raises:
        BuildError: a lock cannot be read, or the advisories cannot be had.
    """
    locks: dict[tuple[str, str], list[Path]] = {}
    pins: dict[tuple[str, str], Pin] = {}
    for path in locking.lock_files(repo):
        for pin in lockfile.pins(path):
            key = (canonical(pin.name), pin.version)
            locks.setdefault(key, []).append(path)
            pins[key] = pin
    known = sorted(advisories.about(pins.values()), key=lambda advisory: advisory.id)
    found = []
    for (name, version), paths in sorted(locks.items()):
        told = set(ignored)
        for advisory in known:
            names = {advisory.id, *advisory.aliases}
            if names.isdisjoint(told) and advisory.affects(name, version):
                found.append(Vulnerable(name, version, advisory, tuple(paths)))
                told |= names
    return tuple(found)
