"""Secrets on their way to Terraform's ephemeral variables: never to a file, a plan or a log."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Mapping

from connect_voice.embedded import EmbeddedAws
from connect_voice.errors import OutsideError, UsageError

# Terraform's ephemeral variable -> the environment variable a pipeline's secret store fills.
SECRETS: Mapping[str, str] = {
    "servicenow_client_id": "SERVICENOW_CLIENT_ID",
    "servicenow_client_secret": "SERVICENOW_CLIENT_SECRET",
}


def from_embedded(aws: EmbeddedAws) -> dict[str, str]:
    """What the stand-in vendors of the embedded AWS accept.

    Raises:
        OutsideError: the file is gone or damaged.
    """
    try:
        data = json.loads(aws.secrets_file.read_text(encoding="utf-8"))
        return {name: str(data[name]) for name in SECRETS}
    except (OSError, ValueError, KeyError, TypeError):
        raise OutsideError(
            f"{aws.secrets_file} is missing or damaged; start afresh with "
            "`connect-voice local down` and then `make deploy`."
        ) from None


def from_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The secrets that the environment holds; those it lacks are left out."""
    return {name: env[variable] for name, variable in SECRETS.items() if env.get(variable)}


def ask_for_missing(given: Mapping[str, str]) -> dict[str, str]:
    """The secrets that ``given`` lacks, typed in at a terminal without echo.

    Raises:
        UsageError: there is no terminal to ask at.
    """
    missing = [name for name in SECRETS if not given.get(name)]
    if not sys.stdin.isatty():
        names = " and ".join(SECRETS[name] for name in missing)
        raise UsageError(
            f"This deploy writes secrets and lacks {names}; set them in the environment, from your "
            "pipeline's secret store, or run at a terminal to be asked. Nothing was changed."
        )
    asked = {name: getpass.getpass(f"{SECRETS[name]}: ").strip() for name in missing}
    for name, value in asked.items():
        if not value:
            raise UsageError(f"{SECRETS[name]} was left empty. Nothing was changed.")
    return asked


def as_terraform_variables(secrets: Mapping[str, str]) -> dict[str, str]:
    """``TF_VAR_…`` for Terraform's environment; command lines are visible to every user."""
    return {f"TF_VAR_{name}": value for name, value in secrets.items()}
