"""Resources and numbers in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from connect_voice.brief.document import Code, Line
from plan_policy.plan import ResourceChange

_KINDS = {
    "aws_cloudcontrolapi_resource": "Cloud Control resource",
    "aws_cloudwatch_log_group": "log group",
    "aws_connect_contact_flow": "contact flow",
    "aws_connect_contact_flow_module": "contact flow module",
    "aws_connect_hours_of_operation": "hours of operation",
    "aws_connect_instance": "Connect instance",
    "aws_connect_instance_storage_config": "Connect storage config",
    "aws_connect_lambda_function_association": "Lambda association of Connect",
    "aws_connect_phone_number": "phone number",
    "aws_connect_queue": "queue",
    "aws_connect_routing_profile": "routing profile",
    "aws_connect_security_profile": "security profile",
    "aws_connect_user": "Connect user",
    "aws_dynamodb_table": "DynamoDB table",
    "aws_iam_openid_connect_provider": "OIDC provider",
    "aws_iam_policy": "IAM policy",
    "aws_iam_role": "IAM role",
    "aws_iam_role_policy": "IAM role policy",
    "aws_iam_role_policy_attachment": "IAM policy attachment",
    "aws_kinesis_stream": "Kinesis stream",
    "aws_kms_alias": "KMS alias",
    "aws_kms_grant": "KMS grant",
    "aws_kms_key": "KMS key",
    "aws_kms_key_policy": "KMS key policy",
    "aws_lambda_alias": "Lambda alias",
    "aws_lambda_function": "Lambda function",
    "aws_lambda_invocation": "Lambda invocation",
    "aws_lambda_permission": "Lambda permission",
    "aws_s3_bucket": "S3 bucket",
    "aws_ssm_parameter": "SSM parameter",
}
_CLOUD_CONTROL = {
    "AWS::AppIntegrations::Application": "third-party application",
    "AWS::Connect::IntegrationAssociation": "application association of Connect",
    "AWS::Connect::SecurityProfile": "security profile",
}
# What Terraform calls their name is that of something else.
_NAMELESS = frozenset(
    {"aws_connect_lambda_function_association", "aws_lambda_invocation", "aws_lambda_permission"}
)
_NAMES = ("phone_number", "instance_alias", "name", "alias", "function_name", "bucket")
LONGEST_NAME = 300


def kind(change: ResourceChange) -> str:
    """What a resource is: ``phone number``, ``KMS key``."""
    if change.type == "aws_cloudcontrolapi_resource":
        known = _CLOUD_CONTROL.get(str(attribute(change, "type_name")))
        if known:
            return known
    if change.type in _KINDS:
        return _KINDS[change.type]
    return change.type.removeprefix("aws_").replace("_", " ")


def attribute(change: ResourceChange, name: str) -> Any:
    """An attribute as it is now, else as it will be, else None."""
    for values in (change.before, change.after):
        if values is not None and values.get(name) not in {None, ""}:
            return values[name]
    return None


def known_as(change: ResourceChange) -> str | None:
    """What people call it: a number, a name; None where neither is known yet."""
    if change.type in _NAMELESS:
        return None
    if change.type == "aws_kms_key":
        described = attribute(change, "description")
        return described if isinstance(described, str) else None
    for name in _NAMES:
        value = (change.before or change.after or {}).get(name) or (change.after or {}).get(name)
        if isinstance(value, str) and value:
            return value
    return None


def called(change: ResourceChange) -> Line:
    """A resource in a sentence: ``phone number +1206…``."""
    name = known_as(change)
    return (f"{kind(change)} ", Code(short(name or change.address, LONGEST_NAME)))


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """``1 role``, ``2 roles``."""
    return f"{number:,} {singular if number == 1 else plural or plural_of(singular)}"


def plural_of(noun: str) -> str:
    """``phone numbers``, ``KMS key policies``; ``hours of operation`` stay as they are."""
    if " of " in noun:
        first, _, rest = noun.partition(" of ")
        return f"{first if first.endswith('s') else plural_of(first)} of {rest}"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x")) else f"{noun}s"


def short(text: str, longest: int) -> str:
    """The text, or its beginning and how much is left out."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text) - longest:,} more characters)"


def listed(words: Iterable[str]) -> str:
    """``a, b and c``."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def joined(lines: Iterable[Line], separator: str = ", ") -> Line:
    """Lines as one."""
    spans: list[Any] = []
    for number, line in enumerate(lines):
        if number:
            spans.append(separator)
        spans += line
    return tuple(spans)


def codes(values: Iterable[str], most: int = 12) -> Line:
    """Values side by side, and how many more there are."""
    every = list(values)
    shown = joined((Code(short(value, LONGEST_NAME)),) for value in every[:most])
    return (*shown, f" and {len(every) - most:,} more") if len(every) > most else shown


def size(number: int) -> str:
    """Bytes: ``912 B``, ``295.1 kB``, ``1.2 MB``."""
    if number < 1_000:  # noqa: PLR2004 (the unit's own)
        return f"{number} B"
    return f"{number / 1_000:,.1f} kB" if number < 1_000_000 else f"{number / 1_000_000:,.1f} MB"  # noqa: PLR2004


def as_object(text: object) -> Mapping[str, Any] | None:
    """The object in a JSON text; None where there is none."""
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
