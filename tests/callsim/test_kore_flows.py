"""The Kore flows, walked through every branch with blocks and a world that fail in every way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from calls_support import CONTACT_ID, branches, fault, reply
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kore_office import (
    DISPOSITION,
    DONE,
    FILLED,
    FLOWS,
    GUIDE_ID,
    SUMMARY,
    TEMPLATES,
    TOKEN,
    TRIGGER,
    VALUES,
    WIDGET_TOKEN,
    KoreOffice,
    actions,
    place,
)

from callsim import walker
from callsim.actions import Failed, Handler, handler
from callsim.record import CallRecord, Outcome
from callsim.world import FaultKind, Invocation, Queue, Refusal, ViewAnswer
from flowkit.model import parse
from flowkit.validation import content_problems

PROMPTS = {VALUES["greeting"], VALUES["handover_message"], VALUES["apology_message"]}
# Everything that may ever stand on the call's contact.
ATTRIBUTES = {
    "botId", "agentassistUrl", "languageCode", "agentAssistStatus", "token", "widgetTokenStatus",
    "Disposition", "PostContactSurvey",
}  # fmt: skip
BRANCHES = [
    (flow, action["Identifier"], error["ErrorType"])
    for flow in sorted(FLOWS)
    for action in actions(flow)
    for error in action["Transitions"].get("Errors", [])
]

# What stands behind a failure is only met once that has happened.
NO = "NoMatchingError"
BEHIND = {
    ("agent-assist", "note-no-media-stream"): {"start-media-streaming": NO},
    ("agent-assist", "note-trigger-failed"): {"start-transcription": NO},
    ("agent-assist", "note-assist-off"): {"check-transcription": "NoMatchingCondition"},
    ("agent-assist", "note-token-failed"): {"get-widget-token": NO},
    ("agent-assist", "note-token-error"): {"check-widget-token": "NoMatchingCondition"},
    ("agent-assist", "transfer-to-default-queue"): {"transfer-to-queue-flow": NO},
    ("agent-assist", "say-apology"): {
        "transfer-to-queue-flow": NO,
        "transfer-to-default-queue": NO,
    },
    ("queue", "set-fallback-queue"): {"set-queue": NO},
    ("queue", "set-overflow-queue"): {"transfer-to-queue": "QueueAtCapacity"},
    ("queue", "transfer-to-overflow-queue"): {"transfer-to-queue": "QueueAtCapacity"},
    ("queue", "say-apology"): {"transfer-to-queue": NO, "set-overflow-queue": NO},
    ("disposition", "set-unstored-attributes"): {"store-disposition": NO},
    ("disposition", "set-disposition-alone"): {"set-disposition-attributes": NO},
    ("disposition", "show-not-stored"): {"store-disposition": NO},
}
LAST_RESORT = {"transfer-to-default-queue", "set-overflow-queue", "transfer-to-overflow-queue"}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Blocks that fail whatever the world does, by identifier, and with which error type."""
    planned: dict[str, str] = {}

    def with_failures(action_type: str) -> Handler | None:
        original = handler(action_type)
        if original is None:
            return None

        def run(action: Any, call: Any) -> Any:
            error_type = planned.get(action.identifier)
            return original(action, call) if error_type is None else Failed("scripted", error_type)

        return run

    monkeypatch.setattr(walker, "handler", with_failures)
    return planned


def in_queue(record: CallRecord, name: str) -> bool:
    assert record.outcome is Outcome.SERVED, record.why
    return record.queue is not None and record.queue.name == name


def keeps_its_secrets(record: CallRecord) -> None:
    """No secret but the widget's token, no token but in its attribute, and none in the flow log."""
    assert set(record.attributes) <= ATTRIBUTES
    others = {k: v for k, v in record.attributes.items() if k != "token"}
    asked = [call.parameters for call in record.lambdas]
    shown = json.dumps([others, asked]) + repr((record.transcript, record.path, record.warnings))
    assert WIDGET_TOKEN not in shown
    assert {key for parameters in asked for key in parameters} <= {
        "bot", "disposition", "summary", "survey",
    }  # fmt: skip
    assert record.attributes.get("token") in (None, "", WIDGET_TOKEN)
    assert not logged(record) & {
        "get-widget-token", "check-widget-token", "set-widget-token",
        "show-form", "store-disposition", "set-disposition-attributes", "set-disposition-alone",
    }  # fmt: skip


