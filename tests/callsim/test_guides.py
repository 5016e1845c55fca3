"""An agent takes a call from the queue, and a guide follows in the agent's workspace."""

from __future__ import annotations

from typing import Any

import pytest
from calls_support import (
    CONTACT_ID,
    END,
    FUNCTION,
    ScriptedWorld,
    block,
    branches,
    call,
    content,
    reply,
    say,
)

from callsim.record import CallRecord, Outcome, Who
from callsim.world import AgentLeg, Refusal, ViewAnswer

GUIDE_ID = "0f0e0d0c-0b0a-4908-8706-050403020100"
FORM_VIEW = "arn:aws:connect:eu-central-1:aws:view/form:1"
OWN_VIEW = "arn:aws:connect:eu-central-1:123456789012:instance/i/view/v"
FORM: dict[str, object] = {
    "Heading": "How did it end?",
    "Sections": [
        {
            "Items": [
                {
                    "Type": "Dropdown",
                    "Name": "how",
                    "Required": True,
                    "Options": [{"Label": "Good", "Value": "good"}],
                },
                {"Type": "FormInput", "Name": "words"},
            ]
        }
    ],
}
NO = {"NoMatchingError": "end"}


def show(identifier: str = "form", view: str = FORM_VIEW, **changes: Any) -> Any:
    parameters: dict[str, Any] = {
        "ViewResource": {"Id": view},
        "InvocationTimeLimitSeconds": "60",
        "ViewData": FORM,
    }
    return block(
        identifier,
        "ShowView",
        "end",
        errors={
            "NoMatchingCondition": "end",
            "TimeLimitExceeded": "late",
            "NoMatchingError": "end",
        },
        conditions=[("Equals", "Next", "then")],
        **(parameters | changes),
    )


LATE = block("late", "UpdateContactAttributes", "end", errors=NO, Attributes={"late": "1"})
TO_QUEUE = (
    block("queue", "UpdateContactTargetQueue", "hook", errors=NO, QueueId="queue-1"),
    block(
        "hook",
        "UpdateContactEventHooks",
        "wait",
        errors={"NoMatchingError": "wait"},
        EventHooks={"DisconnectAgentUI": "guide"},
    ),
    block("wait", "TransferContactToQueue", "end", errors={"QueueAtCapacity": "end", **NO}),
    END,
)


def served(
    *guide: Any, pages: list[Any] | None = None, **changes: Any
) -> tuple[CallRecord, ScriptedWorld]:
    world = ScriptedWorld(
        flows={"guide": content(*guide, LATE, END)} if guide else {},
        agent_leg=AgentLeg(60.0, GUIDE_ID),
        pages=pages or [],
        answers=[reply(status="ok")],
    )
    return call(*TO_QUEUE, world=world, **changes), world


def then(action_type: str, **parameters: Any) -> Any:
    return block("then", action_type, "end", errors=NO, **parameters)


def answer(action: str = "Next", /, **data: object) -> ViewAnswer:
    return ViewAnswer(action, data, 5.0)


def test_without_an_agent_the_caller_waits() -> None:
    record = call(*TO_QUEUE)
    assert record.outcome is Outcome.QUEUE


def test_an_agent_serves_the_caller_who_came_from_that_queue() -> None:
    record, _ = served()
    assert record.outcome is Outcome.SERVED
    assert record.queue is not None
    assert record.queue.name == "Front desk"
    assert [line.text for line in record.transcript if line.who is Who.PERSON] == [
        "takes the call from Front desk and talks with the caller",
        "hangs up",
    ]
    assert record.seconds == 60.0


def test_the_guide_runs_when_the_agent_has_hung_up() -> None:
    record, world = served(
        show(),
        then("UpdateContactAttributes", Attributes={"how": "$.Views.Action"}),
        pages=[answer(how=["good"])],
    )
    assert [step.flow for step in record.path] == ["main"] * 3 + ["guide"] * 3
    assert branches(record)[3] == ("form", "Equals Next")
    assert record.path[3].at == 60.0
    assert record.outcome is Outcome.SERVED
    view = world.views[0]
    assert (view.contact_id, view.view_id) == (GUIDE_ID, FORM_VIEW)
    assert view.data["Heading"] == "How did it end?"
    # What a guide sets on itself is not the call's.
    assert record.attributes == {}


def test_what_was_filled_in_can_be_read_first_value_and_all() -> None:
    record, _ = served(
        show(),
        then(
            "UpdateContactAttributes",
            TargetContact="Related",
            Attributes={
                "first": "$.Views.ViewResultData.FormData.how.0",
                "all": "$.Views.ViewResultData.FormData.how",
                "words": "$.Views.ViewResultData.FormData.words",
                "beyond": "[$.Views.ViewResultData.FormData.how.1]",
            },
        ),
        pages=[answer(how=["good"], words="Much said.")],
    )
    assert record.attributes == {
        "first": "good",
        "all": '["good"]',
        "words": "Much said.",
        "beyond": "[]",
    }


def test_a_view_of_ones_own_keeps_it_one_level_higher() -> None:
    record, _ = served(
        show(view=OWN_VIEW),
        then(
            "UpdateContactAttributes",
            TargetContact="Related",
            Attributes={"words": "$.Views.ViewResultData.words"},
        ),
        pages=[answer(words="w", anything=True)],
    )
    assert record.attributes == {"words": "w"}


