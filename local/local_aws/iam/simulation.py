"""The policy simulator: what a principal's policies make of actions on resources. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from local_aws.iam.evaluation import Caller, Grants, Request, decide, missing_keys
from local_aws.iam.policy import parse


def simulate(
    grants: Grants,
    principal_arn: str,
    *,
    actions: Sequence[str],
    resources: Sequence[str],
    context: Sequence[Mapping[str, object]],
    more_policies: Sequence[str],
) -> list[dict[str, object]]:
    """Decide every action on every resource, as SimulatePrincipalPolicy answers it.

    Only the condition keys that are given are there (API reference: those that are missing are
    told). Policies of the resources themselves are not looked at, as on AWS.

    Args:
        grants: what the principal holds.
        principal_arn: who it is.
        actions: names with their service's prefix.
        resources: ARNs, or `*`.
        context: ContextEntries of the request.
        more_policies: documents to add to what the principal holds.

    Raises:
        PolicyError: a document cannot be understood.
    """
    held = replace(grants, identity=grants.identity + tuple(parse(one) for one in more_policies))
    account = principal_arn.split(":")[4]
    caller = Caller(arn=principal_arn, issuer=principal_arn, account_id=account)
    given = {str(entry["ContextKeyName"]).lower(): _values(entry) for entry in context}
    return [
        _result(held, Request(caller, action, resource, given))
        for action in actions
        for resource in resources
    ]


def _result(grants: Grants, request: Request) -> dict[str, object]:
    decision = decide(grants, request)
    refused = "explicitDeny" if decision.explicit else "implicitDeny"
    result: dict[str, object] = {
        "EvalActionName": request.action,
        "EvalResourceName": request.resource,
        "EvalDecision": "allowed" if decision.allowed else refused,
        "MatchedStatements": [],
        "MissingContextValues": list(missing_keys(grants, request)),
    }
    if grants.boundary is not None:
        within = decide(Grants((grants.boundary,)), request).allowed
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": within}
    return result


def _values(entry: Mapping[str, object]) -> tuple[str, ...]:
    told = entry.get("ContextKeyValues")
    return tuple(str(value) for value in told) if isinstance(told, list) else ()