def logged(record: CallRecord) -> set[str]:
    """The blocks that ran while the flow log was on."""
    switches = {
        (flow, action["Identifier"]): action["Parameters"]["FlowLoggingBehavior"] == "Enabled"
        for flow in FLOWS
        for action in actions(flow)
        if action["Type"] == "UpdateFlowLoggingBehavior"
    }
    on, found = True, set()
    for step in record.path:
        on = switches.get((step.flow, step.identifier), on)
        if on:
            found.add(step.identifier)
    return found


@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_connect_would_publish_it(flow: str) -> None:
    assert content_problems(FLOWS[flow]) == ()


@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_every_block_can_be_reached(flow: str) -> None:
    parsed = parse(FLOWS[flow])
    reached: set[str] = set()
    waiting = [parsed.start_action]
    while waiting:
        action = parsed.action(waiting.pop())
        assert action is not None
        if action.identifier not in reached:
            reached.add(action.identifier)
            waiting += action.transitions.targets()
    assert reached == {action.identifier for action in parsed.actions}


@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_the_designer_has_a_place_for_every_block_and_none_twice(flow: str) -> None:
    document = json.loads(FLOWS[flow])
    places = {
        name: (entry["position"]["x"], entry["position"]["y"])
        for name, entry in document["Metadata"]["ActionMetadata"].items()
    }
    assert set(places) == {action["Identifier"] for action in document["Actions"]}
    assert len(set(places.values())) == len(places)


@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_a_comparison_says_where_everything_else_goes(flow: str) -> None:
    for action in parse(FLOWS[flow]).actions:
        if action.type == "Compare":
            otherwise = action.transitions.error("NoMatchingCondition")
            assert otherwise is not None
            assert action.transitions.next_action == otherwise
            assert otherwise not in [c.next_action for c in action.transitions.conditions]


@pytest.mark.parametrize("flow", sorted(FLOWS))
def test_no_template_asks_for_a_secret_and_none_names_an_account(flow: str) -> None:
    assert not re.search(r"secret|\d{12}|us-east-1", TEMPLATES[flow], re.IGNORECASE)


@pytest.mark.parametrize("flow", ["agent-assist", "queue"])
def test_nobody_is_hung_up_on_but_after_an_apology_and_no_queue(flow: str) -> None:
    def into(target: str) -> set[str]:
        return {
            a.identifier for a in parse(FLOWS[flow]).actions if target in a.transitions.targets()
        }

    assert into("hang-up") == {"say-apology"}
    assert {"transfer-to-overflow-queue", "transfer-to-default-queue"} & into("say-apology")
    assert all("queue" in identifier for identifier in into("say-apology"))


def test_a_call_is_transcribed_and_served_and_its_disposition_stored() -> None:
    office = KoreOffice()
    record = place(office)
    assert in_queue(record, "Support")
    assert record.attributes == {
        "botId": VALUES["bot_id"],
        "agentassistUrl": VALUES["agentassist_url"],
        "languageCode": VALUES["language_code"],
        "agentAssistStatus": "ok",
        "widgetTokenStatus": "ok",
        "token": WIDGET_TOKEN,
        "Disposition": "resolved",
        "PostContactSurvey": "true",
    }
    assert record.said() == (VALUES["greeting"], VALUES["handover_message"])
    assert record.warnings == ()
    assert record.visited("show-confirmation")
    keeps_its_secrets(record)


def test_the_lambdas_are_told_the_bot_the_language_the_queue_and_the_stream() -> None:
    office = KoreOffice()
    place(office)
    for function in (TRIGGER, TOKEN):
        (event,) = office.asked(function)
        assert event["Details"]["Parameters"] == {"bot": "support"}
        data = event["Details"]["ContactData"]
        assert data["LanguageCode"] == VALUES["language_code"]
        assert data["Queue"]["Name"] == "Default"
        assert data["MediaStreams"]["Customer"]["Audio"]["StreamARN"] == "arn:stream"


def test_the_disposition_is_stored_for_the_call_not_for_the_guide() -> None:
    office = KoreOffice()
    place(office)
    (event,) = office.asked(DISPOSITION)
    assert event["Details"]["ContactData"]["ContactId"] == GUIDE_ID
    assert event["Details"]["ContactData"]["RelatedContactId"] == CONTACT_ID
    assert event["Details"]["Parameters"] == {
        "disposition": "resolved",
        "summary": SUMMARY,
        "survey": "true",
    }


