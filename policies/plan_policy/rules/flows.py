"""Flows as they would be published: sound, without secrets, and led to what this plan knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from flowkit.lint import lint_text
from flowkit.problem import Rule as LintRule
from flowkit.problem import Severity
from plan_policy.redaction import looks_like_secret
from plan_policy.rule import Finding, Rule, fails, passes, unproven
from plan_policy.values import leaves
from plan_policy.world import Resource, World

_FLOWS = {
    "aws_connect_contact_flow": None,
    "aws_connect_contact_flow_module": "CONTACT_FLOW_MODULE",
}
_ARN = re.compile(r"arn:[\w-]+:[\w-]*:[\w-]*:(?:\d{12}|aws)?:[^\s\"'\\]+")
# AWS's own, the same in every account: views of the agent workspace, and what Lex brings.
_OF_AWS = re.compile(r"arn:[\w-]+:connect:[\w-]+:aws:view/[\w:.-]+")
_SHOWN = 5


def _contents(world: World) -> Iterator[tuple[Resource, str]]:
    for flow in world.managed(*_FLOWS):
        if text := flow.value("content").text:
            yield flow, text


def _open(world: World) -> Iterator[Finding]:
    for flow in world.managed(*_FLOWS):
        if flow.value("content").text is None:
            where = (
                "stands in a file" if flow.value("filename").known else "is known only after apply"
            )
            yield unproven(
                flow.address,
                f"What callers would get {where}; set content, and plan again with a rehearsal.",
            )


@lru_cache(maxsize=256)
def _lint(text: str, kind: str | None) -> tuple[tuple[str, str, str], ...]:
    """The findings in a flow as rule, severity and sentence; plans are judged more than once."""
    return tuple(
        (str(each.rule), str(each.severity), str(each.message))
        for each in lint_text(text, kind, sent=True)
    )


def forget() -> None:
    """Look at every flow anew."""
    _lint.cache_clear()


def _kind(flow: Resource) -> str | None:
    return _FLOWS[flow.type] or flow.value("type").text


def _sound(world: World) -> Iterator[Finding]:
    yield from _open(world)
    for flow, text in _contents(world):
        try:
            found = _lint(text, _kind(flow))
        except ValueError:
            yield fails(flow.address, f"There is no flow type {_kind(flow)!r}; correct type.")
            continue
        errors = [message for _, severity, message in found if severity == Severity.ERROR]
        if errors:
            yield fails(
                flow.address,
                f"Amazon Connect would refuse it: {'; '.join(errors[:_SHOWN])}.",
            )
        else:
            yield passes(flow.address, "Amazon Connect would take it.")


def _secrets(world: World) -> Iterator[Finding]:
    yield from _open(world)
    for flow, text in _contents(world):
        places = [
            place
            for place, name, value in leaves(text)
            if isinstance(value, str) and looks_like_secret(name, value)
        ]
        try:
            found = _lint(text, _kind(flow))
        except ValueError:
            found = ()
        places += [message for rule, _, message in found if rule == LintRule.SECRET]
        if places:
            yield fails(
                flow.address,
                f"It holds what looks like a secret at {places[0]}; let a Lambda read it instead.",
            )
        else:
            yield passes(flow.address, "It holds no secret.")


def _known_arns(world: World) -> set[str]:
    found = {
        text
        for resource in world.managed()
        for name in ("arn", "qualified_arn", "id")
        if (text := resource.made(name).text) and text.startswith("arn:")
    }
    # What was looked up, or given: another's queue, a prompt, a bot.
    for part in ("prior_state", "variables"):
        for _, _, value in leaves(world.plan.data.get(part)):
            if isinstance(value, str) and value.startswith("arn:"):
                found.add(value)
    return found


def _portable(world: World) -> Iterator[Finding]:
    yield from _open(world)
    known = _known_arns(world)
    for flow, text in _contents(world):
        strange = [
            arn
            for arn in dict.fromkeys(_ARN.findall(text))
            if arn not in known and not _OF_AWS.fullmatch(arn)
        ]
        if strange:
            yield fails(
                flow.address,
                f"It leads to {', '.join(strange[:_SHOWN])}, which nothing in this plan makes or "
                "looks up; write a placeholder that Terraform fills.",
            )
        else:
            yield passes(flow.address, "It leads only to what this plan knows.")


RULES = (
    Rule(
        "flow-sound",
        "Amazon Connect would take every flow",
        "A flow that is refused leaves the apply half done, and a number without a flow.",
        "Run connect-voice flow lint, and mend what it calls an error.",
        _sound,
    ),
    Rule(
        "flow-no-secret",
        "No flow holds a secret",
        "Whoever may look at a flow, or at its logs, reads it.",
        "Let a Lambda read the secret.",
        _secrets,
    ),
    Rule(
        "flow-portable",
        "Flows lead only to what this plan makes or looks up",
        "An ARN that was typed belongs to another account or to yesterday, and callers go nowhere.",
        "Write a placeholder, and fill it from a reference.",
        _portable,
    ),
)
