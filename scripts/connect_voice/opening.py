"""An environment, opened for one command at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from connect_voice import embedded
from connect_voice.console import Progress
from connect_voice.environment import Environment
from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.project import Project
from connect_voice.workspace import Workspace, check_account, open_workspace

if TYPE_CHECKING:
    from connect_voice.calls import CallReport
    from connect_voice.state import State

# What brings boto3 is imported where it is needed: a command on the embedded AWS sets Terraform to
# work first.
# ruff: noqa: PLC0415


@contextmanager
def exclusive(project: Project, environment: Environment) -> Iterator[None]:
    """One command at a time on an environment of a checkout: they share dist/ and data folders."""
    folder = project.cache / "terraform"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{environment.name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutsideError(
                f"Another command is at work on {environment.name} in this checkout; wait for it."
            ) from None
        yield


def opened(project: Project, environment: Environment) -> Workspace:
    """The environment as it stands, for a command that starts nothing.

    Raises:
        OutsideError: the embedded AWS does not run.
    """
    if not environment.embedded:
        return open_account(project, environment)
    aws = embedded.status(project)
    if aws is None:
        raise OutsideError(
            "The embedded AWS is not running, and what was deployed to it is gone; run make deploy."
        )
    return open_workspace(project, environment, aws)


def open_account(project: Project, environment: Environment) -> Workspace:
    """An environment on an account, once that is known to be the right one.

    Raises:
        CommandError: there are no credentials, or those of another account, or no state bucket.
    """
    from connect_voice.state import bucket_exists

    workspace = open_workspace(project, environment)
    workspace = replace(workspace, identity=check_account(workspace))
    if not bucket_exists(environment, workspace.session()):
        raise CheckFailed(
            f"The state bucket {environment.state_bucket} does not exist; make it once with "
            f"`make bootstrap ENV={environment.name}`."
        )
    return workspace


def init_note(*, ran: bool) -> str:
    """What the stage says of ``terraform init``."""
    return "provider and modules ready" if ran else "nothing to do"


def load_the_end() -> None:
    """Import what a deploy ends with while there is time: an eighth of a second."""
    with suppress(ImportError):  # whoever needs it says so
        from connect_voice import deploy, report, smoke  # noqa: F401


def try_it(
    workspace: Workspace, progress: Progress, call: str | None
) -> tuple[State, tuple[CallReport, ...]]:
    """What is deployed, and the calls placed through it.

    Args:
        call: a scenario; None for one of each vendor.

    Raises:
        OutsideError: the state is not where it was written to.
    """
    from connect_voice.state import read_state

    state = read_state(workspace.environment, workspace.session())
    if state is None:
        raise OutsideError("The deploy succeeded but its state is not in S3; look at the bucket.")
    from connect_voice.smoke import smoke  # planning makes no calls

    return state, smoke(workspace, state, progress, scenario=call)
