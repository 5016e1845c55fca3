"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from plan_policy.verdict import Answer
from plan_policy.world import World

__all__ = ["Finding", "Rule", "fails", "passes", "sentence", "unproven"]


@dataclass(frozen=True)
class Finding:
    """What a rule says about one resource.

    Args:
        address: the resource, or empty for the plan as a whole.
        message: one sentence; where it does not pass, what is wrong and what to do.
    """

    address: str
    answer: Answer
    message: str


def passes(address: str, message: str) -> Finding:
    """The resource is as the rule wants it."""
    return Finding(address, Answer.PASS, message)


def fails(address: str, message: str) -> Finding:
    """The resource is not as the rule wants it."""
    return Finding(address, Answer.FAIL, message)


def unproven(address: str, message: str) -> Finding:
    """The plan does not say whether the resource is as the rule wants it."""
    return Finding(address, Answer.CANNOT_PROVE, message)


def sentence(problems: Iterable[str]) -> str:
    """One sentence of several problems, each told once."""
    text = "; ".join(dict.fromkeys(problems))
    return f"{text[:1].upper()}{text[1:]}."


@dataclass(frozen=True)
class Rule:
    """One thing that a plan is held against.

    Args:
        id: stable, in lower case with hyphens; waivers name it.
        title: what holds where the rule passes, as a short sentence.
        why: what goes wrong where it does not.
        remedy: what to do about it.
        judge: one finding for each resource it applies to; none for any other.
    """

    id: str
    title: str
    why: str
    remedy: str
    judge: Callable[[World], Iterable[Finding]] = field(repr=False, compare=False)