@pytest.mark.parametrize(("flow", "identifier", "error_type"), BRANCHES)
def test_a_block_that_fails_costs_nobody_the_call(
    failing: dict[str, str], flow: str, identifier: str, error_type: str
) -> None:
    office = KoreOffice()
    failing[identifier] = error_type
    failing.update(BEHIND.get((flow, identifier), {}))

    record = place(office)

    assert (identifier, error_type) in branches(record)
    assert set(record.said()) <= PROMPTS
    keeps_its_secrets(record)
    if identifier == "say-apology":
        # Nothing is left to be said then; the call is over all the same.
        assert record.path[-1].identifier == "hang-up"
    elif identifier in LAST_RESORT:
        assert record.outcome is Outcome.COMPLETED
        assert record.said()[-1] == VALUES["apology_message"]
    else:
        assert record.outcome is Outcome.SERVED


@pytest.mark.parametrize("code", ["TRANSCRIBER_DENIED", "SECRET_MISSING", "NO_MEDIA_STREAM"])
def test_why_a_call_is_not_transcribed_stands_on_the_contact(code: str) -> None:
    office = KoreOffice()
    office.lambdas[TRIGGER] = reply(
        status="error", errorCode=code, retryable="true", lambdaResult="Failed"
    )
    record = place(office)
    assert in_queue(record, "Support")
    assert record.attributes["agentAssistStatus"] == code
    assert record.attributes["token"] == WIDGET_TOKEN
    assert len(office.asked(TRIGGER)) == 1
    assert set(record.said()) == {VALUES["greeting"], VALUES["handover_message"]}


@pytest.mark.parametrize("kind", list(FaultKind))
def test_a_trigger_that_does_not_answer_is_told_from_one_that_says_no(kind: FaultKind) -> None:
    office = KoreOffice()
    office.lambdas[TRIGGER] = fault(kind)
    record = place(office)
    assert in_queue(record, "Support")
    assert record.attributes["agentAssistStatus"] == "LAMBDA_FAILED"


@pytest.mark.parametrize("status", ["", "OK", "error", "success", None])
def test_only_an_explicit_ok_is_ok(status: str | None) -> None:
    answer = {} if status is None else {"status": status}
    office = KoreOffice()
    office.lambdas |= {
        TRIGGER: reply(errorCode="X", **answer),
        TOKEN: reply(errorCode="Y", koreiframetoken=WIDGET_TOKEN, **answer),
    }
    record = place(office)
    assert in_queue(record, "Support")
    assert record.attributes["agentAssistStatus"] == "X"
    assert record.attributes["widgetTokenStatus"] == "Y"
    assert "token" not in record.attributes


def test_without_a_media_stream_nothing_is_asked_to_transcribe_and_the_widget_still_works() -> None:
    office = KoreOffice(stream=Refusal("NoMatchingError", "switched off"))
    record = place(office)
    assert in_queue(record, "Support")
    assert record.attributes["agentAssistStatus"] == "NO_MEDIA_STREAM"
    assert record.attributes["token"] == WIDGET_TOKEN
    assert office.asked(TRIGGER) == []


def test_without_a_token_the_widget_gets_none_and_the_reason_is_noted() -> None:
    office = KoreOffice()
    office.lambdas[TOKEN] = fault(FaultKind.TIMEOUT, 8.0)
    record = place(office)
    assert in_queue(record, "Support")
    assert record.attributes["agentAssistStatus"] == "ok"
    assert record.attributes["widgetTokenStatus"] == "LAMBDA_FAILED"
    assert "token" not in record.attributes


def test_the_slowest_lambdas_are_never_cut_for_want_of_a_prompt() -> None:
    office = KoreOffice()
    for function in (TRIGGER, TOKEN):
        office.lambdas[function] = Invocation(7.9, payload=office.lambdas[function].payload)
    record = place(office)
    assert office.limits[:2] == [8.0, 8.0]
    assert record.attributes["token"] == WIDGET_TOKEN


def test_the_log_is_on_again_after_the_token() -> None:
    assert {"transfer-to-queue-flow", "set-queue", "set-disposition-hook"} <= logged(
        place(KoreOffice())
    )


