"""What each block does to a call."""

from typing import Any

import pytest
from calls_support import AGENT_NUMBER, END, ScriptedWorld, block, branches, call, content, say

from callsim.record import CallRecord, Outcome
from callsim.world import DialResult, Leg, Refusal

SORRY = say("sorry", "Sorry.", "end")
NO = {"NoMatchingError": "sorry"}


def one(action_type: str, world: ScriptedWorld | None = None, **parameters: object) -> CallRecord:
    return call(
        block("it", action_type, "bye", errors=NO, **parameters),
        say("bye", "Bye.", "end"),
        SORRY,
        END,
        world=world,
    )


def branch(record: CallRecord) -> str:
    return record.path[0].branch


class TestPrompts:
    def test_ssml_is_said_without_its_markup(self) -> None:
        record = one("MessageParticipant", SSML="<speak>Hello <break time='1s'/> you</speak>")
        assert record.said()[0] == "Hello you"

    def test_a_recording_is_named(self) -> None:
        record = one("MessageParticipant", PromptId="arn:x:prompt/beep")
        assert record.said()[0] == "[recording beep]"

    @pytest.mark.parametrize("text", ["$.Attributes.none", " "])
    def test_nothing_is_said_by_an_empty_text(self, text: str) -> None:
        record = one("MessageParticipant", Text=text)
        assert branch(record) == "NoMatchingError"
        assert record.said() == ("Sorry.",)
        assert any("nothing to say" in warning for warning in record.warnings)

    def test_an_empty_text_without_an_error_branch_goes_on_and_is_no_word_said(self) -> None:
        record = call(say("it", "$.Attributes.none", "end"), END)
        assert branch(record) == "NextAction"
        assert record.outcome is Outcome.HUNG_UP_SILENTLY

    def test_a_prompt_with_nothing_to_play_stops_the_call(self) -> None:
        assert one("MessageParticipant").outcome is Outcome.ERROR

    def test_the_voice_can_be_read_back(self) -> None:
        record = call(
            block("v", "UpdateContactTextToSpeechVoice", "s", TextToSpeechVoice="Vicki"),
            say("s", "$.TextToSpeechVoiceId", "end"),
            END,
        )
        assert record.said() == ("Vicki",)


class TestContact:
    def test_attributes_are_set_together(self) -> None:
        record = one("UpdateContactAttributes", Attributes={"a": "1", "b": "$.Channel"})
        assert record.attributes == {"a": "1", "b": "VOICE"}

    @pytest.mark.parametrize("key", ["a.b", "$a"])
    def test_a_bad_key_sets_none_of_them(self, key: str) -> None:
        record = one("UpdateContactAttributes", Attributes={"good": "1", key: "2"})
        assert branch(record) == "NoMatchingError"
        assert record.attributes == {}

    @pytest.mark.parametrize(("size", "taken"), [(32_767, True), (32_768, False)])
    def test_attributes_end_at_32_kb_together(self, size: int, taken: bool) -> None:  # noqa: FBT001
        record = one("UpdateContactAttributes", Attributes={"a": "x" * size})
        assert ("a" in record.attributes) is taken
        assert branch(record) == ("NextAction" if taken else "NoMatchingError")

    def test_attributes_are_measured_in_bytes(self) -> None:
        record = one("UpdateContactAttributes", Attributes={"a": "ü" * 20_000})
        assert branch(record) == "NoMatchingError"

    def test_a_simulated_call_has_no_related_contact(self) -> None:
        record = one("UpdateContactAttributes", Attributes={"a": "1"}, TargetContact="Related")
        assert branch(record) == "NoMatchingError"

    def test_contact_data_can_be_read_back(self) -> None:
        record = call(
            block("d", "UpdateContactData", "s", errors=NO, CustomerId="C1", LanguageCode="fr-FR"),
            say("s", "$.CustomerId $.LanguageCode", "end"),
            SORRY,
            END,
        )
        assert record.said() == ("C1 fr-FR",)

    def test_contact_data_that_the_service_refuses_stops_the_call(self) -> None:
        assert one("UpdateContactData", References={"a": "b"}).outcome is Outcome.ERROR

    def test_tags_are_set_and_removed(self) -> None:
        record = call(
            block("t", "TagContact", "u", errors=NO, Tags={"a": "1", "b": "2"}),
            block("u", "UntagContact", "s", errors=NO, TagKeys=["a"]),
            say("s", "[$.Tags.a][$.Tags.b]", "end"),
            SORRY,
            END,
        )
        assert record.said() == ("[][2]",)

    @pytest.mark.parametrize("tags", [{"aws:x": "1"}, {str(number): "x" for number in range(7)}])
    def test_tags_connect_would_not_take(self, tags: dict[str, str]) -> None:
        assert branch(one("TagContact", Tags=tags)) == "NoMatchingError"

    def test_an_event_hook_needs_its_flow(self) -> None:
        hook = {"CustomerQueue": "waiting"}
        assert branch(one("UpdateContactEventHooks", EventHooks=hook)) == "NoMatchingError"
        world = ScriptedWorld(flows={"waiting": content(END)})
        assert branch(one("UpdateContactEventHooks", world, EventHooks=hook)) == "NextAction"

    def test_media_streaming_that_cannot_start_takes_the_error_branch(self) -> None:
        world = ScriptedWorld(stream=Refusal("NoMatchingError", "it is off"))
        record = one(
            "UpdateContactMediaStreamingBehavior",
            world,
            MediaStreamingState="Enabled",
            Participants=[],
            MediaStreamType="Audio",
        )
        assert branch(record) == "NoMatchingError"
        assert record.path[0].why == "it is off"

    @pytest.mark.parametrize(
        "action_type",
        ["UpdateContactRecordingBehavior", "UpdateContactRecordingAndAnalyticsBehavior"],
    )
    def test_recording_changes_nothing_a_caller_notices(self, action_type: str) -> None:
        assert one(action_type, RecordingBehavior={}).said() == ("Bye.",)


