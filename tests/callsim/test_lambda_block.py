"""What a Lambda is sent by a flow, and which of its replies the flow takes."""

import json
from typing import Any

import pytest
from calls_support import (
    CONTACT_ID,
    END,
    FUNCTION,
    INSTANCE,
    ScriptedWorld,
    block,
    branches,
    call,
    fault,
    reply,
    say,
)

from callsim.record import CallRecord, Outcome
from callsim.world import FaultKind, Invocation


def ask(identifier: str, next_action: str, error: str = "failed", **changes: object) -> Any:
    parameters: dict[str, object] = {
        "LambdaFunctionARN": FUNCTION,
        "InvocationTimeLimitSeconds": "8",
        "InvocationType": "SYNCHRONOUS",
        "LambdaInvocationAttributes": {"operation": "look", "who": "$.CustomerEndpoint.Address"},
        "ResponseValidation": {"ResponseType": "STRING_MAP"},
    }
    return block(
        identifier,
        "InvokeLambdaFunction",
        next_action,
        errors={"NoMatchingError": error},
        **(parameters | changes),
    )


FAILED = say("failed", "It failed.", "end")
SHOW = say("show", "status $.External.status, code $.External.code", "end")


def asked(*answers: Invocation, **changes: object) -> tuple[CallRecord, ScriptedWorld]:
    world = ScriptedWorld(answers=list(answers))
    return call(ask("ask", "show", **changes), SHOW, FAILED, END, world=world), world


def raw(text: str) -> Invocation:
    return Invocation(0.1, payload=text.encode())


def test_the_event_has_every_key_and_null_for_what_is_absent() -> None:
    record, world = asked(reply(status="ok"), LambdaInvocationAttributes={"operation": "look"})
    assert record.outcome is Outcome.COMPLETED
    assert world.functions == [FUNCTION]
    assert world.events == [
        {
            "Details": {
                "ContactData": {
                    "Attributes": {},
                    "AwsRegion": "eu-central-1",
                    "Channel": "VOICE",
                    "ContactId": CONTACT_ID,
                    "CustomerEndpoint": {"Address": "+12065550100", "Type": "TELEPHONE_NUMBER"},
                    "CustomerId": None,
                    "Description": None,
                    "InitialContactId": CONTACT_ID,
                    "InitiationMethod": "INBOUND",
                    "InstanceARN": INSTANCE,
                    "LanguageCode": "en-US",
                    "MediaStreams": {"Customer": {"Audio": None}},
                    "Name": None,
                    "PreviousContactId": CONTACT_ID,
                    "Queue": None,
                    "References": {},
                    "RelatedContactId": None,
                    "SegmentAttributes": {
                        "connect:Subtype": {
                            "ValueArn": None,
                            "ValueInteger": None,
                            "ValueList": None,
                            "ValueMap": None,
                            "ValueString": "connect:Telephony",
                        }
                    },
                    "SystemEndpoint": {"Address": "+18005550123", "Type": "TELEPHONE_NUMBER"},
                    "Tags": {
                        "aws:connect:instanceId": INSTANCE.rpartition("/")[2],
                        "aws:connect:systemEndpoint": "+18005550123",
                    },
                },
                "Parameters": {"operation": "look"},
            },
            "Name": "ContactFlowEvent",
        }
    ]


def test_a_withheld_number_is_null() -> None:
    world = ScriptedWorld(answers=[reply(status="ok")])
    call(ask("ask", "show"), SHOW, FAILED, END, world=world, customer=None)
    data = world.events[0]["Details"]["ContactData"]
    assert data["CustomerEndpoint"] is None


