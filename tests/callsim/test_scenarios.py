"""Reading scenarios, and holding calls against them."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from calls_support import END, INSTANCE, ScriptedWorld, block, call, say
from woven_flows import TEMPLATE

from callsim.expectations import Queues, Traces, failures
from callsim.record import CallRecord, Outcome
from callsim.scenario import (
    Agent,
    Expectation,
    GuideAnswer,
    Scenario,
    ScenarioError,
    StoredDisposition,
    parse,
)
from callsim.world import Callback, Leg, Queue

FLOWS = TEMPLATE.parents[1]
NAMES = {
    "servicenow_voice": {
        "agent-finishes-the-job",
        "call-context-slow",
        "caller-asks-for-a-person",
        "interaction-context-late",
        "no-agent-number",
        "oauth-down",
        "unknown-reason",
    },
    "kore_agent_assist": {
        "agent-skips-the-disposition",
        "assisted-call-with-disposition",
        "connect-retries-the-trigger",
        "disposition-webhook-down",
        "no-media-stream",
        "other-language",
        "secret-missing",
        "transcriber-down",
        "transcriber-fails-once",
        "transcriber-refuses",
        "transcriber-slow",
    },
}
SHIPPED = sorted(FLOWS.glob("*/scenarios/*.yaml"))


@pytest.mark.parametrize("vendor", sorted(NAMES))
def test_the_scenarios_of_a_vendor_are_there(vendor: str) -> None:
    assert {file.stem for file in SHIPPED if file.parts[-3] == vendor} >= NAMES[vendor]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_a_shipped_scenario_dials_its_vendor_and_names_only_blocks_of_its_flows(
    file: Path,
) -> None:
    scenario = parse(file.read_text(encoding="utf-8"), file.stem)
    folder = file.parents[1]
    blocks = {
        action["Identifier"]
        for flow in folder.glob("*.json")
        for action in json.loads(flow.read_text(encoding="utf-8"))["Actions"]
    }
    assert {*scenario.expect.visits, *scenario.expect.not_visits} <= blocks
    assert scenario.description
    assert (scenario.dials or "").partition("/")[0] == folder.name


@pytest.mark.parametrize(
    "file", [f for f in SHIPPED if f.parts[-3] == "kore_agent_assist"], ids=lambda file: file.stem
)
def test_a_kore_scenario_says_where_the_caller_ends_and_what_became_of_the_assistant(
    file: Path,
) -> None:
    expect = parse(file.read_text(encoding="utf-8"), file.stem).expect
    assert expect.outcome in {Outcome.QUEUE, Outcome.SERVED}
    assert expect.attributes["agentAssistStatus"]


def test_the_example_of_the_guide_is_a_scenario() -> None:
    guide = (FLOWS.parent / "docs" / "scenarios.md").read_text(encoding="utf-8")
    scenario = parse(guide.partition("```yaml\n")[2].partition("```")[0], "example")
    assert scenario.agent is not None
    assert scenario.expect.disposition is not None


def test_an_oauth_fault_is_not_hidden_by_a_token_in_memory() -> None:
    file = TEMPLATE.parent / "scenarios" / "oauth-down.yaml"
    assert parse(file.read_text(encoding="utf-8"), file.stem).cold


FULL = """
description: Everything at once.
caller:
  from: "+4930123456"
  keys: ["1", nothing, "#"]
  attributes: {tier: gold}
dials: support
now: "2026-03-02 10:30"
cold: true
without_media_stream: true
without_parameters: ["*/client_secret"]
lost_replies: {stream-trigger: 2}
agent:
  talk_seconds: 12.5
  guide:
    - action: Next
      data: {disposition: [resolved], summary: s, survey: [true], stars: 5}
    - action: Back
third_party: {does: no-answer, talk_seconds: 1.5}
stand_in:
  servicenow:
    oauth: {status: 503}
expect:
  outcome: served
  queue: default
  said: [Hello, colleague]
  attributes: {a: "1", b: null}
  visits: [x]
  not_visits: [y]
  caller_id: dialled
  requests: {kore: {transcriber: 1, webhook: 0}}
  disposition: {disposition: resolved, survey: true}
