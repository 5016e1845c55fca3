"""What a plan must satisfy: a reader of plans, rules over them, waivers. Pure."""

from plan_policy.plan import Action, Plan, PlanError, ResourceChange, parse_plan, read_plan
from plan_policy.verdict import Answer, Source, Verdict

__all__ = [
    "Action",
    "Answer",
    "Plan",
    "PlanError",
    "ResourceChange",
    "Source",
    "Verdict",
    "parse_plan",
    "read_plan",
]
