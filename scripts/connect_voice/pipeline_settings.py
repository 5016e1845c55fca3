"""``bootstrap.toml``: whose pipelines may deploy to an environment, and within which bounds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from connect_voice.environment import Environment
from connect_voice.errors import UsageError

_KEYS = {
    *("project", "github", "gitlab", "connect_instance_id", "manage_secrets", "snapshot_days"),
    *("permissions_boundary_arn", "pipeline_boundary_arn"),
}
_HOSTS = {"github": "token.actions.githubusercontent.com", "gitlab": "gitlab.com"}
_NAMES = {"github": "repository", "gitlab": "project"}


@dataclass(frozen=True)
class PipelineSettings:
    """What the user decides about an environment's bootstrap.

    Args:
        project: what every name begins with.
        issuers: the hosts that sign the pipelines' identities, by ``github`` and ``gitlab``;
            empty where no pipeline deploys.
        variables: the file's content, which Terraform checks.
    """

    project: str = "connect-voice"
    issuers: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def own_boundary(self) -> bool:
        """Whether the Lambdas' permissions boundary is made here."""
        return bool(self.issuers) and not self.variables.get("permissions_boundary_arn")


def load_pipeline_settings(environment: Environment) -> PipelineSettings:
    """Read ``terraform/environments/<name>/bootstrap.toml``; an environment may have none.

    Raises:
        UsageError: the file is not usable as it stands.
    """
    file = environment.folder / "bootstrap.toml"
    if not file.is_file():
        return PipelineSettings()
    shown = f"terraform/environments/{environment.name}/bootstrap.toml"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{shown} is not TOML: {error}.") from None
    for key in data.keys() - _KEYS:
        close = get_close_matches(key, _KEYS, n=1)
        hint = f"; did you mean {close[0]}?" if close else "."
        raise UsageError(f"{shown} has an unknown key {key!r}{hint}")
    issuers = {}
    for name, host in _HOSTS.items():
        table = data.get(name, {})
        if not isinstance(table, dict):
            raise UsageError(f"Make {name} in {shown} a table, [{name}]; it is {table!r}.")
        if table.get(_NAMES[name]):
            issuers[name] = str(table.get("host", host))
    return PipelineSettings(str(data.get("project", "connect-voice")), issuers, data)
