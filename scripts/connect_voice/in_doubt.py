"""The record of an apply that has not ended well: what it may have made without the state knowing.

Terraform cancels requests in flight when it is stopped. AWS may have carried them out all the same,
and then the object exists and the state lacks it. Before an apply begins its plan is set aside,
which costs nothing. When the apply fails, or when the next run finds the plan that a killed run
left, the plan is boiled down to what identifies its new resources, and removed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connect_voice.errors import CheckFailed, CommandError
from connect_voice.terraform import FLAG
from connect_voice.workspace import Workspace

# What finds an object of each type. Nothing else of a plan is kept: it may hold sensitive values.
_NAMES: Mapping[str, Sequence[str]] = {
    "aws_cloudcontrolapi_resource": ("type_name",),
    "aws_cloudwatch_log_group": ("name",),
    "aws_connect_contact_flow": ("name",),
    "aws_connect_hours_of_operation": ("name",),
    "aws_connect_instance": ("instance_alias",),
    "aws_connect_instance_storage_config": ("resource_type",),
    "aws_connect_lambda_function_association": (),
    "aws_connect_phone_number": ("country_code", "description", "type"),
    "aws_connect_queue": ("name",),
    "aws_connect_user": ("name",),
    "aws_dynamodb_table": ("name",),
    "aws_iam_role": ("name",),
    "aws_kinesis_stream": ("name",),
    "aws_kms_alias": ("name",),
    "aws_kms_key": ("description",),
    "aws_lambda_alias": ("function_name", "name"),
    "aws_lambda_function": ("function_name",),
    "aws_lambda_permission": ("function_name", "statement_id"),
    "aws_ssm_parameter": ("name",),
}
# Kept where the plan knows them; where it does not, the state does by the time of the recovery.
_PLACES = ("function_arn", "instance_id", "qualifier", "target_arn")
VIDEO_PREFIX = "video_prefix"  # of a storage config: nested too deep to be named above
# Of what Cloud Control makes: within the JSON of its desired state, once the plan knows that.
_STATED = ("InstanceArn", "Namespace", "SecurityProfileName")


@dataclass(frozen=True)
class Doubt:
    """A resource that an apply may have made.

    Args:
        address: where Terraform would have it.
        since: when it did not exist yet, as far as the plan knew.
        identity: the values that find it; those unknown at the time of the plan are left out.
        tags: the tags it was to be made with; empty for types that take none.
    """

    address: str
    type: str
    since: datetime
    identity: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def set_aside(workspace: Workspace, plan: Path) -> None:
    """Keep a plan that creates something, before its apply begins."""
    kept = _plan(workspace)
    new = kept.with_suffix(".new")
    shutil.copy2(plan, new)  # its time is the time of the plan, its mode the owner's alone
    new.replace(kept)


def boil_down(workspace: Workspace) -> None:
    """Replace a plan that was set aside by what identifies the resources it creates.

    Raises:
        CommandError: Terraform cannot read it; the plan stays.
    """
    plan = _plan(workspace)
    if not plan.is_file():
        return
    since = datetime.fromtimestamp(plan.stat().st_mtime, UTC)
    shown = workspace.terraform().run("show", str(plan), json=FLAG)
    # An older doubt about the same address stands: it may be from a plan that would adopt it.
    doubts = {doubt.address: doubt for doubt in creations(json.loads(shown.output), since)}
    doubts |= {doubt.address: doubt for doubt in _read(_file(workspace))}
    write(workspace, doubts.values())
    plan.unlink()


def load(workspace: Workspace) -> tuple[Doubt, ...]:
    """Everything in doubt; a plan that a killed run left is boiled down first.

    Raises:
        CheckFailed: there is a record, and it cannot be read.
    """
    try:
        boil_down(workspace)
    except CommandError as error:
        raise CheckFailed(
            f"What an interrupted run left cannot be read from {_plan(workspace)}; use the same "
            f"Terraform as that run, or remove the file to go on without it: {error}"
        ) from None
    return _read(_file(workspace))


def forget(workspace: Workspace) -> None:
    """Nothing is in doubt any more."""
    _plan(workspace).unlink(missing_ok=True)
    _file(workspace).unlink(missing_ok=True)


def creations(plan: Mapping[str, Any], since: datetime) -> list[Doubt]:
    """The resources that a plan creates and that could not simply be created once more.

    Args:
        plan: what ``terraform show -json`` says of it.
        since: when the plan was made.
    """
    created = [
        resource
        for resource in plan.get("resource_changes", ())
        if resource["mode"] == "managed" and "create" in resource["change"]["actions"]
    ]
    shared = _shared_tags(resource["change"]["after"].get("tags_all") for resource in created)
    doubts = [
        Doubt(
            address=resource["address"],
            type=resource["type"],
            since=since,
            identity=_identity(resource["type"], resource["change"]),
            tags=(
                # It has its tags in its desired state, which the plan may not know.
                shared
                if resource["type"] == "aws_cloudcontrolapi_resource"
                else resource["change"]["after"].get("tags_all") or {}
            ),
        )
        for resource in created
        if resource["type"] in _NAMES
    ]
    return [doubt for doubt in doubts if doubt.identity.keys() >= set(_NAMES[doubt.type])]


def write(workspace: Workspace, doubts: Iterable[Doubt]) -> None:
    """Put doubts on record in place of those that are."""
    data = [
        {
            "address": doubt.address,
            "type": doubt.type,
            "since": doubt.since.isoformat(),
            "identity": dict(doubt.identity),
            "tags": dict(doubt.tags),
        }
        for doubt in doubts
    ]
    file = _file(workspace)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    new.replace(file)


def _shared_tags(all_tags: Iterable[Mapping[str, str] | None]) -> dict[str, str]:
    """The tags that everything which has tags has: those of the environment."""
    each = [set(tags.items()) for tags in all_tags if tags]
    return dict(sorted(set.intersection(*each))) if each else {}


def _identity(kind: str, change: Mapping[str, Any]) -> dict[str, str]:
    after = change["after"]
    hidden = change.get("after_sensitive") or {}
    found = {
        name: after[name]
        for name in (*_NAMES[kind], *_PLACES)
        if isinstance(after.get(name), str) and not hidden.get(name)
    }
    for storage in after.get("storage_config") or ():
        for video in storage.get("kinesis_video_stream_config") or ():
            found[VIDEO_PREFIX] = video["prefix"]
    if isinstance(after.get("desired_state"), str):
        stated = json.loads(after["desired_state"])
        found |= {name: stated[name] for name in _STATED if isinstance(stated.get(name), str)}
    return found


def _read(file: Path) -> tuple[Doubt, ...]:
    try:
        return tuple(
            Doubt(
                address=str(entry["address"]),
                type=str(entry["type"]),
                since=datetime.fromisoformat(entry["since"]),
                identity={str(name): str(value) for name, value in entry["identity"].items()},
                tags={str(name): str(value) for name, value in entry["tags"].items()},
            )
            for entry in json.loads(file.read_text(encoding="utf-8"))
        )
    except FileNotFoundError:
        return ()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CheckFailed(
            f"What an interrupted run left is on record in {file}, which is damaged; look for "
            "objects that Terraform does not know, then remove the file."
        ) from None


def _plan(workspace: Workspace) -> Path:
    return workspace.inputs_file.with_name(f"{workspace.environment.name}.in-doubt.tfplan")


def _file(workspace: Workspace) -> Path:
    return workspace.inputs_file.with_name(f"{workspace.environment.name}.in-doubt.json")
