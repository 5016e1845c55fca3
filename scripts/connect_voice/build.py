"""The build as the commands use it: its errors as ours, its progress as a stage."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.project import Project
from lambda_build import (
    ANY_BYTECODE,
    BuildError,
    Manifest,
    Progress,
    Step,
    Unavailable,
    build,
    lock,
)


def build_lambdas(project: Project, *, bytecode: str | None = None) -> Manifest:
    """Build every Lambda into ``dist/``, reusing what has not changed.

    Args:
        project: the checkout.
        bytecode: what the environment wants of the zips, see :func:`lambda_build.build`; nothing
            for bytecode where it can be had.

    Raises:
        CheckFailed: a source, a lock or a package was refused; nothing in ``dist/`` changed.
        OutsideError: the package index or a disk did not do its part; the same holds.
    """
    with build_errors(), _progress() as progress:
        return build(
            project.root, dist=project.dist, bytecode=bytecode or ANY_BYTECODE, progress=progress
        )


@contextmanager
def build_errors() -> Iterator[None]:
    """Raise what the build raises as the commands' own errors.

    Raises:
        CheckFailed: something was refused.
        OutsideError: something outside the repository did not do its part.
    """
    try:
        yield
    except Unavailable as error:
        raise OutsideError(str(error)) from None
    except BuildError as error:
        raise CheckFailed(str(error)) from None


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show what a build is at, where there is a terminal and nothing else moves on it.

    A deploy builds in a thread beside its other stages, which have a moving line of their own.
    """
    if not sys.stderr.isatty() or threading.current_thread() is not threading.main_thread():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - slow, and a pipeline does without

    with Console(stderr=True, highlight=False).status("Lambdas") as status:

        def show(step: Step) -> None:
            status.update(f"{step.name or 'Lambdas'} [dim]{step.doing}[/dim]")

        yield show


def lock_all(project: Project, *, check: bool, upgrade: bool) -> dict[str, str]:
    """Refresh every lock file, or only say whether they are fresh.

    Returns:
        what became of each lock file, by its path.

    Raises:
        CheckFailed: a lock is stale, or a package cannot be locked.
        OutsideError: the package index or a disk did not do its part.
    """
    with build_errors(), _progress() as progress:
        locks = lock(project.root, check=check, upgrade=upgrade, progress=progress)
    return {str(one.path.relative_to(project.root)): one.outcome for one in locks}