class TestRouting:
    def queue(self, queue_id: str, world: ScriptedWorld | None = None) -> CallRecord:
        return call(
            block("set", "UpdateContactTargetQueue", "go", errors={"NoMatchingError": "go"},
                  QueueId=queue_id),
            block("go", "TransferContactToQueue", "sorry",
                  errors={"QueueAtCapacity": "full", "NoMatchingError": "sorry"}),
            say("full", "Full.", "end"),
            SORRY,
            END,
            world=world,
        )  # fmt: skip

    def test_the_caller_waits_in_the_chosen_queue(self) -> None:
        record = self.queue("queue-1")
        assert record.outcome is Outcome.QUEUE
        assert record.queue is not None
        assert record.queue.name == "Front desk"
        assert record.transcript[-1].text == "waits in the queue Front desk"

    def test_a_queue_that_does_not_exist_is_not_chosen(self) -> None:
        record = self.queue("gone")
        assert branches(record)[:2] == [("set", "NoMatchingError"), ("go", "NoMatchingError")]
        assert record.queue is None

    def test_a_failed_choice_leaves_the_earlier_queue(self) -> None:
        record = call(
            block("a", "UpdateContactTargetQueue", "b", errors=NO, QueueId="queue-1"),
            block("b", "UpdateContactTargetQueue", "go", errors={"NoMatchingError": "go"},
                  QueueId="gone"),
            block("go", "TransferContactToQueue", "sorry", errors=NO),
            SORRY,
            END,
        )  # fmt: skip
        assert record.outcome is Outcome.QUEUE

    def test_a_full_queue_has_a_branch_of_its_own(self) -> None:
        world = ScriptedWorld(refusals={"Front desk": Refusal("QueueAtCapacity", "it is full")})
        assert self.queue("queue-1", world).said() == ("Full.",)

    def test_queues_of_single_agents_stop_the_call(self) -> None:
        assert one("UpdateContactTargetQueue", AgentId="a").outcome is Outcome.ERROR

    def test_a_callback_number_must_be_a_number(self) -> None:
        assert branch(one("UpdateContactCallbackNumber", CallbackNumber="+4930123456")) == (
            "NextAction"
        )
        errors = {"InvalidCallbackNumber": "sorry", "CallbackNumberNotDialable": "sorry"}
        bad = block("it", "UpdateContactCallbackNumber", "end", errors=errors,
                    CallbackNumber="$.Attributes.none")  # fmt: skip
        assert branch(call(bad, SORRY, END)) == "InvalidCallbackNumber"

    def test_a_callback_number_must_be_one_the_instance_can_call(self) -> None:
        errors = {"InvalidCallbackNumber": "end", "CallbackNumberNotDialable": "sorry"}
        it = block("it", "UpdateContactCallbackNumber", "end", errors=errors,
                   CallbackNumber="$.CustomerEndpoint.Address")  # fmt: skip
        record = call(it, SORRY, END, world=ScriptedWorld(undialable=True))
        assert branch(record) == "CallbackNumberNotDialable"

    def test_routing_behaviour_changes_nothing_for_the_only_caller(self) -> None:
        assert one("UpdateContactRoutingBehavior", QueuePriority="1").said() == ("Bye.",)

    @pytest.mark.parametrize(
        ("is_open", "said"), [(True, "Open."), (False, "Closed."), (None, "Sorry.")]
    )
    def test_hours(self, is_open: bool | None, said: str) -> None:  # noqa: FBT001
        record = call(
            block("h", "CheckHoursOfOperation", "sorry", errors=NO, HoursOfOperationId="h",
                  conditions=[("Equals", "True", "open"), ("Equals", "False", "closed")]),
            say("open", "Open.", "end"),
            say("closed", "Closed.", "end"),
            SORRY,
            END,
            world=ScriptedWorld(open=is_open),
        )  # fmt: skip
        assert record.said() == (said,)


