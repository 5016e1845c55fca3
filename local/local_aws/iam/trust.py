"""Who may take on a role."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.iam.evaluation import Caller, Request, Standing, standing
from local_aws.iam.policy import PolicyError, parse


def service_may_assume(trust_policy: str, service: str) -> bool:
    """Whether a role trusts an AWS service, `lambda.amazonaws.com` say."""
    caller = Caller(arn=service, issuer=service, account_id="", service=service)
    return trusted(trust_policy, caller, role_arn="", context={}) is Standing.GRANTED


def trusted(
    trust_policy: str,
    caller: Caller,
    role_arn: str,
    context: Mapping[str, tuple[str, ...]],
    action: str = "sts:AssumeRole",
) -> Standing:
    """What a role's trust policy says to somebody who wants to assume it."""
    request = Request(caller, action, role_arn, context)
    try:
        return standing(parse(trust_policy), request)
    except PolicyError:
        return Standing.NONE
