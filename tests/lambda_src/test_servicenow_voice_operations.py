"""What a flow gets from the two operations, against a vendor that speaks TLS."""

import json
import time
import urllib.parse

import pytest
from lambda_support import (
    AGENT_NUMBER,
    CALL_CONTEXT_PATH,
    CALLER,
    CONTACT_ID,
    INTERACTION_PATH,
    NO_CONTEXT,
    VOICE_SERVICE_ID,
    Answer,
    FakeContext,
    Seen,
    Voice,
    access_token,
    connect_event,
    context_row,
    stored_context,
    token_answer,
)

from servicenow_voice.handler import Ports, VoiceHandler

FINISHED = {
    "status": "ok",
    "errorCode": "",
    "retryable": "false",
    "transferRequested": "false",
    "snTransferReason": "",
    "interactionId": "IMS0001",
}


def no_call(code: str, *, retryable: bool) -> dict[str, str]:
    return {
        "status": "error",
        "errorCode": code,
        "retryable": str(retryable).lower(),
        "dnis": "",
        "tracingId": "",
    }


def no_outcome(code: str, *, retryable: bool) -> dict[str, str]:
    return {
        "status": "error",
        "errorCode": code,
        "retryable": str(retryable).lower(),
        "transferRequested": "true",
        "snTransferReason": "",
        "interactionId": "",
    }


