"""The ServiceNow flow with its options on and off, whatever of it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from calls_support import branches
from servicenow_town import Town, error, in_queue, interaction, place
from woven_flows import DIALLED, MESSAGES, NUMBER, Options, combinations, woven

from callsim.actions import Failed, Result
from callsim.contact import Endpoint
from callsim.record import CallRecord, Outcome
from callsim.state import Call
from callsim.walker import _run
from callsim.world import Refusal
from flowkit.model import Action, parse
from flowkit.validation import content_problems

EVERY = list(combinations())
BOTH = Options(check_hours=True, check_staffing=True)
CALLBACK = Options(check_hours=True, check_staffing=True, callback_when_closed=True)
CALLER = "+12065550100"


def town(options: Options, **changes: Any) -> Town:
    """Where a caller asks the AI agent for a person."""
    changes.setdefault("interactions", [interaction("user_requested")])
    return Town(flows={"inbound": woven(options)}, **changes)


def closed(options: Options, **changes: Any) -> Town:
    return town(options, open=False, **changes)


def unstaffed(options: Options, **changes: Any) -> Town:
    return town(options, staffed=0, **changes)


def shut(text: str) -> tuple[str, ...]:
    """All that is said when no queue takes the caller and nothing is offered."""
    return (MESSAGES["greeting"], text, MESSAGES["try_later_message"])


class TestEveryCombination:
    @pytest.fixture(params=EVERY, ids=str)
    def options(self, request: pytest.FixtureRequest) -> Options:
        options: Options = request.param
        return options

    def test_connect_would_publish_it(self, options: Options) -> None:
        assert content_problems(woven(options)) == ()

    def test_every_block_can_be_reached(self, options: Options) -> None:
        flow = parse(woven(options))
        reached: set[str] = set()
        waiting = [flow.start_action]
        while waiting:
            action = flow.action(waiting.pop())
            assert action is not None
            if action.identifier not in reached:
                reached.add(action.identifier)
                waiting += action.transitions.targets()
        assert reached == {action.identifier for action in flow.actions}

    def test_the_designer_has_a_place_for_every_block_and_for_nothing_else(
        self, options: Options
    ) -> None:
        document = json.loads(woven(options))
        metadata = document["Metadata"]["ActionMetadata"]
        assert set(metadata) == {action["Identifier"] for action in document["Actions"]}
        places = {(e["position"]["x"], e["position"]["y"]) for e in metadata.values()}
        assert len(places) == len(metadata)

    def test_a_comparison_goes_on_as_it_does_when_no_condition_holds(
        self, options: Options
    ) -> None:
        for action in parse(woven(options)).actions:
            if action.type == "Compare":
                otherwise = action.transitions.error("NoMatchingCondition")
                assert action.transitions.next_action == otherwise

    def test_nobody_hangs_up_but_after_something_was_said(self, options: Options) -> None:
        flow = parse(woven(options))
        into = [a for a in flow.actions if "hang-up" in a.transitions.targets()]
        assert {action.type for action in into} == {"MessageParticipant"}

    def test_an_open_and_staffed_queue_takes_the_caller(self, options: Options) -> None:
        people = "People queue" if options.reasons else "Default queue"
        record = place(town(options))
        assert in_queue(record, people)
        assert record.said()[-1] == MESSAGES["handover_message"]
        assert "queueState" not in record.attributes

    def test_only_what_is_asked_for_is_checked(self, options: Options) -> None:
        assert in_queue(place(closed(options)), "People queue") == (
            not options.check_hours and options.reasons
        )
        assert (place(unstaffed(options)).outcome is Outcome.QUEUE) == (not options.check_staffing)

    def test_the_ai_agent_sees_the_number_that_was_chosen(self, options: Options) -> None:
        seen = town(options)
        place(seen)
        expected = {None: CALLER, NUMBER: NUMBER, DIALLED: "+18005550123"}
        assert seen.dialled[0].caller_id == expected[options.caller_id_number]


class Sabotage:
    """One block of the flow takes one of its error branches, whenever the call comes through."""

    def __init__(self, identifier: str, kind: str) -> None:
        self.identifier = identifier
        self.kind = kind

    def __call__(self, action: Action, call: Call) -> Result:
        if action.identifier == self.identifier:
            return Failed("sabotage", self.kind)
        return _run(action, call)


FULL = Refusal("QueueAtCapacity", "scripted")
WORLDS: dict[str, dict[str, Any]] = {
    "the agent does the job": {"interactions": [interaction(None)]},
    "a person is asked for": {},
    "the agent is not reached": {"contexts": [error("DNIS_MISSING")]},
    "the context is late": {"interactions": [error("LATE", "true"), interaction("billing")]},
    "closed, and a call back wanted": {"open": False, "keys": ["1"]},
    "closed, and no key pressed": {"open": False},
    "unstaffed, and a call back wanted late": {"staffed": 0, "keys": [None, "1"]},
    "unstaffed, and wrong keys pressed": {"staffed": 0, "keys": ["7", "#"]},
    "closed, and the number withheld": {"open": False, "keys": ["1"], "customer": None},
    "closed, and an anonymous caller": {"open": False, "customer": Endpoint("anonymous")},
    "closed, and a number that cannot be called": {"open": False, "undialable": True},
    "the queue is full": {"refusals": {"People queue": FULL, "Default queue": FULL}},
}
# Where one of these fails as the last word of a call, there is nothing left to say it with.
LAST_WORDS = {"say-goodbye", "say-apology"}


def failing(record: CallRecord, options: Options) -> Iterator[Sabotage]:
    """Every error branch of every block that a call went through."""
    flow = parse(woven(options))
    for identifier in dict.fromkeys(step.identifier for step in record.path):
        action = flow.action(identifier)
        assert action is not None
        for entry in action.transitions.errors:
            yield Sabotage(identifier, entry.error_type)


def assert_nobody_is_lost(record: CallRecord, last_word_failed: bool) -> None:  # noqa: FBT001
    if record.outcome is Outcome.QUEUE:
        return
    if record.callback is not None:
        assert record.outcome is Outcome.CALLBACK
        return
    if last_word_failed:
        assert record.outcome in {Outcome.COMPLETED, Outcome.HUNG_UP_SILENTLY}
        return
    assert record.outcome is Outcome.COMPLETED, record.path[-3:]
    honest = {"goodbye_message", "apology_message", "try_later_message"}
    honest |= {"closed_message", "unstaffed_message"}
    assert record.said()[-1] in {MESSAGES[name] for name in honest}


# Which number is shown makes no difference to what may fail, but for there being one.
@pytest.mark.parametrize("options", [o for o in EVERY if o.caller_id_number != NUMBER], ids=str)
@pytest.mark.parametrize("world", WORLDS)
def test_whatever_fails_the_caller_gets_a_person_a_call_back_or_an_honest_word(
    options: Options, world: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call() -> CallRecord:
        changes = {k: list(v) if isinstance(v, list) else v for k, v in WORLDS[world].items()}
        caller = {"customer": changes.pop("customer")} if "customer" in changes else {}
        return place(town(options, **changes), **caller)

    whole = call()
    assert_nobody_is_lost(whole, last_word_failed=False)
    for sabotage in failing(whole, options):
        with monkeypatch.context() as patched:
            patched.setattr("callsim.walker._run", sabotage)
            record = call()
        assert (sabotage.identifier, sabotage.kind) in branches(record)
        assert_nobody_is_lost(record, last_word_failed=sabotage.identifier in LAST_WORDS)


class TestClosed:
    def test_the_caller_hears_it_and_is_told_to_call_again(self) -> None:
        record = place(closed(BOTH))
        assert record.outcome is Outcome.COMPLETED
        assert record.said() == shut(MESSAGES["closed_message"])
        assert record.attributes["queueState"] == "closed"

    def test_nobody_is_told_of_a_colleague_who_does_not_come(self) -> None:
        for options in (BOTH, CALLBACK):
            for world in (closed(options), unstaffed(options)):
                assert MESSAGES["handover_message"] not in place(world).said()

    def test_hours_nobody_knows_count_as_open(self) -> None:
        record = place(town(BOTH, open=None))
        assert ("check-hours", "NoMatchingError") in branches(record)
        assert in_queue(record, "People queue")

    def test_a_failure_before_leads_to_the_same_check(self) -> None:
        record = place(closed(BOTH, contexts=[error("OAUTH_UNAVAILABLE")]))
        assert record.said() == shut(MESSAGES["closed_message"])
        assert record.attributes["handoverReason"] == "call_context_error"


class TestUnstaffed:
    def test_the_caller_hears_it(self) -> None:
        record = place(unstaffed(BOTH))
        assert record.said() == shut(MESSAGES["unstaffed_message"])
        assert record.attributes["queueState"] == "unstaffed"

    def test_a_queue_nobody_can_count_counts_as_staffed(self) -> None:
        record = place(town(BOTH, staffed=None))
        assert ("check-staffing", "NoMatchingError") in branches(record)
        assert in_queue(record, "People queue")

    def test_a_closed_queue_is_not_called_unstaffed(self) -> None:
        record = place(closed(BOTH, staffed=0))
        assert record.said() == shut(MESSAGES["closed_message"])


class TestCallback:
    @pytest.mark.parametrize("make", [closed, unstaffed])
    def test_one_key_arranges_it_in_the_queue_of_the_reason(self, make: Any) -> None:
        world = make(CALLBACK, keys=["1"])
        record = place(world)
        assert record.outcome is Outcome.CALLBACK
        [callback] = world.callbacks
        assert (callback.number, callback.queue.name, callback.attempts) == (
            CALLER,
            "People queue",
            3,
        )
        assert record.queue == callback.queue
        assert record.attributes["callback"] == "arranged"
        assert record.said()[-1] == MESSAGES["callback_arranged_message"]

    def test_the_caller_hears_the_number_and_agrees_to_it_before_anything_is_arranged(self) -> None:
        record = place(closed(CALLBACK, keys=["1"]))
        [offer] = [step for step in record.path if step.identifier == "offer-callback"]
        [made] = [step for step in record.path if step.identifier == "create-callback"]
        assert offer.at < made.at
        # Mark-up in the message is text.
        assert f"Johnson & <Sons> will call {CALLER} . Press 1." in record.said()

    def test_the_number_is_read_out_digit_by_digit(self) -> None:
        action = parse(woven(CALLBACK)).action("offer-callback")
        assert action is not None
        assert action.parameters["SSML"] == (
            "<speak>Johnson &amp; &lt;Sons&gt; will call "
            '<say-as interpret-as="telephone">$.CustomerEndpoint.Address</say-as>. Press 1.'
            "</speak>"
        )

    @pytest.mark.parametrize("keys", [[], ["2"], [None, "*"], ["0", "9", "1"]])
    def test_who_does_not_agree_is_asked_once_more_and_not_called(
        self, keys: list[str | None]
    ) -> None:
        world = closed(CALLBACK, keys=keys)
        record = place(world)
        assert [s.identifier for s in record.path].count("offer-callback") == 2
        assert record.outcome is Outcome.COMPLETED
        assert record.said()[-1] == MESSAGES["try_later_message"]
        assert world.callbacks == []

    @pytest.mark.parametrize("customer", [None, Endpoint("anonymous"), Endpoint("")])
    def test_a_withheld_number_is_offered_nothing(self, customer: Endpoint | None) -> None:
        world = closed(CALLBACK, keys=["1"])
        record = place(world, customer=customer)
        assert record.said() == shut(MESSAGES["closed_message"])
        assert world.callbacks == []

    @pytest.mark.parametrize(
        ("changes", "number", "branch"),
        [
            ({}, "+12", "InvalidCallbackNumber"),
            ({"undialable": True}, CALLER, "CallbackNumberNotDialable"),
        ],
    )
    def test_a_number_that_cannot_be_called_is_offered_nothing(
        self, changes: dict[str, Any], number: str, branch: str
    ) -> None:
        world = closed(CALLBACK, keys=["1"], **changes)
        record = place(world, customer=Endpoint(number))
        assert ("set-callback-number", branch) in branches(record)
        assert record.said() == shut(MESSAGES["closed_message"])

    def test_a_call_back_that_no_queue_takes_is_apologised_for(self) -> None:
        refusal = Refusal("NoMatchingError", "the queue is full")
        record = place(closed(CALLBACK, keys=["1"], callback_refusal=refusal))
        assert record.outcome is Outcome.COMPLETED
        assert record.callback is None
        assert record.said()[-1] == MESSAGES["apology_message"]
        assert "callback" not in record.attributes

    def test_attributes_that_do_not_fit_cost_nobody_the_call_back(self) -> None:
        record = place(closed(CALLBACK, keys=["1"]), attributes={"big": "x" * 32_760})
        assert record.outcome is Outcome.CALLBACK


def test_a_chosen_number_is_what_the_flow_names() -> None:
    action = parse(woven(Options(caller_id_number=NUMBER))).action("transfer-to-agent")
    assert action is not None
    assert action.parameters["CallerId"] == {"Number": NUMBER}
    action = parse(woven(Options())).action("transfer-to-agent")
    assert action is not None
    assert "CallerId" not in action.parameters
