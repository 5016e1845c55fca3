"""Applying and judging what was sealed earlier.

A folder can be written to by others, so its plan is read and judged again. Terraform takes two
seconds to read it; whatever else has to be looked at, and imported, is so meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from connect_voice.bundle.sealed import Bundle, open_bundle, private_copy
from connect_voice.bundle.tree import private_folder
from connect_voice.checkov import at_work
from connect_voice.console import Progress
from connect_voice.environment import Environment
from connect_voice.opening import exclusive, init_note, opened, try_it
from connect_voice.project import Project
from connect_voice.workspace import Workspace

if TYPE_CHECKING:
    from connect_voice.applying import Cleared
    from connect_voice.calls import CallReport
    from connect_voice.deploy import DeployReport
    from connect_voice.policy import Judgement

# ruff: noqa: PLC0415


def apply_sealed(
    project: Project,
    environment: Environment,
    folder: Path,
    progress: Progress,
    *,
    call: str | None = None,
) -> DeployReport:
    """Apply a bundle as it is, or not at all; then place calls.

    Args:
        folder: the bundle's.
        call: as in :func:`connect_voice.deploy.deploy`.

    Raises:
        CommandError: with the reason why nothing was applied, or what failed part of the way.
    """
    bundle = open_bundle(folder)
    with exclusive(project, environment):
        workspace = _ready(project, environment, progress)
        with private_folder(workspace.private("apply")) as place:
            copy = _copied(bundle, place, progress)
            cleared: list[Cleared] = []

            def beside() -> None:
                from connect_voice.applying import clear
                from connect_voice.planning import secrets_at_hand

                held = secrets_at_hand(workspace)
                token = bundle.approval
                cleared.append(clear(workspace, copy, held=held, token=token, trusted=False))

            judgement = _judged(workspace, copy, progress, beside)
            from connect_voice.applying import carry_out

            outcome = carry_out(workspace, bundle.folder, cleared[0], judgement, progress)
        from connect_voice.deploy import DeployReport
        from connect_voice.planning import DESTROY
        from connect_voice.state import State, read_state

        if bundle.manifest.purpose == DESTROY:
            state = read_state(environment, workspace.session()) or State(0, "", 0)
            calls: tuple[CallReport, ...] = ()
        else:
            state, calls = try_it(workspace, progress, call)
    return DeployReport(
        environment=environment,
        manifest=bundle.lambdas(),
        outcome=outcome,
        state=state,
        calls=calls,
        stages=tuple(progress.finished),
        log=workspace.aws.log.parent if workspace.aws else None,
    )


def judge_sealed(
    project: Project, environment: Environment, folder: Path, progress: Progress
) -> Judgement:
    """Judge a bundle by today's policies; change nothing.

    Args:
        folder: the bundle's.

    Raises:
        CommandError: the bundle is not as it was sealed, or the gate cannot judge.
    """
    bundle = open_bundle(folder)
    with exclusive(project, environment):
        workspace = _ready(project, environment, progress)
        with private_folder(workspace.private("policy")) as place:
            return _judged(workspace, _copied(bundle, place, progress), progress, lambda: None)


def _ready(project: Project, environment: Environment, progress: Progress) -> Workspace:
    workspace = opened(project, environment)
    with progress.stage("init") as stage:
        stage.note = init_note(ran=workspace.initialise())
    return workspace


def _copied(bundle: Bundle, place: Path, progress: Progress) -> Bundle:
    with progress.stage("verify") as stage:
        copy = private_copy(bundle, place)
        stage.note = f"bundle {bundle.folder.name} is as it was sealed"
    return copy


def _judged(
    workspace: Workspace, copy: Bundle, progress: Progress, beside: Callable[[], None]
) -> Judgement:
    """What the gate makes of a verified copy.

    Args:
        beside: what can be done while Terraform reads the plan.
    """
    tree = workspace.in_tree(copy.root)
    with at_work(workspace.project, copy.folder / "tree") as worker:
        with progress.stage("review") as stage:
            stage.update("reading the plan")
            with tree.showing(copy.plan) as showing:
                from connect_voice.applying import judge_again, read_again
                from connect_voice.policy import read_gate

                gate = read_gate(workspace.project, worker)
                beside()
                shown = showing.completed().output
            read = read_again(copy, shown, gate)
            stage.note = f"change {copy.manifest.change[:12]}"
        return judge_again(tree, copy, read, gate, progress)
