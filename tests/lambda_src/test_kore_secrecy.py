"""Canaries in everything that Kore's functions touch; none in what they write down or answer."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from aws_support import AwsAnswer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kore_support import (
    BOT,
    FRAGMENT,
    PARAMETER_PATH,
    SETTINGS,
    STREAM_ARN,
    TRANSCRIBER_PATH,
    WEBHOOK_PATH,
    WEBHOOK_SECRET_NAME,
    Kore,
    assumed,
    contact_of,
    kore_event,
)
from lambda_support import CALLER, CONTACT_ID, Answer

from kore_disposition import codes as disposition_codes
from kore_stream_trigger import codes as trigger_codes
from kore_widget_token import codes as widget_codes

SECRET = "canary-client-secret-0000000000000000"
FUNCTION_KEY = "canary-key-of-the-function"
FUNCTION_TOKEN = "canary-token-of-the-function"
SUMMARY = "canary: the customer told us something"
NEVER = (
    "canary",
    "kinesisvideo",
    "stream/",
    FRAGMENT,
    CALLER,
    CALLER.removeprefix("+"),
    "eyJ",  # how every JWT begins
    "ASIA",
    "AKIA",
    "sip:",
    "wss:",
    "https:",
    "audiosocket",
    "AWS4-HMAC",
    "v1=",
    "CustomerEndpoint",
)
GOSSIP = json.dumps({"message": f"{SECRET} {SUMMARY} {CALLER} {STREAM_ARN}"}).encode()
BAD_ANSWERS = (
    *(Answer(status=status, body=GOSSIP) for status in (302, 400, 401, 403, 429, 500, 504)),
    Answer(status=400, body=GOSSIP, headers={"Retry-After": "canary", "Location": "/canary"}),
    Answer(hang_up=True),
    Answer(body=b"canary" * 100_000),
)
BAD_AWS = (
    AwsAnswer.error("AccessDeniedException"),
    AwsAnswer.error("canary-code"),
    AwsAnswer.xml_error("AccessDenied"),
    AwsAnswer.xml_error("canarycode"),
    AwsAnswer(status=500, body=GOSSIP),
    AwsAnswer(body=b"canary is not what AWS documents"),
    AwsAnswer(body=GOSSIP),
    AwsAnswer(hang_up=True),
)


@pytest.fixture(autouse=True)
def everything_is_logged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """Every library at DEBUG, as when an operator turns Lambda's own log level up."""
    del capsys  # its stdout must be in place before the handler is made
    root = logging.getLogger()
    level = root.level
    talk = logging.StreamHandler(sys.stdout)
    root.addHandler(talk)
    root.setLevel(logging.DEBUG)
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    yield
    root.setLevel(level)
    root.removeHandler(talk)


def planted(kore: Kore) -> Kore:
    kore.environment["AWS_SECRET_ACCESS_KEY"] = FUNCTION_KEY
    kore.environment["AWS_SESSION_TOKEN"] = FUNCTION_TOKEN
    kore.values[f"{PARAMETER_PATH}/{BOT}/client_secret"] = SECRET
    kore.values[WEBHOOK_SECRET_NAME] = "canary-webhook-secret"
    kore.values[f"{PARAMETER_PATH}/{BOT}/settings"] = json.dumps(
        {
            **SETTINGS,
            "botId": "canary-bot",
            "clientId": "canary-client",
            "accountId": "canary-account",
            "sipUri": "sip:canary@canary.example.com",
        }
    )
    kore.aws.answer(
        "AssumeRole",
        assumed(
            {
                "AccessKeyId": "ASIAcanary",
                "SecretAccessKey": "canary/secret",
                "SessionToken": "canary/token",
                "Expiration": "2030-03-17T18:46:40Z",
            }
        ),
    )
    return kore


def event() -> dict[str, object]:
    made = kore_event(
        disposition="canary-choice", summary=SUMMARY, survey="canary", note="canary-parameter"
    )
    contact_of(made)["Attributes"] = {"note": "canary-attribute"}
    return made


def invoke(kore: Kore, capsys: pytest.CaptureFixture[str]) -> tuple[str, list[dict[str, str]]]:
    """Two calls on one environment; all that was logged, and what was answered."""
    kore.made = None
    replies = [dict(kore(event())) for _ in range(2)]
    captured = capsys.readouterr()
    return captured.out + captured.err, replies


def assert_silent(log: str, replies: list[dict[str, str]]) -> None:
    assert log
    answered = json.dumps(
        [{key: reply[key] for key in reply.keys() - {"koreiframetoken"}} for reply in replies]
    )
    for said in (log, answered):
        assert [word for word in NEVER if word in said] == []


@pytest.fixture(params=["trigger", "widget", "disposition"])
def kore(request: pytest.FixtureRequest) -> Kore:
    return planted(request.getfixturevalue(request.param))


def test_good_day_is_logged_without_a_word_of_content(
    kore: Kore, capsys: pytest.CaptureFixture[str]
) -> None:
    log, replies = invoke(kore, capsys)
    assert CONTACT_ID in log
    assert {reply["status"] for reply in replies} == {"ok"}
    assert_silent(log, replies)