class TestThirdParty:
    def transfer(self, world: ScriptedWorld, **changes: object) -> CallRecord:
        parameters: dict[str, object] = {
            "ThirdPartyPhoneNumber": AGENT_NUMBER,
            "ThirdPartyConnectionTimeLimitSeconds": "30",
            "ContinueFlowExecution": "True",
        }
        errors = {
            "CallFailed": "failed",
            "ConnectionTimeLimitExceeded": "late",
            "NoMatchingError": "sorry",
        }
        return call(
            block("it", "TransferParticipantToThirdParty", "back", errors=errors,
                  **(parameters | changes)),
            say("back", "Back.", "end"),
            say("failed", "Failed.", "end"),
            say("late", "Late.", "end"),
            SORRY,
            END,
            world=world,
        )  # fmt: skip

    def test_the_flow_goes_on_when_the_third_party_hangs_up(self) -> None:
        world = ScriptedWorld()
        record = self.transfer(world)
        assert record.said() == ("Back.",)
        request = world.dialled[0]
        assert (request.number, request.time_limit_seconds, request.resumes) == (
            AGENT_NUMBER,
            30,
            True,
        )
        said = next(line for line in record.transcript if line.says)
        assert said.at == 32.0  # 2 s of ringing, 30 s of talking
        assert [line.text for line in record.transcript][2:4] == [
            f"answers {AGENT_NUMBER} and talks with the caller",
            "hangs up; the caller stays on the line",
        ]

    def test_without_resuming_the_caller_is_handed_over_for_good(self) -> None:
        record = self.transfer(ScriptedWorld(), ContinueFlowExecution="False")
        assert record.outcome is Outcome.TRANSFERRED
        assert record.said() == ()

    @pytest.mark.parametrize(
        ("leg", "said"),
        [(Leg.BUSY, "Failed."), (Leg.NO_ANSWER, "Late."), (Leg.REFUSED, "Sorry.")],
    )
    def test_a_leg_that_fails_has_its_branch(self, leg: Leg, said: str) -> None:
        record = self.transfer(ScriptedWorld(leg=DialResult(leg, 30.0, why="so it is")))
        assert record.said() == (said,)

    @pytest.mark.parametrize("number", ["", "$.External.dnis", "4155550199", "+0155", "+1 415 555"])
    def test_what_is_no_number_is_not_dialled(self, number: str) -> None:
        world = ScriptedWorld()
        assert self.transfer(world, ThirdPartyPhoneNumber=number).said() == ("Sorry.",)
        assert world.dialled == []

    def test_a_voice_connector_can_be_dialled(self) -> None:
        world = ScriptedWorld()
        connector = {"VoiceConnectorArn": "arn:vc", "VoiceConnectorType": "CallTransferConnector"}
        self.transfer(world, ThirdPartyPhoneNumber=None, VoiceConnector=connector)
        assert world.dialled[0].connector == "arn:vc"

    @pytest.mark.parametrize("limit", ["601", "-1", "soon"])
    def test_a_limit_connect_would_not_publish_stops_the_call(self, limit: str) -> None:
        record = self.transfer(ScriptedWorld(), ThirdPartyConnectionTimeLimitSeconds=limit)
        assert record.outcome is Outcome.ERROR

    def test_hanging_up_after_the_third_party_without_a_word_is_silent(self) -> None:
        record = call(
            say("hello", "Hello", "it"),
            block("it", "TransferParticipantToThirdParty", "end",
                  errors={"CallFailed": "end", "ConnectionTimeLimitExceeded": "end",
                          "NoMatchingError": "end"},
                  ThirdPartyPhoneNumber=AGENT_NUMBER, ContinueFlowExecution="True",
                  ThirdPartyConnectionTimeLimitSeconds="5"),
            END,
        )  # fmt: skip
        assert record.outcome is Outcome.HUNG_UP_SILENTLY


