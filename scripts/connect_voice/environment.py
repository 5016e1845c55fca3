"""An environment: where a deployment goes. One folder each under ``terraform/environments``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from connect_voice.errors import UsageError
from connect_voice.project import Project

_ACCOUNT_ID = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_BYTECODE = re.compile(r"none|3\.13(\.\d+)?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEYS = {
    *("account_id", "region", "state_bucket", "state_key", "state_kms_key_id", "embedded"),
    "bytecode",
}


@dataclass(frozen=True)
class Environment:
    """Where a deployment goes, from ``env.toml``."""

    name: str
    account_id: str
    region: str
    state_bucket: str
    state_key: str
    state_kms_key_id: str | None
    embedded: bool
    folder: Path
    bytecode: str | None = None
    """What its zips must hold, see :func:`lambda_build.build`; nothing leaves it to the machine."""

    @property
    def var_file(self) -> Path:
        """The environment's Terraform variables."""
        return self.folder / "terraform.tfvars"


def environment_names(project: Project) -> list[str]:
    """The environments that exist, sorted."""
    return sorted(path.parent.name for path in project.environments.glob("*/env.toml"))


def load_environment(project: Project, name: str) -> Environment:
    """Read and check ``terraform/environments/<name>/env.toml``.

    Raises:
        UsageError: there is no such environment, or its file is not usable as it stands.
    """
    names = environment_names(project)
    if name not in names:
        close = get_close_matches(name, names, n=1)
        hint = f"; did you mean {close[0]}?" if close else "."
        raise UsageError(
            f"There is no environment {name!r}: terraform/environments has {', '.join(names)}{hint}"
        )
    file = project.environments / name / "env.toml"
    shown = file.relative_to(project.root)
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{shown} is not TOML: {error}.") from None
    for key in data.keys() - _KEYS:
        close = get_close_matches(key, _KEYS, n=1)
        hint = f"; did you mean {close[0]}?" if close else "."
        raise UsageError(f"{shown} has an unknown key {key!r}{hint}")

    def text(key: str, pattern: re.Pattern[str], what: str) -> str:
        value = data.get(key)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise UsageError(f"Set {key} in {shown} to {what}; it is {value!r}.")
        return value

    embedded = data.get("embedded", False)
    if not isinstance(embedded, bool):
        raise UsageError(f"Set embedded in {shown} to true or false; it is {embedded!r}.")
    kms_key_id = data.get("state_kms_key_id")
    if kms_key_id is not None and not isinstance(kms_key_id, str):
        raise UsageError(f"Set state_kms_key_id in {shown} to a KMS key ARN; it is {kms_key_id!r}.")
    state_key = data.get("state_key", f"connect-voice/{name}/terraform.tfstate")
    if not isinstance(state_key, str) or not state_key:
        raise UsageError(f"Set state_key in {shown} to an object key; it is {state_key!r}.")
    environment = Environment(
        name=name,
        account_id=text("account_id", _ACCOUNT_ID, "the 12 digits of the AWS account"),
        region=text("region", _REGION, "an AWS region such as us-east-1"),
        state_bucket=text("state_bucket", _BUCKET, "the S3 bucket that keeps Terraform's state"),
        state_key=state_key,
        state_kms_key_id=kms_key_id or None,
        embedded=embedded,
        folder=file.parent,
        bytecode=text("bytecode", _BYTECODE, "none, 3.13 or a full version such as 3.13.7")
        if "bytecode" in data
        else None,
    )
    if not environment.var_file.is_file():
        raise UsageError(f"{environment.var_file.relative_to(project.root)} is missing.")
    return environment
