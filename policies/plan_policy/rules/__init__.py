"""The rules, by what they are about."""

from __future__ import annotations

from plan_policy.rule import Rule
from plan_policy.rules import logs

RULES: tuple[Rule, ...] = (*logs.RULES,)
"""Every rule over a plan, in the order of the reference."""
