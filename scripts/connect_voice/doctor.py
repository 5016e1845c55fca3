"""``doctor``: is everything there that a deploy needs, and as it was deployed? Reads only."""

from __future__ import annotations

import os
from collections.abc import Callable

from connect_voice import embedded
from connect_voice.call_path import check_call_path
from connect_voice.checks import check_sources
from connect_voice.doctors.vendors import examine_vendors
from connect_voice.environment import Environment
from connect_voice.errors import CommandError
from connect_voice.findings import Finding
from connect_voice.project import Project, installed_python
from connect_voice.secrets import from_environment, missing
from connect_voice.smoke import deployment_of
from connect_voice.state import bucket_exists, read_state
from connect_voice.tools import PROVIDER_VERSION, find_mirror, find_terraform, user_has_cli_config
from connect_voice.workspace import Workspace, check_account, open_workspace


def examine(project: Project, environment: Environment) -> list[Finding]:
    """Look at everything a deploy of the environment needs."""
    findings = [
        _look("terraform", _terraform),
        _look("provider", _provider),
        _look("lambda runtime", _lambda_runtime),
        _look("flows", lambda: check_sources(project)),
    ]
    if environment.embedded:
        findings.append(_look("embedded AWS", lambda: _embedded(project)))
        aws = embedded.status(project)
        workspace = open_workspace(project, environment, aws) if aws else None
    else:
        findings += _account(project, environment)
        usable = all(one.ok for one in findings if one.name in {"account", "state bucket"})
        workspace = open_workspace(project, environment) if usable else None
    return findings if workspace is None else [*findings, *_deployed(workspace)]


def _deployed(workspace: Workspace) -> list[Finding]:
    """What is deployed, and whether it still is as it was deployed."""
    session = workspace.session()
    try:
        state = read_state(workspace.environment, session)
        if state is None or not state.resources:
            return [Finding("deployed", ok=True, detail="nothing yet")]
        findings = list(check_call_path(deployment_of(workspace, state), session))
    except CommandError as error:
        return [Finding("deployed", ok=False, detail=str(error))]
    stand_ins = workspace.aws.stand_ins if workspace.aws else {}
    return findings + examine_vendors(
        state.outputs,
        session,
        flows=workspace.project.flows,
        endpoint_url=workspace.aws.endpoint if workspace.aws else None,
        ca_bundles={name: stand_in.ca_bundle for name, stand_in in stand_ins.items()},
    )


def _account(project: Project, environment: Environment) -> list[Finding]:
    account = _look("account", lambda: check_account(open_workspace(project, environment)))
    secrets = Finding("secrets", ok=True, detail=_secrets())
    if not account.ok:
        return [account, secrets]
    workspace = open_workspace(project, environment)

    def state_bucket() -> str:
        name = environment.state_bucket
        if not bucket_exists(environment, workspace.session()):
            raise CommandError(
                f"{name} does not exist; make it with make bootstrap ENV={environment.name}."
            )
        return name

    return [account, _look("state bucket", state_bucket), secrets]


def _look(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, ok=True, detail=check())
    except CommandError as error:
        return Finding(name, ok=False, detail=str(error))


def _terraform() -> str:
    binary = find_terraform(os.environ)
    return f"{binary.version} at {binary.path}"


def _provider() -> str:
    if user_has_cli_config(os.environ):
        return f"hashicorp/aws {PROVIDER_VERSION}, by your own Terraform CLI configuration"
    mirror = find_mirror(os.environ)
    where = f"from the mirror {mirror}" if mirror else "from the public registry"
    return f"hashicorp/aws {PROVIDER_VERSION} {where}"


def _lambda_runtime() -> str:
    python = installed_python(".venv-lambda")
    if not python.exists():
        raise CommandError("The Lambda environment is missing; run make setup.")
    return str(python.resolve())


def _embedded(project: Project) -> str:
    aws = embedded.status(project)
    return f"running at {aws.endpoint}" if aws else "not running; a deploy starts it"


def _secrets() -> str:
    lacking = missing(from_environment(os.environ))
    if not lacking:
        return "in the environment"
    return (
        f"{', '.join(lacking)} not set: needed only when a deploy writes them (it asks at a "
        "terminal)"
    )
