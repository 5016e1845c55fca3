"""The build as the commands use it: its errors as ours, its progress as a stage."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.project import Project
from lambda_build import ANY_BYTECODE, BuildError, Manifest, Progress, Step, build, lock


def build_lambdas(project: Project, *, bytecode: str | None = None) -> Manifest:
    """Build every Lambda into ``dist/``, reusing what has not changed.

    Args:
        project: the checkout.
        bytecode: what the environment wants of the zips, see :func:`lambda_build.build`; nothing
            for bytecode where it can be had.

    Raises:
        CheckFailed: a source, a lock or a package was refused; nothing in ``dist/`` changed.
    """
    wanted = bytecode or ANY_BYTECODE
    try:
        with _progress() as progress:
            return build(project.root, dist=project.dist, bytecode=wanted, progress=progress)
    except BuildError as error:
        raise CheckFailed(str(error)) from None
    except OSError as error:
        place = error.filename or project.dist
        raise OutsideError(
            f"The build cannot write {place}: {os.strerror(error.errno or 0)}."
        ) from None


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
    """
    try:
        locks = lock(project.root, check=check, upgrade=upgrade)
    except BuildError as error:
        raise CheckFailed(str(error)) from None
    return {str(one.path.relative_to(project.root)): one.outcome for one in locks}