class TestLoop:
    def loop(self, count: str) -> Any:
        return block("loop", "Loop", "bye",
                     conditions=[("Equals", "ContinueLooping", "again"),
                                 ("Equals", "DoneLooping", "bye")], LoopCount=count)  # fmt: skip

    @pytest.mark.parametrize("count", [0, 1, 3])
    def test_it_goes_round_so_many_times(self, count: int) -> None:
        record = call(
            self.loop(str(count)), say("again", "Again.", "loop"), say("bye", "Bye.", "end"), END
        )
        assert record.said() == ("Again.",) * count + ("Bye.",)

    def test_it_begins_anew_after_it_was_done(self) -> None:
        record = call(
            self.loop("1"),
            say("again", "Again.", "loop"),
            block("bye", "Compare", "mark", errors={"NoMatchingCondition": "mark"},
                  conditions=[("Equals", "yes", "end")], ComparisonValue="$.Attributes.seen"),
            block("mark", "UpdateContactAttributes", "loop", errors=NO, Attributes={"seen": "yes"}),
            SORRY,
            END,
        )  # fmt: skip
        assert record.said() == ("Again.", "Again.")


MENU = {"StoreInput": "False", "InputTimeLimitSeconds": "5", "Text": "Press 1."}
TIMES = {
    "InitialCallDelaySeconds": "5",
    "RetryDelaySeconds": "600",
    "MaximumConnectionAttempts": "3",
}


class TestMenu:
    def menu(self, world: ScriptedWorld, **parameters: object) -> CallRecord:
        return call(
            block(
                "it",
                "GetParticipantInput",
                "sorry",
                errors={
                    "InputTimeLimitExceeded": "late",
                    "NoMatchingCondition": "other",
                    "NoMatchingError": "sorry",
                },
                conditions=[("Equals", "1", "one")],
                **(MENU | parameters),
            ),
            say("one", "One.", "end"),
            say("late", "Late.", "end"),
            say("other", "Other.", "end"),
            SORRY,
            END,
            world=world,
        )

    @pytest.mark.parametrize(
        ("keys", "said"), [(["1"], "One."), (["2"], "Other."), ([None], "Late."), ([], "Late.")]
    )
    def test_a_key_is_compared(self, keys: list[str | None], said: str) -> None:
        record = self.menu(ScriptedWorld(keys=keys))
        assert record.said() == ("Press 1.", said)

    def test_waiting_for_a_key_takes_its_time(self) -> None:
        pressed = self.menu(ScriptedWorld(keys=["1"])).seconds
        assert self.menu(ScriptedWorld()).seconds == pytest.approx(pressed + 5)

    def test_a_menu_without_words_of_its_own_still_listens(self) -> None:
        assert self.menu(ScriptedWorld(keys=["1"]), Text=" ").said() == ("One.",)

    @pytest.mark.parametrize(
        "parameters", [{"StoreInput": "True"}, {"InputTimeLimitSeconds": "0"}], ids=str
    )
    def test_what_is_not_simulated_stops_the_call(self, parameters: dict[str, str]) -> None:
        assert self.menu(ScriptedWorld(keys=["1"]), **parameters).outcome is Outcome.ERROR

    def test_switching_the_buffer_for_early_keys_asks_for_none(self) -> None:
        def switched(**parameters: object) -> CallRecord:
            buffer = block("it", "GetParticipantInput", "bye", errors=NO, **parameters)
            return call(buffer, say("bye", "Bye.", "end"), SORRY, END, world=ScriptedWorld())

        assert switched(EnableDTMFBuffer="True").said() == ("Bye.",)
        stored = switched(EnableDTMFBuffer="False", StoreInput="True")
        assert stored.outcome is Outcome.ERROR


