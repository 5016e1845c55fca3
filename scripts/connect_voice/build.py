"""The build as the commands use it: its errors as ours, its progress as a stage."""

from __future__ import annotations

import os

from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.project import Project
from lambda_build import BuildError, Manifest, build, lock


def build_lambdas(project: Project) -> Manifest:
    """Build every Lambda into ``dist/``, reusing what has not changed.

    Raises:
        CheckFailed: a source, a lock or a package was refused; nothing in ``dist/`` changed.
    """
    try:
        return build(project.root, dist=project.dist)
    except BuildError as error:
        raise CheckFailed(str(error)) from None
    except OSError as error:
        place = error.filename or project.dist
        raise OutsideError(
            f"The build cannot write {place}: {os.strerror(error.errno or 0)}."
        ) from None


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