class TestCallContext:
    def test_reply_names_the_number_in_keys_a_flow_can_refer_to(self, voice: Voice) -> None:
        assert voice.call_context() == {
            "status": "ok",
            "errorCode": "",
            "retryable": "false",
            "dnis": AGENT_NUMBER,
            "tracingId": "trace-1",
        }

    def test_request_is_what_the_vendor_documents(self, voice: Voice) -> None:
        token = access_token()
        voice.vendor.answer("/oauth_token.do", token_answer(token))
        voice.call_context()
        oauth, call = voice.vendor.seen
        assert (oauth.method, oauth.path) == ("POST", "/oauth_token.do")
        assert urllib.parse.parse_qs(oauth.body.decode()) == {
            "grant_type": ["client_credentials"],
            "client_id": ["client-1"],
            "client_secret": ["secret-1"],
        }
        assert (call.method, call.path) == ("POST", CALL_CONTEXT_PATH)
        assert call.headers["authorization"] == f"Bearer {token}"
        assert call.headers["content-type"] == "application/json"
        assert json.loads(call.body) == {
            "call_correlation_id": CONTACT_ID,
            "voice_service_id": VOICE_SERVICE_ID,
            "ani": CALLER,
            "instance_name": "inst1",
        }

    def test_caller_who_withholds_the_number_is_announced_without_one(self, voice: Voice) -> None:
        event = connect_event("getCallContext")
        event["Details"]["ContactData"]["CustomerEndpoint"] = None  # type: ignore[index]
        assert voice(event)["status"] == "ok"
        assert json.loads(voice.vendor.requests(CALL_CONTEXT_PATH)[0].body)["ani"] == ""

    @pytest.mark.parametrize("missing", [{}, {"dnis": None}, {"dnis": ""}, {"dnis": "  "}])
    def test_missing_number_is_an_error_not_an_empty_dial(
        self, voice: Voice, missing: dict[str, object]
    ) -> None:
        voice.vendor.answer(CALL_CONTEXT_PATH, Answer.of({"tracing_id": "t", **missing}))
        assert voice.call_context() == no_call("DNIS_MISSING", retryable=True)

    @pytest.mark.parametrize(
        "number", ["4155550199", "+0415555019", "+1415", "+1 415 555", 14155550199, "+1415x", []]
    )
    def test_what_is_no_e164_number_is_not_dialled(self, voice: Voice, number: object) -> None:
        voice.vendor.answer(CALL_CONTEXT_PATH, Answer.of({"dnis": number}))
        assert voice.call_context() == no_call("DNIS_INVALID", retryable=False)

    def test_number_outside_the_allow_list_is_not_dialled(self, voice: Voice) -> None:
        voice.vendor.answer(CALL_CONTEXT_PATH, Answer.of({"dnis": "+8821655550199"}))
        assert voice.call_context() == no_call("DNIS_NOT_ALLOWED", retryable=False)

    def test_empty_allow_list_lets_any_e164_number_pass(self, voice: Voice) -> None:
        voice.environment["DNIS_PREFIXES"] = ""
        voice.vendor.answer(CALL_CONTEXT_PATH, Answer.of({"dnis": "+8821655550199"}))
        assert voice.call_context()["dnis"] == "+8821655550199"

    @pytest.mark.parametrize("tracing_id", [None, {"a": 1}, ["t"], True])
    def test_tracing_id_is_never_null_or_nested(self, voice: Voice, tracing_id: object) -> None:
        voice.vendor.answer(
            CALL_CONTEXT_PATH, Answer.of({"dnis": AGENT_NUMBER, "tracing_id": tracing_id})
        )
        reply = voice.call_context()
        assert (reply["status"], reply["tracingId"]) == ("ok", "")

    @pytest.mark.parametrize(
        ("status", "code", "retryable"),
        [
            (302, "CALL_CONTEXT_REJECTED", False),
            (400, "CALL_CONTEXT_REJECTED", False),
            (401, "CALL_CONTEXT_DENIED", False),
            (403, "CALL_CONTEXT_DENIED", False),
            (404, "CALL_CONTEXT_REJECTED", False),
            (408, "CALL_CONTEXT_UNAVAILABLE", True),
            (429, "CALL_CONTEXT_UNAVAILABLE", True),
            (500, "CALL_CONTEXT_UNAVAILABLE", True),
            (503, "CALL_CONTEXT_UNAVAILABLE", True),
        ],
    )
    def test_refusals_become_codes(
        self, voice: Voice, status: int, code: str, *, retryable: bool
    ) -> None:
        voice.vendor.answer(CALL_CONTEXT_PATH, Answer(status=status))
        assert voice.call_context() == no_call(code, retryable=retryable)

    @pytest.mark.parametrize("body", [b"", b"<html>hibernating</html>", b"[]", b"null", b'"x"'])
    def test_reply_that_is_no_object_is_an_error(self, voice: Voice, body: bytes) -> None:
        voice.vendor.answer(CALL_CONTEXT_PATH, Answer(body=body))
        assert voice.call_context() == no_call("CALL_CONTEXT_INVALID", retryable=False)

    def test_wait_that_the_vendor_asks_for_is_honoured_within_the_budget(
        self, voice: Voice
    ) -> None:
        busy = Answer(status=429, headers={"Retry-After": "2"})
        voice.vendor.answer(CALL_CONTEXT_PATH, busy, Answer.of({"dnis": AGENT_NUMBER}))
        assert voice.call_context()["status"] == "ok"
        assert voice.clock.pauses == [2.0]

    def test_wait_beyond_the_budget_is_not_begun(self, voice: Voice) -> None:
        busy = Answer(status=429, headers={"Retry-After": "60"})
        voice.vendor.answer(CALL_CONTEXT_PATH, busy)
        assert voice.call_context() == no_call("CALL_CONTEXT_UNAVAILABLE", retryable=False)
        assert voice.clock.pauses == []
        assert len(voice.vendor.requests(CALL_CONTEXT_PATH)) == 1

    def test_one_passing_failure_goes_unnoticed(self, voice: Voice) -> None:
        voice.vendor.answer(
            CALL_CONTEXT_PATH, Answer(status=503), Answer.of({"dnis": AGENT_NUMBER})
        )
        assert voice.call_context()["status"] == "ok"