@pytest.mark.parametrize(
    ("gone", "full", "queue"),
    [
        (set(), set(), "Support"),
        ({"queue-support"}, set(), "Default"),
        (set(), {"Support"}, "Default"),
        ({"queue-default"}, set(), "Support"),
        ({"queue-default"}, {"Support"}, None),
        ({"queue-support"}, {"Default"}, None),
        ({"queue-support", "queue-default"}, set(), None),
        (set(), {"Support", "Default"}, None),
    ],
)
@pytest.mark.parametrize("kind", ["QueueAtCapacity", "NoMatchingError"])
def test_a_queue_that_takes_nobody_leads_to_the_default_queue_and_no_queue_to_an_apology(
    gone: set[str], full: set[str], queue: str | None, kind: str
) -> None:
    office = KoreOffice(refusals={name: Refusal(kind, "scripted") for name in full})
    office.queues = {key: name for key, name in office.queues.items() if key not in gone}
    record = place(office)
    if queue is not None:
        assert in_queue(record, queue)
        # Whichever queue it was, the agent is asked for the disposition.
        assert record.attributes["Disposition"] == "resolved"
    else:
        assert record.outcome is Outcome.COMPLETED
        assert record.said()[-1] == VALUES["apology_message"]


@pytest.mark.parametrize("flow", ["queue", "disposition"])
def test_a_flow_that_is_gone_costs_nobody_the_call(flow: str) -> None:
    office = KoreOffice()
    del office.flows[flow]
    record = place(office)
    assert in_queue(record, "Default" if flow == "queue" else "Support")
    assert "Disposition" not in record.attributes


def test_with_dispositions_switched_off_the_queue_flow_goes_on_without_the_hook() -> None:
    # What Terraform does: the action goes, and what led to it leads to what came after it.
    text = FLOWS["queue"].replace(
        '"NextAction": "set-disposition-hook"', '"NextAction": "say-handover"'
    )
    flow = json.loads(text)
    flow["Actions"] = [a for a in flow["Actions"] if a["Identifier"] != "set-disposition-hook"]
    assert content_problems(json.dumps(flow)) == ()
    office = KoreOffice(flows={**FLOWS, "queue": json.dumps(flow)})
    record = place(office)
    assert in_queue(record, "Support")
    assert office.views == []


@pytest.mark.parametrize(
    "page",
    [
        ViewAnswer("Back", {}, 1.0),
        ViewAnswer("Cancel", {}, 1.0),
        None,
        Refusal("NoMatchingError", "there is no view"),
    ],
)
def test_an_agent_who_does_not_fill_in_the_form_is_asked_once(page: Any) -> None:
    office = KoreOffice(pages=[page, FILLED])
    record = place(office)
    assert in_queue(record, "Support")
    assert office.asked(DISPOSITION) == []
    assert "Disposition" not in record.attributes
    assert len(office.views) == 1


@pytest.mark.parametrize(
    "answer",
    [
        fault(FaultKind.TIMEOUT, 8.0),
        fault(FaultKind.FUNCTION),
        reply(status="error", errorCode="STORE_DENIED", stored="false", delivered="off"),
        reply(status="error", errorCode="STORE_DENIED"),
        Invocation(0.1, payload=b"null"),
    ],
)
def test_an_agent_is_told_when_nothing_was_stored(answer: Invocation) -> None:
    office = KoreOffice()
    office.lambdas[DISPOSITION] = answer
    record = place(office)
    assert in_queue(record, "Support")
    assert record.attributes["Disposition"] == "resolved"
    assert office.views[-1].data["Heading"] == "The disposition was not stored."
    assert not record.visited("show-confirmation")


def test_a_webhook_that_fails_is_no_concern_of_the_agents() -> None:
    office = KoreOffice()
    office.lambdas[DISPOSITION] = reply(
        status="ok", errorCode="", retryable="false", stored="true", delivered="false"
    )
    place(office)
    assert office.views[-1].data["Heading"] == "The disposition is stored."


def test_the_summary_stays_off_the_contact_and_the_transcript() -> None:
    record = place(KoreOffice())
    assert SUMMARY not in repr((record.attributes, record.transcript, record.path))
    form = next(a for a in actions("disposition") if a["Identifier"] == "show-form")
    assert form["Parameters"]["SensitiveDataConfiguration"] == {"HideResponseOn": ["TRANSCRIPT"]}


def test_a_form_filled_in_as_little_as_it_allows_is_stored() -> None:
    office = KoreOffice(pages=[ViewAnswer("Next", {"disposition": ["dropped"]}, 1.0), DONE])
    record = place(office)
    (event,) = office.asked(DISPOSITION)
    assert event["Details"]["Parameters"] == {
        "disposition": "dropped", "summary": "", "survey": "",
    }  # fmt: skip
    assert record.attributes["Disposition"] == "dropped"


