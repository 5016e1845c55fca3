"""Making zips: fetch, check, compress, and put the result into ``dist`` in one step."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lambda_build import archive, distributions, lockfile, manifest, sources, target
from lambda_build.checks import contents, imports, secrets
from lambda_build.errors import BuildError
from lambda_build.manifest import LambdaArtifact, Manifest
from lambda_build.plan import Plan, Progress, Step, reusable
from lambda_build.wheels import WheelCache

_WORK: Final = ".building-"


@dataclass(frozen=True)
class _Zip:
    """A zip in memory."""

    content: bytes
    unpacked_size: int
    packages: tuple[manifest.Package, ...]


def assemble(repo: Path, plans: tuple[Plan, ...], dist: Path, progress: Progress) -> Manifest:
    """Build what ``plans`` ask for and cannot be reused; see :func:`lambda_build.build`."""
    try:
        cache = WheelCache(repo)
        with cache.alone():
            return _assemble(cache, plans, dist, progress)
    except OSError as error:
        where = error.filename or dist
        raise BuildError(
            f"{where} cannot be written ({error.strerror or error}): make room or give the right "
            "to write there, and build again."
        ) from error


def _assemble(
    cache: WheelCache, plans: tuple[Plan, ...], dist: Path, progress: Progress
) -> Manifest:
    previous = manifest.previous_manifest(dist)
    artifacts = {
        artifact.name: artifact
        for plan in plans
        if (artifact := reusable(plan, previous)) is not None
    }
    to_build = [plan for plan in plans if plan.source.name not in artifacts]
    missing = cache.missing(pin for plan in to_build for pin in plan.pins)
    if missing:
        progress(Step("", f"fetching {len(missing)} wheels"))
        cache.fetch(missing)
    zips: dict[str, bytes] = {}
    for plan in to_build:
        started = time.perf_counter() - plan.seconds
        built = _zip(cache, plan, progress)
        zips[plan.source.name] = built.content
        artifacts[plan.source.name] = _artifact(plan, built, dist, time.perf_counter() - started)
    ordered = dict(sorted(artifacts.items()))
    _publish(dist, zips, ordered)
    return Manifest(dist / manifest.FILE, ordered)


def _zip(cache: WheelCache, plan: Plan, progress: Progress) -> _Zip:
    name = plan.source.name
    progress(Step(name, "checking"))
    _refuse(secrets.fault(plan.files))
    loaded = []
    for pin in plan.pins:
        progress(Step(name, f"adding {pin}"))
        loaded.append(distributions.load(cache, pin))
    _refuse(distributions.unmet(loaded, lockfile.requirements(plan.source.requirements)))
    files = {path: data for path, data in plan.files.items() if sources.belongs_in_zip(path)}
    _refuse(contents.shadow(name, files, loaded))
    members = {member.name: member for item in loaded for member in item.members}
    handler = f"{name}/{sources.HANDLER}"
    _refuse(imports.fault(name, files, (*files, *members), handler))
    progress(Step(name, "compressing"))
    members |= {path: archive.compress(path, data) for path, data in files.items()}
    content = archive.pack(members.values())
    unpacked = sum(member.size for member in members.values())
    _refuse(contents.oversize(name, len(content), unpacked, contents.LIMITS))
    packages = sorted((item.package for item in loaded), key=lambda package: package.name)
    return _Zip(content, unpacked, tuple(packages))


def _refuse(fault: str | None) -> None:
    if fault is not None:
        raise BuildError(fault)


def _artifact(plan: Plan, built: _Zip, dist: Path, seconds: float) -> LambdaArtifact:
    digest = hashlib.sha256(built.content)
    return LambdaArtifact(
        name=plan.source.name,
        zip=dist / f"{plan.source.name}.zip",
        handler=plan.source.handler,
        sha256=digest.hexdigest(),
        sha256_base64=base64.b64encode(digest.digest()).decode(),
        size=len(built.content),
        unpacked_size=built.unpacked_size,
        python=target.PYTHON,
        architectures=target.ARCHITECTURES,
        bytecode=target.BYTECODE,
        packages=built.packages,
        inputs=plan.inputs,
        outcome="built",
        seconds=seconds,
    )


def _publish(
    dist: Path, zips: Mapping[str, bytes], artifacts: Mapping[str, LambdaArtifact]
) -> None:
    """Put zips and manifest into ``dist``.

    Everything is written out beside its place first, so that a full disk is found before anything
    is touched. Then the old manifest goes, the zips come, and the manifest comes last: whenever
    this is killed, no manifest says anything that is not so.
    """
    dist.mkdir(parents=True, exist_ok=True)
    leftovers = [folder / manifest.FILE for folder in dist.glob(f"{_WORK}*")]
    known = [dist / manifest.FILE, *leftovers]
    named = {
        artifact.zip.name
        for path in known
        for artifact in manifest.previous_manifest(path.parent) or ()
    }
    work = Path(tempfile.mkdtemp(prefix=_WORK, dir=dist))
    try:
        for name, content in zips.items():
            _write(work / f"{name}.zip", content)
        _write(work / "new.json", manifest.render(artifacts).encode())
        if (dist / manifest.FILE).exists():
            (dist / manifest.FILE).replace(work / manifest.FILE)
        for name in zips:
            (work / f"{name}.zip").replace(dist / f"{name}.zip")
        for stale in named - {artifact.zip.name for artifact in artifacts.values()}:
            (dist / stale).unlink(missing_ok=True)
        (work / "new.json").replace(dist / manifest.FILE)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for leftover in leftovers:
        shutil.rmtree(leftover.parent, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
