"""Faults of a zip as a whole: files that hide others, and Lambda's limits."""

from __future__ import annotations

from collections.abc import Iterable

from lambda_build import stdlib, target
from lambda_build.checks import imports
from lambda_build.checks.limits import Limits
from lambda_build.distributions import Distribution


def shadow(name: str, paths: Iterable[str], distributions: Iterable[Distribution]) -> str | None:
    """Return a sentence about the first module that would hide another of the same name.

    Args:
        name: the Lambda.
        paths: the application's files by path in the zip.
        distributions: its dependencies.
    """
    owners = dict.fromkeys(imports.top_level(tuple(paths)), "")
    for module in sorted(owners):
        if module in stdlib.MODULES or module in target.RUNTIME_MODULES:
            return (
                f"{name}: the folder {module} hides the module {module} that Python or the Lambda "
                "runtime brings: give it another name."
            )
    files: dict[str, tuple[str, bytes]] = {}
    for distribution in distributions:
        package = distribution.package.name
        for module in sorted(imports.top_level(distribution.contents)):
            if module in stdlib.MODULES:
                return (
                    f"{name}: {package} hides the module {module} that Python brings: do without "
                    "it, or choose a version that leaves it out."
                )
            if module in owners:
                return (
                    f"{name}: the folder {module} shadows the module {module} of {package}: "
                    "give it another name."
                )
        for path, content in distribution.contents.items():
            other, same = files.setdefault(path, (package, content))
            if same != content:
                return (
                    f"{name}: {other} and {package} both bring {path}, with different contents: "
                    "do without one of them."
                )
    return None


def oversize(name: str, zipped: int, unpacked: int, limits: Limits) -> str | None:
    """Return a sentence if a zip of these sizes (bytes) is over one of Lambda's limits."""
    for size, limit, how in (
        (zipped, limits.zipped, "zipped"),
        (unpacked, limits.unpacked, "unpacked"),
    ):
        if size > limit:
            return (
                f"{name} is {size / 2**20:.1f} MB {how} and Lambda takes {limit / 2**20:.0f} MB: "
                "leave out a dependency."
            )
    return None
