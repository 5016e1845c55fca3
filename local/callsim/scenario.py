"""Scenarios: a scripted call and what must come of it, as YAML that people write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callsim.contact import is_e164
from callsim.record import Outcome
from callsim.scenario_values import ScenarioError, Values, load
from callsim.world import Leg

__all__ = [
    "VENDORS",
    "Agent",
    "Expectation",
    "GuideAnswer",
    "Scenario",
    "ScenarioError",
    "StoredDisposition",
    "ThirdParty",
    "parse",
]

# 555-01xx numbers are set aside for fiction in the North American plan.
DEFAULT_CALLER = "+12125550147"
DEFAULT_TALK_SECONDS = 40.0
# Instead of a caller's number.
_WITHHELD = "withheld"
# What a caller may press at a menu, or let it pass.
_KEYS = (*"0123456789*#", "nothing")
# Vendors that have a stand-in. What a script may say, the stand-in itself checks.
VENDORS = ("servicenow", "kore")
# What a third party can be told to do; that it may be refused is Connect's affair.
_LEGS = tuple(leg.value for leg in Leg if leg is not Leg.REFUSED)
_IN_QUEUE = (Outcome.QUEUE, Outcome.SERVED, Outcome.CALLBACK)
_WHOSE = ("caller", "dialled")
_OUTCOMES = tuple(outcome.value for outcome in Outcome)
# What is kept of a disposition and does not differ from call to call.
_STORED = ("disposition", "summary", "summaryCut", "survey", "delivery")


@dataclass(frozen=True)
class ThirdParty:
    """What the leg that a flow transfers to does; an answered leg ends by hanging up."""

    does: Leg = Leg.ANSWERS
    talk_seconds: float = DEFAULT_TALK_SECONDS


@dataclass(frozen=True)
class GuideAnswer:
    """What an agent makes of one page of a guide.

    Args:
        action: the button, by the name it has in the flow, such as ``Next``.
        data: what is filled in, by the names of the fields.
    """

    action: str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Agent:
    """An agent who takes the call from the queue, talks and hangs up.

    Args:
        guide: an answer for each page of the guide that follows, in order; the agent leaves the
            pages after the last one unanswered.
    """

    talk_seconds: float = DEFAULT_TALK_SECONDS
    guide: tuple[GuideAnswer, ...] = ()


@dataclass(frozen=True)
class StoredDisposition:
    """What must be stored for the call: these fields, or with None nothing at all."""

    fields: Mapping[str, object] | None


@dataclass(frozen=True)
class Expectation:
    """What must come of a call.

    Args:
        queue: key of the environment, or name, of the queue that the caller must wait in.
        queue_of_reason: a transfer reason; the caller must wait in the queue the environment
            maps it to, in ``default`` when it maps it to none.
        said: texts that must be said, in this order; parts of what is said are enough.
        attributes: contact attributes at the end; None where there must be no such attribute.
        visits: blocks that the call must go through.
        not_visits: blocks that it must not.
        caller_id: the number that the third party must see: ``caller`` for the caller's own,
            ``dialled`` for the one that the caller dialled, or a number.
        requests: how many requests of each name a vendor must have had for the call, by the
            vendor's name; accepted or not.
        disposition: what must be stored for the call; None where it does not matter.
    """

    outcome: Outcome
    queue: str | None = None
    queue_of_reason: str | None = None
    said: tuple[str, ...] = ()
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    visits: tuple[str, ...] = ()
    not_visits: tuple[str, ...] = ()
    caller_id: str | None = None
    requests: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    disposition: StoredDisposition | None = None


@dataclass(frozen=True)
class Scenario:
    """A scripted call.

    Args:
        caller: the number that calls, in E.164; None when it is withheld.
        keys: what the caller presses at each menu, in order; None where a menu is let pass, as are
            those after the last.
        now: date and time that every clock shows in the time zone it is read in; None for the
            clock of this machine.
        attributes: contact attributes that exist before the first block.
        dials: key of a number, or where it leads; None where there is only one.
        cold: whether the Lambdas start afresh, so that nothing they keep in memory hides a fault.
        without_agents: whether nobody works in any queue.
        without_media_stream: whether Connect fails to open the live media stream.
        without_parameters: names of SSM parameters that seem not to exist during the call; ``*``
            and ``?`` as in file names.
        lost_replies: how many of a Lambda's replies are lost after it ran, so that Connect tries
            again; by the end of the function's name.
        agent: who takes the call from the queue; None while nobody does.
        stand_ins: a script for each stand-in vendor, by the vendor's name.
    """

    name: str
    description: str
    expect: Expectation
    caller: str | None = DEFAULT_CALLER
    keys: tuple[str | None, ...] = ()
    now: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    dials: str | None = None
    cold: bool = False
    without_agents: bool = False
    without_media_stream: bool = False
    without_parameters: tuple[str, ...] = ()
    lost_replies: Mapping[str, int] = field(default_factory=dict)
    third_party: ThirdParty = ThirdParty()
    agent: Agent | None = None
    stand_ins: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def parse(text: str, name: str) -> Scenario:
    """Read a scenario.

    Args:
        text: YAML.
        name: what to call it; the file's name without its ending.

    Raises:
        ScenarioError: one sentence that names the place and what would be right.
    """
    return _scenario(Values(name), load(text, name))


_KNOWN = (
    *("description", "dials", "caller", "now", "cold"),
    *("without_agents", "without_media_stream", "without_parameters", "lost_replies"),
    *("third_party", "agent", "stand_in", "expect"),
)


def _scenario(values: Values, document: object) -> Scenario:
    root = values.mapping(document, "the scenario", _KNOWN)
    caller = values.mapping(root.get("caller", {}), "caller", ("from", "keys", "attributes"))
    number = values.text(caller.get("from", DEFAULT_CALLER), "caller.from")
    if number != _WITHHELD and not is_e164(number):
        values.wrong(
            "caller.from", f'a number such as "{DEFAULT_CALLER}" or {_WITHHELD}, not {number!r}'
        )
    keys = values.items(caller.get("keys", []), "caller.keys")
    for key in ("description", "expect"):
        if key not in root:
            values.refuse(f"has no {key}.")
    expect = _expectation(values, root["expect"])
    agent = None if root.get("agent") is None else _agent(values, root["agent"])
    if expect.outcome is Outcome.SERVED and agent is None:
        values.refuse("expects that an agent takes the call, so it needs an agent.")
    without_agents = values.flag(root.get("without_agents", False), "without_agents")
    if without_agents and agent is not None:
        values.refuse("has an agent who takes the call, and is without_agents; keep one.")
    if expect.outcome is Outcome.QUEUE and agent is not None:
        values.refuse("has an agent who takes the call, so expect.outcome must be served.")
    return Scenario(
        name=values.name,
        description=values.text(root["description"], "description"),
        expect=expect,
        caller=None if number == _WITHHELD else number,
        keys=tuple(_key(values, key, f"caller.keys[{index}]") for index, key in enumerate(keys)),
        now=values.wall_clock(root["now"], "now") if "now" in root else None,
        attributes=values.texts(caller.get("attributes", {}), "caller.attributes"),
        dials=values.optional_text(root.get("dials"), "dials"),
        cold=values.flag(root.get("cold", False), "cold"),
        without_agents=without_agents,
        without_media_stream=values.flag(
            root.get("without_media_stream", False), "without_media_stream"
        ),
        without_parameters=values.text_list(
            root.get("without_parameters", []), "without_parameters"
        ),
        lost_replies=values.counts(root.get("lost_replies", {}), "lost_replies", least=1),
        third_party=_third_party(values, root.get("third_party", {})),
        agent=agent,
        stand_ins={
            vendor: values.mapping(script, f"stand_in.{vendor}")
            for vendor, script in values.mapping(
                root.get("stand_in", {}), "stand_in", VENDORS
            ).items()
        },
    )


def _key(values: Values, value: object, place: str) -> str | None:
    key = values.choice(value, place, _KEYS)
    return None if key == "nothing" else key


def _third_party(values: Values, value: object) -> ThirdParty:
    item = values.mapping(value, "third_party", ("does", "talk_seconds"))
    does = values.choice(item.get("does", Leg.ANSWERS.value), "third_party.does", _LEGS)
    seconds = item.get("talk_seconds", DEFAULT_TALK_SECONDS)
    return ThirdParty(Leg(does), values.seconds(seconds, "third_party.talk_seconds"))


def _agent(values: Values, value: object) -> Agent:
    item = values.mapping(value, "agent", ("talk_seconds", "guide"))
    seconds = item.get("talk_seconds", DEFAULT_TALK_SECONDS)
    pages = values.items(item.get("guide", []), "agent.guide")
    return Agent(
        talk_seconds=values.seconds(seconds, "agent.talk_seconds"),
        guide=tuple(
            _guide_answer(values, page, f"agent.guide[{index}]") for index, page in enumerate(pages)
        ),
    )


def _guide_answer(values: Values, value: object, place: str) -> GuideAnswer:
    item = values.mapping(value, place, ("action", "data"))
    if "action" not in item:
        values.wrong(place, "an answer with an action, such as Next")
    data = values.mapping(item.get("data", {}), f"{place}.data")
    return GuideAnswer(
        action=values.text(item["action"], f"{place}.action"),
        data={key: values.filled(entry, f"{place}.data.{key}") for key, entry in data.items()},
    )


_EXPECTED = (
    *("outcome", "queue", "queue_of_reason", "said", "attributes"),
    *("visits", "not_visits", "caller_id", "requests", "disposition"),
)


def _expectation(values: Values, value: object) -> Expectation:
    item = values.mapping(value, "expect", _EXPECTED)
    if "outcome" not in item:
        values.refuse("expects no outcome: add expect.outcome.")
    outcome = Outcome(values.choice(item["outcome"], "expect.outcome", _OUTCOMES))
    queue = values.optional_text(item.get("queue"), "expect.queue")
    of_reason = values.optional_text(item.get("queue_of_reason"), "expect.queue_of_reason")
    if queue is not None and of_reason is not None:
        values.refuse("gives both expect.queue and expect.queue_of_reason; keep one.")
    if outcome not in _IN_QUEUE and (queue or of_reason):
        values.refuse("expects a queue, so expect.outcome must be queue, served or callback.")
    caller_id = values.optional_text(item.get("caller_id"), "expect.caller_id")
    if caller_id is not None and caller_id not in _WHOSE and not is_e164(caller_id):
        values.wrong("expect.caller_id", f'one of {", ".join(_WHOSE)}, or a number such as "+1…"')
    attributes = values.mapping(item.get("attributes", {}), "expect.attributes")
    requests = values.mapping(item.get("requests", {}), "expect.requests", VENDORS)
    return Expectation(
        outcome=outcome,
        queue=queue,
        queue_of_reason=of_reason,
        said=values.text_list(item.get("said", []), "expect.said"),
        attributes={
            key: values.optional_text(entry, f"expect.attributes.{key}")
            for key, entry in attributes.items()
        },
        visits=values.text_list(item.get("visits", []), "expect.visits"),
        not_visits=values.text_list(item.get("not_visits", []), "expect.not_visits"),
        caller_id=caller_id,
        requests={
            vendor: values.counts(counts, f"expect.requests.{vendor}", least=0)
            for vendor, counts in requests.items()
        },
        disposition=_disposition(values, item["disposition"]) if "disposition" in item else None,
    )


def _disposition(values: Values, value: object) -> StoredDisposition:
    if value is None:
        return StoredDisposition(None)
    fields = values.mapping(value, "expect.disposition", _STORED)
    for key, entry in fields.items():
        if not isinstance(entry, str | bool):
            values.wrong(f"expect.disposition.{key}", "text, or true or false")
    return StoredDisposition(fields)