class TestInteractionContext:
    def test_finished_call_needs_no_person(self, voice: Voice) -> None:
        assert voice.interaction_context() == FINISHED

    def test_transfer_reason_is_handed_to_the_flow(self, voice: Voice) -> None:
        voice.vendor.answer(INTERACTION_PATH, stored_context(reason="user_requested"))
        assert voice.interaction_context() == {
            **FINISHED,
            "transferRequested": "true",
            "snTransferReason": "user_requested",
        }

    def test_query_is_encoded_and_asks_for_this_contact_only(self, voice: Voice) -> None:
        voice.interaction_context()
        seen = voice.vendor.requests(INTERACTION_PATH)[0]
        assert seen.method == "GET"
        assert seen.query == {
            "sysparm_query": [f"interaction.client_session_id={CONTACT_ID}^name=bot_context_data"],
            "sysparm_fields": ["name,value,interaction.client_session_id"],
            "sysparm_limit": ["1"],
        }
        assert "^" not in seen.raw_query

    @pytest.mark.parametrize(
        "contact_id",
        [
            f"{CONTACT_ID}^ORname=anything",
            f"{CONTACT_ID}&sysparm_limit=1000",
            f"{CONTACT_ID}\n",
            "",
            None,
            7,
            {"a": 1},
        ],
    )
    def test_contact_id_that_is_no_uuid_never_reaches_the_vendor(
        self, voice: Voice, contact_id: object
    ) -> None:
        reply = voice(connect_event("getInteractionContext", contact_id=contact_id))
        assert reply == no_outcome("EVENT_INVALID", retryable=False)
        assert voice.vendor.seen == []

    def test_second_block_of_a_flow_may_leave_out_the_voice_service(self, voice: Voice) -> None:
        # The vendor's own flow does, and its Lambda then looks for ".../undefined/client_id".
        assert voice(connect_event("getInteractionContext"))["status"] == "ok"
        assert voice.parameters.reads == 1

    @pytest.mark.parametrize("late", [0.4, 1.0, 2.0, 3.0, 4.5, 5.5])
    def test_context_that_is_late_is_caught(self, voice: Voice, late: float) -> None:
        appears = voice.clock.now + late

        def script(_: Seen) -> Answer:
            stored = voice.clock.now >= appears
            return stored_context(reason="user_requested") if stored else NO_CONTEXT

        voice.vendor.answer_by(INTERACTION_PATH, script)
        assert voice.interaction_context()["snTransferReason"] == "user_requested"
        assert voice.clock.now - appears < 1.0

    def test_context_that_never_comes_is_worth_another_try(self, voice: Voice) -> None:
        voice.vendor.answer(INTERACTION_PATH, NO_CONTEXT)
        started = voice.clock.now
        assert voice.interaction_context() == no_outcome(
            "INTERACTION_CONTEXT_MISSING", retryable=True
        )
        assert 4.5 < voice.clock.now - started < 6.0
        assert len(voice.vendor.requests(INTERACTION_PATH)) < 12

    def test_polling_ends_with_the_time_lambda_leaves(self, voice: Voice) -> None:
        voice.vendor.answer(INTERACTION_PATH, NO_CONTEXT)
        started = voice.clock.now
        voice(connect_event("getInteractionContext"), milliseconds=2500)
        assert voice.clock.now - started < 2.0

    def test_passing_failure_while_waiting_is_lived_through(self, voice: Voice) -> None:
        voice.vendor.answer(
            INTERACTION_PATH, Answer(status=503), NO_CONTEXT, Answer(status=429), stored_context()
        )
        assert voice.interaction_context() == FINISHED

    def test_waiting_is_the_only_repetition(self, voice: Voice) -> None:
        voice.vendor.answer(INTERACTION_PATH, Answer(status=503), stored_context())
        voice.interaction_context()
        assert voice.clock.pauses == [0.5]

    def test_last_question_comes_as_late_as_it_can_be_answered(self, voice: Voice) -> None:
        voice.vendor.answer(INTERACTION_PATH, NO_CONTEXT)
        started = voice.clock.now
        voice.interaction_context()
        assert voice.clock.now - started == pytest.approx(5.6)

    def test_lasting_failure_is_named(self, voice: Voice) -> None:
        voice.vendor.answer(INTERACTION_PATH, Answer(status=503))
        assert voice.interaction_context() == no_outcome(
            "INTERACTION_CONTEXT_UNAVAILABLE", retryable=True
        )

    def test_refused_account_is_not_asked_again_and_again(self, voice: Voice) -> None:
        voice.vendor.answer(INTERACTION_PATH, Answer(status=403))
        assert voice.interaction_context() == no_outcome(
            "INTERACTION_CONTEXT_DENIED", retryable=False
        )
        assert len(voice.vendor.requests(INTERACTION_PATH)) == 1

    def test_missing_interaction_id_proves_no_finished_call(self, voice: Voice) -> None:
        voice.vendor.answer(INTERACTION_PATH, stored_context(interaction_id=None))
        assert voice.interaction_context() == no_outcome(
            "INTERACTION_CONTEXT_INVALID", retryable=False
        )

    def test_wish_for_a_person_counts_without_an_interaction_id(self, voice: Voice) -> None:
        voice.vendor.answer(
            INTERACTION_PATH, stored_context(interaction_id=None, reason="user_requested")
        )
        reply = voice.interaction_context()
        assert (reply["status"], reply["transferRequested"]) == ("ok", "true")
        assert (reply["snTransferReason"], reply["interactionId"]) == ("user_requested", "")

    @pytest.mark.parametrize("reason", ["", "  ", None, False, {}, []])
    def test_empty_reason_is_no_transfer(self, voice: Voice, reason: object) -> None:
        voice.vendor.answer(INTERACTION_PATH, stored_context(reason=reason))
        assert voice.interaction_context() == FINISHED

    @pytest.mark.parametrize("reason", [True, {"code": 1}, ["user_requested"]])
    def test_reason_of_another_kind_is_a_transfer_without_a_name(
        self, voice: Voice, reason: object
    ) -> None:
        voice.vendor.answer(INTERACTION_PATH, stored_context(reason=reason))
        reply = voice.interaction_context()
        assert (reply["transferRequested"], reply["snTransferReason"]) == ("true", "")

    @pytest.mark.parametrize("value", [None, "", "{", "[]", "null", "7", {"interactionId": "x"}])
    def test_record_without_a_readable_value_is_an_error(self, voice: Voice, value: object) -> None:
        voice.vendor.answer(
            INTERACTION_PATH,
            Answer.of({"result": [context_row(value)]}),
        )
        assert voice.interaction_context() == no_outcome(
            "INTERACTION_CONTEXT_INVALID", retryable=False
        )

    @pytest.mark.parametrize("answer", [{}, {"result": None}, {"result": {}}, {"result": [1]}])
    def test_answer_that_is_no_table_is_an_error(
        self, voice: Voice, answer: dict[str, object]
    ) -> None:
        voice.vendor.answer(INTERACTION_PATH, Answer.of(answer))
        assert voice.interaction_context()["errorCode"] == "INTERACTION_CONTEXT_INVALID"

    @pytest.mark.parametrize(
        "row",
        [
            {"interaction.client_session_id": "0b7c1e52-52ab-4b57-8e0a-9a4d1c1f7a10"},
            {"interaction.client_session_id": ""},
            {"interaction.client_session_id": None},
            {"interaction.client_session_id": {"value": CONTACT_ID}},
            {"name": "conversation_summary"},
        ],
    )
    def test_record_of_another_call_is_never_taken(
        self, voice: Voice, row: dict[str, object]
    ) -> None:
        # ServiceNow leaves out conditions that it cannot evaluate, and answers all the same.
        value = {"interactionId": "IMS9", "sessionVariables": {"snTransferReason": "x"}}
        voice.vendor.answer(
            INTERACTION_PATH, Answer.of({"result": [context_row(json.dumps(value), **row)]})
        )
        assert voice.interaction_context() == no_outcome(
            "INTERACTION_CONTEXT_FOREIGN", retryable=False
        )
        assert len(voice.vendor.requests(INTERACTION_PATH)) == 1

    def test_record_that_does_not_say_whose_it_is_is_never_taken(self, voice: Voice) -> None:
        row = context_row("{}")
        del row["interaction.client_session_id"]
        voice.vendor.answer(INTERACTION_PATH, Answer.of({"result": [row]}))
        assert voice.interaction_context()["errorCode"] == "INTERACTION_CONTEXT_FOREIGN"

    def test_contact_id_in_capitals_is_the_same_contact(self, voice: Voice) -> None:
        event = connect_event("getInteractionContext", contact_id=CONTACT_ID.upper())
        assert voice(event) == FINISHED

    def test_instance_is_left_alone_for_as_long_as_it_asks(self, voice: Voice) -> None:
        busy = Answer(status=429, headers={"Retry-After": "3"})
        voice.vendor.answer(INTERACTION_PATH, busy, stored_context())
        assert voice.interaction_context() == FINISHED
        assert voice.clock.pauses == [3.0]

    @pytest.mark.parametrize(("seconds", "retryable"), [("6", True), ("60", False)])
    def test_instance_that_asks_for_more_than_there_is_is_not_asked_again(
        self, voice: Voice, seconds: str, *, retryable: bool
    ) -> None:
        busy = Answer(status=429, headers={"Retry-After": seconds})
        voice.vendor.answer(INTERACTION_PATH, busy)
        assert voice.interaction_context() == no_outcome(
            "INTERACTION_CONTEXT_UNAVAILABLE", retryable=retryable
        )
        assert voice.clock.pauses == []
        assert len(voice.vendor.requests(INTERACTION_PATH)) == 1

    def test_stored_conversation_never_enters_the_reply(self, voice: Voice) -> None:
        voice.vendor.answer(INTERACTION_PATH, stored_context(transcript="x" * 60_000))
        assert voice.interaction_context() == FINISHED

    def test_endless_reason_is_cut_to_what_attributes_hold(self, voice: Voice) -> None:
        voice.vendor.answer(INTERACTION_PATH, stored_context(reason="r" * 50_000))
        reply = voice.interaction_context()
        assert reply["status"] == "ok"
        assert len(reply["snTransferReason"]) == 256


