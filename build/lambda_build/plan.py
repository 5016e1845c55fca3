"""What is to be built, and whether an earlier build did it already."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cyclonedx
import deflate

from lambda_build import lockfile, sbom, sources
from lambda_build.errors import BuildError
from lambda_build.interpreter import NONE, Interpreter
from lambda_build.lockfile import Pin
from lambda_build.manifest import LambdaArtifact, Manifest
from lambda_build.sources import LambdaSource
from lambda_build.target import Target


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
    """A Lambda to be built: everything its zip is made from, read once.

    Attributes:
        source: its folder.
        target: what it is to run on.
        requirements: what it asks for.
        pins: what it gets.
        files: its own and the shared files, by path in the zip.
        interpreter: what compiles its bytecode, if anything.
        lock: digest of requirements and pins.
        inputs: digest of everything.
        seconds: how long reading took.
    """

    source: LambdaSource
    target: Target
    requirements: tuple[str, ...]
    pins: tuple[Pin, ...]
    files: Mapping[str, bytes]
    interpreter: Interpreter | None
    lock: str
    inputs: str
    seconds: float

    @property
    def bytecode_python(self) -> str:
        """The full version of the Python that compiles, or ``none``."""
        return self.interpreter.version if self.interpreter else NONE


def read(source: LambdaSource, repo: Path, interpreter: Interpreter | None) -> Plan:
    """Read everything that the zip of ``source`` is made from.

    Raises:
        BuildError: its lock is missing, stale or not a lock, or a source cannot be read.
    """
    started = time.perf_counter()
    target = source.target
    current = lockfile.inputs_digest(source.requirements, target.description)
    if not lockfile.is_current(source.lock, current):
        relative = source.lock.relative_to(repo)
        raise BuildError(
            f"{relative} is missing or older than {sources.REQUIREMENTS} beside it: run make lock."
        )
    pins = lockfile.pins(source.lock)
    shared = source.folder.parent / sources.SHARED
    files = {**sources.read(source.folder), **sources.read(shared)}
    requirements = lockfile.requirements(source.requirements)
    lock = _digest(
        [target.name, sorted(requirements), [[pin.name, pin.version, *pin.hashes] for pin in pins]]
    )
    inputs = _digest(
        {
            "handler": source.handler,
            "rules": RULES,
            "lock": lock,
            "bytecode": interpreter.version if interpreter else NONE,
            "files": {path: hashlib.sha256(content).hexdigest() for path, content in files.items()},
        }
    )
    seconds = time.perf_counter() - started
    return Plan(source, target, requirements, pins, files, interpreter, lock, inputs, seconds)


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
    if sbom.read(artifact.sbom, artifact.sbom_sha256) is None:
        return None
    seconds = plan.seconds + time.perf_counter() - started
    return replace(artifact, outcome="reused", seconds=seconds)


def _digest(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _digest_of_this_package() -> str:
    """Digest the build itself: a changed rule must rebuild, without anyone counting versions."""
    root = Path(__file__).parent
    digest = hashlib.sha256(f"{deflate.__version__} {cyclonedx.__version__}".encode())
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


RULES: Final = _digest_of_this_package()
"""Digest of everything that is the build's own: its code, and the libraries that write files."""
