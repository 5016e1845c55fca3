"""What is logged is kept for a time, and encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from plan_policy.rule import Finding, Rule, fails, passes, unproven
from plan_policy.world import World

# What privacy officers of contact centres commonly agree to; longer is a decision of its own.
_LONGEST_DAYS = 3653


def _retention(world: World) -> Iterator[Finding]:
    for group in world.managed("aws_cloudwatch_log_group"):
        days = group.value("retention_in_days")
        if days.unknown:
            yield unproven(group.address, "Its retention is known only after apply; set a number.")
        elif not days.number:
            yield fails(
                group.address,
                f"It keeps logs for ever; set retention_in_days to 1 to {_LONGEST_DAYS}.",
            )
        elif not 1 <= days.number <= _LONGEST_DAYS:
            yield fails(
                group.address,
                f"It keeps logs for {days.number} days; set retention_in_days to "
                f"{_LONGEST_DAYS} at most.",
            )
        else:
            yield passes(group.address, f"It keeps logs for {days.number} days.")


RULES = (
    Rule(
        "log-retention",
        "Log groups keep logs for a set time",
        "Logs hold callers' numbers, and a log group without a retention keeps them for ever.",
        "Set retention_in_days on the log group.",
        _retention,
    ),
)
