"""Secrets on their way to Terraform's ephemeral variables: never to a file, a plan or a log.

They are held by the name of the environment variable that a pipeline's secret store fills.
"""

from __future__ import annotations

import getpass
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping

from connect_voice.embedded import EmbeddedAws
from connect_voice.errors import OutsideError, UsageError
from connect_voice.vendors import VENDORS, Secret

_SECRETS = tuple(secret for vendor in VENDORS for secret in vendor.secrets)
_EVERY_OTHER = "*"  # key of a map variable: for all keys that it does not name


def from_embedded(aws: EmbeddedAws) -> dict[str, str]:
    """What the stand-in vendors of the embedded AWS accept.

    Raises:
        OutsideError: the file is gone or damaged.
    """
    try:
        data = json.loads(aws.secrets_file.read_text(encoding="utf-8"))
        return {secret.environment: str(data[secret.environment]) for secret in _SECRETS}
    except (OSError, ValueError, KeyError, TypeError):
        raise OutsideError(
            f"{aws.secrets_file} is missing or damaged; start afresh with "
            "`connect-voice local down` and then `make deploy`."
        ) from None


def from_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The secrets that the environment holds; those it lacks are left out."""
    return {name: value for name, value in env.items() if value and _secret_of(name) is not None}


def named_in(sentences: Iterable[str]) -> list[str]:
    """The environment variables of secrets that sentences name, each once, in their order.

    Where a sentence offers one for a single key and one for all, the former is meant.
    """
    names: list[str] = []
    for sentence in sentences:
        found = [name for name in re.findall(r"\b[A-Z][A-Z0-9_]+\b", sentence) if _secret_of(name)]
        names += [
            name for name in found if not any(other.startswith(f"{name}_") for other in found)
        ]
    return list(dict.fromkeys(names))


def ask_for(names: Iterable[str]) -> dict[str, str]:
    """Secrets typed in at a terminal without echo.

    Args:
        names: their environment variables.

    Raises:
        UsageError: there is no terminal to ask at, or nothing was typed.
    """
    names = list(names)
    if not sys.stdin.isatty():
        raise UsageError(
            f"This deploy writes secrets and lacks {' and '.join(names)}; set them in the "
            "environment, from your pipeline's secret store, or run at a terminal to be asked. "
            "Nothing was changed."
        )
    asked = {name: getpass.getpass(f"{name}: ").strip() for name in names}
    for name, value in asked.items():
        if not value:
            raise UsageError(f"{name} was left empty. Nothing was changed.")
    return asked


def missing(held: Mapping[str, str]) -> list[str]:
    """The environment variables of all vendors' secrets that are not held."""
    return [
        secret.environment
        for secret in _SECRETS
        if not any(_secret_of(name) is secret for name in held)
    ]


def as_terraform_variables(secrets: Mapping[str, str]) -> dict[str, str]:
    """``TF_VAR_…`` for Terraform's environment; command lines are visible to every user."""
    return {f"TF_VAR_{name}": value for name, value in _variables(secrets)}


def _variables(secrets: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for secret in _SECRETS:
        held = {name: value for name, value in secrets.items() if _secret_of(name) is secret}
        if secret.keyed and held:
            yield (
                secret.variable,
                json.dumps({_key(secret, name): value for name, value in held.items()}),
            )
        elif held:
            yield secret.variable, held[secret.environment]


def _secret_of(name: str) -> Secret | None:
    for secret in _SECRETS:
        if name == secret.environment:
            return secret
        if secret.keyed and re.fullmatch(rf"{secret.environment}_[A-Z0-9_]+", name):
            return secret
    return None


def _key(secret: Secret, name: str) -> str:
    rest = name.removeprefix(secret.environment).removeprefix("_")
    return rest.lower().replace("_", "-") or _EVERY_OTHER
