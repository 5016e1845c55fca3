"""Test calls through what is deployed, and the ways into a deployed environment."""

from __future__ import annotations

from dataclasses import dataclass

import boto3

from callsim.scenario import Scenario
from connect_voice import embedded
from connect_voice.calls import CallReport, Deployment, check_call_path, place_call
from connect_voice.checks import find_scenario
from connect_voice.connect_client import Number
from connect_voice.console import Progress
from connect_voice.embedded import EmbeddedAws
from connect_voice.environment import load_environment
from connect_voice.errors import CheckFailed, OutsideError, UsageError
from connect_voice.project import Project
from connect_voice.state import State, read_state
from connect_voice.vendors import VENDORS
from connect_voice.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Deployed:
    """An environment with something deployed in it, ready to be called."""

    workspace: Workspace
    deployment: Deployment
    session: boto3.Session


def smoke(
    workspace: Workspace, state: State, progress: Progress, *, scenario: str | None
) -> tuple[CallReport, ...]:
    """The last stage of a deploy: scripted calls, or on a real account the calls' paths.

    Scripted calls need vendors that follow the script, which only the stand-ins do.

    Args:
        scenario: the one call to place; None places one for each vendor that a number leads to.

    Raises:
        CheckFailed: the path of a call is broken.
    """
    deployed = Deployed(workspace, deployment_of(workspace, state), workspace.session())
    with progress.stage("call") as stage:
        if workspace.aws is None:
            findings = check_call_path(deployed.deployment, deployed.session)
            broken = [finding.detail for finding in findings if not finding.ok]
            if broken:
                raise CheckFailed(f"A call would not get through: {broken[0]}")
            stage.note = f"number, flow, Lambda and queue fit together ({len(findings)} checks)"
            return ()
        reports = []
        for name in [scenario] if scenario else _calls_of(deployed.deployment):
            stage.update(name)
            reports.append(place(deployed, find_scenario(workspace.project, name)))
        stage.note = ", ".join(
            f"{report.scenario}: {'as expected' if report.passed else 'NOT as expected'}"
            for report in reports
        )
    return tuple(reports)


def _calls_of(deployment: Deployment) -> list[str]:
    return [
        vendor.deploy_call
        for vendor in VENDORS
        if any(
            number.leads_to.partition("/")[0] == vendor.leads_to
            for number in deployment.phone_numbers.values()
        )
    ]


def place(deployed: Deployed, scenario: Scenario) -> CallReport:
    """Place one scripted call.

    Raises:
        UsageError: the environment is a real account.
        OutsideError: the embedded AWS went away.
    """
    if deployed.workspace.aws is None:
        raise UsageError(
            "Scripted calls need stand-in vendors, so they run in embedded environments only; dial "
            "the number of a real one, or let `connect-voice deploy` check the call's path."
        )
    return place_call(
        scenario,
        deployed.deployment,
        deployed.session,
        state_dir=deployed.workspace.aws.state_dir,
    )


def open_environment(project: Project, name: str) -> Workspace:
    """An environment to work in; an embedded one must be running.

    Raises:
        OutsideError: the embedded AWS is not running.
    """
    environment = load_environment(project, name)
    aws = None
    if environment.embedded:
        aws = embedded.status(project)
        if aws is None:
            raise OutsideError("The embedded AWS is not running; run make deploy first.")
    return open_workspace(project, environment, aws)


def open_deployed(project: Project, name: str) -> Deployed:
    """An environment with something deployed in it.

    Raises:
        OutsideError: nothing is deployed.
    """
    workspace = open_environment(project, name)
    session = workspace.session()
    state = read_state(workspace.environment, session)
    if state is None or not state.resources:
        raise OutsideError(f"Nothing is deployed in {name}; run make deploy ENV={name} first.")
    return Deployed(workspace, deployment_of(workspace, state), session)


def local_state(project: Project, aws: EmbeddedAws) -> State | None:
    """What is deployed to the embedded AWS of this checkout."""
    workspace = open_workspace(project, load_environment(project, "local"), aws)
    return read_state(workspace.environment, workspace.session())


def deployment_of(workspace: Workspace, state: State) -> Deployment:
    """What calls must know of a deployed environment, from its outputs.

    Raises:
        OutsideError: an output is missing: nothing, or something older, is deployed.
    """
    return Deployment(
        instance_id=state.text("connect_instance_id"),
        phone_numbers=phone_numbers(state),
        region=workspace.environment.region,
        endpoint_url=workspace.aws.endpoint if workspace.aws else None,
        control_url=workspace.aws.endpoint if workspace.aws else None,
        queues=state.texts("queue_arns"),
        reason_queues=state.texts("reason_queues"),
        dispositions_table=_dispositions_table(state),
    )


def phone_numbers(state: State) -> dict[str, Number]:
    """The numbers that callers can dial, by key."""
    return {
        key: Number(id=number["id"], number=number["number"], leads_to=number["leads_to"])
        for key, number in state.object("phone_numbers").items()
    }


def _dispositions_table(state: State) -> str | None:
    kore = state.outputs.get("kore")
    table = kore.get("dispositions_table") if isinstance(kore, dict) else None
    return table if isinstance(table, str) else None
