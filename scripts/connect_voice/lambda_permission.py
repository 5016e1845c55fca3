"""Whether a Lambda's resource policy lets one Connect instance invoke it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase

_CONNECT = "connect.amazonaws.com"
_OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "ArnEquals": fnmatchcase,  # the two ARN operators are the same one
    "ArnLike": fnmatchcase,
    "StringEquals": lambda value, pattern: value == pattern,
    "StringLike": fnmatchcase,
}


def allows_connect(policy: str | None, function_arn: str, instance_arn: str) -> bool:
    """Whether Connect may invoke the function on behalf of the instance.

    Args:
        policy: the resource policy of the function or alias as JSON, None when it has none.
        function_arn: as it stands in the flow, qualifier included.
        instance_arn: of the Connect instance.
    """
    context = {
        "aws:sourcearn": instance_arn,
        "aws:sourceaccount": instance_arn.split(":")[4],
    }
    effects = {
        statement.get("Effect")
        for statement in _statements(policy)
        if _applies(statement, function_arn, context)
    }
    return "Allow" in effects and "Deny" not in effects


def is_bound_to(policy: str | None, function_arn: str, instance_arn: str) -> bool:
    """Whether that permission is for this instance alone, not for anybody's who knows the ARN."""
    elsewhere = "arn:aws:connect:us-east-1:000000000000:instance/somebody-elses"
    return allows_connect(policy, function_arn, instance_arn) and not allows_connect(
        policy, function_arn, elsewhere
    )


def _statements(policy: str | None) -> Iterator[Mapping[str, object]]:
    document = json.loads(policy) if policy else {}
    statements = document.get("Statement", [])
    yield from [statements] if isinstance(statements, dict) else statements


def _applies(
    statement: Mapping[str, object], function_arn: str, context: Mapping[str, str]
) -> bool:
    principal = statement.get("Principal")
    services = principal.get("Service") if isinstance(principal, dict) else principal
    return (
        any(fnmatchcase(_CONNECT, service) for service in _texts(services))
        and any(
            fnmatchcase("lambda:invokefunction", action.lower())
            for action in _texts(statement.get("Action"))
        )
        and any(fnmatchcase(function_arn, arn) for arn in _texts(statement.get("Resource")))
        and _conditions_hold(statement.get("Condition"), context)
    )


def _conditions_hold(conditions: object, context: Mapping[str, str]) -> bool:
    if conditions is None:
        return True
    if not isinstance(conditions, dict):
        return False
    for name, entries in conditions.items():
        operator = _OPERATORS.get(name)
        if operator is None or not isinstance(entries, dict):
            return False  # what we cannot evaluate does not count as permission
        for key, patterns in entries.items():
            value = context.get(str(key).lower())
            if value is None or not any(operator(value, pattern) for pattern in _texts(patterns)):
                return False
    return True


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