def test_a_lambda_of_the_guide_learns_which_call_it_belongs_to() -> None:
    _, world = served(
        show(),
        then("InvokeLambdaFunction", LambdaFunctionARN=FUNCTION, InvocationTimeLimitSeconds="8"),
        pages=[answer(how=["good"])],
        attributes={"k": "v"},
    )
    data = world.events[0]["Details"]["ContactData"]
    assert data["ContactId"] == GUIDE_ID
    assert data["RelatedContactId"] == CONTACT_ID
    assert data["Channel"] == "CHAT"
    assert data["SegmentAttributes"]["connect:Subtype"]["ValueString"] == "connect:Guide"
    assert data["Attributes"] == {"k": "v"}
    assert data["CustomerEndpoint"] is None
    assert data["MediaStreams"] == {"Customer": {"Audio": None}}


def test_the_name_of_the_related_contact_is_not_the_guides() -> None:
    record, _ = served(
        block("data", "UpdateContactData", "then", errors={"NoMatchingError": "late"},
              Name="N", TargetContact="Related"),
        then("UpdateContactAttributes", TargetContact="Related", Attributes={"mine": "[$.Name]"}),
    )  # fmt: skip
    assert record.attributes == {"mine": "[]"}


def test_a_page_that_nobody_answers_takes_its_time() -> None:
    record, _ = served(show())
    assert branches(record)[3] == ("form", "TimeLimitExceeded")
    assert record.seconds == 120.0


def test_an_answer_after_the_time_limit_is_none() -> None:
    record, _ = served(show(), pages=[ViewAnswer("Next", {"how": ["good"]}, 61.0)])
    assert branches(record)[3] == ("form", "TimeLimitExceeded")


def test_a_view_that_is_not_there_takes_the_error_branch() -> None:
    record, _ = served(show(), pages=[Refusal("NoMatchingError", "there is no view")])
    assert branches(record)[3] == ("form", "NoMatchingError")


def test_a_button_without_a_branch_of_its_own_takes_the_branch_for_that() -> None:
    record, _ = served(show(), pages=[answer("Cancel")])
    assert branches(record)[3] == ("form", "NoMatchingCondition")


def test_a_call_has_no_agent_to_show_a_view_to() -> None:
    world = ScriptedWorld(pages=[answer(how=["good"])])
    record = call(show(), LATE, END, world=world)
    assert branches(record)[0] == ("form", "NoMatchingError")
    assert world.views == []


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (answer(hwo=["good"]), "fills in 'hwo', which the form of 'form' does not have"),
        (answer(how=["bad"]), "chooses 'bad' as 'how', and the form of 'form' offers good"),
        (answer(words="w"), "cannot be sent without 'how'"),
    ],
)
def test_an_answer_that_no_agent_could_give_stops_the_call(page: Any, sentence: str) -> None:
    record, _ = served(show(), pages=[page])
    assert record.outcome is Outcome.ERROR
    assert sentence in str(record.why)


@pytest.mark.parametrize("missing", ["ViewResource", "InvocationTimeLimitSeconds"])
def test_a_view_without_id_or_time_limit_stops_the_call(missing: str) -> None:
    record, _ = served(show(**{missing: {} if missing == "ViewResource" else "soon"}))
    assert record.outcome is Outcome.ERROR
    assert "'form' needs a ViewResource" in str(record.why)


def test_without_a_hook_no_guide_runs() -> None:
    record, _ = served()
    assert branches(record)[1] == ("hook", "NoMatchingError")
    assert record.warnings == ()


def test_a_guide_cannot_queue_the_call_again() -> None:
    record, _ = served(
        block("queue", "UpdateContactTargetQueue", "then", errors={"NoMatchingError": "late"},
              QueueId="queue-1"),
        block("then", "TransferContactToQueue", "end", errors={"QueueAtCapacity": "late", **NO}),
    )  # fmt: skip
    assert record.outcome is Outcome.ERROR
    assert "took the agent's guide for a call" in str(record.why)


def test_a_guide_speaks_to_nobody_and_streams_nothing() -> None:
    record, _ = served(
        say("say", "Please fill in.", "stream"),
        block(
            "stream",
            "UpdateContactMediaStreamingBehavior",
            "end",
            errors={"NoMatchingError": "late"},
            MediaStreamingState="Enabled",
            Participants=[{"ParticipantType": "Customer", "MediaDirections": ["To"]}],
            MediaStreamType="Audio",
        ),
    )
    assert record.said() == ()
    assert ("stream", "NoMatchingError") in branches(record)
    assert record.transcript[-1].text == "disconnects the agent's guide"


def test_the_stream_stays_open_in_the_next_flow() -> None:
    world = ScriptedWorld(
        flows={
            "next": content(
                block("ask", "InvokeLambdaFunction", "end", errors=NO, LambdaFunctionARN=FUNCTION,
                      InvocationTimeLimitSeconds="8"),
                END,
            )
        },
        answers=[reply(status="ok")],
    )  # fmt: skip
    call(
        block(
            "stream",
            "UpdateContactMediaStreamingBehavior",
            "go",
            errors=NO,
            MediaStreamingState="Enabled",
            Participants=[{"ParticipantType": "Customer", "MediaDirections": ["To"]}],
            MediaStreamType="Audio",
        ),
        block("go", "TransferToFlow", "end", errors=NO, ContactFlowId="next"),
        END,
        world=world,
    )
    audio = world.events[0]["Details"]["ContactData"]["MediaStreams"]["Customer"]["Audio"]
    assert audio["StreamARN"] == "arn:stream"
