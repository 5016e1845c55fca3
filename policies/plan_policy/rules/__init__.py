"""The rules, by what they are about."""

from __future__ import annotations

from plan_policy.rule import Rule
from plan_policy.rules import (
    bearings,
    encryption,
    exposure,
    flows,
    lambdas,
    logs,
    parameters,
    permissions,
    supply,
    transport,
    trust,
)

TOPICS: dict[str, tuple[Rule, ...]] = {
    "Encryption": encryption.RULES,
    "Secrets": parameters.RULES,
    "Permissions": permissions.RULES,
    "Trust": trust.RULES,
    "Exposure": exposure.RULES,
    "Transport": transport.RULES,
    "Lambdas": lambdas.RULES,
    "Logs": logs.RULES,
    "Flows": flows.RULES,
    "Supply": supply.RULES,
    "Bearings": bearings.RULES,
}
"""The rules by topic, in the order of the reference."""

RULES: tuple[Rule, ...] = tuple(rule for rules in TOPICS.values() for rule in rules)
"""Every rule over a plan, in the order of the reference."""
