"""IAM policy documents as values. Pure: text in, statements out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from local_aws.iam import operators

Effect = Literal["Allow", "Deny"]


class PolicyError(ValueError):
    """A policy document that cannot be understood; the message says what is wrong with it."""


@dataclass(frozen=True)
class Condition:
    """One key of one operator; it holds when any (for a negated operator: none) value matches."""

    operator: operators.Operator
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Principals:
    """Whom a statement of a trust or key policy is about, by kind (`AWS`, `Service`, …)."""

    by_kind: Mapping[str, tuple[str, ...]]
    everybody: bool = False


@dataclass(frozen=True)
class Statement:
    """One statement. `actions` and `resources` are what it names, or all else when `not_…`."""

    effect: Effect
    actions: tuple[str, ...]
    not_actions: bool
    resources: tuple[str, ...]
    not_resources: bool
    principals: Principals | None
    not_principals: bool
    conditions: tuple[Condition, ...]
    # `${aws:username}` is a variable since version 2012-10-17, plain text before.
    variables: bool


@dataclass(frozen=True)
class Policy:
    """A whole document."""

    statements: tuple[Statement, ...]


def parse(document: str) -> Policy:
    """Read a policy document.

    Raises:
        PolicyError: it is not JSON, lacks a part, or uses a condition operator we do not know.
    """
    try:
        told = json.loads(document)
    except ValueError as fault:
        raise PolicyError(f"The policy is not JSON: {fault}.") from fault
    if not isinstance(told, dict):
        raise PolicyError("The policy is not a JSON object.")
    statements = told.get("Statement", [])
    if isinstance(statements, dict):
        statements = [statements]
    variables = told.get("Version") == "2012-10-17"
    return Policy(tuple(_statement(one, variables=variables) for one in statements))


def _statement(told: object, *, variables: bool) -> Statement:
    if not isinstance(told, dict):
        raise PolicyError("A statement is not a JSON object.")
    effect = told.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"A statement's Effect is {effect!r}: it must be Allow or Deny.")
    actions, not_actions = _either(told, "Action", "NotAction")
    resources, not_resources = _either(told, "Resource", "NotResource")
    principals, not_principals = told.get("Principal"), "NotPrincipal" in told
    if not_principals:
        principals = told["NotPrincipal"]
    return Statement(
        effect=effect,
        actions=actions,
        not_actions=not_actions,
        resources=resources,
        not_resources=not_resources,
        principals=None if principals is None else _principals(principals),
        not_principals=not_principals,
        conditions=_conditions(told.get("Condition", {})),
        variables=variables,
    )


def _either(told: Mapping[str, object], name: str, opposite: str) -> tuple[tuple[str, ...], bool]:
    if opposite in told:
        return _texts(told[opposite]), True
    return _texts(told.get(name, ())), False


def _principals(told: object) -> Principals:
    if told == "*":
        return Principals({}, everybody=True)
    if not isinstance(told, dict):
        raise PolicyError(f"A Principal is {told!r}: it must be * or an object.")
    by_kind = {str(kind): _texts(values) for kind, values in told.items()}
    return Principals(by_kind, everybody="*" in by_kind.get("AWS", ()))


def _conditions(told: object) -> tuple[Condition, ...]:
    if not isinstance(told, dict):
        raise PolicyError("A Condition is not a JSON object.")
    found = []
    for name, keys in told.items():
        try:
            operator = operators.find(name)
        except operators.UnknownOperatorError as fault:
            raise PolicyError(str(fault)) from fault
        if not isinstance(keys, dict):
            raise PolicyError(f"The condition {name} is not a JSON object.")
        found += [Condition(operator, key.lower(), _texts(values)) for key, values in keys.items()]
    return tuple(found)


def _texts(told: object) -> tuple[str, ...]:
    values = told if isinstance(told, (list, tuple)) else [told]
    return tuple(_text(value) for value in values)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise PolicyError(f"A policy has {value!r} where a text belongs.")
