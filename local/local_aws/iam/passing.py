"""Roles that a call passes to a service: whoever makes it needs ``iam:PassRole`` for them."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.iam.calls import Call


@dataclass(frozen=True)
class Passed:
    """A role and who gets it."""

    role_arn: str
    service: str


# Operation -> the parameter with the role, and the service that takes it on.
_PASSING = {
    ("lambda", "CreateFunction"): ("Role", "lambda.amazonaws.com"),
    ("lambda", "UpdateFunctionConfiguration"): ("Role", "lambda.amazonaws.com"),
}


def passed_role(call: Call) -> Passed | None:
    """The role that a call passes, None when it passes none."""
    parameter, service = _PASSING.get((call.service, call.operation), ("", ""))
    role = call.text(parameter) if parameter else None
    return Passed(role, service) if role else None