@pytest.mark.parametrize(
    "operation", ["GetParameters", "AssumeRole", "PutItem", "UpdateItem", "DeleteItem"]
)
def test_bad_day_of_aws_is_logged_without_a_word_of_content(
    kore: Kore, capsys: pytest.CaptureFixture[str], operation: str
) -> None:
    kore.vendor.answer(TRANSCRIBER_PATH, Answer(status=400, body=GOSSIP))
    for answer in BAD_AWS:
        kore.aws.answer(operation, answer)
        assert_silent(*invoke(kore, capsys))


@pytest.mark.parametrize("path", [TRANSCRIBER_PATH, WEBHOOK_PATH])
def test_bad_day_of_kore_is_logged_without_a_word_of_content(
    kore: Kore, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    for answer in BAD_ANSWERS:
        kore.vendor.answer(path, answer)
        assert_silent(*invoke(kore, capsys))


@pytest.mark.parametrize("value", ["canary with spaces", "{canary", '["canary"]', "canary\x00"])
@pytest.mark.parametrize("name", ["settings", "client_secret"])
def test_unusable_parameter_is_not_repeated(
    kore: Kore, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    kore.values[f"{PARAMETER_PATH}/{BOT}/{name}"] = value
    assert_silent(*invoke(kore, capsys))


@pytest.mark.parametrize(
    "place",
    [
        "connect_core.answering.events.parse",
        "connect_core.aws.items.Table.put",
        "connect_core.http.HttpClient.send",
    ],
)
def test_programming_error_is_logged_without_its_text(
    kore: Kore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"{SECRET} {SUMMARY} {STREAM_ARN}")

    monkeypatch.setattr(place, broken)
    log, replies = invoke(kore, capsys)
    assert_silent(log, replies)
    if kore.aws.seen == []:
        assert "RuntimeError" in log
        assert {reply["errorCode"] for reply in replies} == {"INTERNAL_ERROR"}


def test_token_in_the_reply_is_the_only_credential(
    widget: Kore, capsys: pytest.CaptureFixture[str]
) -> None:
    log, replies = invoke(planted(widget), capsys)
    for reply in replies:
        claims = jwt.decode(reply["koreiframetoken"], options={"verify_signature": False})
        assert SECRET not in json.dumps(claims)
        assert reply["koreiframetoken"] not in log


def test_nothing_a_function_holds_shows_itself(kore: Kore) -> None:
    kore(event())
    assert "canary" not in repr(kore.made)
    assert "canary" not in repr(vars(kore.made))


@pytest.mark.parametrize("codes", [trigger_codes, widget_codes, disposition_codes])
def test_every_meaning_is_a_sentence(codes: Any) -> None:
    assert all(text.endswith((".", "?")) for text in codes.MEANINGS.values())
    assert all(len(text) <= 120 for text in codes.MEANINGS.values())


def test_every_code_in_the_log_has_its_sentence(
    kore: Kore, capsys: pytest.CaptureFixture[str]
) -> None:
    for store in ({}, kore.values, kore.environment):
        store.clear()
        log, _ = invoke(kore, capsys)
        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        assert lines
        assert all(line["message"] for line in lines)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Details",
                    "ContactData",
                    "ContactId",
                    "RelatedContactId",
                    "MediaStreams",
                    "Customer",
                    "Audio",
                    "StreamARN",
                    "StartFragmentNumber",
                    "Parameters",
                    "bot",
                    "disposition",
                    "summary",
                    "survey",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
KEYS = {
    "trigger": {"lambdaResult"},
    "widget": {"koreiframetoken", "expiresAt"},
    "disposition": {"stored", "delivered"},
}


@pytest.mark.parametrize("name", sorted(KEYS))
class TestAnyEvent:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(value=JSON)
    def test_any_json_has_an_answer(
        self, name: str, request: pytest.FixtureRequest, value: object
    ) -> None:
        self.check(request.getfixturevalue(name), name, value)

    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
    )
    @given(
        place=st.sampled_from(["MediaStreams", "RelatedContactId", "CustomerEndpoint"]), value=JSON
    )
    def test_any_contact_has_an_answer(
        self, name: str, request: pytest.FixtureRequest, place: str, value: object
    ) -> None:
        made = event()
        contact_of(made)[place] = value
        self.check(request.getfixturevalue(name), name, made)

    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
    )
    @given(
        value=st.dictionaries(st.sampled_from(["bot", "disposition", "summary", "survey"]), JSON)
    )
    def test_any_parameters_have_an_answer(
        self, name: str, request: pytest.FixtureRequest, value: dict[str, object]
    ) -> None:
        made = event()
        made["Details"]["Parameters"] = value  # type: ignore[index]
        self.check(request.getfixturevalue(name), name, made)

    def check(self, kore: Callable[[object], dict[str, str]], name: str, value: object) -> None:
        reply = kore(value)
        assert reply.keys() == {"status", "errorCode", "retryable", *KEYS[name]}
        assert all(isinstance(text, str) for text in reply.values())
        assert reply["errorCode"] != "INTERNAL_ERROR"
        json.dumps(reply).encode()
