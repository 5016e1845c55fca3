"""From options to an instance: named, or found in what an environment has deployed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from connect_voice.errors import UsageError
from connect_voice.project import Project
from connect_voice.servicenow.instance import (
    APPLY,
    CHECK,
    INSTANCE,
    Instance,
    parse_ca_bundle,
    parse_host,
)

if TYPE_CHECKING:
    from connect_voice.state import State  # it brings boto3, which takes longer than a check


@dataclass(frozen=True)
class Found:
    """An instance, and how to get in.

    Args:
        settings: environment variables to take credentials from.
    """

    instance: Instance
    settings: Mapping[str, str] = field(repr=False)


def find_instance(
    project: Project, instance: str | None, env: str | None, ca_bundle: Path | None
) -> Found:
    """The instance that the options mean: a host that is named, an environment, the variable.

    Raises:
        UsageError: nothing says which instance.
        OutsideError: the environment's state cannot be read.
    """
    bundle = parse_ca_bundle(ca_bundle)
    if instance:
        return Found(Instance(parse_host(instance), bundle), os.environ)
    if env:
        return _of_environment(project, env, bundle)
    named = os.environ.get(INSTANCE, "").strip()
    if not named:
        raise UsageError(
            f"Say which ServiceNow instance: --instance, {INSTANCE}, or --env with an environment "
            "that is deployed."
        )
    return Found(Instance(parse_host(named), bundle), os.environ)


def _of_environment(project: Project, env: str, bundle: Path | None) -> Found:
    from connect_voice.secrets import from_embedded  # noqa: PLC0415
    from connect_voice.smoke import open_environment  # noqa: PLC0415
    from connect_voice.state import read_state  # noqa: PLC0415

    workspace = open_environment(project, env)
    if workspace.aws is not None:
        stand_in = workspace.aws.stand_ins["servicenow"]
        held = from_embedded(workspace.aws)
        # The user's own credentials are for an instance of theirs, not for a stand-in.
        settings = {
            f"{user}_{name}": held[f"SERVICENOW_{name}"]
            for user in (CHECK, APPLY)
            for name in ("CLIENT_ID", "CLIENT_SECRET")
        }
        return Found(Instance(parse_host(stand_in.host), bundle or stand_in.ca_bundle), settings)
    host = host_in(read_state(workspace.environment, workspace.session()))
    if host is None:
        raise UsageError(
            f"What is deployed in {env} does not tell its ServiceNow instance; name it with "
            f"--instance or {INSTANCE}."
        )
    return Found(Instance(parse_host(host), bundle), os.environ)


def host_in(state: State | None) -> str | None:
    """The instance's host in a state's outputs; None where they do not have it."""
    host = state.outputs.get("servicenow_instance_host") if state is not None else None
    return host if isinstance(host, str) and host else None
