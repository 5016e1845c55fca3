"""Reading scenarios, and holding calls against them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from calls_support import END, INSTANCE, TEMPLATE, ScriptedWorld, block, call, say

from callsim.expectations import Queues, failures
from callsim.record import CallRecord, Outcome
from callsim.scenario import Expectation, Scenario, ScenarioError, parse
from callsim.world import Leg, Queue

NAMES = {
    "agent-finishes-the-job",
    "call-context-slow",
    "caller-asks-for-a-person",
    "interaction-context-late",
    "no-agent-number",
    "oauth-down",
    "unknown-reason",
}
SHIPPED = sorted((TEMPLATE.parent / "scenarios").glob("*.yaml"))


def test_the_scenarios_of_the_servicenow_flow_are_there() -> None:
    assert {file.stem for file in SHIPPED} >= NAMES


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_scenario_names_only_blocks_of_its_flow(file: Path) -> None:
    scenario = parse(file.read_text(encoding="utf-8"), file.stem)
    blocks = {a["Identifier"] for a in json.loads(TEMPLATE.read_text(encoding="utf-8"))["Actions"]}
    assert {*scenario.expect.visits, *scenario.expect.not_visits} <= blocks
    assert scenario.description


def test_an_oauth_fault_is_not_hidden_by_a_token_in_memory() -> None:
    file = TEMPLATE.parent / "scenarios" / "oauth-down.yaml"
    assert parse(file.read_text(encoding="utf-8"), file.stem).cold


FULL = """
description: Everything at once.
caller:
  from: "+4930123456"
  attributes: {tier: gold}
cold: true
third_party: {does: no-answer, talk_seconds: 1.5}
stand_in:
  servicenow:
    oauth: {status: 503}
expect:
  outcome: queue
  queue: default
  said: [Hello, colleague]
  attributes: {a: "1", b: null}
  visits: [x]
  not_visits: [y]