class TestCallback:
    def create(self, world: ScriptedWorld, *, queue: str = "queue-1", **changes: object) -> Any:
        return call(
            block("set", "UpdateContactTargetQueue", "it", errors={"NoMatchingError": "it"},
                  QueueId=queue),
            block("it", "CreateCallbackContact", "bye", errors=NO, **(TIMES | changes)),
            say("bye", "Bye.", "end"),
            SORRY,
            END,
            world=world,
        )  # fmt: skip

    def test_the_callers_own_number_waits_in_the_chosen_queue(self) -> None:
        world = ScriptedWorld()
        record = self.create(world)
        assert record.outcome is Outcome.CALLBACK
        assert [(c.number, c.queue.name, c.attempts) for c in world.callbacks] == [
            ("+12065550100", "Front desk", 3)
        ]
        assert record.queue == world.callbacks[0].queue

    def test_a_queue_can_be_named(self) -> None:
        world = ScriptedWorld(queues={"queue-1": "Front desk", "queue-2": "Callbacks"})
        assert self.create(world, QueueId="queue-2").queue.name == "Callbacks"

    @pytest.mark.parametrize(
        ("world", "queue", "changes"),
        [
            (ScriptedWorld(callback_refusal=Refusal("NoMatchingError", "full")), "queue-1", {}),
            (ScriptedWorld(), "gone", {}),
            (ScriptedWorld(), "queue-1", {"QueueId": "gone"}),
        ],
    )
    def test_what_cannot_be_arranged_takes_the_error_branch(
        self, world: ScriptedWorld, queue: str, changes: dict[str, str]
    ) -> None:
        record = self.create(world, queue=queue, **changes)
        assert record.said() == ("Sorry.",)
        assert record.outcome is Outcome.COMPLETED
        assert record.callback is None

    def test_nobody_is_called_back_without_a_number(self) -> None:
        record = call(
            block("it", "CreateCallbackContact", "end", errors=NO, QueueId="queue-1", **TIMES),
            SORRY,
            END,
            customer=None,
        )
        assert branch(record) == "NoMatchingError"

    def test_a_callback_nobody_was_told_of_is_a_silent_end(self) -> None:
        record = call(
            block("it", "CreateCallbackContact", "end", errors={"NoMatchingError": "end"},
                  QueueId="queue-1", **TIMES),
            END,
        )  # fmt: skip
        assert record.outcome is Outcome.HUNG_UP_SILENTLY

    @pytest.mark.parametrize(
        "changes",
        [
            {"InitialCallDelaySeconds": "0"},
            {"RetryDelaySeconds": "259201"},
            {"MaximumConnectionAttempts": "0"},
            {"AgentId": "a"},
            {"ContactFlowId": "f"},
        ],
        ids=str,
    )
    def test_what_connect_or_the_simulation_does_not_take_stops_the_call(
        self, changes: dict[str, str]
    ) -> None:
        assert self.create(ScriptedWorld(), **changes).outcome is Outcome.ERROR


class TestStaffing:
    @pytest.mark.parametrize(("staffed", "said"), [(2, "Some."), (0, "None."), (None, "Sorry.")])
    def test_agents_are_counted(self, staffed: int | None, said: str) -> None:
        record = call(
            block("it", "CheckMetricData", "sorry",
                  errors={"NoMatchingCondition": "none", "NoMatchingError": "sorry"},
                  conditions=[("NumberGreaterThan", "0", "some")],
                  MetricType="NumberOfAgentsStaffed", QueueId="queue-1"),
            say("some", "Some.", "end"),
            say("none", "None.", "end"),
            SORRY,
            END,
            world=ScriptedWorld(staffed=staffed),
        )  # fmt: skip
        assert record.said() == (said,)

    def test_no_queue_takes_the_error_branch(self) -> None:
        assert branch(one("CheckMetricData", MetricType="NumberOfAgentsStaffed")) == (
            "NoMatchingError"
        )

    @pytest.mark.parametrize(
        "parameters",
        [{"MetricType": "NumberOfContactsInQueue"},
         {"MetricType": "NumberOfAgentsStaffed", "AgentId": "a"}],
        ids=str,
    )  # fmt: skip
    def test_other_metrics_stop_the_call(self, parameters: dict[str, str]) -> None:
        assert one("CheckMetricData", **parameters).outcome is Outcome.ERROR


class TestCallerId:
    @pytest.mark.parametrize(
        ("parameters", "caller_id", "whose"),
        [
            ({}, "+12065550100", "caller"),
            ({"CallerId": {"Number": "$.SystemEndpoint.Address"}}, "+18005550123", "dialled"),
            ({"CallerId": {"Number": "+14155550111"}}, "+14155550111", None),
        ],
    )
    def test_the_third_party_sees_the_number_that_is_named_or_the_callers(
        self, parameters: dict[str, object], caller_id: str, whose: str | None
    ) -> None:
        world = ScriptedWorld()
        record = one(
            "TransferParticipantToThirdParty",
            world,
            ThirdPartyPhoneNumber=AGENT_NUMBER,
            ThirdPartyConnectionTimeLimitSeconds="30",
            ContinueFlowExecution="True",
            **parameters,
        )
        assert world.dialled[0].caller_id == caller_id
        assert [(d.target, d.caller_id, d.whose) for d in record.dialled] == [
            (AGENT_NUMBER, caller_id, whose)
        ]