def test_the_event_carries_what_earlier_blocks_set() -> None:
    world = ScriptedWorld(answers=[reply(status="ok")])
    no = {"NoMatchingError": "failed"}
    call(
        block("q", "UpdateContactTargetQueue", "a", errors=no, QueueId="queue-1"),
        block("a", "UpdateContactAttributes", "d", errors=no, Attributes={"k": "v"}),
        block("d", "UpdateContactData", "m", errors=no, LanguageCode="de-DE", Name="N"),
        block(
            "m",
            "UpdateContactMediaStreamingBehavior",
            "f",
            errors=no,
            MediaStreamingState="Enabled",
            Participants=[{"ParticipantType": "Customer", "MediaDirections": ["To", "From"]}],
            MediaStreamType="Audio",
        ),
        block("f", "UpdateFlowAttributes", "ask", errors=no, FlowAttributes={"x": {"Value": "y"}}),
        ask("ask", "show"),
        SHOW,
        FAILED,
        END,
        world=world,
    )
    data = world.events[0]["Details"]["ContactData"]
    assert data["Attributes"] == {"k": "v"}
    assert data["LanguageCode"] == "de-DE"
    assert data["Name"] == "N"
    assert data["Queue"] == {
        "ARN": f"{INSTANCE}/queue/queue-1",
        "Name": "Front desk",
        "OutboundCallerId": None,
    }
    assert data["MediaStreams"]["Customer"]["Audio"] == {
        "StreamARN": "arn:stream",
        "StartTimestamp": "1700000000000",
        "StopTimestamp": None,
        "StartFragmentNumber": "1",
    }
    assert "y" not in json.dumps(world.events[0]["Details"]["ContactData"]["Attributes"])


def test_parameters_are_resolved_to_text() -> None:
    _, world = asked(reply(status="ok"))
    assert world.events[0]["Details"]["Parameters"] == {"operation": "look", "who": "+12065550100"}


def test_an_unset_parameter_is_empty_text_and_a_warning() -> None:
    record, world = asked(
        reply(status="ok", code="0"), LambdaInvocationAttributes={"id": "$.Attributes.none"}
    )
    assert world.events[0]["Details"]["Parameters"] == {"id": ""}
    assert record.warnings == ("'ask' reads $.Attributes.none, which is not set.",)


def test_the_reply_becomes_external() -> None:
    record, _ = asked(reply(status="ok", code="7"))
    assert record.said() == ("status ok, code 7",)
    assert record.lambdas[0].reply == {"status": "ok", "code": "7"}
    assert record.lambdas[0].error is None
    assert record.lambdas[0].operation == "look"


@pytest.mark.parametrize(
    "payload",
    [
        "null",
        '"text"',
        "[]",
        "5",
        '{"status": null}',
        '{"status": 200}',
        '{"status": true}',
        '{"status": {"a": "b"}}',
        '{"status": ["a"]}',
        "{",
        "",
    ],
)
def test_string_map_takes_a_flat_object_of_strings_only(payload: str) -> None:
    record, _ = asked(raw(payload))
    assert branches(record)[0] == ("ask", "NoMatchingError")
    assert record.said() == ("It failed.",)
    assert record.lambdas[0].error


def test_a_block_without_response_validation_follows_string_map() -> None:
    world = ScriptedWorld(answers=[raw('{"status": 1}')])
    block_ = ask("ask", "show")
    del block_["Parameters"]["ResponseValidation"]
    assert branches(call(block_, SHOW, FAILED, END, world=world))[0] == ("ask", "NoMatchingError")


def test_json_takes_any_object_and_its_leaves_can_be_reached() -> None:
    record, _ = asked(
        raw('{"status": {"deep": 1}, "code": null}'),
        ResponseValidation={"ResponseType": "JSON"},
    )
    assert branches(record)[0] == ("ask", "NextAction")
    nested = say("show", "$.External.status.deep", "end")
    world = ScriptedWorld(answers=[raw('{"status": {"deep": 1}}')])
    deep = call(
        ask("ask", "show", ResponseValidation={"ResponseType": "JSON"}), nested, FAILED, END,
        world=world,
    )  # fmt: skip
    assert deep.said() == ("1",)


@pytest.mark.parametrize("payload", ["[]", "1", "null"])
def test_json_is_an_object_all_the_same(payload: str) -> None:
    record, _ = asked(raw(payload), ResponseValidation={"ResponseType": "JSON"})
    assert branches(record)[0] == ("ask", "NoMatchingError")