"""


def test_every_key_is_read() -> None:
    scenario = parse(FULL, "full")
    assert scenario == Scenario(
        name="full",
        description="Everything at once.",
        caller="+4930123456",
        attributes={"tier": "gold"},
        cold=True,
        third_party=replace(scenario.third_party, does=Leg.NO_ANSWER, talk_seconds=1.5),
        stand_ins={"servicenow": {"oauth": {"status": 503}}},
        expect=Expectation(
            outcome=Outcome.QUEUE,
            queue="default",
            said=("Hello", "colleague"),
            attributes={"a": "1", "b": None},
            visits=("x",),
            not_visits=("y",),
        ),
    )


def test_most_keys_can_be_left_out() -> None:
    scenario = parse("description: d\nexpect: {outcome: completed}", "short")
    assert scenario.third_party.does is Leg.ANSWERS
    assert not scenario.cold
    assert scenario.stand_ins == {}


OK = "description: d\nexpect: {outcome: queue}\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (OK + "colt: true", "has an unknown key 'colt' in the scenario; did you mean 'cold'?"),
        (OK + "third_party: {dose: busy}", "in third_party; did you mean 'does'?"),
        (OK + "caller: {form: x}", "in caller; did you mean 'from'?"),
        (OK + "stand_in: {service-now: {}}", "in stand_in; did you mean 'servicenow'?"),
        (OK + "stand_in: {servicenow: down}", "stand_in.servicenow must be keys and values."),
        (OK + "cold: 1", "cold must be true or false."),
        (OK + "caller: {from: +4930123456}", "caller.from must be text (numbers need quotes)."),
        (OK + 'caller: {from: "030 123"}', "caller.from must be a number such as"),
        (OK + "third_party: {does: refused}", "one of answers, busy, no-answer, not 'refused'."),
        (OK + "third_party: {talk_seconds: -1}", "talk_seconds must be a number of seconds."),
        (OK + "cold: true\ncold: false", "is not YAML at line 4: 'cold' is given twice."),
        ("description: d", "has no expect."),
        ("expect: {outcome: queue}", "has no description."),
        ("description: ''\nexpect: {outcome: queue}", "description must be text"),
        ("description: d\nexpect: {queue: a}", "expects no outcome: add expect.outcome."),
        ("description: d\nexpect: {outcome: done}", "one of queue, completed,"),
        ("description: d\nexpect: {outcom: queue}", "did you mean 'outcome'?"),
        (
            "description: d\nexpect: {outcome: completed, queue: a}",
            "expects a queue, so expect.outcome must be queue.",
        ),
        (
            "description: d\nexpect: {outcome: queue, queue: a, queue_of_reason: b}",
            "gives both expect.queue and expect.queue_of_reason; keep one.",
        ),
        (
            "description: d\nexpect: {outcome: queue, attributes: {a: 1}}",
            "expect.attributes.a must be text",
        ),
        ("description: d\nexpect: {outcome: queue, said: hi}", "expect.said must be a list."),
        ("- a", "the scenario must be keys and values."),
        ("", "the scenario must be keys and values."),
        ("a: [", "is not YAML at line 1"),
        ("? {a: 1}\n: b", "is not YAML at line 1"),
        ("!!python/object:os.system {}", "is not YAML at line 1"),
    ],
)
def test_a_mistake_gets_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(text, "mine")
    assert sentence in str(caught.value)
    assert "'mine'" in str(caught.value)
    assert "\n" not in str(caught.value)


def ended(queue: str | None = None) -> CallRecord:
    record = call(
        block("mark", "UpdateContactAttributes", "a", errors={"NoMatchingError": "a"},
              Attributes={"k": "v"}),
        say("a", "Welcome to Example.", "b"),
        say("b", "A colleague will come.", "end"),
        END,
        world=ScriptedWorld(),
    )  # fmt: skip
    if queue is None:
        return record
    where = Queue(arn=f"{INSTANCE}/queue/{queue}", name="Front desk")
    return replace(record, outcome=Outcome.QUEUE, queue=where)


QUEUES = Queues(
    ids={"default": f"{INSTANCE}/queue/q-1", "people": "q-2"}, reasons={"user_requested": "people"}
)


@pytest.mark.parametrize(
    ("queue", "expect"),
    [
        (None, Expectation(Outcome.COMPLETED)),
        (None, Expectation(Outcome.COMPLETED, said=("welcome", "colleague"))),
        (None, Expectation(Outcome.COMPLETED, attributes={"k": "v", "none": None})),
        (None, Expectation(Outcome.COMPLETED, visits=("a",), not_visits=("z",))),
        ("q-1", Expectation(Outcome.QUEUE, queue="default")),
        ("q-1", Expectation(Outcome.QUEUE, queue="front desk")),
        ("q-2", Expectation(Outcome.QUEUE, queue_of_reason="user_requested")),
        ("q-1", Expectation(Outcome.QUEUE, queue_of_reason="a reason nobody mapped")),
    ],
)
def test_a_met_expectation_has_no_failures(queue: str | None, expect: Expectation) -> None:
    assert failures(ended(queue), expect, QUEUES) == ()


@pytest.mark.parametrize(
    ("queue", "expect", "sentence"),
    [
        (
            None,
            Expectation(Outcome.QUEUE, queue="default"),
            "The call should end as queue and ended as completed.",
        ),
        (
            "q-2",
            Expectation(Outcome.QUEUE, queue="default"),
            "The caller should wait in the queue 'default' and waits in 'Front desk'.",
        ),
        (
            "q-1",
            Expectation(Outcome.QUEUE, queue_of_reason="user_requested"),
            "The caller should wait in the queue 'people' and waits in 'Front desk'.",
        ),
        (
            "q-1",
            Expectation(Outcome.QUEUE, queue="no such key or name"),
            "The caller should wait in the queue 'no such key or name' and waits in 'Front desk'.",
        ),
        (
            None,
            Expectation(Outcome.COMPLETED, said=("colleague", "welcome")),
            "The caller should hear 'welcome' and did not, or not in that order.",
        ),
        (
            None,
            Expectation(Outcome.COMPLETED, attributes={"k": "w"}),
            "The attribute 'k' should be 'w' and is 'v'.",
        ),
        (
            None,
            Expectation(Outcome.COMPLETED, attributes={"k": None}),
            "The attribute 'k' should be absent and is 'v'.",
        ),
        (
            None,
            Expectation(Outcome.COMPLETED, visits=("z",)),
            "The call should go through 'z' and did not.",
        ),
        (
            None,
            Expectation(Outcome.COMPLETED, not_visits=("a",)),
            "The call should not go through 'a' and did.",
        ),
    ],
)
def test_a_failure_is_one_sentence(queue: str | None, expect: Expectation, sentence: str) -> None:
    assert failures(ended(queue), expect, QUEUES) == (sentence,)
