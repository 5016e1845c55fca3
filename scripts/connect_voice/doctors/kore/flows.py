"""Kore's flows: as in their templates, for the right bot, with the form after the call."""

from __future__ import annotations

from collections.abc import Iterator

from connect_voice.doctors.flows import FLOW, changed_since, mapping, readable, shape
from connect_voice.doctors.kore.look import KoreLook
from connect_voice.doctors.look import listed
from connect_voice.doctors.site import PublishedFlow, tail
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding
from flowkit.model import Action, Flow, parse

FLOWS = FLOW.under("kore")

_HOOK = "set-disposition-hook"
_LANGUAGE_NAMES = frozenset({"language", "languagecode", "lang"})


def as_deployed(look: KoreLook) -> Iterator[Finding]:
    """Unchanged since the deploy, in one language, asking for its bot, with its form."""
    for purpose, flow_id in look.flows():
        flow = readable(look, flow_id)
        if flow is None:
            continue
        topic = FLOWS.of(purpose)
        problems = [
            *_changed(look, topic, flow),
            *_wrong_bot(look, topic, flow),
            *_without_hook(look, topic, flow),
        ]
        yield from problems or [topic.good("as-deployed", f"{flow.name} is as it was deployed")]


def _changed(look: KoreLook, topic: Topic, published: PublishedFlow) -> Iterator[Finding]:
    """Compare blocks and branches; what fills the placeholders is looked at elsewhere."""
    if look.templates is None:
        return
    template = parse(
        (look.templates / _template_name(look, published.id)).read_text(encoding="utf-8")
    )
    wanted = shape(template, without=_HOOK if look.kore.disposition_flow_id is None else None)
    there = shape(published.flow)
    differing = [name for name in {*wanted, *there} if wanted.get(name) != there.get(name)]
    if differing or template.start_action != published.flow.start_action:
        yield changed_since(topic, published, differing)


def _wrong_bot(look: KoreLook, topic: Topic, published: PublishedFlow) -> Iterator[Finding]:
    """One language everywhere, and the Lambdas asked for the bot whose flow this is."""
    bot = next((bot for bot in look.kore.bots if bot.flow_id == published.id), None)
    if bot is None:
        return
    languages: set[str] = set()
    bots: set[str] = set()
    for action in published.flow.actions:
        attributes = mapping(action.parameters.get("Attributes"))
        spoken = {**attributes, "languageCode": action.parameters.get("LanguageCode")}
        languages |= {
            str(value)
            for name, value in [*attributes.items(), *spoken.items()]
            if value is not None and name.lower() in _LANGUAGE_NAMES
        }
        bots |= {
            str(value)
            for name, value in mapping(action.parameters.get("LambdaInvocationAttributes")).items()
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


def _without_hook(look: KoreLook, topic: Topic, published: PublishedFlow) -> Iterator[Finding]:
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
    hook = mapping(action.parameters.get("EventHooks")).get("DisconnectAgentUI")
    return isinstance(hook, str) and tail(hook) == tail(disposition_flow_id)


def _template_name(look: KoreLook, flow_id: str) -> str:
    if flow_id == look.kore.disposition_flow_id:
        return "disposition.json"
    ids = {bot.flow_id for bot in look.kore.bots}
    return "agent-assist.json" if flow_id in ids else "queue.json"
