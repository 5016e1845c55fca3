"""Events, replies, hosts, deadlines: what goes in and what may come out."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lambda_support import CALLER, CONTACT_ID, FakeClock, FakeContext, connect_event

from connect_core import event as events
from connect_core import reply as replies
from connect_core.deadline import Deadline
from connect_core.fault import Fault
from connect_core.host import HostError, normalise
from connect_core.secret import Secret
from servicenow_voice.phone_numbers import dialable, prefixes
from servicenow_voice.text import LONGEST, short_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Details", "ContactData", "ContactId", "CustomerEndpoint", "Address", "Parameters"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


class TestEvent:
    def test_event_is_read(self) -> None:
        event = events.parse(connect_event("getCallContext", voiceServiceId=" v1 ", empty=" "))
        assert event.contact_id == CONTACT_ID
        assert event.caller_number == CALLER
        assert event.parameters == {"operation": "getCallContext", "voiceServiceId": "v1"}

    @given(JSON)
    def test_any_json_is_an_event_or_one_fault(self, value: object) -> None:
        assert all(isinstance(text, str) for text in events.parameters_of(value).values())
        code = ""
        try:
            events.parse(value)
        except Fault as fault:
            code = fault.code
        assert code in ("", "EVENT_INVALID")

    @given(st.sampled_from(["CustomerEndpoint", "Queue", "MediaStreams", "Attributes"]), JSON)
    def test_whatever_else_a_contact_holds_it_has_its_id(self, key: str, value: object) -> None:
        event = connect_event()
        event["Details"]["ContactData"][key] = value  # type: ignore[index]
        assert events.parse(event).contact_id == CONTACT_ID

    @given(st.uuids())
    def test_every_uuid_is_a_contact(self, contact: object) -> None:
        assert events.parse(connect_event(contact_id=str(contact))).contact_id == str(contact)

    @given(st.text(alphabet=string.hexdigits + "-^&=\n ", max_size=40))
    def test_contact_id_has_nothing_a_query_could_mean(self, text: str) -> None:
        try:
            found = events.parse(connect_event(contact_id=text)).contact_id
        except Fault:
            return
        assert set(found) <= set(string.hexdigits + "-")

    def test_event_does_not_show_the_caller(self) -> None:
        assert CALLER not in repr(events.parse(connect_event()))


class TestReply:
    def test_success_and_failure_have_the_same_keys(self) -> None:
        fields = {"dnis": "", "tracingId": ""}
        failed = replies.failed(Fault("OAUTH_TIMEOUT", retryable=True), fields)
        assert failed.keys() == replies.succeeded(fields).keys()
        assert (failed["errorCode"], failed["retryable"]) == ("OAUTH_TIMEOUT", "true")

    @pytest.mark.parametrize("text", ["x", "\u00e9", "\U0001f600", "\\", "\x00"])
    def test_reply_beyond_what_connect_takes_is_a_fault(self, text: str) -> None:
        most = replies.LIMIT_BYTES // (len(json.dumps(text)) - 2)
        with pytest.raises(Fault) as caught:
            replies.succeeded({"value": text * most})
        assert caught.value.code == "REPLY_TOO_LARGE"
        reply = replies.succeeded({"value": text * (most - 100)})
        assert len(json.dumps(reply)) <= replies.LIMIT_BYTES

    @pytest.mark.parametrize("key", ["tracing_id", "a.b", "a b", "", "1a", "\u00e9"])
    def test_key_a_flow_cannot_refer_to_is_a_mistake(self, key: str) -> None:
        with pytest.raises(ValueError, match="letters and digits"):
            replies.succeeded({key: "x"})


class TestHost:
    @pytest.mark.parametrize(
        ("typed", "host"),
        [
            ("example.service-now.com", "example.service-now.com"),
            ("https://example.service-now.com", "example.service-now.com"),
            ("https://example.service-now.com/", "example.service-now.com"),
            ("  https://EXAMPLE.service-now.com/  ", "example.service-now.com"),
            ("HTTPS://example.com:8443", "example.com:8443"),
            ("example.com/", "example.com"),
            ("localhost:8443", "localhost:8443"),
            ("127.0.0.1:443", "127.0.0.1:443"),
        ],
    )
    def test_url_or_host_is_taken(self, typed: str, host: str) -> None:
        assert normalise(typed) == host

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "http://example.com",
            "wss://example.com",
            "https://",
            "https://example.com/path",
            "example.com/path",
            "https://example.com?x=1",
            "https://example.com?",
            "https://example.com#",
            "https://user:secret@example.com",
            "user@example.com",
            "example.com:",
            "example.com:0",
            "example.com:99999",
            "example.com:port",
            "exa mple.com",
            "example.com\r\nX: y",
            "-example.com",
            "example..com",
            "b\u00fccher.example",
            "*.example.com",
            "[::1]",
            "a" * 64 + ".com",
            "https://https://example.com",
            "mailto:x@example.com",
            "example.com\\@evil.com",
        ],
    )
    def test_anything_else_is_refused_in_one_sentence(self, typed: str) -> None:
        with pytest.raises(HostError) as caught:
            normalise(typed)
        sentence = str(caught.value)
        assert sentence.endswith(".")
        assert "secret" not in sentence

    @given(st.text(max_size=30) | st.from_regex(r"(https://)?[a-z0-9.:@/?#-]{1,30}"))
    def test_what_is_taken_is_a_host_and_stays_one(self, typed: str) -> None:
        try:
            host = normalise(typed)
        except HostError:
            return
        assert set(host) <= set(string.ascii_lowercase + string.digits + ".-:")
        assert normalise(host) == host
        assert normalise(f"https://{host}/") == host


class TestNumbers:
    @given(st.from_regex(r"\A\+[1-9][0-9]{6,14}\Z"))
    def test_e164_passes_an_empty_allow_list(self, number: str) -> None:
        assert dialable(number, ()) == number

    @given(JSON | st.text(alphabet="+0123456789 -", max_size=20))
    def test_what_passes_is_e164_and_allowed(self, value: object) -> None:
        try:
            number = dialable(value, ("+1", "+44"))
        except Fault:
            return
        assert number.startswith(("+1", "+44"))
        assert number[1:].isascii()
        assert number[1:].isdigit()

    def test_list_of_prefixes_may_be_untidy(self) -> None:
        assert prefixes(" +1, +44 ,,") == ("+1", "+44")
        assert prefixes("") == ()

    @pytest.mark.parametrize("text", ["1", "+", "+1;+44", "+0", "+1a", "*"])
    def test_list_of_something_else_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="DNIS_PREFIXES"):
            prefixes(text)


class TestText:
    @given(JSON)
    def test_text_is_short_whatever_it_was(self, value: object) -> None:
        text = short_text(value)
        assert isinstance(text, str)
        assert len(text) <= LONGEST
        assert text == text.strip()

    def test_number_keeps_its_digits(self) -> None:
        assert short_text(4711) == "4711"
        assert short_text(10**5000) == ""


class TestDeadline:
    @pytest.mark.parametrize(
        ("left", "budget"), [(7000, 6.0), (60_000, 6.0), (3000, 2.5), (400, 0.0), (0, 0.0)]
    )
    def test_budget_is_what_lambda_leaves_but_no_more_than_six_seconds(
        self, left: int, budget: float
    ) -> None:
        deadline = Deadline.of_invocation(FakeContext(left), clock=FakeClock())
        assert deadline.remaining() == pytest.approx(budget)

    def test_shorter_deadline_never_outlives_the_longer(self) -> None:
        clock = FakeClock()
        whole = clock.deadline(6)
        assert whole.at_most(2).remaining() == pytest.approx(2)
        clock.now += 5
        assert whole.at_most(2).remaining() == pytest.approx(1)
        clock.now += 5
        assert whole.remaining() == 0


def test_secret_shows_itself_only_on_demand() -> None:
    secret = Secret("canary")
    assert "canary" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "canary"
