"""Which files lock what, and which of the locks are stale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from lambda_build import lockfile, sources, target
from lambda_build.errors import BuildError, Unavailable
from lambda_build.plan import Progress, Step, silent
from lambda_build.target import Target

LockOutcome = Literal["current", "locked"]

_TOOLING: Final = "the tooling's Python"
_RUNTIME_LOCK: Final = "requirements-lambda-runtime.in"


@dataclass(frozen=True)
class Lock:
    """A lock file and what became of it."""

    path: Path
    outcome: LockOutcome


@dataclass(frozen=True)
class LockJob:
    """One requirements file to be locked."""

    requirements: Path
    lock: Path
    target: str
    command: tuple[str, ...]
    pip_arguments: tuple[str, ...]
    zip_target: Target | None
    """For a lock of a zip, which is one hash a package and proved: what runs it."""


def lock(
    repo: Path, *, check: bool = False, upgrade: bool = False, progress: Progress = silent
) -> tuple[Lock, ...]:
    """Bring every lock file of a repository up to date: each Lambda's and the tooling's.

    A lock whose requirements have not changed is left alone, and pins are kept where the
    requirements allow it, unless ``upgrade`` is set.

    Args:
        repo: the clone.
        check: only look, without the network.
        upgrade: take the newest versions that the requirements allow.
        progress: told of each lock that is made.

    Returns:
        Every lock file with what was done.

    Raises:
        BuildError: with ``check``, a lock is stale; otherwise, a lock cannot be made.
    """
    jobs = _jobs(repo)
    stale = [job for job in jobs if not _is_current(job)]
    if check:
        if stale:
            names = ", ".join(str(job.lock.relative_to(repo)) for job in stale)
            raise BuildError(
                f"{names} {'is' if len(stale) == 1 else 'are'} missing or older than the "
                "requirements beside: run make lock and commit the result."
            )
        return tuple(Lock(job.lock, "current") for job in jobs)
    # Slow to import, and a check does without.
    from lambda_build import resolution  # noqa: PLC0415

    todo = jobs if upgrade else stale
    for job in todo:
        progress(Step("", f"locking {job.lock.relative_to(repo)}"))
        try:
            resolution.make(repo, job, upgrade=upgrade)
        except BuildError as error:
            raise type(error)(f"{job.requirements.relative_to(repo)}: {error}") from error
        except OSError as error:
            raise Unavailable(
                f"{error.filename or job.lock} cannot be written ({error.strerror or error}): make "
                "room or give the right to write there, and run make lock again."
            ) from error
    return tuple(Lock(job.lock, "locked" if job in todo else "current") for job in jobs)


def lock_files(repo: Path) -> tuple[Path, ...]:
    """Return where every lock of a repository is or should be: each Lambda's and the tooling's."""
    return tuple(job.lock for job in _jobs(repo))


def _jobs(repo: Path) -> tuple[LockJob, ...]:
    jobs = [
        LockJob(
            requirements=item.requirements,
            lock=item.lock,
            target=item.target.description,
            command=("-m", "lambda_build.pip_compile"),
            pip_arguments=item.target.pip_arguments,
            zip_target=item.target,
        )
        for item in sources.find(repo)
    ]
    for path in sorted([*repo.glob("requirements*.in"), *repo.glob("local/requirements*.in")]):
        plain = LockJob(
            path, path.with_suffix(".txt"), _TOOLING, ("-m", "piptools", "compile"), (), None
        )
        if path.name == _RUNTIME_LOCK:
            # The local stand-in for the Lambda runtime is that Python, on this machine.
            plain = replace(
                plain,
                target=f"Python {target.PYTHON}",
                command=("-m", "lambda_build.pip_compile"),
                pip_arguments=(f"--python-version={target.PYTHON}",),
            )
        jobs.append(plain)
    return tuple(jobs)


def _is_current(job: LockJob) -> bool:
    digest = lockfile.inputs_digest(job.requirements, job.target)
    if not lockfile.is_current(job.lock, digest):
        return False
    lockfile.pins(job.lock)  # raises if someone broke it
    return True
