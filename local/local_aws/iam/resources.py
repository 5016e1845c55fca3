"""Which resources (ARNs) a call is about. `*` where we do not know: a policy must then say `*`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from local_aws.iam.calls import Call
from local_aws.iam.kms_keys import find_key
from local_aws.kinesis_video.backend import kinesis_video_backends

_ANY = ("*",)
Finder = Callable[[Call], tuple[str, ...]]


def resources_of(call: Call) -> tuple[str, ...]:
    """Return the ARNs that must all be allowed."""
    if call.resources is not None:
        return call.resources
    found = _FINDERS[call.service](call) if call.service in _FINDERS else _ANY
    return found or _ANY


def parameter_arn(call: Call, name: str) -> str:
    """The ARN of an SSM parameter named with or without slash, version, or as ARN."""
    if name.startswith("arn:"):
        return name
    # A selector (`name:3`, `name:label`) is no part of the resource.
    bare = name.partition(":")[0].lstrip("/")
    return _arn(call, "ssm", f"parameter/{bare}")


def _arn(call: Call, service: str, resource: str, *, region: bool = True) -> str:
    where = call.region if region else ""
    return f"arn:{call.partition}:{service}:{where}:{call.account_id}:{resource}"


def _ssm(call: Call) -> tuple[str, ...]:
    if path := call.text("Path"):
        return (parameter_arn(call, path.rstrip("/")),)
    names = call.texts("Names")
    if name := call.text("Name"):
        names = [name]
    elif call.text("ResourceType") == "Parameter" and (tagged := call.text("ResourceId")):
        names = [tagged]
    return tuple(parameter_arn(call, name) for name in names)


def _kms(call: Call) -> tuple[str, ...]:
    alias = call.text("AliasName")
    named = call.text("KeyId") or call.text("TargetKeyId") or _key_of_ciphertext(call) or alias
    if not named:
        return ()
    key = find_key(named, call.account_id, call.region)
    arns = [key.arn if key else _arn(call, "kms", f"key/{named}")]
    if alias:  # what changes an alias is about the alias and its key
        arns.append(_arn(call, "kms", alias))
    return tuple(arns)


def _key_of_ciphertext(call: Call) -> str | None:
    """moto writes the key's id in front of what it encrypts, as KMS does in its own way."""
    blob = call.params.get("CiphertextBlob")
    if isinstance(blob, str):
        try:
            blob = base64.b64decode(blob)
        except binascii.Error:
            return None
    return blob[:36].decode("ascii", "replace") if isinstance(blob, bytes) else None


def _logs(call: Call) -> tuple[str, ...]:
    named = call.text("logGroupIdentifier") or call.text("resourceArn") or ""
    group = call.text("logGroupName") or named.partition(":log-group:")[2].removesuffix(":*")
    if not group:
        return ()
    stream = call.text("logStreamName") or ""
    # Also without a stream the resource ends like this: policies say `log-group:NAME:*`.
    return (_arn(call, "logs", f"log-group:{group}:log-stream:{stream}"),)


def _lambda(call: Call) -> tuple[str, ...]:
    named = call.text("FunctionName") or call.text("Resource")
    if not named:
        return ()
    if not named.startswith("arn:"):
        named = _arn(call, "lambda", f"function:{named.rpartition('function:')[2]}")
    qualifier = call.text("Qualifier")
    has_one = named.count(":") > 6  # noqa: PLR2004 - arn:aws:lambda:region:account:function:name
    return (f"{named}:{qualifier}" if qualifier and not has_one else named,)


def _sts(call: Call) -> tuple[str, ...]:
    return tuple(filter(None, [call.text("RoleArn")]))


def _kinesis(call: Call) -> tuple[str, ...]:
    if arn := call.text("StreamARN") or call.text("ResourceARN"):
        return (arn,)
    name = call.text("StreamName")
    return (_arn(call, "kinesis", f"stream/{name}"),) if name else ()