@pytest.mark.parametrize(("spare", "branch"), [(0, "NextAction"), (-1, "NoMatchingError")])
def test_replies_end_at_32768_bytes(spare: int, branch: str) -> None:
    frame = len('{"status":""}')
    record, _ = asked(raw('{"status":"' + "x" * (32_768 - frame - spare) + '"}'))
    assert branches(record)[0] == ("ask", branch)


@pytest.mark.parametrize("kind", [FaultKind.THROTTLED, FaultKind.SERVICE, FaultKind.FUNCTION])
def test_passing_faults_are_tried_three_times(kind: FaultKind) -> None:
    record, world = asked(fault(kind), fault(kind), reply(status="ok", code="1"))
    assert record.said() == ("status ok, code 1",)
    assert record.lambdas[0].tries == 3
    record, world = asked(*[fault(kind)] * 4)
    assert len(world.events) == 3
    assert record.lambdas[0].error == f"scripted {kind}"
    assert record.said() == ("It failed.",)


@pytest.mark.parametrize("kind", [FaultKind.REFUSED, FaultKind.TIMEOUT])
def test_lasting_faults_are_not_repeated(kind: FaultKind) -> None:
    record, world = asked(fault(kind), reply(status="ok"))
    assert len(world.events) == 1
    assert branches(record)[0] == ("ask", "NoMatchingError")


def test_all_tries_share_the_time_limit() -> None:
    record, world = asked(fault(FaultKind.FUNCTION, 5.0), fault(FaultKind.FUNCTION, 5.0))
    assert world.limits == [8.0, 3.0]
    assert record.lambdas[0].seconds == 8.0
    assert record.lambdas[0].error == "no reply within 8 s"


def test_a_reply_after_the_limit_is_no_reply() -> None:
    record, _ = asked(Invocation(3.5, payload=b'{"status":"ok"}'), InvocationTimeLimitSeconds="3")
    assert branches(record)[0] == ("ask", "NoMatchingError")
    assert record.lambdas[0].seconds == 3.0


def test_a_failed_lambda_leaves_nothing_of_the_one_before() -> None:
    world = ScriptedWorld(answers=[reply(status="stale", code="1"), fault(FaultKind.TIMEOUT)])
    record = call(ask("ask", "again"), ask("again", "show", "show"), SHOW, FAILED, END, world=world)
    assert record.said() == ("status , code ",)


def test_a_reply_replaces_the_one_before() -> None:
    world = ScriptedWorld(answers=[reply(status="1", code="old"), reply(status="2")])
    record = call(ask("ask", "again"), ask("again", "show"), SHOW, FAILED, END, world=world)
    assert record.said() == ("status 2, code ",)


def chain(*between: Any) -> tuple[CallRecord, ScriptedWorld]:
    slow = Invocation(7.5, payload=b"{}")
    world = ScriptedWorld(answers=[slow, slow, slow])
    after = between[0]["Identifier"] if between else "third"
    record = call(
        ask("first", "second"), ask("second", after), *between, ask("third", "end"), FAILED, END,
        world=world,
    )  # fmt: skip
    return record, world


def test_lambdas_without_a_prompt_between_them_are_cut_at_20_seconds() -> None:
    record, world = chain()
    assert world.limits == [8.0, 8.0, 5.0]
    assert branches(record)[2] == ("third", "NoMatchingError")
    assert "20 s" in str(record.lambdas[2].error)


def test_a_prompt_begins_the_20_seconds_anew() -> None:
    record, world = chain(say("wait", "One moment.", "third"))
    assert world.limits == [8.0, 8.0, 8.0]
    assert branches(record)[3] == ("third", "NextAction")


@pytest.mark.parametrize("limit", ["0", "9", "30", "soon", None])
def test_a_limit_connect_would_not_publish_stops_the_call(limit: str | None) -> None:
    record, world = asked(InvocationTimeLimitSeconds=limit)
    assert record.outcome is Outcome.ERROR
    assert "InvocationTimeLimitSeconds" in str(record.why)
    assert world.events == []


def test_asynchronous_invocations_stop_the_call_because_they_are_not_simulated() -> None:
    record, _ = asked(InvocationType="ASYNCHRONOUS")
    assert record.outcome is Outcome.ERROR