class TestTokens:
    def test_token_serves_call_after_call(self, voice: Voice) -> None:
        for _ in range(5):
            assert voice.call_context()["status"] == "ok"
            assert voice.interaction_context()["status"] == "ok"
        assert len(voice.vendor.requests("/oauth_token.do")) == 1
        assert voice.parameters.reads == 1

    def test_token_longer_than_a_parameter_is_kept_too(self, voice: Voice) -> None:
        voice.vendor.answer("/oauth_token.do", token_answer(access_token(groups=["g" * 10] * 400)))
        voice.call_context()
        voice.call_context()
        assert len(voice.vendor.requests("/oauth_token.do")) == 1

    def test_token_is_renewed_before_it_ends(self, voice: Voice) -> None:
        voice.call_context()
        voice.clock.now += 1800 - 91
        voice.call_context()
        assert len(voice.vendor.requests("/oauth_token.do")) == 1
        voice.clock.now += 2
        voice.call_context()
        assert len(voice.vendor.requests("/oauth_token.do")) == 2

    def test_opaque_token_lives_as_long_as_the_vendor_says(self, voice: Voice) -> None:
        voice.vendor.answer("/oauth_token.do", token_answer("opaque", expires_in=600))
        voice.call_context()
        voice.clock.now += 500
        voice.call_context()
        assert len(voice.vendor.requests("/oauth_token.do")) == 1
        voice.clock.now += 50
        voice.call_context()
        assert len(voice.vendor.requests("/oauth_token.do")) == 2

    def test_revoked_token_is_replaced_once(self, voice: Voice) -> None:
        voice.vendor.answer(
            "/oauth_token.do",
            token_answer("first", expires_in=1800),
            token_answer("second", expires_in=1800),
        )

        def only_second(seen: Seen) -> Answer:
            good = seen.headers["authorization"] == "Bearer second"
            return Answer.of({"dnis": AGENT_NUMBER}) if good else Answer(status=401)

        voice.vendor.answer_by(CALL_CONTEXT_PATH, only_second)
        assert voice.call_context()["status"] == "ok"
        assert voice.call_context()["status"] == "ok"
        assert len(voice.vendor.requests("/oauth_token.do")) == 2
        assert len(voice.vendor.requests(CALL_CONTEXT_PATH)) == 3

    def test_rotated_secret_is_picked_up_at_once(self, voice: Voice) -> None:
        name = next(name for name in voice.parameters.values if name.endswith("client_secret"))
        good = "secret-1"

        def check(seen: Seen) -> Answer:
            given = urllib.parse.parse_qs(seen.body.decode())["client_secret"]
            if given != [good]:
                return Answer.of({"error": "invalid_client"}, status=401)
            return token_answer("opaque", expires_in=60)

        voice.vendor.answer_by("/oauth_token.do", check)
        assert voice.call_context()["status"] == "ok"
        voice.clock.now += 60
        voice.parameters.values[name] = good = "secret-2"
        assert voice.call_context()["status"] == "ok"
        assert voice.parameters.reads == 2

    def test_secrets_are_read_again_after_some_minutes(self, voice: Voice) -> None:
        voice.vendor.answer("/oauth_token.do", token_answer("opaque", expires_in=60))
        for _ in range(3):
            voice.call_context()
            voice.clock.now += 250
        assert voice.parameters.reads == 1
        voice.clock.now += 250
        voice.call_context()
        assert voice.parameters.reads == 2

    @pytest.mark.parametrize(
        ("answer", "code", "retryable"),
        [
            (Answer.of({"error": "invalid_client"}, status=401), "OAUTH_DENIED", False),
            (Answer.of({"error": "invalid_client"}, status=400), "OAUTH_DENIED", False),
            (Answer(status=403), "OAUTH_DENIED", False),
            (Answer(status=404), "OAUTH_REJECTED", False),
            (Answer(status=302, headers={"Location": "/login.do"}), "OAUTH_REJECTED", False),
            (Answer(status=429), "OAUTH_UNAVAILABLE", True),
            (Answer(status=503), "OAUTH_UNAVAILABLE", True),
            (Answer(hang_up=True), "OAUTH_UNAVAILABLE", True),
            (Answer(body=b"<html>"), "OAUTH_INVALID", False),
            (Answer.of({}), "OAUTH_INVALID", False),
            (Answer.of({"access_token": None}), "OAUTH_INVALID", False),
            (Answer.of({"access_token": "two\r\nlines"}), "OAUTH_INVALID", False),
        ],
    )
    def test_failing_token_endpoint_becomes_a_code(
        self, voice: Voice, answer: Answer, code: str, *, retryable: bool
    ) -> None:
        voice.vendor.answer("/oauth_token.do", answer)
        assert voice.call_context() == no_call(code, retryable=retryable)
        assert voice.interaction_context() == no_outcome(code, retryable=retryable)

    def test_slow_token_endpoint_leaves_time_for_the_rest(self, voice: Voice) -> None:
        def slow(_: Seen) -> Answer:
            voice.clock.now += 2.7
            return Answer(status=503)

        voice.vendor.answer_by("/oauth_token.do", slow)
        assert voice.call_context() == no_call("OAUTH_UNAVAILABLE", retryable=True)
        assert len(voice.vendor.requests("/oauth_token.do")) == 1

    def test_missing_secret_is_named(self, voice: Voice) -> None:
        voice.parameters.values.popitem()
        assert voice.call_context() == no_call("SECRET_MISSING", retryable=False)


