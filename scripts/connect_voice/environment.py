"""An environment: where a deployment goes. One folder each under ``terraform/environments``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from connect_voice.errors import UsageError
from connect_voice.project import Project

_ACCOUNT_ID = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_BYTECODE = re.compile(r"none|3\.13(\.\d+)?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEYS = {
    *("account_id", "region", "state_bucket", "state_key", "state_kms_key_id", "embedded"),
    *("bytecode", "promotes_from", "plan_hours", "approval"),
}
_APPROVAL_KEYS = {"required", "hours", "approvers"}
_APPROVER_KEYS = {"public_key", "identities"}
_DAYS = 24  # hours; what is older than a week was reviewed for another world
_LONGEST_HOURS = 7 * _DAYS


@dataclass(frozen=True)
class Approver:
    """Somebody who may approve plans for an environment.

    Args:
        name: what the ledger calls them.
        public_key: PEM; Ed25519, P-256 or RSA of 2048 bits and more.
        identities: every other name they go by: user names, e-mail addresses, ARNs. Whoever made
            a plan under one of them cannot approve it.
    """

    name: str
    public_key: str
    identities: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApprovalRule:
    """Whether a plan needs somebody's signature, and whose.

    Args:
        hours: how long a signature lasts.
    """

    required: bool = False
    hours: float = _DAYS
    approvers: tuple[Approver, ...] = ()


@dataclass(frozen=True)
class Environment:
    """Where a deployment goes, and on what terms, from ``env.toml``.

    Args:
        promotes_from: the environment whose Lambdas this one should get, byte by byte.
        plan_hours: how long a plan may be applied.
    """

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
    promotes_from: str | None = None
    plan_hours: float = _DAYS
    approval: ApprovalRule = ApprovalRule()
    refresh: bool = True
    """Whether a plan looks at what is deployed, or trusts the state; a command's choice."""

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
    _refuse_unknown(shown, data, _KEYS)

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
    promotes_from = data.get("promotes_from")
    if promotes_from is not None and (promotes_from not in names or promotes_from == name):
        others = [other for other in names if other != name]
        raise UsageError(
            f"Set promotes_from in {shown} to another environment ({', '.join(others)}); it is "
            f"{promotes_from!r}."
        )
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
        promotes_from=promotes_from,
        plan_hours=_hours(data, "plan_hours", shown),
        approval=_approval(data.get("approval", {}), shown),
    )
    if not environment.var_file.is_file():
        raise UsageError(f"{environment.var_file.relative_to(project.root)} is missing.")
    return environment


def _approval(data: object, shown: Path) -> ApprovalRule:
    if not isinstance(data, dict):
        raise UsageError(f"Make approval in {shown} a table, [approval]; it is {data!r}.")
    _refuse_unknown(shown, data, _APPROVAL_KEYS, "[approval] of ")
    required = data.get("required", False)
    if not isinstance(required, bool):
        raise UsageError(f"Set required in [approval] of {shown} to true or false.")
    listed = data.get("approvers", {})
    if not isinstance(listed, dict):
        raise UsageError(f"Make each approver in {shown} a table, [approval.approvers.<name>].")
    approvers = tuple(_approver(name, entry, shown) for name, entry in listed.items())
    return ApprovalRule(required, _hours(data, "hours", shown), approvers)


def _approver(name: str, data: object, shown: Path) -> Approver:
    where = f"[approval.approvers.{name}] of {shown}"
    if not isinstance(data, dict):
        raise UsageError(f"Make {where} a table with public_key and identities.")
    _refuse_unknown(shown, data, _APPROVER_KEYS, f"[approval.approvers.{name}] of ")
    key = data.get("public_key")
    if not isinstance(key, str) or "-----BEGIN PUBLIC KEY-----" not in key:
        raise UsageError(f"Set public_key in {where} to a public key in PEM (BEGIN PUBLIC KEY).")
    identities = data.get("identities", [])
    if not isinstance(identities, list) or not all(isinstance(one, str) for one in identities):
        raise UsageError(f"Set identities in {where} to a list of names.")
    return Approver(name, key, tuple(identities))


def _hours(data: Mapping[str, Any], key: str, shown: Path) -> float:
    value = data.get(key, _DAYS)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not (0 < value <= _LONGEST_HOURS)
    ):
        raise UsageError(
            f"Set {key} in {shown} to a number of hours, {_LONGEST_HOURS} at most; it is {value!r}."
        )
    return float(value)


def _refuse_unknown(shown: Path, data: Mapping[str, Any], known: set[str], where: str = "") -> None:
    for key in data.keys() - known:
        close = get_close_matches(key, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else "."
        raise UsageError(f"{where}{shown} has an unknown key {key!r}{hint}")
