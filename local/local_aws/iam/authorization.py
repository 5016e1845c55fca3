"""Decides a call of a known identity: identity, session, trust and key policies together."""

from __future__ import annotations

from local_aws.iam import trust
from local_aws.iam.bucket_policies import bucket_standing
from local_aws.iam.calls import Call
from local_aws.iam.context import Context, encryption_context
from local_aws.iam.denial import Refusal
from local_aws.iam.directory import Identity, find_role
from local_aws.iam.evaluation import Decision, Request, Standing, decide
from local_aws.iam.key_use import KeyUse
from local_aws.iam.key_uses import key_uses
from local_aws.iam.kms_keys import KeyFacts, decide_use, find_key
from local_aws.iam.passing import passed_role
from local_aws.iam.policy import PolicyError, parse
from local_aws.iam.resources import resources_of

# "No permissions are required to perform this operation" (AWS STS API reference).
_FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
# "You cannot call … using temporary security credentials" (same reference).
_WITH_LASTING_KEYS = frozenset({"sts:GetSessionToken", "sts:GetFederationToken"})
_SHORTEST_SESSION = 900
_CHAINED_SESSION = 3600
_SESSION_POLICY_LIMIT = 2048  # characters, STS API reference
# What KMS says about a key that is there and cannot be used.
_STATES = {
    "Disabled": "is disabled.",
    "PendingDeletion": "is pending deletion.",
    "PendingImport": "is pending import.",
}


def authorize(call: Call, identity: Identity, context: Context) -> Refusal | None:
    """Return why a call is refused, None when it is allowed."""
    if call.action in _WITH_LASTING_KEYS and identity.session_token is not None:
        sentence = f"Cannot call {call.operation} with session credentials"
        return Refusal("AccessDeniedException", sentence)
    if call.action in _FREE:
        return None
    if call.action == "sts:AssumeRole":
        return _assume_role(call, identity, context)
    for resource in resources_of(call):
        request = Request(identity.caller, call.action, resource, context)
        decision = _decide(call, identity, request)
        if not decision.allowed:
            return _denied(request, decision)
    return _passing(call, identity, context) or keys_in_use(call, identity, context)


def _passing(call: Call, identity: Identity, context: Context) -> Refusal | None:
    """Return why a role may not be handed to a service with this call."""
    passed = passed_role(call)
    if passed is None:
        return None
    told = {**context, "iam:passedtoservice": (passed.service,)}
    request = Request(identity.caller, "iam:PassRole", passed.role_arn, told)
    decision = decide(identity.grants, request)
    return None if decision.allowed else _denied(request, decision)


def keys_in_use(call: Call, identity: Identity, context: Context) -> Refusal | None:
    """Return why KMS would stop a service from using a key for the caller."""
    for use in key_uses(call):
        key = find_key(use.key, call.account_id, call.region)
        if key is None:
            return Refusal(use.unusable, f"Invalid keyId {use.key}")
        request = _key_request(call, identity, context, use, key)
        decision = decide_use(key, identity.grants, request)
        if not decision.allowed:
            refusal = _denied(request, decision)
            return Refusal(refusal.code, f"{use.preamble}{refusal.message}")
        if trouble := _STATES.get(key.state):
            return Refusal(use.unusable, f"{use.preamble}{key.arn} {trouble}")
    return None


def _decide(call: Call, identity: Identity, request: Request) -> Decision:
    if call.service == "kms" and ":key/" in request.resource:
        key = find_key(request.resource, call.account_id, call.region)
        if key is not None:
            return decide_use(key, identity.grants, request)
    if call.service == "s3":
        said = bucket_standing(request, call.account_id)
        if said is Standing.DENIED:
            why = "with an explicit deny in a resource-based policy"
            return Decision(allowed=False, why=why, explicit=True)
        return decide(identity.grants, request, said)
    return decide(identity.grants, request)


def _key_request(
    call: Call, identity: Identity, context: Context, use: KeyUse, key: KeyFacts
) -> Request:
    via = {
        "kms:viaservice": (f"{call.service}.{call.region}.amazonaws.com",),
        "aws:viaawsservice": ("true",),
        **encryption_context(call.account_id, use.encryption_context),
    }
    return Request(identity.caller, use.action, key.arn, {**context, **via})


def _assume_role(call: Call, identity: Identity, context: Context) -> Refusal | None:
    role_arn = call.text("RoleArn") or ""
    request = Request(identity.caller, call.action, role_arn, context)
    role = find_role(role_arn)
    said = Standing.NONE
    if role is not None:
        said = trust.trusted(role.assume_role_policy_document, identity.caller, role_arn, context)
    trusted = said not in (Standing.NONE, Standing.DENIED)
    if role is None or not trusted or not decide(identity.grants, request, said).allowed:
        return Refusal("AccessDeniedException", _sentence(request))
    return _session_limits(call, identity, int(role.max_session_duration or _CHAINED_SESSION))


def _session_limits(call: Call, identity: Identity, longest: int) -> Refusal | None:
    """What STS refuses of the session itself, once the role may be assumed."""
    told = call.params.get("DurationSeconds")
    seconds = told if isinstance(told, int) else _CHAINED_SESSION
    if seconds < _SHORTEST_SESSION:
        return Refusal(
            "ValidationError",
            f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to "
            "satisfy constraint: Member must have value greater than or equal to "
            f"{_SHORTEST_SESSION}",
        )
    if identity.session_token is not None and seconds > _CHAINED_SESSION:
        return Refusal(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining",
        )
    if seconds > longest:
        return Refusal(
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        )
    if call.params.get("PolicyArns"):
        # Passing it on would give the session more than AWS would.
        return Refusal(
            "NotImplemented", "The embedded AWS limits sessions by Policy, not by PolicyArns."
        )
    return _session_policy(call.text("Policy"))


def _session_policy(policy: str | None) -> Refusal | None:
    if policy is None:
        return None
    if len(policy) > _SESSION_POLICY_LIMIT:
        return Refusal(
            "PackedPolicyTooLarge",
            f"A session policy has at most {_SESSION_POLICY_LIMIT} characters, not {len(policy)}.",
        )
    try:
        parse(policy)
    except PolicyError as fault:
        return Refusal("MalformedPolicyDocument", str(fault))
    return None


def _denied(request: Request, decision: Decision) -> Refusal:
    return Refusal("AccessDeniedException", f"{_sentence(request)} {decision.why}")


def _sentence(request: Request) -> str:
    return (
        f"User: {request.caller.arn} is not authorized to perform: {request.action} "
        f"on resource: {request.resource}"
    )
