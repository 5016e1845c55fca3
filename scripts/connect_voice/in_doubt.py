"""The record of an apply that has not ended well: what it may have made without the state knowing.

Terraform cancels requests in flight when it is stopped. AWS may have carried them out all the same,
and then the object exists and the state lacks it. Before an apply begins, what identifies its new
resources is written beside the state, where whoever plans next finds it: a pipeline's machine is
gone when its job is. When the apply has ended well the record is emptied.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3

from connect_voice.environment import Environment
from connect_voice.errors import CheckFailed
from connect_voice.record_store import RecordStore

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


def record_key(environment: Environment) -> str:
    """The object's key in the state bucket."""
    return f"{environment.state_key}.in-doubt.json"


def record(environment: Environment, session: boto3.Session, doubts: Iterable[Doubt]) -> None:
    """Add to the record, before an apply begins.

    Raises:
        CommandError: S3 cannot be reached or refuses, or what is there cannot be read.
    """
    # An older doubt about the same address stands: it may be from a plan that would adopt it.
    merged = {doubt.address: doubt for doubt in (*doubts, *load(environment, session))}
    _write(environment, session, merged.values())


def load(environment: Environment, session: boto3.Session) -> tuple[Doubt, ...]:
    """Everything in doubt.

    Raises:
        CommandError: S3 cannot be reached or refuses, or the record is damaged.
    """
    text = RecordStore(environment, session).read(record_key(environment))
    if text is None:
        return ()
    try:
        return tuple(
            Doubt(
                address=str(entry["address"]),
                type=str(entry["type"]),
                since=datetime.fromisoformat(entry["since"]),
                identity={str(name): str(value) for name, value in entry["identity"].items()},
                tags={str(name): str(value) for name, value in entry["tags"].items()},
            )
            for entry in json.loads(text)
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CheckFailed(
            f"What an interrupted run left is on record in s3://{environment.state_bucket}/"
            f"{record_key(environment)}, which is damaged; look for objects that Terraform does "
            "not know, then remove that object."
        ) from None


def forget(environment: Environment, session: boto3.Session) -> None:
    """Nothing is in doubt any more.

    Raises:
        CommandError: S3 cannot be reached or refuses.
    """
    if load(environment, session):
        _write(environment, session, ())  # who may apply may delete nothing but the lock


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


def _write(environment: Environment, session: boto3.Session, doubts: Iterable[Doubt]) -> None:
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
    RecordStore(environment, session).put(record_key(environment), json.dumps(data, indent=2))
