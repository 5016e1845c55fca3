"""``deploy`` and ``destroy``: the stages, in order, each stopping before the next has begun."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from connect_voice import embedded
from connect_voice.build import build_lambdas
from connect_voice.bundle.sealed import Bundle, private_copy
from connect_voice.bundle.tree import Sources, private_folder
from connect_voice.checkov import preparing
from connect_voice.checks import check_sources
from connect_voice.console import Finished, Progress
from connect_voice.embedded import EmbeddedAws
from connect_voice.environment import Environment
from connect_voice.errors import OutsideError
from connect_voice.opening import exclusive, init_note, open_account, opened, try_it
from connect_voice.operations import MadeUnnoticedError, Plan
from connect_voice.planning import DEPLOY, DESTROY, Sealed, make_bundle
from connect_voice.project import Project
from connect_voice.tools import find_terraform
from connect_voice.workspace import Workspace, open_workspace
from lambda_build import Manifest

if TYPE_CHECKING:
    from connect_voice.applying import Outcome
    from connect_voice.brief import Brief
    from connect_voice.calls import CallReport
    from connect_voice.policy import Judgement
    from connect_voice.state import State

# What brings boto3 is imported where it is needed: Terraform is at work by then.
# ruff: noqa: PLC0415

# There while the embedded AWS has the state's bucket; they go together.
_BUCKET_MADE = "state-bucket-made"


@dataclass(frozen=True)
class DeployReport:
    """What a deploy did.

    Args:
        outcome: None where nothing had to change.
    """

    environment: Environment
    manifest: Manifest
    outcome: Outcome | None
    state: State
    calls: tuple[CallReport, ...]
    stages: tuple[Finished, ...]
    log: Path | None


@dataclass(frozen=True)
class PlanReport:
    """What a deploy would do, and the bundle that would do exactly that."""

    environment: Environment
    plan: Plan
    bundle: Bundle
    judgement: Judgement
    brief: Brief
    stages: tuple[Finished, ...]


def deploy(
    project: Project,
    environment: Environment,
    progress: Progress,
    *,
    call: str | None = None,
    earlier: Bundle | None = None,
) -> DeployReport:
    """Build, plan, hold the plan against policy, apply what was planned, and place calls.

    Args:
        call: the scenario to walk through the deployed flows of an embedded environment, None for
            one of each vendor; on a real account the calls' paths are checked instead.
        earlier: a bundle whose Lambdas and flows are deployed in place of the checkout's.

    Raises:
        CommandError: a stage failed; the message says what to do, later stages did not begin.
    """
    with (
        preparing(),
        exclusive(project, environment),
        _prepared(project, environment, progress) as ready,
    ):
        workspace, manifest = ready
        with _sources(workspace, manifest, earlier) as sources:
            outcome = _plan_and_apply(workspace, sources, progress)
        state, calls = try_it(workspace, progress, call)
    return DeployReport(
        environment=environment,
        manifest=sources.built,
        outcome=outcome,
        state=state,
        calls=calls,
        stages=tuple(progress.finished),
        log=workspace.aws.log.parent if workspace.aws else None,
    )


def plan(
    project: Project,
    environment: Environment,
    progress: Progress,
    *,
    earlier: Bundle | None = None,
    purpose: str = DEPLOY,
) -> PlanReport:
    """Build, plan, judge and seal; change nothing.

    Args:
        earlier: a bundle whose Lambdas and flows are planned in place of the checkout's.
        purpose: ``deploy`` or ``destroy``.
    """
    with (
        preparing(),
        exclusive(project, environment),
        _prepared(project, environment, progress) as ready,
    ):
        workspace, manifest = ready
        with _sources(workspace, manifest, earlier) as sources:
            sealed = make_bundle(workspace, sources, progress, purpose=purpose)
    if sealed.bundle is None or sealed.judgement is None or sealed.brief is None:
        raise AssertionError("a plan was asked to be sealed and was not")
    return PlanReport(
        environment,
        sealed.plan,
        sealed.bundle,
        sealed.judgement,
        sealed.brief,
        tuple(progress.finished),
    )


def destroy(project: Project, environment: Environment, progress: Progress) -> int:
    """Remove everything the environment has.

    Returns:
        how many resources were removed.

    Raises:
        CommandError: something could not be removed; the same command goes on from there.
    """
    from connect_voice.state import read_state

    if environment.embedded and embedded.status(project) is None:
        return 0  # its memory, and with it everything deployed, is gone
    with exclusive(project, environment):
        workspace = opened(project, environment)
        if read_state(environment, workspace.session()) is None:
            removed = 0
        else:
            removed = _destroy_deployed(workspace, progress)
        if environment.embedded:
            embedded.down(project)
    return removed


def _destroy_deployed(workspace: Workspace, progress: Progress) -> int:
    from connect_voice.state import read_state

    # Removing needs the manifest to evaluate the configuration, never its zips.
    manifest = build_lambdas(workspace.project, bytecode=workspace.environment.bytecode)
    workspace.initialise()
    project = workspace.project
    sources = Sources(project.terraform, project.flows, manifest)
    # The command has asked for the name, or was told YES=1.
    typed = not workspace.environment.approval.required
    sealed = make_bundle(
        workspace, sources, progress, purpose=DESTROY, unchanged=False, typed=typed
    )
    outcome = _apply_judged(workspace, sealed, progress)
    if outcome is None:
        return 0
    left = read_state(workspace.environment, workspace.session())
    if left is not None and left.resources:
        raise OutsideError(
            f"{left.resources} resources are still in the state; run the same command again."
        )
    return outcome.applied.destroyed


def _plan_and_apply(workspace: Workspace, sources: Sources, progress: Progress) -> Outcome | None:
    """Apply a plan made here, and once more one of the rest, should AWS's answers have been lost.

    What AWS made without Terraform hearing of it is in the second plan as an import. Where plans
    are approved there is no second one: nobody has seen it.
    """

    def once() -> Outcome | None:
        return _apply_judged(
            workspace, make_bundle(workspace, sources, progress, unchanged=False), progress
        )

    try:
        return once()
    except MadeUnnoticedError as error:
        from connect_voice.recovery import made_unnoticed

        if workspace.environment.approval.required or not made_unnoticed(workspace):
            raise
        before = error
    outcome = once()
    if outcome is None:
        return None
    changes = {change.address: change for change in (*outcome.changes, *before.changes)}
    applied = before.applied + outcome.applied
    return replace(outcome, applied=applied, changes=tuple(changes.values()))


def _apply_judged(workspace: Workspace, sealed: Sealed, progress: Progress) -> Outcome | None:
    """Apply what this very command has planned and judged; None where nothing would change."""
    if sealed.bundle is None or sealed.judgement is None:
        return None
    from connect_voice.applying import apply_bundle, refuse  # a plan needs none

    refuse(sealed.judgement)
    return apply_bundle(workspace, sealed.bundle, progress, sealed.judgement, held=sealed.secrets)


@contextmanager
def _sources(workspace: Workspace, manifest: Manifest, earlier: Bundle | None) -> Iterator[Sources]:
    """What is planned: the checkout, or with it the Lambdas and flows of an earlier bundle."""
    project = workspace.project
    if earlier is None:
        yield Sources(project.terraform, project.flows, manifest)
        return
    with private_folder(workspace.private("earlier")) as folder:
        verified = private_copy(earlier, folder)
        yield Sources(project.terraform, folder / "tree" / "flows", verified.lambdas())


@contextmanager
def _prepared(
    project: Project, environment: Environment, progress: Progress
) -> Iterator[tuple[Workspace, Manifest]]:
    """Check, build, start: everything before the plan, side by side where nothing depends.

    An embedded AWS that was started here is stopped again when the plan does not come about, so
    that bad input leaves nothing behind.
    """
    started = False
    with progress.stage("check") as stage:
        terraform = find_terraform(os.environ, project.terraform_version)
        checked = check_sources(project)
        workspace = None if environment.embedded else open_account(project, environment)
        stage.note = f"Terraform {terraform.version}, {checked}"
    try:
        with ThreadPoolExecutor(max_workers=1) as pool:
            building: Future[Manifest] = pool.submit(
                build_lambdas, project, bytecode=environment.bytecode
            )
            if workspace is None:
                with progress.stage("start") as stage:
                    workspace, started = _open_embedded(project, environment)
                    stage.note = f"embedded AWS at {_endpoint(workspace)}"
            with progress.stage("build") as stage:
                manifest = building.result()
                stage.note = _build_note(manifest)
        with progress.stage("init") as stage:
            stage.note = init_note(ran=workspace.initialise())
    except BaseException:
        if started:
            embedded.down(project)
        raise
    try:
        yield workspace, manifest
    except BaseException:
        if started and not _anything_deployed(workspace):
            embedded.down(project)
        raise


def _open_embedded(project: Project, environment: Environment) -> tuple[Workspace, bool]:
    aws, started = embedded.up(project)
    try:
        workspace = open_workspace(project, environment, aws)
        made = aws.state_dir / _BUCKET_MADE
        if not made.exists():
            from connect_voice.state import bucket_exists, create_bucket

            if not bucket_exists(environment, workspace.session()):
                create_bucket(environment, workspace.session())
            made.touch(mode=0o600)
    except BaseException:
        if started:
            embedded.down(project)
        raise
    return workspace, started


def _anything_deployed(workspace: Workspace) -> bool:
    from connect_voice.state import read_state

    try:
        state = read_state(workspace.environment, workspace.session())
    except OutsideError:
        return False  # the embedded AWS itself is gone, and its memory with it
    return state is not None and state.resources > 0


def _endpoint(workspace: Workspace) -> str:
    aws: EmbeddedAws | None = workspace.aws
    return aws.endpoint if aws else ""


def _build_note(manifest: Manifest) -> str:
    built = sum(artifact.outcome == "built" for artifact in manifest.lambdas.values())
    reused = len(manifest.lambdas) - built
    parts = [f"{built} built"] * bool(built) + [f"{reused} unchanged"] * bool(reused)
    return f"Lambdas: {', '.join(parts)}"