class TestSettings:
    @pytest.mark.parametrize(
        "name",
        [
            "SERVICENOW_PARAMETER_PATH",
            "SERVICENOW_INSTANCE_HOST",
            "SERVICENOW_INSTANCE_NAME",
            "VOICE_SERVICE_HOST",
            "CALL_CONTEXT_PATH",
        ],
    )
    def test_missing_setting_is_an_answer(
        self, voice: Voice, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        del voice.environment[name]
        assert voice.call_context() == no_call("CONFIG_MISSING", retryable=False)
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["about"] == name

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SERVICENOW_INSTANCE_HOST", "http://plain.example.com"),
            ("VOICE_SERVICE_HOST", "https://user:pw@example.com"),
            ("CALL_CONTEXT_PATH", "api/without/slash"),
            ("CALL_CONTEXT_PATH", "//other.example.com/api"),
            ("CALL_CONTEXT_PATH", "/api\r\nHost: other"),
            ("SERVICENOW_PARAMETER_PATH", "no/slash"),
            ("DNIS_PREFIXES", "1, 44"),
            ("VOICE_SERVICES", "[]"),
            ("VOICE_SERVICES", "{"),
            ("VOICE_SERVICES", '{"a/b": {}}'),
            ("VOICE_SERVICES", '{"a": {"path": "/x"}}'),
            ("VOICE_SERVICES", '{"a": {"callContextPath": "x"}}'),
            ("VOICE_SERVICES", '{"a": {"callContextPath": 7}}'),
            ("VOICE_SERVICES", '{"a": {"host": "http://x"}}'),
            ("TOKEN_COPY", "Standard"),
            ("TOKEN_COPY", "Premium"),
            ("CA_BUNDLE_PEM", "no certificate"),
            ("CA_BUNDLE_PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
        ],
    )
    def test_unusable_setting_is_an_answer(
        self, voice: Voice, name: str, value: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        voice.environment[name] = value
        assert voice.call_context() == no_call("CONFIG_INVALID", retryable=False)
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["about"] == name
        assert voice.vendor.seen == []

    def test_voice_service_of_the_flow_wins(self, voice: Voice) -> None:
        voice.parameters.values = {
            "/com.servicenow.cti/inst1/other/client_id": "o",
            "/com.servicenow.cti/inst1/other/client_secret": "o",
        }
        assert voice.call_context(voiceServiceId="other")["status"] == "ok"
        body = json.loads(voice.vendor.requests(CALL_CONTEXT_PATH)[0].body)
        assert body["voice_service_id"] == "other"

    def test_no_voice_service_at_all_is_an_answer(self, voice: Voice) -> None:
        voice.environment["VOICE_SERVICE_ID"] = ""
        assert voice.call_context() == no_call("VOICE_SERVICE_ID_MISSING", retryable=False)

    @pytest.mark.parametrize("name", ["../other", "a/b", "a b", "x" * 65])
    def test_voice_service_that_would_leave_its_path_is_refused(
        self, voice: Voice, name: str
    ) -> None:
        assert voice.call_context(voiceServiceId=name) == no_call(
            "VOICE_SERVICE_ID_INVALID", retryable=False
        )
        assert voice.parameters.reads == 0


class TestAnyEvent:
    @pytest.mark.parametrize("operation", [None, "", "getcallcontext", "drop table"])
    def test_unknown_operation_is_an_answer(self, voice: Voice, operation: str | None) -> None:
        assert voice(connect_event(operation)) == {
            "status": "error",
            "errorCode": "OPERATION_UNKNOWN",
            "retryable": "false",
        }

    @pytest.mark.parametrize("event", [None, [], "x", {}, {"Details": None}])
    def test_event_of_another_origin_is_an_answer(self, voice: Voice, event: object) -> None:
        assert voice(event)["errorCode"] == "EVENT_INVALID"

    def test_unexpected_error_is_an_answer_and_a_log_line_without_its_text(
        self, voice: Voice, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> dict[str, str]:
            raise RuntimeError("text with a secret")

        monkeypatch.setattr(voice.parameters, "read", broken)
        assert voice.call_context() == no_call("INTERNAL_ERROR", retryable=False)
        assert voice.interaction_context() == no_outcome("INTERNAL_ERROR", retryable=False)
        log = capsys.readouterr().out
        assert "RuntimeError" in log
        assert "text with a secret" not in log

    def test_asking_twice_gives_the_same_answer(self, voice: Voice) -> None:
        # Connect repeats an invocation up to three times within its time limit.
        assert voice.call_context() == voice.call_context()
        assert voice.interaction_context() == voice.interaction_context()

    def test_invocation_with_no_time_left_says_so(self, voice: Voice) -> None:
        reply = voice(connect_event("getCallContext"), milliseconds=300)
        assert reply == no_call("OAUTH_TIMEOUT", retryable=True)
        assert voice.vendor.seen == []


@pytest.mark.parametrize(
    ("path", "code"),
    [("/oauth_token.do", "OAUTH_TIMEOUT"), (CALL_CONTEXT_PATH, "CALL_CONTEXT_TIMEOUT")],
)
def test_silent_vendor_costs_no_more_than_the_budget(voice: Voice, path: str, code: str) -> None:
    def never(_: Seen) -> Answer:
        voice.vendor.stopping.wait(10)
        return Answer()

    voice.vendor.answer_by(path, never)
    ports = Ports(environment=voice.environment, parameters=voice.parameters)
    started = time.monotonic()
    reply = VoiceHandler(ports)(connect_event("getCallContext"), FakeContext(1300))
    assert reply == no_call(code, retryable=True)
    assert time.monotonic() - started < 1.3


def test_handler_of_the_zip_answers_without_any_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    from servicenow_voice import handler  # noqa: PLC0415 - as Lambda imports it

    monkeypatch.delenv("SERVICENOW_PARAMETER_PATH", raising=False)
    reply = handler.handler(connect_event("getCallContext"), FakeContext())
    assert reply["errorCode"] == "CONFIG_MISSING"
