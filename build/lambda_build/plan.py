"""What is to be built, and whether an earlier build did it already."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import deflate

from lambda_build import lockfile, sources, target
from lambda_build.errors import BuildError
from lambda_build.lockfile import Pin
from lambda_build.manifest import LambdaArtifact, Manifest
from lambda_build.sources import LambdaSource


@dataclass(frozen=True)
class Step:
    """What a build does right now, for a progress display.

    Attributes:
        name: the Lambda, or ``""`` for work on all of them.
        doing: a few words, such as ``compressing``.
    """

    name: str
    doing: str


Progress = Callable[[Step], None]


def silent(_: Step) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class Plan:
    """A Lambda to be built: everything its zip is made from, read once."""

    source: LambdaSource
    pins: tuple[Pin, ...]
    files: Mapping[str, bytes]
    inputs: str
    seconds: float


def read(source: LambdaSource, repo: Path) -> Plan:
    """Read everything that the zip of ``source`` is made from.

    Raises:
        BuildError: its lock is missing, stale or not a lock, or a source cannot be read.
    """
    started = time.perf_counter()
    current = lockfile.inputs_digest(source.requirements, target.DESCRIPTION)
    if not lockfile.is_current(source.lock, current):
        relative = source.lock.relative_to(repo)
        raise BuildError(
            f"{relative} is missing or older than {sources.REQUIREMENTS} beside it: run make lock."
        )
    pins = lockfile.pins(source.lock)
    shared = source.folder.parent / sources.SHARED
    files = {**sources.read(source.folder), **sources.read(shared)}
    return Plan(source, pins, files, _inputs(source, pins, files), time.perf_counter() - started)


def reusable(plan: Plan, previous: Manifest | None) -> LambdaArtifact | None:
    """Return the artefact of an earlier build if it is what this plan would give."""
    if previous is None:
        return None
    artifact = previous.lambdas.get(plan.source.name)
    if artifact is None or artifact.inputs != plan.inputs:
        return None
    started = time.perf_counter()
    try:
        content = artifact.zip.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != artifact.sha256:
        return None
    seconds = plan.seconds + time.perf_counter() - started
    return replace(artifact, outcome="reused", seconds=seconds)


def _inputs(source: LambdaSource, pins: tuple[Pin, ...], files: Mapping[str, bytes]) -> str:
    """Digest everything that a zip's bytes and verdicts depend on."""
    parts = {
        "handler": source.handler,
        "rules": RULES,
        "compressor": deflate.__version__,
        "pins": [[pin.name, pin.version, *pin.hashes] for pin in pins],
        "files": {path: hashlib.sha256(content).hexdigest() for path, content in files.items()},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _digest_of_this_package() -> str:
    """Digest the build itself: a changed rule must rebuild, without anyone counting versions."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


RULES: Final = _digest_of_this_package()
