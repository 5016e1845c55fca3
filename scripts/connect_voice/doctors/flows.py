"""The published flows: as deployed, without a secret, naming only what exists."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from connect_voice.doctors.aws import found
from connect_voice.doctors.functions import looks_secret
from connect_voice.doctors.look import Look, PublishedFlow, listed, tail
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding
from flowkit.model import Action, Flow, FlowSyntaxError, parse

PUBLISHED = Topic("kore.flow", "kore flow")
NAMED = Topic("kore.flow-resources", "kore flow's resources")
LIMITS = Topic("kore.flow-limits", "kore flow's limits")

_ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:[a-z0-9]*:[^\s\"'<>]+")
_HOOK = "set-disposition-hook"
_LANGUAGE_NAMES = frozenset({"language", "languagecode", "lang"})


def published(look: Look) -> Iterator[Finding]:
    """Published, unchanged since the deploy, in one language, with no secret in it."""
    for purpose, flow_id in look.flows():
        topic = PUBLISHED.of(purpose)
        try:
            flow = look.flow(flow_id)
        except FlowSyntaxError as error:
            yield topic.bad("published", f"The published flow cannot be read: {error}")
            continue
        if flow is None:
            yield topic.bad(
                "published",
                f"The flow {purpose} ({flow_id}) is not published, so that callers would not get "
                "through it; deploy again.",
            )
            continue
        problems = [*_changed(look, topic, flow), *_secrets(look, topic, flow)]
        problems += _wrong_bot(look, topic, flow)
        problems += _without_hook(look, topic, flow)
        yield from problems or [topic.good("published", f"{flow.name} is published, as deployed")]


def named(look: Look) -> Iterator[Finding]:
    """Whether everything exists that a flow names."""
    for purpose, flow_id in look.flows():
        flow = _readable(look, flow_id)
        if flow is None:
            continue
        topic = NAMED.of(purpose)
        arns = {
            arn
            for action in flow.flow.actions
            for text in _texts(action.parameters)
            for arn in _ARN.findall(text)
        }
        gone = sorted(arn for arn in arns if _is_gone(look, arn))
        if gone:
            yield topic.bad(
                "exist",
                f"{flow.name} names {listed(gone)}, which does not exist in this instance; deploy "
                "again.",
            )
        else:
            yield topic.good("exist", f"all {len(arns)} resources that it names exist")


def limits(look: Look) -> Iterator[Finding]:
    """Whether every Lambda ends before the flow stops waiting for it."""
    for function in look.kore.functions:
        topic = LIMITS.of(function.short)
        configuration = look.function(function)
        waits = [
            int(seconds)
            for _, flow_id in look.flows()
            if (flow := _readable(look, flow_id)) is not None
            for action in flow.flow.actions
            if action.type == "InvokeLambdaFunction"
            and str(action.parameters.get("LambdaFunctionARN", "")).startswith(function.arn)
            and (seconds := str(action.parameters.get("InvocationTimeLimitSeconds", ""))).isdigit()
        ]
        if configuration is None or not waits:
            continue  # that one of them is missing is a finding of its own
        longest = configuration.get("Timeout", 3)
        if longest >= min(waits):
            yield topic.bad(
                "time",
                f"{function.name} may take {longest} s and the flow waits {min(waits)} s, so that "
                "its own error would come too late; deploy again.",
            )
        else:
            yield topic.good("time", f"ends after {longest} s; the flow waits {min(waits)} s")


def _readable(look: Look, flow_id: str) -> PublishedFlow | None:
    try:
        return look.flow(flow_id)
    except FlowSyntaxError:
        return None  # a finding of its own


def _changed(look: Look, topic: Topic, published: PublishedFlow) -> Iterator[Finding]:
    """Compare blocks and branches; what fills the placeholders is looked at elsewhere."""
    if look.templates is None:
        return
    template = parse(
        (look.templates / _template_name(look, published.id)).read_text(encoding="utf-8")
    )
    wanted = _shape(template, without_hook=look.kore.disposition_flow_id is None)
    there = _shape(published.flow)
    differing = sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))
    if differing or template.start_action != published.flow.start_action:
        yield topic.bad(
            "changed",
            f"{published.name} is not what was deployed (blocks: {listed(differing) or 'the first'}"
            "); if the change is wanted bring it into the template, and deploy again either way.",
        )


def _secrets(look: Look, topic: Topic, published: PublishedFlow) -> Iterator[Finding]:
    names = {
        name
        for action in published.flow.actions
        for key in ("Attributes", "LambdaInvocationAttributes")
        for name in _mapping(action.parameters.get(key))
        # The widget's token is meant to be an attribute: the page has no other way to it.
        if looks_secret(name) and name not in {"token", "widgetTokenStatus"}
    }
    values = [secret for secret in look.secrets.values() if secret in published.content]
    if names or values:
        what = ", ".join(sorted(names)) or "the value of a secret"
        yield topic.bad(
            "secret",
            f"{published.name} carries a secret ({what}), which contact records keep for 24 "
            "months; remove it, deploy again, and rotate it in Kore's console.",
        )


def _wrong_bot(look: Look, topic: Topic, published: PublishedFlow) -> Iterator[Finding]:
    """One language everywhere, and the Lambdas asked for the bot whose flow this is."""
    bot = next((bot for bot in look.kore.bots if bot.flow_id == published.id), None)
    if bot is None:
        return
    languages: set[str] = set()
    bots: set[str] = set()
    for action in published.flow.actions:
        attributes = _mapping(action.parameters.get("Attributes"))
        spoken = {**attributes, "languageCode": action.parameters.get("LanguageCode")}
        languages |= {
            str(value)
            for name, value in [*attributes.items(), *spoken.items()]
            if value is not None and name.lower() in _LANGUAGE_NAMES
        }
        bots |= {
            str(value)
            for name, value in _mapping(action.parameters.get("LambdaInvocationAttributes")).items()
            if name == "bot"
        }
    if languages != {bot.language_code}:
        yield topic.bad(
            "language",
            f"{published.name} sets {listed(languages) or 'no language'} where {bot.language_code} "
            "is declared; deploy again.",
        )
    if bots != {bot.key}:
        yield topic.bad(
            "bot",
            f"{published.name} asks its Lambdas for {listed(bots) or 'no bot'} instead of "
            f"{bot.key}; deploy again.",
        )


def _without_hook(look: Look, topic: Topic, published: PublishedFlow) -> Iterator[Finding]:
    wanted = look.kore.disposition_flow_id
    if wanted is None or published.id not in {bot.queue_flow_id for bot in look.kore.bots}:
        return
    if _reaches_queue_without_hook(published.flow, wanted):
        yield topic.bad(
            "hook",
            f"{published.name} transfers the caller without having set the disposition flow "
            "(DisconnectAgentUI), so that agents get no form after the call; deploy again.",
        )


def _reaches_queue_without_hook(flow: Flow, disposition_flow_id: str) -> bool:
    """Follow the branches that are taken when nothing fails."""
    seen: set[str] = set()
    waiting = [flow.start_action]
    while waiting:
        action = flow.action(waiting.pop())
        if action is None or action.identifier in seen:
            continue
        seen.add(action.identifier)
        if _sets_hook(action, disposition_flow_id):
            continue
        if action.type == "TransferContactToQueue":
            return True
        if action.transitions.next_action is not None:
            waiting.append(action.transitions.next_action)
        waiting += [condition.next_action for condition in action.transitions.conditions]
    return False


def _sets_hook(action: Action, disposition_flow_id: str) -> bool:
    if action.type != "UpdateContactEventHooks":
        return False
    hook = _mapping(action.parameters.get("EventHooks")).get("DisconnectAgentUI")
    return isinstance(hook, str) and tail(hook) == tail(disposition_flow_id)


def _is_gone(look: Look, arn: str) -> bool:
    if arn in {function.alias_arn for function in look.kore.functions}:
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


def _template_name(look: Look, flow_id: str) -> str:
    if flow_id == look.kore.disposition_flow_id:
        return "disposition.json"
    ids = {bot.flow_id for bot in look.kore.bots}
    return "agent-assist.json" if flow_id in ids else "queue.json"


def _shape(flow: Flow, *, without_hook: bool = False) -> dict[str, str]:
    """What each block is and where it leads, as text that can be compared."""
    hook = flow.action(_HOOK) if without_hook else None
    after = hook.transitions.next_action if hook is not None else None

    def target(name: str | None) -> str | None:
        return after if hook is not None and name == _HOOK else name

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
        if hook is None or action.identifier != _HOOK
    }


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
