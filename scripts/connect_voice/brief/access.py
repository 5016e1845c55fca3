"""Who may do what after a plan that may not now, and the other way round, from its policies.

Statements are compared by effect, action, resource and condition, so a policy that is only written
in another order differs in nothing.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from connect_voice.brief.references import Names
from connect_voice.brief.words import as_object
from plan_policy.plan import Action, Plan, ResourceChange


class Permission(NamedTuple):
    """One action on one resource, allowed or denied to somebody.

    Args:
        condition: as text, empty without one.
    """

    effect: str
    action: str
    resource: str
    condition: str

    @property
    def wide(self) -> bool:
        """Whether it allows more than a reviewer would expect anywhere."""
        return self.effect == "Allow" and (
            self.action == "*" or self.action.endswith(":*") or self.resource == "*"
        )


class Clause(NamedTuple):
    """Permissions that differ in action and resource only, each action on each resource."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: str
    wide: bool


@dataclass(frozen=True)
class AccessChange:
    """What changes for one principal.

    Args:
        who: ``role connect-voice-prod-kore``, ``service connect.amazonaws.com``.
        gained: what is allowed or denied from now on.
        lost: what is no longer allowed or denied.
        unknown: policies of it that are written, whose text is known only after apply.
        stranger: whether the principal is anybody at all, or of another account.
    """

    who: str
    gained: tuple[Clause, ...]
    lost: tuple[Clause, ...]
    unknown: tuple[str, ...]
    stranger: bool = False

    @property
    def wider(self) -> bool:
        """Whether it could do more than before."""
        return bool(
            any(clause.effect == "Allow" for clause in self.gained)
            or any(clause.effect == "Deny" for clause in self.lost)
            or self.unknown
        )

    @property
    def alarming(self) -> bool:
        """Whether it gains what names no action or no resource, or a stranger gains anything."""
        gained = [clause for clause in self.gained if clause.effect == "Allow"]
        # That an account decides by IAM is how every key policy of it begins.
        if self.who == OWN_ACCOUNT:
            return False
        return any(clause.wide for clause in gained) or (self.stranger and bool(gained))


@dataclass
class _Held:
    """What a principal holds before and after, as far as the plan's changes say."""

    before: set[Permission] = field(default_factory=set)
    after: set[Permission] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)


def access_changes(plan: Plan, account_id: str) -> tuple[AccessChange, ...]:
    """What the plan changes for every principal, alarming ones first.

    Args:
        plan: the plan.
        account_id: the environment's account; whoever is of another one is a stranger.
    """
    held: defaultdict[str, _Held] = defaultdict(_Held)
    names = Names(plan, account_id)
    for change in plan.changes:
        reader = _READERS.get(change.type)
        if change.managed and reader and change.action not in {Action.NO_OP, Action.READ}:
            reader(change, names, held)
    found = [
        AccessChange(
            who,
            _clauses(sides.after - sides.before),
            _clauses(sides.before - sides.after),
            tuple(dict.fromkeys(sides.unknown)),
            stranger=who.startswith((EVERYONE, _STRANGER)),
        )
        for who, sides in held.items()
        if sides.before != sides.after or sides.unknown
    ]
    return tuple(sorted(found, key=lambda each: (not each.alarming, not each.wider, each.who)))


_ARN_FIELDS = 6
EVERYONE = "everyone"
OWN_ACCOUNT = "this account"
_STRANGER = "of another account: "

_Reader = Callable[[ResourceChange, Names, "defaultdict[str, _Held]"], None]


def _role_policy(change: ResourceChange, names: Names, held: defaultdict[str, _Held]) -> None:
    who = f"role {names.owner(change, 'role')}"
    told = f"policy {_name(change)}"
    _own_policy(change, "policy", who, told, held)


def _user_policy(change: ResourceChange, names: Names, held: defaultdict[str, _Held]) -> None:
    _own_policy(
        change, "policy", f"user {names.owner(change, 'user')}", f"policy {_name(change)}", held
    )


def _policy(change: ResourceChange, _names: Names, held: defaultdict[str, _Held]) -> None:
    who = f"whoever has the policy {_name(change)}"
    _own_policy(change, "policy", who, f"policy {_name(change)}", held)


def _own_policy(
    change: ResourceChange, attribute: str, who: str, told: str, held: defaultdict[str, _Held]
) -> None:
    sides = held[who]
    sides.before |= set(_permissions(_text(change.before, attribute)))
    if _unknown(change, attribute):
        sides.unknown.append(told)
        sides.after |= sides.before  # nothing can be said of it, so nothing is
    else:
        sides.after |= set(_permissions(_text(change.after, attribute)))