@pytest.mark.parametrize("stored", ["true", "false"])
def test_a_survey_that_cannot_be_noted_does_not_cost_the_disposition(
    failing: dict[str, str], stored: str
) -> None:
    failing["set-disposition-attributes"] = NO
    office = KoreOffice()
    office.lambdas[DISPOSITION] = reply(status="ok", stored=stored)
    record = place(office)
    assert record.attributes["Disposition"] == "resolved"
    assert "PostContactSurvey" not in record.attributes
    assert record.visited("show-confirmation") == (stored == "true")


@st.composite
def answers(draw: st.DrawFn) -> Invocation:
    how = draw(st.sampled_from(["ok", "error", "junk", "fault", "late"]))
    if how == "fault":
        return fault(draw(st.sampled_from(list(FaultKind))), draw(st.floats(0, 9)))
    if how == "late":
        return Invocation(draw(st.floats(8.01, 20)), payload=b'{"status": "ok"}')
    if how == "junk":
        junk = st.one_of(st.binary(max_size=8), st.sampled_from([b"null", b"{}", b'{"a": null}']))
        return Invocation(0.1, payload=draw(junk))
    values = {
        "status": how,
        "errorCode": draw(st.sampled_from(["", "X", "x" * 32_000])),
        "stored": draw(st.sampled_from(["true", "false", ""])),
        "koreiframetoken": WIDGET_TOKEN,
    }
    left_out = draw(st.sets(st.sampled_from(sorted(values)), max_size=2))
    kept = {key: value for key, value in values.items() if key not in left_out}
    return Invocation(draw(st.floats(0, 7.9)), payload=json.dumps(kept).encode())


@dataclass
class Chaos(KoreOffice):
    """Whatever can fail does, as drawn."""

    draw: Callable[[st.SearchStrategy[Any]], Any] = field(kw_only=True)

    def invoke(self, function_arn: str, event: Any, time_limit_seconds: float) -> Invocation:
        self.lambdas[function_arn] = self.draw(answers())
        return super().invoke(function_arn, event, time_limit_seconds)

    def queue(self, queue_id: str) -> Queue | None:
        return super().queue(queue_id) if self.draw(st.booleans()) else None

    def enter_queue(self, queue: Queue) -> Refusal | None:
        kind = self.draw(st.sampled_from([None, None, "QueueAtCapacity", "NoMatchingError"]))
        return None if kind is None else Refusal(kind, f"{queue.name} takes nobody")

    def flow(self, flow_id: str) -> Any:
        always = flow_id == "agent-assist" or self.draw(st.booleans())
        return super().flow(flow_id) if always else None


def without_apology(flow: str) -> list[dict[str, Any]]:
    # An apology that cannot be spoken is nobody's to mend.
    return [action for action in actions(flow) if action["Identifier"] != "say-apology"]


FAILURES: Mapping[str, list[str]] = {
    action["Identifier"]: [error["ErrorType"] for error in action["Transitions"]["Errors"]]
    for flow in FLOWS
    for action in without_apology(flow)
    if action["Transitions"].get("Errors")
}


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), filling=st.integers(0, 32_767))
def test_whatever_fails_the_caller_reaches_a_queue_or_hears_an_apology(
    failing: dict[str, str], data: st.DataObject, filling: int
) -> None:
    broken = data.draw(st.sets(st.sampled_from(sorted(FAILURES)), max_size=6))
    failing.clear()
    failing.update({name: data.draw(st.sampled_from(FAILURES[name])) for name in sorted(broken)})
    stream: Any = data.draw(st.sampled_from([KoreOffice().stream, Refusal("NoMatchingError", "")]))
    pages = data.draw(st.lists(st.sampled_from([FILLED, DONE, None, ViewAnswer("Back", {}, 1.0)])))
    office = Chaos(draw=data.draw, stream=stream, pages=[p for p in pages if p != DONE] or [None])

    record = place(office, attributes={"botId": "x" * filling} if filling else {})

    assert record.outcome in {Outcome.SERVED, Outcome.COMPLETED}, record.why
    if record.outcome is Outcome.COMPLETED:
        assert record.said()[-1] == VALUES["apology_message"]
    assert set(record.said()) <= PROMPTS
    keeps_its_secrets(record)
