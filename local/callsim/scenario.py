"""Scenarios: a scripted call and what must come of it, as YAML that people write."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NoReturn, cast

import yaml

from callsim.contact import is_e164
from callsim.record import Outcome
from callsim.world import Leg

# 555-01xx numbers are set aside for fiction in the North American plan.
DEFAULT_CALLER = "+12125550147"
DEFAULT_TALK_SECONDS = 40.0
# Vendors that have a stand-in. What a script may say, the stand-in itself checks.
VENDORS = ("servicenow",)
# What a third party can be told to do; that it may be refused is Connect's affair.
_LEGS = tuple(leg.value for leg in Leg if leg is not Leg.REFUSED)


class ScenarioError(ValueError):
    """A scenario is not usable; the text is one sentence for the person who wrote it."""


@dataclass(frozen=True)
class ThirdParty:
    """What the leg that a flow transfers to does; an answered leg ends by hanging up."""

    does: Leg = Leg.ANSWERS
    talk_seconds: float = DEFAULT_TALK_SECONDS


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
    """

    outcome: Outcome
    queue: str | None = None
    queue_of_reason: str | None = None
    said: tuple[str, ...] = ()
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    visits: tuple[str, ...] = ()
    not_visits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A scripted call.

    Args:
        caller: the number that calls, in E.164.
        attributes: contact attributes that exist before the first block.
        dials: key of a number, or where it leads; None where there is only one.
        cold: whether the Lambdas start afresh, so that nothing they keep in memory hides a fault.
        stand_ins: a script for each stand-in vendor, by the vendor's name.
    """

    name: str
    description: str
    expect: Expectation
    caller: str = DEFAULT_CALLER
    attributes: Mapping[str, str] = field(default_factory=dict)
    dials: str | None = None
    cold: bool = False
    third_party: ThirdParty = ThirdParty()
    stand_ins: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def parse(text: str, name: str) -> Scenario:
    """Read a scenario.

    Args:
        text: YAML.
        name: what to call it; the file's name without its ending.

    Raises:
        ScenarioError: one sentence that names the place and what would be right.
    """
    try:
        document = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise ScenarioError(f"Scenario {name!r} is not YAML{where}: {problem}.") from None
    return _Reader(name).scenario(document)


class _StrictLoader(yaml.SafeLoader):
    """A second value for a key is a mistake, not an update."""

    def construct_mapping(
        self,
        node: yaml.MappingNode,
        deep: bool = False,  # noqa: FBT001, FBT002 - PyYAML's own
    ) -> dict[Hashable, object]:
        seen: set[object] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is given twice", key.start_mark
                )
            seen.add(key.value if isinstance(key, yaml.ScalarNode) else key)
        return super().construct_mapping(node, deep=deep)


class _Reader:
    """Checks every value on the way; the name goes into every sentence."""

    def __init__(self, name: str) -> None:
        self._name = name

    def scenario(self, document: object) -> Scenario:
        known = ("description", "dials", "caller", "cold", "third_party", "stand_in", "expect")
        root = self._object(document, "the scenario", known)
        caller = self._object(root.get("caller", {}), "caller", ("from", "attributes"))
        number = self._text(caller.get("from", DEFAULT_CALLER), "caller.from")
        if not is_e164(number):
            self._wrong("caller.from", f'a number such as "{DEFAULT_CALLER}", not {number!r}')
        for key in ("description", "expect"):
            if key not in root:
                raise ScenarioError(f"Scenario {self._name!r} has no {key}.")
        return Scenario(
            name=self._name,
            description=self._text(root["description"], "description"),
            expect=self._expectation(root["expect"]),
            caller=number,
            attributes=self._texts(caller.get("attributes", {}), "caller.attributes"),
            dials=self._optional_text(root.get("dials"), "dials"),
            cold=self._flag(root.get("cold", False), "cold"),
            third_party=self._third_party(root.get("third_party", {})),
            stand_ins=self._stand_ins(root.get("stand_in", {})),
        )

    def _third_party(self, value: object) -> ThirdParty:
        item = self._object(value, "third_party", ("does", "talk_seconds"))
        does = self._choice(item.get("does", Leg.ANSWERS.value), "third_party.does", _LEGS)
        seconds = item.get("talk_seconds", DEFAULT_TALK_SECONDS)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            self._wrong("third_party.talk_seconds", "a number of seconds")
        return ThirdParty(Leg(does), float(seconds))

    def _stand_ins(self, value: object) -> dict[str, Mapping[str, object]]:
        return {
            vendor: self._object(script, f"stand_in.{vendor}", None)
            for vendor, script in self._object(value, "stand_in", VENDORS).items()
        }

    def _expectation(self, value: object) -> Expectation:
        known = (
            *("outcome", "queue", "queue_of_reason", "said", "attributes"),
            *("visits", "not_visits"),
        )
        item = self._object(value, "expect", known)
        if "outcome" not in item:
            raise ScenarioError(f"Scenario {self._name!r} expects no outcome: add expect.outcome.")
        outcome = Outcome(
            self._choice(item["outcome"], "expect.outcome", tuple(o.value for o in Outcome))
        )
        queue = self._optional_text(item.get("queue"), "expect.queue")
        of_reason = self._optional_text(item.get("queue_of_reason"), "expect.queue_of_reason")
        if queue is not None and of_reason is not None:
            raise ScenarioError(
                f"Scenario {self._name!r} gives both expect.queue and expect.queue_of_reason; "
                "keep one."
            )
        if outcome is not Outcome.QUEUE and (queue is not None or of_reason is not None):
            raise ScenarioError(
                f"Scenario {self._name!r} expects a queue, so expect.outcome must be queue."
            )
        attributes = self._object(item.get("attributes", {}), "expect.attributes", None)
        return Expectation(
            outcome=outcome,
            queue=queue,
            queue_of_reason=of_reason,
            said=self._list(item.get("said", []), "expect.said"),
            attributes={
                key: self._optional_text(entry, f"expect.attributes.{key}")
                for key, entry in attributes.items()
            },
            visits=self._list(item.get("visits", []), "expect.visits"),
            not_visits=self._list(item.get("not_visits", []), "expect.not_visits"),
        )

    def _object(
        self, value: object, place: str, known: tuple[str, ...] | None
    ) -> dict[str, object]:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            self._wrong(place, "keys and values")
        unknown = sorted(key for key in value if known is not None and key not in known)
        if unknown and known is not None:
            close = get_close_matches(unknown[0], known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it knows {', '.join(known)}."
            raise ScenarioError(
                f"Scenario {self._name!r} has an unknown key {unknown[0]!r} in {place}; {hint}"
            )
        return cast("dict[str, object]", value)

    def _text(self, value: object, place: str) -> str:
        if not isinstance(value, str) or not value.strip():
            self._wrong(place, "text (numbers need quotes)")
        return value

    def _optional_text(self, value: object, place: str) -> str | None:
        return None if value is None else self._text(value, place)

    def _texts(self, value: object, place: str) -> dict[str, str]:
        entries = self._object(value, place, None)
        return {key: self._text(entry, f"{place}.{key}") for key, entry in entries.items()}

    def _list(self, value: object, place: str) -> tuple[str, ...]:
        if not isinstance(value, list):
            self._wrong(place, "a list")
        return tuple(self._text(entry, f"{place}[{index}]") for index, entry in enumerate(value))

    def _flag(self, value: object, place: str) -> bool:
        if not isinstance(value, bool):
            self._wrong(place, "true or false")
        return value

    def _choice(self, value: object, place: str, choices: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in choices:
            self._wrong(place, f"one of {', '.join(choices)}, not {value!r}")
        return value

    def _wrong(self, place: str, wanted: str) -> NoReturn:
        raise ScenarioError(f"Scenario {self._name!r}: {place} must be {wanted}.")