def _role(change: ResourceChange, names: Names, held: defaultdict[str, _Held]) -> None:
    name = _name(change)
    _resource_policy(change, "assume_role_policy", f"role {name}", names.account_id, held)
    role = held[f"role {name}"]
    for values, side in ((change.before, role.before), (change.after, role.after)):
        for arn in _texts(values, "managed_policy_arns"):
            side.add(_all_of(arn))
        boundary = _text(values, "permissions_boundary")
        if boundary:
            side.add(Permission("Deny", "all but what it allows", f"boundary {boundary}", ""))


def _attachment(change: ResourceChange, names: Names, held: defaultdict[str, _Held]) -> None:
    who = f"role {names.owner(change, 'role')}"
    for values, side in ((change.before, held[who].before), (change.after, held[who].after)):
        arn = _text(values, "policy_arn")
        if arn:
            side.add(_all_of(arn))
    if _unknown(change, "policy_arn"):
        held[who].unknown.append("an attached policy")


def _all_of(arn: str) -> Permission:
    # Only its name is in the plan; AdministratorAccess says enough.
    action = "*" if arn.endswith(("/AdministratorAccess", "/PowerUserAccess")) else "all it allows"
    return Permission("Allow", action, f"policy {arn}", "")


def _key_policy(change: ResourceChange, names: Names, held: defaultdict[str, _Held]) -> None:
    _resource_policy(change, "policy", names.key(change), names.account_id, held)


def _bucket_policy(change: ResourceChange, names: Names, held: defaultdict[str, _Held]) -> None:
    _resource_policy(change, "policy", None, names.account_id, held)


def _resource_policy(
    change: ResourceChange,
    attribute: str,
    resource: str | None,
    account: str,
    held: defaultdict[str, _Held],
) -> None:
    """A policy that names its principals itself."""
    for principal, permission in _principals(_text(change.before, attribute), resource, account):
        held[principal].before.add(permission)
    if _unknown(change, attribute):
        told = f"the policy of {resource or _name(change)}"
        for principal, permission in _principals(
            _text(change.before, attribute), resource, account
        ):
            held[principal].after.add(permission)
        held[f"whoever {told} names"].unknown.append(told)
        return
    for principal, permission in _principals(_text(change.after, attribute), resource, account):
        held[principal].after.add(permission)


def _lambda_permission(change: ResourceChange, names: Names, held: defaultdict[str, _Held]) -> None:
    for values, after in ((change.before, False), (change.after, True)):
        if values is None:
            continue
        function = _text(values, "function_name") or "a function known after apply"
        qualifier = _text(values, "qualifier")
        conditions = {}
        for name in ("source_arn", "source_account", "principal_org_id"):
            if after and _unknown(change, name):
                conditions[name] = "(known after apply)"
            elif _text(values, name):
                conditions[name] = str(values[name])
        principal = _text(values, "principal") or "a principal known after apply"
        kind = "Service" if principal.endswith(".amazonaws.com") else "AWS"
        who = _who(kind, principal, names.account_id)
        permission = Permission(
            "Allow",
            _text(values, "action") or "lambda:InvokeFunction",
            f"function {function}" + (f":{qualifier}" if qualifier else ""),
            ", ".join(f"{name} {value}" for name, value in conditions.items()),
        )
        (held[who].after if after else held[who].before).add(permission)


def _grant(change: ResourceChange, names: Names, held: defaultdict[str, _Held]) -> None:
    for values, after in ((change.before, False), (change.after, True)):
        if values is None:
            continue
        grantee = _text(values, "grantee_principal")
        if grantee is None or (after and _unknown(change, "grantee_principal")):
            who = f"whom the grant {_name(change)} names"
        else:
            who = _who("AWS", grantee, names.account_id)
        constraints = json.dumps(values.get("constraints") or [], sort_keys=True)
        if after and "true" in json.dumps(_at(change, "constraints")):
            constraints = "constraints known after apply"
        elif '"' not in constraints:
            constraints = ""
        sides = held[who]
        for operation in _texts(values, "operations"):
            permission = Permission("Allow", f"kms:{operation}", names.key(change), constraints)
            (sides.after if after else sides.before).add(permission)


