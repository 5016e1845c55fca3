"""From sources and locks to zips and a manifest."""

from __future__ import annotations

from pathlib import Path

from lambda_build import interpreter, sources
from lambda_build.errors import Unavailable
from lambda_build.manifest import Manifest, previous_manifest
from lambda_build.plan import Plan, Progress, read, reusable, silent


def build(
    repo: Path, *, dist: Path, bytecode: str = interpreter.ANY, progress: Progress = silent
) -> Manifest:
    """Build every Lambda of a repository.

    What is already built from the same inputs is left alone. An error leaves ``dist`` as it was; a
    build that is killed leaves either the old manifest, the new one or none, and never one that
    does not match the zips beside it.

    Args:
        repo: the clone, with ``lambda_src/``; ``.cache/`` in it keeps what was downloaded.
        dist: where zips and ``manifest.json`` go; made if need be.
        bytecode: ``any`` for bytecode where a Python of the Lambdas' minor version is at hand,
            ``none`` for sources alone, ``3.13`` to fail without, or a full version to fail without
            that very Python. The manifest says what came of it.
        progress: told of each step.

    Returns:
        The manifest as written, with what was done for each Lambda.

    Raises:
        BuildError: something must not or cannot be built.
    """
    try:
        found = interpreter.find(repo, bytecode)
        plans = tuple(read(source, repo, found) for source in sources.find(repo))
    except OSError as error:
        raise Unavailable(
            f"{error.filename} cannot be read ({error.strerror}): give the right to read it."
        ) from error
    ready = _reusable(plans, dist)
    if ready is not None:
        return ready
    # What follows is not needed, nor imported, when nothing has changed.
    from lambda_build import assembly  # noqa: PLC0415

    return assembly.assemble(repo, plans, dist, progress)


def _reusable(plans: tuple[Plan, ...], dist: Path) -> Manifest | None:
    previous = previous_manifest(dist)
    if previous is None or set(previous.lambdas) != {plan.source.name for plan in plans}:
        return None
    artifacts = {}
    for plan in plans:
        artifact = reusable(plan, previous)
        if artifact is None:
            return None
        artifacts[artifact.name] = artifact
    return Manifest(previous.path, artifacts)
