"""Decides requests by policies, in the order AWS does. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from local_aws.iam import patterns
from local_aws.iam.policy import Effect, Policy, Principals, Statement


@dataclass(frozen=True)
class Caller:
    """Who asks, as policies name them.

    `arn` is what the caller is called (for a role session the `assumed-role` ARN), `issuer` the
    user or role behind it. `service` is set when an AWS service asks by itself, `federated` (the
    ARN of a provider) when somebody comes with a token of another issuer.
    """

    arn: str
    issuer: str
    account_id: str
    service: str | None = None
    federated: str | None = None


@dataclass(frozen=True)
class Request:
    """One action on one resource; the keys of `context` are lower-case."""

    caller: Caller
    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """What `${…}` may stand for: every key with one value."""
        return {key: values[0] for key, values in self.context.items() if len(values) == 1}


@dataclass(frozen=True)
class Grants:
    """What limits a caller: identity policies, and a boundary or session policies if any."""

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None


class Standing(Enum):
    """What a resource's own policy says about a caller of the same account."""

    NONE = auto()
    # It trusts the account, which decides by identity policies.
    DELEGATED = auto()
    # It names the role behind the caller, or everybody.
    GRANTED = auto()
    # It names the caller itself: this user, or this very session of a role.
    NAMED = auto()
    DENIED = auto()


@dataclass(frozen=True)
class Decision:
    """The answer, and for a refusal the end of AWS's sentence."""

    allowed: bool
    why: str = ""
    explicit: bool = False


ALLOWED = Decision(allowed=True)

_STRENGTH = (Standing.NONE, Standing.DELEGATED, Standing.GRANTED, Standing.NAMED)


def decide(grants: Grants, request: Request, said: Standing = Standing.DELEGATED) -> Decision:
    """Decide by what the caller holds.

    An explicit deny anywhere counts. What must allow depends on the resource's own policy: one
    that grants to a role replaces the role's policies but not what limits the session, one that
    names the session itself replaces all of it (IAM user guide, "Policy evaluation logic").

    Args:
        grants: what the caller holds.
        request: what it asks.
        said: what the resource's own policy says, as :func:`standing` finds; a resource without a
            policy leaves everything to the account.
    """
    layers: list[tuple[str, Sequence[Policy]]] = [("identity-based policy", grants.identity)]
    if grants.boundary is not None:
        layers.append(("permissions boundary", (grants.boundary,)))
    if grants.session is not None:
        layers.append(("session policy", grants.session))
    for name, policies in layers:
        if any(_applies(one, request, "Deny") for one in _statements(policies)):
            article = "an" if name[0] == "i" else "a"
            why = f"with an explicit deny in {article} {name}"
            return Decision(allowed=False, why=why, explicit=True)
    replaced = {Standing.GRANTED: 1, Standing.NAMED: len(layers)}.get(said, 0)
    for name, policies in layers[replaced:]:
        if not any(_applies(one, request, "Allow") for one in _statements(policies)):
            return Decision(
                allowed=False, why=f"because no {name} allows the {request.action} action"
            )
    return ALLOWED


def missing_keys(grants: Grants, request: Request) -> tuple[str, ...]:
    """The condition keys (lower-case) that statements about this request ask for in vain."""
    policies = [*grants.identity, *(grants.session or ())]
    if grants.boundary is not None:
        policies.append(grants.boundary)
    variables = request.variables
    found = {
        condition.key
        for statement in _statements(policies)
        if _action(statement, request.action)
        and _resource(statement, request.resource, variables if statement.variables else None)
        for condition in statement.conditions
        if condition.key not in request.context
    }
    return tuple(sorted(found))


def standing(policy: Policy, request: Request) -> Standing:
    """Say what a trust or key policy makes of a request."""
    best = Standing.NONE
    for statement in policy.statements:
        named = _named(statement, request.caller)
        if named is Standing.NONE or not _applies(statement, request, statement.effect):
            continue
        if statement.effect == "Deny":
            return Standing.DENIED
        best = max(best, named, key=_STRENGTH.index)
    return best


def _statements(policies: Iterable[Policy]) -> Iterable[Statement]:
    return (statement for policy in policies for statement in policy.statements)


def _applies(statement: Statement, request: Request, effect: Effect) -> bool:
    if statement.effect != effect:
        return False
    variables = request.variables if statement.variables else None
    try:
        return (
            _action(statement, request.action)
            and _resource(statement, request.resource, variables)
            and all(
                condition.operator.holds(
                    request.context.get(condition.key), condition.values, variables
                )
                for condition in statement.conditions
            )
        )
    except patterns.UnknownVariableError:
        return False


def _action(statement: Statement, action: str) -> bool:
    hit = any(patterns.matches(one, action, ignore_case=True) for one in statement.actions)
    return hit is not statement.not_actions


def _resource(statement: Statement, resource: str, variables: Mapping[str, str] | None) -> bool:
    if not statement.resources and statement.principals is not None:
        return True  # a trust policy is about its role
    hit = any(patterns.matches(one, resource, variables) for one in statement.resources)
    return hit is not statement.not_resources


def _named(statement: Statement, caller: Caller) -> Standing:
    if statement.principals is None:
        return Standing.NONE
    found = _among(statement.principals, caller)
    if statement.not_principals:
        return Standing.GRANTED if found is Standing.NONE else Standing.NONE
    return found


def _among(principals: Principals, caller: Caller) -> Standing:
    if caller.service is not None:
        services = principals.by_kind.get("Service", ())
        return Standing.GRANTED if caller.service in services else Standing.NONE
    if caller.federated is not None:
        providers = principals.by_kind.get("Federated", ())
        return Standing.GRANTED if caller.federated in providers else Standing.NONE
    names = principals.by_kind.get("AWS", ())
    if caller.arn in names:
        return Standing.NAMED
    # With * as principal, same-account callers need no identity policy.
    if principals.everybody or caller.issuer in names:
        return Standing.GRANTED
    account = (caller.account_id, f":iam::{caller.account_id}:root")
    if any(name == account[0] or name.endswith(account[1]) for name in names):
        return Standing.DELEGATED
    return Standing.NONE