def _kinesis_video(call: Call) -> tuple[str, ...]:
    if arn := call.text("StreamARN") or call.text("ResourceARN"):
        return (arn,)
    name = call.text("StreamName")
    if not name:
        return ()
    known = kinesis_video_backends[call.account_id][call.region].named(name)
    # The ARN ends with the moment of creation, which only an existing stream has.
    return (known.arn if known else _arn(call, "kinesisvideo", f"stream/{name}/*"),)


def table_arns(call: Call) -> tuple[str, ...]:
    """The ARNs of the DynamoDB tables that a call names, one or many."""
    requested = call.params.get("RequestItems")
    names = list(requested) if isinstance(requested, dict) else []
    names += filter(None, [call.text("TableName"), call.text("ResourceArn")])
    for operation in _transaction(call):
        names += [str(one["TableName"]) for one in operation.values() if "TableName" in one]
    arns = [
        one if one.startswith("arn:") else _arn(call, "dynamodb", f"table/{one}") for one in names
    ]
    return tuple(dict.fromkeys(arns))


def _dynamodb(call: Call) -> tuple[str, ...]:
    arns = table_arns(call)
    if index := call.text("IndexName"):
        return tuple(f"{arn}/index/{index}" for arn in arns)
    return arns


def _transaction(call: Call) -> list[dict[str, dict[str, object]]]:
    items = call.params.get("TransactItems")
    return [dict(item) for item in items] if isinstance(items, list) else []


# Parameter -> kind of resource, the kind its operation is about first.
_IAM_KINDS = (
    ("RoleName", "role"),
    ("UserName", "user"),
    ("GroupName", "group"),
    ("InstanceProfileName", "instance-profile"),
    ("PolicyName", "policy"),
)


def _iam(call: Call) -> tuple[str, ...]:
    for name, kind in _IAM_KINDS:
        if value := call.text(name):
            return (_arn(call, "iam", f"{kind}/{value}", region=False),)
    return tuple(filter(None, [call.text("PolicyArn") or call.text("PolicySourceArn")]))


# Parameter of an operation -> the part of an instance's ARN; the most specific counts.
_CONNECT_PARTS = (
    ("ContactFlowModuleId", "flow-module"),
    ("ContactFlowId", "contact-flow"),
    ("QueueId", "queue"),
    ("RoutingProfileId", "routing-profile"),
    ("SecurityProfileId", "security-profile"),
    ("HoursOfOperationId", "operating-hours"),
    ("QuickConnectId", "transfer-destination"),
    ("UserId", "agent"),
    ("PromptId", "prompt"),
    ("ViewId", "view"),
    ("IntegrationAssociationId", "integration-association"),
    ("ContactId", "contact"),
    ("InitialContactId", "contact"),
)


def _connect(call: Call) -> tuple[str, ...]:
    if arn := call.text("resourceArn") or call.text("ResourceArn"):
        return (arn,)
    if target := call.text("TargetArn"):
        # The instance a number is for; a claim is about any number besides.
        claim = call.operation == "ClaimPhoneNumber"
        return (target, _connect_arn(call, "phone-number", "*")) if claim else (target,)
    instance = call.text("InstanceId")
    whole = _connect_arn(call, "instance", instance) if instance else None
    parts = [
        value if value.startswith("arn:") else f"{whole}/{kind}/{value}"
        for name, kind in _CONNECT_PARTS
        if whole and (value := call.text(name))
    ]
    number = call.text("PhoneNumberId")
    if number:
        # Leading a number somewhere concerns the number, the instance and the flow alike.
        numbers = [_connect_arn(call, "phone-number", number)]
        return tuple(numbers + ([whole] if whole else []) + parts)
    if parts:
        return (parts[0],)
    return (whole,) if whole else ()


def _connect_arn(call: Call, kind: str, value: str) -> str:
    return value if value.startswith("arn:") else _arn(call, "connect", f"{kind}/{value}")


_FINDERS: dict[str, Finder] = {
    "connect": _connect,
    "dynamodb": _dynamodb,
    "iam": _iam,
    "kinesis": _kinesis,
    "kinesisvideo": _kinesis_video,
    "kms": _kms,
    "lambda": _lambda,
    "logs": _logs,
    "ssm": _ssm,
    "sts": _sts,
}
