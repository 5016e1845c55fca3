"""The ServiceNow flow, walked through every branch with a world that fails in every way."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from calls_support import AGENT_NUMBER, branches, fault, reply
from hypothesis import given, settings
from hypothesis import strategies as st
from servicenow_town import CONTEXT, Town, error, in_queue, interaction, place
from woven_flows import MESSAGES as VALUES
from woven_flows import VOICE_SERVICE, Options, woven

from callsim.record import Outcome
from callsim.world import DialRequest, DialResult, FaultKind, Invocation, Leg, Queue, Refusal
from flowkit.model import parse
from flowkit.validation import content_problems

NO_REASONS = Options(reasons=False)


def test_connect_would_publish_it() -> None:
    assert content_problems(woven()) == ()
    assert content_problems(woven(NO_REASONS)) == ()


def test_every_block_can_be_reached() -> None:
    flow = parse(woven())
    reached: set[str] = set()
    waiting = [flow.start_action]
    while waiting:
        action = flow.action(waiting.pop())
        assert action is not None
        if action.identifier not in reached:
            reached.add(action.identifier)
            waiting += action.transitions.targets()
    assert reached == {action.identifier for action in flow.actions}


def into(target: str) -> set[str]:
    return {a.identifier for a in parse(woven()).actions if target in a.transitions.targets()}


def test_no_block_hangs_up_but_after_a_goodbye_or_an_apology() -> None:
    assert into("hang-up") == {"say-goodbye", "say-apology"}
    assert into("say-apology") == {"transfer-to-queue"}
    assert into("say-goodbye") == {"check-transfer-requested"}
    check = parse(woven()).action("check-transfer-requested")
    assert check is not None
    goodbyes = [c for c in check.transitions.conditions if c.next_action == "say-goodbye"]
    assert [(c.operator, c.operands) for c in goodbyes] == [("Equals", ("false",))]
    assert check.transitions.error("NoMatchingCondition") == "route-by-reason"


def test_a_comparison_goes_on_as_it_does_when_no_condition_holds() -> None:
    for action in parse(woven()).actions:
        if action.type == "Compare":
            otherwise = action.transitions.error("NoMatchingCondition")
            assert action.transitions.next_action == otherwise


def test_the_designer_has_a_place_for_every_block_and_none_twice() -> None:
    document = json.loads(woven(NO_REASONS))
    metadata = document["Metadata"]
    places = {
        name: (entry["position"]["x"], entry["position"]["y"])
        for name, entry in metadata["ActionMetadata"].items()
    }
    assert set(places) == {action["Identifier"] for action in document["Actions"]}
    assert len(set(places.values())) == len(places)
    assert set(metadata["entryPointPosition"]) == {"x", "y"}


def test_an_agent_who_does_the_job_ends_with_a_goodbye() -> None:
    town = Town()
    record = place(town)
    assert record.outcome is Outcome.COMPLETED
    assert record.said() == (VALUES["greeting"], VALUES["goodbye_message"])
    assert town.dialled[0].number == AGENT_NUMBER
    assert record.attributes == {
        "pstnNumber": AGENT_NUMBER,
        "tracingId": "trace-1",
        "transferRequested": "false",
        "snTransferReason": "",
        "interactionId": "i-1",
    }
    assert record.warnings == ()


def test_both_questions_name_the_voice_service() -> None:
    town = Town()
    place(town)
    assert [event["Details"]["Parameters"] for event in town.events] == [
        {"operation": "getCallContext", "voiceServiceId": VOICE_SERVICE},
        {"operation": "getInteractionContext", "voiceServiceId": VOICE_SERVICE},
    ]


def test_the_language_and_the_queue_are_set_before_anything_is_asked() -> None:
    town = Town()
    place(town)
    data = town.events[0]["Details"]["ContactData"]
    assert data["LanguageCode"] == "en-US"
    assert data["Queue"]["Name"] == "Default queue"


@pytest.mark.parametrize(
    ("reason", "queue"),
    [
        ("user_requested", "People queue"),
        ("billing", "Money queue"),
        ("a reason nobody mapped", "Default queue"),
        ("User_Requested", "Default queue"),
    ],
)
def test_a_reason_leads_to_its_queue(reason: str, queue: str) -> None:
    record = place(Town(interactions=[interaction(reason)]))
    assert in_queue(record, queue)
    assert record.said()[-1] == VALUES["handover_message"]
    assert record.attributes["snTransferReason"] == reason
    assert "handoverReason" not in record.attributes


def test_with_no_reasons_mapped_everybody_waits_in_the_default_queue() -> None:
    town = Town(flows={"inbound": woven(NO_REASONS)}, interactions=[interaction("user_requested")])
    assert in_queue(place(town), "Default queue")


@pytest.mark.parametrize("wanted", ["", "unknown", "FALSE", None])
def test_only_an_explicit_false_ends_the_call(wanted: str | None) -> None:
    answer = {"status": "ok", "snTransferReason": "", "interactionId": "i"}
    if wanted is not None:
        answer["transferRequested"] = wanted
    assert in_queue(place(Town(interactions=[reply(**answer)])), "Default queue")


def test_what_an_earlier_contact_left_behind_cannot_end_the_call() -> None:
    town = Town(interactions=[error("INTERACTION_CONTEXT_INVALID")])
    record = place(town, attributes={"transferRequested": "false"})
    assert in_queue(record, "Default queue")


@pytest.mark.parametrize("kind", list(FaultKind))
def test_a_lambda_that_does_not_answer_first_leads_to_people(kind: FaultKind) -> None:
    town = Town(contexts=[fault(kind)])
    record = place(town)
    assert in_queue(record, "Default queue")
    assert record.attributes["handoverReason"] == "call_context_error"
    assert record.attributes["errorCode"] == "LAMBDA_FAILED"
    assert town.dialled == []


@pytest.mark.parametrize("code", ["OAUTH_UNAVAILABLE", "DNIS_MISSING"])
def test_no_call_context_leads_to_people(code: str) -> None:
    town = Town(contexts=[error(code)])
    record = place(town)
    assert in_queue(record, "Default queue")
    assert record.attributes == {"handoverReason": "call_context_error", "errorCode": code}
    assert record.said() == (VALUES["greeting"], VALUES["handover_message"])
    assert town.dialled == []


@pytest.mark.parametrize(
    ("leg", "code"),
    [
        (Leg.BUSY, "CALL_FAILED"),
        (Leg.NO_ANSWER, "NO_ANSWER"),
        (Leg.REFUSED, "TRANSFER_ERROR"),
    ],
)
def test_an_agent_who_cannot_be_reached_leads_to_people(leg: Leg, code: str) -> None:
    town = Town(leg=DialResult(leg, 5.0, why="scripted"))
    record = place(town)
    assert in_queue(record, "Default queue")
    assert record.attributes["handoverReason"] == "agent_transfer_error"
    assert record.attributes["errorCode"] == code
    assert len(town.events) == 1


def test_a_number_that_cannot_be_dialled_leads_to_people() -> None:
    town = Town(contexts=[reply(status="ok", dnis="", tracingId="")])
    record = place(town)
    assert in_queue(record, "Default queue")
    assert record.attributes["errorCode"] == "TRANSFER_ERROR"
    assert town.dialled == []


def test_a_late_context_is_asked_for_once_more() -> None:
    late = error("INTERACTION_CONTEXT_MISSING", "true")
    record = place(Town(interactions=[late, interaction("user_requested")]))
    assert in_queue(record, "People queue")
    assert record.said() == (
        VALUES["greeting"],
        VALUES["one_moment_message"],
        VALUES["handover_message"],
    )
    assert "handoverReason" not in record.attributes


def test_a_context_that_never_comes_leads_to_people_after_the_second_time() -> None:
    town = Town(interactions=[error("INTERACTION_CONTEXT_MISSING", "true")])
    record = place(town)
    assert in_queue(record, "Default queue")
    assert len(town.events) == 3
    assert record.attributes["handoverReason"] == "interaction_context_error"
    assert record.attributes["errorCode"] == "INTERACTION_CONTEXT_MISSING"


def test_a_lasting_error_is_not_asked_about_again() -> None:
    town = Town(interactions=[error("INTERACTION_CONTEXT_DENIED")])
    record = place(town)
    assert in_queue(record, "Default queue")
    assert len(town.events) == 2
    assert record.attributes["errorCode"] == "INTERACTION_CONTEXT_DENIED"


@pytest.mark.parametrize("first", [True, False])
def test_a_lambda_that_does_not_answer_later_leads_to_people(first: bool) -> None:  # noqa: FBT001
    broken = Invocation(0.1, payload=b'{"status": "ok", "snTransferReason": null}')
    answers = [broken] if first else [error("X", "true"), broken]
    record = place(Town(interactions=answers))
    assert in_queue(record, "Default queue")
    assert record.attributes["handoverReason"] == "interaction_context_error"
    assert record.attributes["errorCode"] == "LAMBDA_FAILED"


def test_the_slowest_lambdas_are_never_cut_for_want_of_a_prompt() -> None:
    def slow(answer: Invocation) -> Invocation:
        return Invocation(7.9, payload=answer.payload)

    late = slow(error("INTERACTION_CONTEXT_MISSING", "true"))
    town = Town(contexts=[slow(CONTEXT)], interactions=[late, slow(interaction("billing"))])
    record = place(town)
    assert town.limits == [8.0, 8.0, 8.0]
    assert in_queue(record, "Money queue")


def test_attributes_that_do_not_fit_cost_nobody_the_call() -> None:
    full = {"big": "x" * 32_760}
    finished = place(Town(), attributes=full)
    assert finished.outcome is Outcome.COMPLETED
    assert finished.said()[-1] == VALUES["goodbye_message"]
    transferred = place(Town(interactions=[interaction("billing")]), attributes=full)
    assert in_queue(transferred, "Default queue")
    failed = place(Town(contexts=[error("OAUTH_UNAVAILABLE")]), attributes=full)
    assert in_queue(failed, "Default queue")


def test_a_reason_whose_queue_is_gone_stays_in_the_default_queue() -> None:
    town = Town(queues={"queue-default": "Default queue"}, interactions=[interaction("billing")])
    record = place(town)
    assert ("set-queue-money", "NoMatchingError") in branches(record)
    assert in_queue(record, "Default queue")


@pytest.mark.parametrize("kind", ["QueueAtCapacity", "NoMatchingError"])
def test_a_queue_that_takes_nobody_is_apologised_for(kind: str) -> None:
    town = Town(
        contexts=[error("DNIS_MISSING")], refusals={"Default queue": Refusal(kind, "scripted")}
    )
    record = place(town)
    assert record.outcome is Outcome.COMPLETED
    assert record.said()[-2:] == (VALUES["handover_message"], VALUES["apology_message"])


def test_no_queue_at_all_is_apologised_for() -> None:
    record = place(Town(queues={}, contexts=[error("DNIS_MISSING")]))
    assert record.outcome is Outcome.COMPLETED
    assert record.said()[-1] == VALUES["apology_message"]


OPERATIONS = st.sampled_from(["ok", "error", "retry", "junk", "fault", "late"])
WORDS = st.sampled_from(["", "false", "true", "user_requested", "billing", "other", "x" * 40_000])


@st.composite
def answers(draw: st.DrawFn) -> Invocation:
    how = draw(OPERATIONS)
    if how == "fault":
        return fault(draw(st.sampled_from(list(FaultKind))), draw(st.floats(0, 9)))
    if how == "late":
        return Invocation(draw(st.floats(8.01, 20)), payload=b'{"status": "ok"}')
    if how == "junk":
        junk = st.one_of(st.binary(max_size=8), st.sampled_from([b"null", b"{}", b'{"a": null}']))
        return Invocation(0.1, payload=draw(junk))
    values = {
        "status": "ok" if how == "ok" else "error",
        "retryable": "true" if how == "retry" else "false",
        "errorCode": draw(WORDS),
        "dnis": draw(st.sampled_from([AGENT_NUMBER, "", "911", "+0"])),
        "transferRequested": draw(WORDS),
        "snTransferReason": draw(WORDS),
    }
    left_out = draw(st.sets(st.sampled_from(sorted(values)), max_size=2))
    kept = {key: value for key, value in values.items() if key not in left_out}
    return Invocation(draw(st.floats(0, 7.9)), payload=json.dumps(kept).encode())


@dataclass
class Chaos(Town):
    """Whatever can fail does, as drawn."""

    draw: Callable[[st.SearchStrategy[Any]], Any] = field(kw_only=True)
    given: list[Invocation] = field(default_factory=list)

    def invoke(self, *_: object) -> Invocation:
        self.given.append(self.draw(answers()))
        return self.given[-1]

    def queue(self, queue_id: str) -> Queue | None:
        return super().queue(queue_id) if self.draw(st.booleans()) else None

    def enter_queue(self, queue: Queue) -> Refusal | None:
        kind = self.draw(st.sampled_from([None, None, "QueueAtCapacity", "NoMatchingError"]))
        return None if kind is None else Refusal(kind, f"{queue.name} takes nobody")

    def dial(self, _: DialRequest) -> DialResult:
        leg = self.draw(st.sampled_from(list(Leg)))
        return DialResult(leg, self.draw(st.floats(0, 60)), self.draw(st.floats(0, 600)))


@settings(max_examples=400, deadline=None)
@given(data=st.data(), filling=st.integers(0, 32_767))
def test_whatever_fails_the_caller_reaches_a_queue_or_hears_a_word_first(
    data: st.DataObject, filling: int
) -> None:
    town = Chaos(draw=data.draw)
    record = place(town, attributes={"f": "x" * filling} if filling else {})

    assert record.outcome in {Outcome.QUEUE, Outcome.COMPLETED}
    if record.outcome is Outcome.COMPLETED:
        last = record.said()[-1]
        assert last in {VALUES["goodbye_message"], VALUES["apology_message"]}
        if last == VALUES["goodbye_message"]:
            served = json.loads(town.given[-1].payload or b"")
            assert (served["status"], served["transferRequested"]) == ("ok", "false")
