"""Making one lock file: pip-compile resolves it, pip fetches it, the wheels' metadata proves it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lambda_build import distributions, lockfile, pip, proof
from lambda_build.errors import NoWheel
from lambda_build.lockfile import Pin, canonical
from lambda_build.locking import LockJob
from lambda_build.target import PURE, Target
from lambda_build.wheels import WheelCache

_COMPILE_OPTIONS: Final = (
    "--quiet",
    "--no-config",
    "--generate-hashes",
    "--allow-unsafe",
    "--strip-extras",
    "--no-header",
    # A lock says what is installed. Where from is the business of each machine.
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-emit-trusted-host",
    "--no-emit-options",
    "--newline=lf",
)
_ENTRY: Final = re.compile(
    r"^(?P<pin>(?P<name>[A-Za-z0-9._-]+)==[^\\\n]*?) \\\n(?: +--hash=.*\n)+", re.MULTILINE
)


def make(repo: Path, job: LockJob, *, upgrade: bool) -> None:
    """Resolve, prove and write the lock of ``job``; see :func:`lambda_build.lock`."""
    cache = WheelCache(repo)
    wanted = lockfile.requirements(job.requirements)
    proof.refuse_malformed(wanted)
    with cache.alone(), cache.scratch() as folder:
        new = folder / job.lock.relative_to(repo)
        new.parent.mkdir(parents=True, exist_ok=True)
        new.touch()
        if wanted:
            _compile(repo, job, folder, upgrade=upgrade)
        if job.zip_target is not None:
            _prove(cache, new, wanted, job.zip_target)
        body = new.read_text(encoding="utf-8")
    digest = lockfile.inputs_digest(job.requirements, job.target)
    beside = job.lock.with_name(f".{job.lock.name}.new")
    try:
        beside.write_text(lockfile.header(digest, job.target) + body, encoding="utf-8")
        beside.replace(job.lock)
    finally:
        beside.unlink(missing_ok=True)


def _compile(repo: Path, job: LockJob, folder: Path, *, upgrade: bool) -> None:
    """Run pip-compile in ``folder``, on copies: nothing in the clone is half-written."""
    requirements = job.requirements.relative_to(repo)
    lock = job.lock.relative_to(repo)
    shutil.copyfile(job.requirements, folder / requirements)
    if job.lock.exists():
        shutil.copyfile(job.lock, folder / lock)  # its pins are what is kept
    arguments = [*job.command, *_COMPILE_OPTIONS, f"--output-file={lock}"]
    if job.pip_arguments:
        arguments.append(f"--pip-args={' '.join(job.pip_arguments)}")
    if upgrade:
        arguments.append("--upgrade")
    pip.run([*arguments, str(requirements)], cwd=folder, target=job.target)


def _prove(cache: WheelCache, lock: Path, wanted: tuple[str, ...], target: Target) -> None:
    """Fetch what a new lock names, reduce it to those files and check that nothing is missing.

    pip-tools lists the hash of every file of a release. Only one of them can go into the zip, and
    a lock with that one alone decides the zip's contents by itself.

    Raises:
        BuildError: there is no wheel for the target, or the lock does not meet a requirement.
    """
    digests = _fetch(cache, lockfile.pins(lock), target)
    text = lock.read_text(encoding="utf-8")
    lock.write_text(_with_one_hash(text, digests), encoding="utf-8")
    loaded = [distributions.load(cache, pin, target) for pin in lockfile.pins(lock)]
    proof.dependencies(loaded, wanted, target)


def _fetch(cache: WheelCache, pins: tuple[Pin, ...], target: Target) -> Mapping[str, str]:
    """Return the digest of the wheel to lock for each package, by its canonical name.

    Whatever is cached already, pip chooses anew: what lies there may be for another target.
    """
    if not pins:
        return {}
    if target == PURE:
        return cache.fetch(pins, PURE)
    digests: dict[str, str] = {}
    for pin in pins:
        try:
            digests |= cache.fetch([pin], PURE)
        except NoWheel:
            digests |= cache.fetch([pin], target)
    return digests


def _with_one_hash(text: str, digests: Mapping[str, str]) -> str:
    def one(match: re.Match[str]) -> str:
        return f"{match['pin']} \\\n    --hash=sha256:{digests[canonical(match['name'])]}\n"

    return _ENTRY.sub(one, text)
