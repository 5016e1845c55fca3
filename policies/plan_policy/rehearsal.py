"""Rehearses an apply, so that what a plan leaves open can be judged before it is applied.

On a first deploy the text of a policy that names a key, or of a flow that names a Lambda, is known
only after apply: the plan says nothing of it. Terraform's own test command can plan the same
configuration with the same variables against a provider that only remembers, which answers with
ids made up here. Then every such text is there, as it will be but for the ids. What the plan itself
knows always goes before what was rehearsed.

Source: https://developer.hashicorp.com/terraform/language/tests/mocking
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from plan_policy.context import Context
from plan_policy.plan import Action, Plan, ResourceChange
from plan_policy.provenance import Configuration
from plan_policy.values import any_true

__all__ = ["is_open", "rehearsal", "rehearsed_attributes"]

_RUN = "rehearsal"
_ADDRESS = re.compile(r'(?:[\w-]+|\.|\[\d+\]|\["(?:[^"\\\n]|\\.)*"\])+')
_MADE_ANEW = {Action.CREATE, Action.REPLACE}
# The part of an ARN after the account; {…} is an attribute that the plan knows, or else an id.
_ARNS: Mapping[str, str] = {
    "aws_cloudwatch_log_group": "logs:{region}:{account}:log-group:{name}",
    "aws_connect_contact_flow": "connect:{region}:{account}:instance/{instance}/contact-flow/{id}",
    "aws_connect_instance": "connect:{region}:{account}:instance/{instance}",
    "aws_connect_phone_number": "connect:{region}:{account}:phone-number/{id}",
    "aws_connect_queue": "connect:{region}:{account}:instance/{instance}/queue/{id}",
    "aws_dynamodb_table": "dynamodb:{region}:{account}:table/{name}",
    "aws_iam_policy": "iam::{account}:policy/{name}",
    "aws_iam_role": "iam::{account}:role/{name}",
    "aws_kinesis_stream": "kinesis:{region}:{account}:stream/{name}",
    "aws_kms_key": "kms:{region}:{account}:key/{id}",
    "aws_kms_replica_key": "kms:{region}:{account}:key/{id}",
    "aws_lambda_alias": "lambda:{region}:{account}:function:{function_name}:{name}",
    "aws_lambda_function": "lambda:{region}:{account}:function:{function_name}",
    "aws_s3_bucket": "s3:::{bucket}",
    "aws_sns_topic": "sns:{region}:{account}:{name}",
    "aws_sqs_queue": "sqs:{region}:{account}:{name}",
    "aws_ssm_parameter": "ssm:{region}:{account}:parameter{name}",
}
_ROLE = "iam::{account}:role/aws-service-role/connect.amazonaws.com/AWSServiceRoleForConnect_{id}"
# Resources whose id is another attribute of theirs.
_NAMED_BY: Mapping[str, str] = {
    "aws_cloudwatch_log_group": "name",
    "aws_dynamodb_table": "name",
    "aws_iam_role": "name",
    "aws_lambda_function": "function_name",
    "aws_s3_bucket": "bucket",
    "aws_ssm_parameter": "name",
}


def is_open(plan: Plan) -> bool:
    """Whether anything that the configuration sets is known only after apply."""
    configuration = Configuration(plan.configuration)
    return any(
        any_true(mask) and _set_here(configuration, change, name)
        for change in plan.managed()
        for name, mask in _masks(change)
    )


def rehearsal(plan: Plan, context: Context) -> str:
    """The file for ``terraform test`` that plans once more, against a provider that remembers.

    It is to be run in the root module that the plan was made in, with the same variables, and
    reaches nothing.

    Args:
        plan: what tells which ids are yet to be made, and those that are there.
    """
    blocks = [
        *_data_overrides(plan),
        *_resource_overrides(plan, context),
    ]
    return (
        'mock_provider "aws" {\n'
        + "".join(blocks)
        + "}\n"
        + f'run "{_RUN}" {{\n  command = plan\n}}\n'
    )


def rehearsed_attributes(output: str) -> dict[str, Mapping[str, Any]]:
    """The attributes of every resource by address, from what ``terraform test`` printed.

    Args:
        output: of ``terraform test -json -verbose``; empty attributes if it failed.
    """
    found: dict[str, Mapping[str, Any]] = {}
    for line in output.splitlines():
        event = _event(line)
        for change in event.get("resource_changes", ()) if isinstance(event, dict) else ():
            after = change.get("change", {}).get("after")
            if change.get("mode") == "managed" and isinstance(after, dict):
                found[str(change.get("address"))] = _known_part(
                    after, change["change"].get("after_unknown")
                )
    return found


def _event(line: str) -> Any:
    try:
        event = json.loads(line) if line.startswith("{") else {}
    except (ValueError, RecursionError):
        return {}
    return event.get("test_plan") or {}


def _known_part(after: Mapping[str, Any], unknown: Any) -> dict[str, Any]:
    """What the rehearsal knows; where it does not either, nothing may look as if it were absent."""
    masks = unknown if isinstance(unknown, Mapping) else {}
    return {name: value for name, value in after.items() if not any_true(masks.get(name))}


def _data_overrides(plan: Plan) -> Iterator[str]:
    """What data sources said when the plan was made."""
    for resource in _prior(plan.data.get("prior_state")):
        values = resource.get("values")
        address = str(resource.get("address"))
        if resource.get("mode") != "data" or not _ADDRESS.fullmatch(address):
            continue
        # All or nothing of one: its attributes may belong together, such as names and values.
        if isinstance(values, dict) and not any_true(resource.get("sensitive_values")):
            known = {name: value for name, value in values.items() if value is not None}
            yield _override("data", address, known)


def _prior(part: Any) -> Iterator[Mapping[str, Any]]:
    pending = [part]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            if "address" in each and "values" in each:
                yield each
            else:
                pending += [each.get(key) for key in ("values", "root_module")]
                pending += [*_list(each.get("resources")), *_list(each.get("child_modules"))]


def _resource_overrides(plan: Plan, context: Context) -> Iterator[str]:
    configuration = Configuration(plan.configuration)
    checked = _checked_after_apply(plan)
    for change in plan.managed():
        if change.address in checked or not _ADDRESS.fullmatch(change.address):
            continue
        if change.action in _MADE_ANEW:
            values = {name: _made_up(change, name, context) for name in _identities(change)}
        else:
            values = {
                name: value
                for name, value in (change.before or {}).items()
                if isinstance(value, str) and value and not _sensitive(change, name)
            }
        values = {
            name: value
            for name, value in values.items()
            if value is not None and not _set_here(configuration, change, name)
        }
        if values:
            yield _override("resource", change.address, values)


def _checked_after_apply(plan: Plan) -> set[str]:
    """Resources with a condition on what only AWS can say: nothing made up would satisfy it."""
    return {
        str(_mapping(instance.get("address")).get("to_display"))
        for check in _list(plan.data.get("checks"))
        for instance in _list(_mapping(check).get("instances"))
        if isinstance(instance, dict) and instance.get("status") == "unknown"
    }


def _identities(change: ResourceChange) -> Iterator[str]:
    """What AWS calls it: attributes of its own making that others refer to."""
    for name in {**(change.after or {}), **dict(_masks(change))}:
        if name in {"id", "arn", "phone_number", "service_role"} or name.endswith(("_id", "_arn")):
            yield name


def _made_up(change: ResourceChange, name: str, context: Context) -> str | None:
    known = change.after or {}
    unique = _unique(change.address)
    parts = {
        "region": context.region,
        "account": context.account_id,
        "instance": _unique("instance"),
        "id": unique,
        "kind": change.type,
        "service": change.type.split("_")[1] if "_" in change.type else "aws",
        **{key: str(known.get(key) or unique) for key in ("name", "function_name", "bucket")},
    }
    if name == "service_role" or name.endswith("role_arn"):
        return f"arn:aws:{_ROLE.format(**parts)}"
    if name == "arn" or name.endswith("_arn"):
        pattern = _ARNS.get(change.type, "{service}:{region}:{account}:{kind}/{id}")
        return f"arn:aws:{pattern.format(**parts)}"
    if name == "phone_number":
        return f"+1206555{int(unique[:4], 16) % 10_000:04}"
    if name == "id" and change.type == "aws_connect_instance":
        return parts["instance"]
    if name == "id" and change.type == "aws_kinesis_stream":
        return _made_up(change, "arn", context)
    return str(known.get(_NAMED_BY.get(change.type, ""), unique)) if name == "id" else unique


def _unique(text: str) -> str:
    digits = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


def _override(kind: str, address: str, values: Mapping[str, Any]) -> str:
    during = "    override_during = plan\n" if kind == "resource" else ""
    body = f"    target = {address}\n{during}    values = {_literal(values)}\n"
    return f"  override_{kind} {{\n{body}  }}\n"


def _literal(value: object) -> str:
    """A value as HCL, which JSON is but for what a text may interpolate."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")


def _set_here(configuration: Configuration, change: ResourceChange, name: str) -> bool:
    resource = f"{change.type}.{change.name}"
    return configuration.expression(change.module, resource, (name,)) is not None


def _sensitive(change: ResourceChange, name: str) -> bool:
    mask = change.before_sensitive
    return any_true(mask.get(name) if isinstance(mask, Mapping) else mask)


def _masks(change: ResourceChange) -> list[tuple[str, Any]]:
    mask = change.after_unknown
    return list(mask.items()) if isinstance(mask, Mapping) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