_READERS: Mapping[str, _Reader] = {
    "aws_iam_role_policy": _role_policy,
    "aws_iam_user_policy": _user_policy,
    "aws_iam_policy": _policy,
    "aws_iam_role": _role,
    "aws_iam_role_policy_attachment": _attachment,
    "aws_kms_key_policy": _key_policy,
    "aws_kms_grant": _grant,
    "aws_lambda_permission": _lambda_permission,
    "aws_s3_bucket_policy": _bucket_policy,
}
TYPES = frozenset(_READERS)
"""The resources that are told here."""


def _statements(text: str | None) -> Iterator[Mapping[str, Any]]:
    document = as_object(text) or {}
    for statement in _as_list(document.get("Statement")):
        if isinstance(statement, Mapping):
            yield statement


def _permissions(text: str | None, resource: str | None = None) -> Iterator[Permission]:
    for statement in _statements(text):
        yield from _of_statement(statement, resource)


def _of_statement(statement: Mapping[str, Any], resource: str | None) -> Iterator[Permission]:
    effect = str(statement.get("Effect", ""))
    actions = [str(each) for each in _as_list(statement.get("Action"))]
    actions += [f"all but {each}" for each in _as_list(statement.get("NotAction"))]
    resources = [str(each) for each in _as_list(statement.get("Resource"))]
    resources += [f"all but {each}" for each in _as_list(statement.get("NotResource"))]
    if resource is not None:
        resources = [resource if each == "*" else each for each in resources] or [resource]
    condition = _condition(statement.get("Condition"))
    for action in actions:
        for each in resources or ["*"]:
            yield Permission(effect, action, each, condition)


def _principals(
    text: str | None, resource: str | None, account: str
) -> Iterator[tuple[str, Permission]]:
    for statement in _statements(text):
        named = [*_named(statement.get("Principal"), account)]
        named += [f"{EVERYONE} but {who}" for who in _named(statement.get("NotPrincipal"), account)]
        for who in named:
            for permission in _of_statement(statement, resource):
                yield who, permission


def _named(principal: Any, account: str) -> Iterator[str]:
    if isinstance(principal, str):
        yield _who("AWS", principal, account)
    elif isinstance(principal, Mapping):
        for kind, values in sorted(principal.items()):
            for value in _as_list(values):
                yield _who(str(kind), str(value), account)


def _who(kind: str, value: str, account: str) -> str:
    if value == "*":
        return EVERYONE
    if kind != "AWS":
        return f"service {value}" if kind == "Service" else value
    fields = value.split(":", 5)
    of = fields[4] if len(fields) == _ARN_FIELDS else value if value.isdecimal() else account
    if of != account:
        return f"{_STRANGER}{value}"
    if value == account or value.endswith(":root"):
        return OWN_ACCOUNT
    path = fields[-1]
    return f"role {path.rpartition('/')[2]}" if path.startswith("role/") else value


def _condition(condition: Any) -> str:
    if not isinstance(condition, Mapping) or not condition:
        return ""
    parts = []
    for operator, tests in sorted(condition.items()):
        for key, values in sorted(tests.items()) if isinstance(tests, Mapping) else []:
            shown = " or ".join(str(value) for value in _as_list(values))
            parts.append(f"{operator} {key} = {shown}")
    return " and ".join(parts)


def _clauses(permissions: Iterable[Permission]) -> tuple[Clause, ...]:
    resources: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    wide = set()
    for each in permissions:
        resources[each.effect, each.condition, each.action].add(each.resource)
        if each.wide:
            wide.add((each.effect, each.condition, each.action))
    grouped: defaultdict[tuple[str, str, tuple[str, ...], bool], list[str]] = defaultdict(list)
    for (effect, condition, action), found in sorted(resources.items()):
        alarming = (effect, condition, action) in wide
        grouped[effect, condition, tuple(sorted(found)), alarming].append(action)
    return tuple(
        Clause(effect, tuple(actions), found, condition, alarming)
        for (effect, condition, found, alarming), actions in grouped.items()
    )


def _as_list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _text(values: Mapping[str, Any] | None, name: str) -> str | None:
    value = (values or {}).get(name)
    return value if isinstance(value, str) and value else None


def _texts(values: Mapping[str, Any] | None, name: str) -> list[str]:
    return [str(each) for each in _as_list((values or {}).get(name)) if each]


def _at(change: ResourceChange, name: str) -> Any:
    unknown = change.after_unknown
    return unknown.get(name, False) if isinstance(unknown, Mapping) else unknown


def _unknown(change: ResourceChange, name: str) -> bool:
    return change.stays and _at(change, name) is True


def _name(change: ResourceChange) -> str:
    return _text(change.after, "name") or _text(change.before, "name") or change.address
