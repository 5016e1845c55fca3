"""``deploy`` and ``destroy``: the stages, in order, each stopping before the next has begun."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from connect_voice import embedded, secrets
from connect_voice.build import build_lambdas
from connect_voice.calls import CallReport
from connect_voice.checks import check_sources
from connect_voice.console import Finished, Progress
from connect_voice.embedded import EmbeddedAws
from connect_voice.environment import Environment
from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.operations import Applied, Plan, PlannedChange, apply, make_plan
from connect_voice.project import Project
from connect_voice.smoke import smoke
from connect_voice.state import State, bucket_exists, create_bucket, read_state
from connect_voice.terraform import PreconditionFailed
from connect_voice.tools import find_terraform
from connect_voice.workspace import Workspace, check_account, open_workspace
from lambda_build import Manifest


@dataclass(frozen=True)
class DeployReport:
    """What a deploy did."""

    environment: Environment
    manifest: Manifest
    changes: tuple[PlannedChange, ...]
    applied: Applied | None
    state: State
    calls: tuple[CallReport, ...]
    stages: tuple[Finished, ...]
    log: Path | None


@dataclass(frozen=True)
class PlanReport:
    """What a deploy would do."""

    environment: Environment
    summary: str
    changed: bool
    changes: tuple[PlannedChange, ...]


def deploy(
    project: Project, environment: Environment, progress: Progress, *, call: str | None
) -> DeployReport:
    """Build, plan, apply what was planned, and place a call.

    Args:
        call: the scenario to walk through the deployed flows of an embedded environment, None for
            one of each vendor; on a real account the calls' paths are checked instead.

    Raises:
        CommandError: a stage failed; the message says what to do, later stages did not begin.
    """
    with _exclusive(project, environment), _prepared(project, environment, progress) as ready:
        workspace, manifest = ready
        applied = None
        with _plan_with_secrets(workspace, progress) as (plan, held):
            if plan.changed or plan.leftovers:
                applied = apply(workspace, plan, progress, secrets=held)
        state = read_state(environment, workspace.session())
        if state is None:
            raise OutsideError(
                "The deploy succeeded but its state is not in S3; look at the bucket."
            )
        calls = smoke(workspace, state, progress, scenario=call)
    return DeployReport(
        environment=environment,
        manifest=manifest,
        changes=plan.changes,
        applied=applied,
        state=state,
        calls=calls,
        stages=tuple(progress.finished),
        log=workspace.aws.log.parent if workspace.aws else None,
    )


def plan_only(project: Project, environment: Environment, progress: Progress) -> PlanReport:
    """Build and plan; change nothing."""
    with _exclusive(project, environment), _prepared(project, environment, progress) as ready:
        workspace, _ = ready
        held = _secrets_at_hand(workspace)
        with make_plan(workspace, progress, secrets=held) as plan:
            pass
    return PlanReport(environment, plan.summary, plan.changed, plan.changes)


def destroy(project: Project, environment: Environment, progress: Progress) -> int:
    """Remove everything the environment has.

    Returns:
        how many resources were removed.

    Raises:
        CommandError: something could not be removed; the same command goes on from there.
    """
    aws = embedded.status(project) if environment.embedded else None
    if environment.embedded and aws is None:
        return 0  # its memory, and with it everything deployed, is gone
    with _exclusive(project, environment):
        workspace = open_workspace(project, environment, aws)
        if aws is None:
            check_account(workspace)
        if read_state(environment, workspace.session()) is None:
            removed = 0
        else:
            removed = _destroy_deployed(workspace, progress)
        if environment.embedded:
            embedded.down(project)
    return removed


def _destroy_deployed(workspace: Workspace, progress: Progress) -> int:
    # Removing needs the manifest to evaluate the configuration, never its zips.
    build_lambdas(workspace.project)
    workspace.initialise()
    held = _secrets_at_hand(workspace)
    with make_plan(workspace, progress, secrets=held, destroy=True) as plan:
        if not (plan.changed or plan.leftovers):
            return 0
        removed = apply(workspace, plan, progress, secrets=held, stage_name="destroy")
    left = read_state(workspace.environment, workspace.session())
    if left is not None and left.resources:
        raise OutsideError(
            f"{left.resources} resources are still in the state; run the same command again."
        )
    return removed.destroyed


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
        terraform = find_terraform(os.environ)
        checked = check_sources(project)
        workspace = None if environment.embedded else _open_account(project, environment)
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
            ran = workspace.initialise()
            stage.note = "provider and modules ready" if ran else "nothing to do"
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


def _open_account(project: Project, environment: Environment) -> Workspace:
    workspace = open_workspace(project, environment)
    check_account(workspace)
    if not bucket_exists(environment, workspace.session()):
        raise CheckFailed(
            f"The state bucket {environment.state_bucket} does not exist; make it once with "
            f"`connect-voice doctor {environment.name} --create-state-bucket`."
        )
    return workspace


def _open_embedded(project: Project, environment: Environment) -> tuple[Workspace, bool]:
    aws, started = embedded.up(project)
    try:
        workspace = open_workspace(project, environment, aws)
        if not bucket_exists(environment, workspace.session()):
            create_bucket(environment, workspace.session())
    except BaseException:
        if started:
            embedded.down(project)
        raise
    return workspace, started


def _anything_deployed(workspace: Workspace) -> bool:
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


def _secrets_at_hand(workspace: Workspace) -> dict[str, str]:
    if workspace.aws is not None:
        return secrets.from_embedded(workspace.aws)
    return secrets.from_environment(os.environ)


@contextmanager
def _plan_with_secrets(
    workspace: Workspace, progress: Progress
) -> Iterator[tuple[Plan, dict[str, str]]]:
    """A plan, and the secrets it was made with: Terraform wants the same ones at apply.

    Only Terraform knows whether secrets would be written: it refuses a plan that would write them
    without having them. Then, and only then, they are asked for.
    """
    held = _secrets_at_hand(workspace)
    with ExitStack() as stack:
        try:
            plan = stack.enter_context(make_plan(workspace, progress, secrets=held))
        except PreconditionFailed as error:
            # The preconditions' sentences name the variables that they miss.
            lacking = secrets.named_in(error.sentences)
            if not lacking:
                raise
            held |= secrets.ask_for(lacking)
            plan = stack.enter_context(make_plan(workspace, progress, secrets=held))
        yield plan, held


@contextmanager
def _exclusive(project: Project, environment: Environment) -> Iterator[None]:
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