"""


def test_every_key_is_read() -> None:
    scenario = parse(FULL, "full")
    assert scenario == Scenario(
        name="full",
        description="Everything at once.",
        caller="+4930123456",
        keys=("1", None, "#"),
        now=datetime(2026, 3, 2, 10, 30),  # noqa: DTZ001 - a clock on a wall
        attributes={"tier": "gold"},
        dials="support",
        cold=True,
        without_media_stream=True,
        without_parameters=("*/client_secret",),
        lost_replies={"stream-trigger": 2},
        agent=Agent(
            talk_seconds=12.5,
            guide=(
                GuideAnswer(
                    "Next",
                    {"disposition": ["resolved"], "summary": "s", "survey": [True], "stars": 5},
                ),
                GuideAnswer("Back"),
            ),
        ),
        third_party=replace(scenario.third_party, does=Leg.NO_ANSWER, talk_seconds=1.5),
        stand_ins={"servicenow": {"oauth": {"status": 503}}},
        expect=Expectation(
            outcome=Outcome.SERVED,
            queue="default",
            said=("Hello", "colleague"),
            attributes={"a": "1", "b": None},
            visits=("x",),
            not_visits=("y",),
            caller_id="dialled",
            requests={"kore": {"transcriber": 1, "webhook": 0}},
            disposition=StoredDisposition({"disposition": "resolved", "survey": True}),
        ),
    )


def test_most_keys_can_be_left_out() -> None:
    scenario = parse("description: d\nexpect: {outcome: completed}", "short")
    assert scenario.third_party.does is Leg.ANSWERS
    assert not scenario.cold
    assert scenario.stand_ins == {}
    assert scenario.dials is None
    assert scenario.agent is None
    assert scenario.expect.disposition is None
    assert scenario.now is None
    assert scenario.keys == ()
    assert not scenario.without_agents


def test_a_caller_may_withhold_the_number() -> None:
    text = "description: d\nexpect: {outcome: completed}\ncaller: {from: withheld}"
    assert parse(text, "withheld").caller is None


def test_a_date_and_time_may_also_be_written_as_yaml_has_them() -> None:
    text = "description: d\nexpect: {outcome: completed}\nnow: 2026-03-02 10:30:00"
    assert parse(text, "moment").now == datetime(2026, 3, 2, 10, 30)  # noqa: DTZ001


def test_that_nothing_must_be_stored_differs_from_that_it_does_not_matter() -> None:
    text = "description: d\nexpect: {outcome: queue, disposition: null}"
    assert parse(text, "none").expect.disposition == StoredDisposition(None)


SERVED = "description: d\nexpect: {outcome: served}\n"
OK = "description: d\nexpect: {outcome: queue}\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (OK + "colt: true", "has an unknown key 'colt' in the scenario; did you mean 'cold'?"),
        (OK + "third_party: {dose: busy}", "in third_party; did you mean 'does'?"),
        (OK + "caller: {form: x}", "in caller; did you mean 'from'?"),
        (OK + "stand_in: {service-now: {}}", "in stand_in; did you mean 'servicenow'?"),
        (OK + "stand_in: {servicenow: down}", "stand_in.servicenow must be keys and values."),
        (OK + "stand_in: {kroe: {}}", "in stand_in; did you mean 'kore'?"),
        (OK + "cold: 1", "cold must be true or false."),
        (OK + "now: noon", "now must be a date and a time without a zone"),
        (OK + "now: 1030", "now must be a date and a time without a zone"),
        (OK + 'now: "2026-03-02 10:30+01:00"', "now must be a date and a time without a zone"),
        (OK + "now: 2026-03-02", "now must be a date and a time without a zone"),
        (OK + "nwo: x", "did you mean 'now'?"),
        (OK + "without_agents: 1", "without_agents must be true or false."),
        (
            SERVED + "agent: {}\nwithout_agents: true",
            "has an agent who takes the call, and is without_agents; keep one.",
        ),
        (OK + "caller: {keys: 1}", "caller.keys must be a list."),
        (OK + "caller: {keys: [1]}", "caller.keys[0] must be one of 0, 1,"),
        (OK + 'caller: {keys: ["12"]}', "caller.keys[0] must be one of 0, 1,"),
        (
            "description: d\nexpect: {outcome: queue, caller_id: mine}",
            "expect.caller_id must be one of caller, dialled, or a number",
        ),
        (OK + "dial: support", "did you mean 'dials'?"),
        (OK + "dials: [support]", "dials must be text"),
        (OK + "without_media_streams: true", "did you mean 'without_media_stream'?"),
        (OK + "without_media_stream: 1", "without_media_stream must be true or false."),
        (OK + "without_parameters: x", "without_parameters must be a list."),
        (OK + "without_parameters: [1]", "without_parameters[0] must be text"),
        (OK + "lost_replies: {trigger: 0}", "lost_replies.trigger must be a whole number from 1"),
        (OK + "lost_replies: {trigger: true}", "lost_replies.trigger must be a whole number"),
        (OK + "lost_replies: [trigger]", "lost_replies must be keys and values."),
        (
            OK + "agent: {}",
            "has an agent who takes the call, so expect.outcome must be served.",
        ),
        (SERVED, "expects that an agent takes the call, so it needs an agent."),
        (SERVED + "agent: {talk_second: 1}", "in agent; did you mean 'talk_seconds'?"),
        (SERVED + "agent: {talk_seconds: .inf}", "agent.talk_seconds must be a number of seconds."),
        (SERVED + "agent: {guide: {}}", "agent.guide must be a list."),
        (SERVED + "agent: {guide: [{}]}", "agent.guide[0] must be an answer with an action"),
        (
            SERVED + "agent: {guide: [{acton: Next}]}",
            "'acton' in agent.guide[0]; did you mean 'action'?",
        ),
        (SERVED + "agent: {guide: [{action: 1}]}", "agent.guide[0].action must be text"),
        (
            SERVED + "agent: {guide: [{action: Next, data: {how: {deep: 1}}}]}",
            "agent.guide[0].data.how must be text, a number, true or false, or a list of them.",
        ),
        (
            "description: d\nexpect: {outcome: queue, requests: {kore: {transcriber: -1}}}",
            "expect.requests.kore.transcriber must be a whole number from 0 on.",
        ),
        (
            "description: d\nexpect: {outcome: queue, requests: {korea: {}}}",
            "in expect.requests; did you mean 'kore'?",
        ),
        (
            "description: d\nexpect: {outcome: queue, disposition: {sumary: s}}",
            "in expect.disposition; did you mean 'summary'?",
        ),
        (
            "description: d\nexpect: {outcome: queue, disposition: {summary: [s]}}",
            "expect.disposition.summary must be text, or true or false.",
        ),
        (OK + "caller: {from: +4930123456}", "caller.from must be text (numbers need quotes)."),
        (OK + 'caller: {from: "030 123"}', "caller.from must be a number such as"),
        (OK + "third_party: {does: refused}", "one of answers, busy, no-answer, not 'refused'."),
        (OK + "third_party: {talk_seconds: -1}", "talk_seconds must be a number of seconds."),
        (OK + "cold: true\ncold: false", "is not YAML at line 4: 'cold' is given twice."),
        ("description: d", "has no expect."),
        ("expect: {outcome: queue}", "has no description."),
        ("description: ''\nexpect: {outcome: queue}", "description must be text"),
        ("description: d\nexpect: {queue: a}", "expects no outcome: add expect.outcome."),
        ("description: d\nexpect: {outcome: done}", "one of queue, served,"),
        ("description: d\nexpect: {outcom: queue}", "did you mean 'outcome'?"),
        (
            "description: d\nexpect: {outcome: completed, queue: a}",
            "expects a queue, so expect.outcome must be queue, served or callback.",
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
    transfer = block(
        "transfer",
        "TransferParticipantToThirdParty",
        "mark",
        errors={"CallFailed": "a", "ConnectionTimeLimitExceeded": "a", "NoMatchingError": "a"},
        ThirdPartyPhoneNumber="+14155550199",
        ThirdPartyConnectionTimeLimitSeconds="30",
        ContinueFlowExecution="True",
    )
    record = call(
        transfer,
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
        (None, Expectation(Outcome.COMPLETED, caller_id="caller")),
        (None, Expectation(Outcome.COMPLETED, caller_id="+12065550100")),
        ("q-1", Expectation(Outcome.QUEUE, queue="default")),
        ("q-1", Expectation(Outcome.QUEUE, queue="front desk")),
        ("q-2", Expectation(Outcome.QUEUE, queue_of_reason="user_requested")),
        ("q-1", Expectation(Outcome.QUEUE, queue_of_reason="a reason nobody mapped")),
    ],
)
def test_a_met_expectation_has_no_failures(queue: str | None, expect: Expectation) -> None:
    assert failures(ended(queue), expect, QUEUES, Traces()) == ()


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
            Expectation(Outcome.COMPLETED, caller_id="dialled"),
            "+14155550199 should see the number 'dialled' and saw '+12065550100'.",
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
    assert failures(ended(queue), expect, QUEUES, Traces()) == (sentence,)


@pytest.mark.parametrize(
    ("expect", "traces", "sentences"),
    [
        ({"requests": {"kore": {"transcriber": 1}}}, Traces({"kore": {"transcriber": 1}}), ()),
        ({"requests": {"kore": {"transcriber": 0}}}, Traces({"kore": {}}), ()),
        (
            {"requests": {"kore": {"transcriber": 1}}},
            Traces({"kore": {"transcriber": 2}}),
            ("The call's requests 'transcriber' at kore should be 1 and are 2.",),
        ),
        ({"disposition": StoredDisposition(None)}, Traces(), ()),
        (
            {"disposition": StoredDisposition(None)},
            Traces(disposition={"disposition": "resolved"}),
            ("No disposition should be stored for the call, and one is.",),
        ),
        (
            {"disposition": StoredDisposition({})},
            Traces(),
            ("A disposition should be stored for the call, and none is.",),
        ),
        (
            {"disposition": StoredDisposition({"disposition": "resolved", "survey": True})},
            Traces(disposition={"disposition": "resolved", "survey": True, "storedAt": "now"}),
            (),
        ),
        (
            {"disposition": StoredDisposition({"disposition": "resolved", "survey": True})},
            Traces(disposition={"disposition": "dropped"}),
            (
                "The stored 'disposition' should be 'resolved' and is 'dropped'.",
                "The stored 'survey' should be True and is absent.",
            ),
        ),
    ],
)
def test_what_a_call_left_behind_is_held_against_what_is_expected(
    expect: dict[str, Any], traces: Traces, sentences: tuple[str, ...]
) -> None:
    expected = Expectation(Outcome.COMPLETED, **expect)
    assert failures(ended(), expected, QUEUES, traces) == sentences


def test_a_third_party_that_was_never_called_saw_no_number() -> None:
    record = replace(ended(), dialled=())
    expect = Expectation(Outcome.COMPLETED, caller_id="caller")
    assert failures(record, expect, QUEUES, Traces()) == (
        "A third party should see the number 'caller', and none was called.",
    )


def test_a_call_back_must_wait_in_the_queue_that_is_expected() -> None:
    waiting = Callback("+12065550100", Queue(arn=f"{INSTANCE}/queue/q-2", name="People"), 3)
    record = replace(ended("q-2"), outcome=Outcome.CALLBACK, callback=waiting, queue=waiting.queue)
    assert failures(record, Expectation(Outcome.CALLBACK, queue="people"), QUEUES, Traces()) == ()
    expect = Expectation(Outcome.CALLBACK, queue="default")
    assert failures(record, expect, QUEUES, Traces()) == (
        "The call back should wait in the queue 'default' and waits in 'People'.",
    )


def test_an_agent_must_have_come_from_the_queue_that_is_expected() -> None:
    record = replace(ended("q-2"), outcome=Outcome.SERVED)
    expect = Expectation(Outcome.SERVED, queue="default")
    assert failures(record, expect, QUEUES, Traces()) == (
        "The caller should wait in the queue 'default' and waits in 'Front desk'.",
    )
