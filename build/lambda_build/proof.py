"""What proves a lock right, however it was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from lambda_build import target as targets
from lambda_build.distributions import Distribution
from lambda_build.errors import BuildError
from lambda_build.lockfile import canonical
from lambda_build.target import Target

DIRECT = "requirements.in"
"""Stands for the Lambda itself among those that need something."""


def dependencies(
    distributions: Iterable[Distribution], direct: Iterable[str], target: Target
) -> Mapping[str, frozenset[str]]:
    """Prove that locked packages meet every requirement, and say who needs what.

    Every requirement, direct or of another package, that applies on the target (all its machines)
    must be locked at a version it allows, and each package must be needed and be for the target's
    Python.

    Args:
        distributions: everything that is locked.
        direct: the lines of ``requirements.in``.
        target: what they are to run on.

    Returns:
        the packages that each package needs, all by canonical name; those that
        ``requirements.in`` itself names under :data:`DIRECT`.

    Raises:
        BuildError: a requirement is not met, or a package is nobody's.
    """
    locked = {item.package.name: item for item in distributions}
    for item in locked.values():
        if item.requires_python and not _allows(item.requires_python, targets.PYTHON):
            raise BuildError(
                f"{item.package.name} {item.package.version} is for Python {item.requires_python} "
                f"and the Lambdas run on {targets.PYTHON}: run make lock."
            )
    needs: dict[str, set[str]] = {DIRECT: set()}
    for machine in target.machines:
        environment = dict(targets.marker_environment(machine))
        todo = [(_parse(line, DIRECT), DIRECT, "") for line in direct]
        seen = set()
        while todo:
            wanted, owner, extra = todo.pop()
            if wanted.marker and not wanted.marker.evaluate(environment | {"extra": extra}):
                continue
            found = _met(wanted, owner, locked)
            name = found.package.name
            needs.setdefault(owner, set()).add(name)
            for of_extra in ("", *sorted(wanted.extras)):
                if (name, of_extra) not in seen:
                    seen.add((name, of_extra))
                    todo += [(_parse(text, name), name, of_extra) for text in found.requires]
    needless = locked.keys() - set().union(*needs.values())
    if needless:
        raise BuildError(
            f"{min(needless)} is locked and nothing needs it: run make lock, and find out how it "
            "came there."
        )
    return {owner: frozenset(names) for owner, names in needs.items()}


def _met(wanted: Requirement, owner: str, locked: Mapping[str, Distribution]) -> Distribution:
    found = locked.get(canonical(wanted.name))
    if found is None:
        raise BuildError(f"{owner} needs {wanted.name}, which is not locked: run make lock.")
    if not wanted.specifier.contains(found.package.version, prereleases=True):
        raise BuildError(
            f"{owner} needs {wanted.name}{wanted.specifier} and {found.package.version} is "
            "locked: run make lock."
        )
    return found


def refuse_malformed(requirements: Iterable[str]) -> None:
    """Refuse, before anything is fetched, what pip could make no sense of.

    Raises:
        BuildError: the first line that is not a requirement.
    """
    for text in requirements:
        _parse(text, DIRECT)


def _parse(text: str, owner: str) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        raise BuildError(
            f"{owner} asks for {text!r}, which is not a requirement: write a name and, if need be, "
            "versions, extras and a marker."
        ) from error


def _allows(specifier: str, version: str) -> bool:
    """Say whether a Requires-Python allows a version; pip ignores one that it cannot read."""
    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except InvalidSpecifier:
        return True
