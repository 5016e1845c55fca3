"""The published flows: as deployed, without a secret, naming only what exists."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from connect_voice.doctors.aws import found
from connect_voice.doctors.functions import looks_secret
from connect_voice.doctors.look import Look, listed
from connect_voice.doctors.site import PublishedFlow, tail
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding
from flowkit.model import Flow, FlowSyntaxError

FLOW = Topic("flow", "flow")
NAMED = Topic("flow-resources", "flow's resources")
LIMITS = Topic("flow-limits", "flow's limits")

_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[a-z0-9]*:[^\s\"'<>]+")


def published(look: Look, topic: Topic) -> Iterator[Finding]:
    """Published, with no secret in it."""
    for purpose, flow_id in look.flows():
        one = topic.of(purpose)
        try:
            flow = look.flow(flow_id)
        except FlowSyntaxError as error:
            yield one.bad("published", f"The published flow cannot be read: {error}")
            continue
        if flow is None:
            yield one.bad(
                "published",
                f"The flow {purpose} ({flow_id}) is not published, so that callers would not get "
                "through it; deploy again.",
            )
            continue
        problems = list(_secrets(look, one, flow))
        yield from problems or [one.good("published", f"{flow.name} is published")]


def named(look: Look, topic: Topic) -> Iterator[Finding]:
    """Whether everything exists that a flow names."""
    for purpose, flow_id in look.flows():
        flow = readable(look, flow_id)
        if flow is None:
            continue
        one = topic.of(purpose)
        arns = {
            arn
            for action in flow.flow.actions
            for text in _texts(action.parameters)
            for arn in _ARN.findall(text)
        }
        gone = sorted(arn for arn in arns if _is_gone(look, arn))
        if gone:
            yield one.bad(
                "exist",
                f"{flow.name} names {listed(gone)}, which does not exist in this instance; deploy "
                "again.",
            )
        else:
            yield one.good("exist", f"all {len(arns)} resources that it names exist")


def limits(look: Look, topic: Topic) -> Iterator[Finding]:
    """Whether every Lambda ends before the flow stops waiting for it."""
    for function in look.functions:
        one = topic.of(function.short)
        configuration = look.function(function)
        waits = [
            int(seconds)
            for _, flow_id in look.flows()
            if (flow := readable(look, flow_id)) is not None
            for action in flow.flow.actions
            if action.type == "InvokeLambdaFunction"
            and str(action.parameters.get("LambdaFunctionARN", "")).startswith(function.arn)
            and (seconds := str(action.parameters.get("InvocationTimeLimitSeconds", ""))).isdigit()
        ]
        if configuration is None or not waits:
            continue  # that one of them is missing is a finding of its own
        longest = configuration.get("Timeout", 3)
        if longest >= min(waits):
            yield one.bad(
                "time",
                f"{function.name} may take {longest} s and the flow waits {min(waits)} s, so that "
                "its own error would come too late; deploy again.",
            )
        else:
            yield one.good("time", f"ends after {longest} s; the flow waits {min(waits)} s")


def readable(look: Look, flow_id: str) -> PublishedFlow | None:
    """A published flow, None where there is none or it cannot be read: findings of their own."""
    try:
        return look.flow(flow_id)
    except FlowSyntaxError:
        return None


def changed_since(one: Topic, published: PublishedFlow, blocks: list[str]) -> Finding:
    """The finding that somebody published something else than was deployed."""
    return one.bad(
        "changed",
        f"{published.name} is not what was deployed (blocks: {listed(blocks) or 'the first'}); if "
        "the change is wanted bring it into the template, and deploy again either way.",
    )


def shape(flow: Flow, *, without: str | None = None) -> dict[str, str]:
    """What each block is and where it leads, as text that can be compared, by its identifier.

    Parameters are left out: what fills the placeholders of a template is not known here.

    Args:
        without: a block that is left out; what led to it leads to what comes after it.
    """
    out = None if without is None else flow.action(without)
    after = out.transitions.next_action if out is not None else None

    def target(name: str | None) -> str | None:
        return after if out is not None and name == without else name

    return {
        action.identifier: json.dumps(
            [
                action.type,
                target(action.transitions.next_action),
                sorted(
                    [*condition.operands, condition.operator, target(condition.next_action)]
                    for condition in action.transitions.conditions
                ),
                sorted(
                    [branch.error_type, target(branch.next_action)]
                    for branch in action.transitions.errors
                ),
            ]
        )
        for action in flow.actions
        if out is None or action.identifier != without
    }


def mapping(value: object) -> Mapping[str, object]:
    """A block's parameter that should be an object; an empty one where it is none."""
    return value if isinstance(value, Mapping) else {}


def _secrets(look: Look, one: Topic, published: PublishedFlow) -> Iterator[Finding]:
    names = {
        name
        for action in published.flow.actions
        for key in ("Attributes", "LambdaInvocationAttributes")
        for name in mapping(action.parameters.get(key))
        if looks_secret(name) and name not in look.vendor.harmless_attributes
    }
    values = [secret for secret in look.known_secrets if secret in published.content]
    if names or values:
        what = ", ".join(sorted(names)) or "the value of a secret"
        yield one.bad(
            "secret",
            f"{published.name} carries a secret ({what}), which contact records keep for 24 "
            f"months; remove it, deploy again, and rotate it in {look.vendor.title}'s console.",
        )


def _is_gone(look: Look, arn: str) -> bool:
    if arn in {function.alias_arn for function in look.functions}:
        return False  # our own Lambdas are looked at by themselves
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    if service == "lambda":
        return look.function(arn) is None
    if service != "connect":
        return False
    instance, connect = look.deployed.instance_id, look.aws.connect
    if resource.startswith("instance/") and not resource.startswith(f"instance/{instance}/"):
        return True
    kind = resource.split("/")[2] if resource.startswith("instance/") else resource.split("/")[0]
    if kind == "contact-flow":
        return look.flow(tail(arn)) is None
    reads: Mapping[str, Callable[[], object]] = {
        "queue": lambda: connect.describe_queue(InstanceId=instance, QueueId=tail(arn)),
        "view": lambda: connect.describe_view(InstanceId=instance, ViewId=arn),
    }
    return kind in reads and found(reads[kind]) is None


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
