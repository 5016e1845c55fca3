"""Canaries: planted in every value a call touches, looked for in every word that comes out."""

import json
import logging
import sys
from collections.abc import Iterator

import boto3
import pytest
from aws_support import KEYS, client
from lambda_support import (
    AGENT_NUMBER,
    CALL_CONTEXT_PATH,
    CONTACT_ID,
    INTERACTION_PATH,
    PARAMETER_PATH,
    VOICE_SERVICE_ID,
    Answer,
    Voice,
    access_token,
    connect_event,
    stored_context,
    token_answer,
)

from connect_core import service_codes
from connect_core.fault import Fault
from connect_core.http import HttpFault, Kind, Response
from connect_core.parameters import SsmParameters
from servicenow_voice import codes

CLIENT_ID = "canary-client-id"
CLIENT_SECRET = "canary-client-secret"
CALLER_CANARY = "+15005550006"
TOKEN = access_token(canary="canary-token")
OPAQUE = "canary-opaque-token"
CONVERSATION = "canary-said-by-the-caller"
ATTRIBUTE = "canary-contact-attribute"
PARAMETER = "canary-parameter"

NEVER_LOGGED = (
    CLIENT_ID,
    CLIENT_SECRET,
    CALLER_CANARY,
    CALLER_CANARY.removeprefix("+"),
    TOKEN,
    OPAQUE,
    CONVERSATION,
    ATTRIBUTE,
    PARAMETER,
    AGENT_NUMBER,
    AGENT_NUMBER.removeprefix("+"),
    "canary",
    "Bearer",
    "CustomerEndpoint",
)
NEVER_REPLIED = (CLIENT_ID, CLIENT_SECRET, CALLER_CANARY, TOKEN, OPAQUE, CONVERSATION, ATTRIBUTE)

# A vendor that repeats everything it knows in everything it sends.
GOSSIP = Answer.of(
    {
        "error": f"{CLIENT_ID} {CLIENT_SECRET} {TOKEN} {CALLER_CANARY} {CONVERSATION}",
        "error_description": CLIENT_SECRET,
        "dnis": CLIENT_SECRET,
        "result": [{"name": "bot_context_data", "value": f"not json {CONVERSATION}"}],
    }
)


def gossip(status: int) -> Answer:
    return Answer(status=status, body=GOSSIP.body, headers={"Location": f"/?t={OPAQUE}"})


BAD_ANSWERS = (
    gossip(200),
    gossip(302),
    gossip(400),
    gossip(401),
    gossip(429),
    gossip(500),
    Answer(body=f"<html>{CLIENT_SECRET}".encode()),
    Answer(hang_up=True),
)


@pytest.fixture
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


@pytest.fixture
def parameter_store(moto_url: str) -> SsmParameters:
    for name, value in (("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)):
        boto3.client(
            "ssm",
            region_name="us-east-1",
            endpoint_url=moto_url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        ).put_parameter(
            Name=f"{PARAMETER_PATH}/{VOICE_SERVICE_ID}/{name}",
            Value=value,
            Type="SecureString",
            Overwrite=True,
        )
    return SsmParameters(client({**KEYS, "AWS_ENDPOINT_URL": moto_url}))


@pytest.fixture
def telling_voice(
    voice: Voice, parameter_store: SsmParameters, everything_is_logged: None
) -> Voice:
    """The handler with canaries planted, its secrets in moto's Parameter Store."""
    del everything_is_logged
    voice.other_parameters = parameter_store
    voice.vendor.answer("/oauth_token.do", token_answer(TOKEN))
    voice.vendor.answer(
        INTERACTION_PATH, stored_context(reason="user_requested", transcript=CONVERSATION)
    )
    return voice


def invoke(voice: Voice, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Both operations twice; all that was logged, and all that was answered."""
    replies = []
    for operation in ("getCallContext", "getInteractionContext") * 2:
        event = connect_event(operation, note=PARAMETER)
        contact = event["Details"]["ContactData"]  # type: ignore[index]
        contact["CustomerEndpoint"]["Address"] = CALLER_CANARY
        contact["Attributes"] = {"note": ATTRIBUTE}
        replies.append(voice(event))
    captured = capsys.readouterr()
    return captured.out + captured.err, json.dumps(replies)


def assert_silent(log: str, replies: str) -> None:
    assert CONTACT_ID in log
    assert [word for word in NEVER_LOGGED if word in log] == []
    assert [word for word in NEVER_REPLIED if word in replies] == []


def test_good_day_is_logged_without_a_word_of_content(
    telling_voice: Voice, capsys: pytest.CaptureFixture[str]
) -> None:
    log, replies = invoke(telling_voice, capsys)
    assert replies.count('"status": "ok"') == 4
    assert_silent(log, replies)


@pytest.mark.parametrize("path", ["/oauth_token.do", CALL_CONTEXT_PATH, INTERACTION_PATH])
def test_bad_day_is_logged_without_a_word_of_content(
    telling_voice: Voice, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    for answer in BAD_ANSWERS:
        telling_voice.made = None
        telling_voice.vendor.answer(path, answer)
        log, replies = invoke(telling_voice, capsys)
        assert '"status": "error"' in replies
        assert_silent(log, replies)


def test_programming_error_is_logged_without_its_text(
    telling_voice: Voice, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError(f"{CLIENT_SECRET} {TOKEN} {CALLER_CANARY}")

    monkeypatch.setattr("servicenow_voice.oauth.Request", broken)
    log, replies = invoke(telling_voice, capsys)
    assert replies.count("INTERNAL_ERROR") == 4
    assert "ValueError" in log
    assert "oauth.py:" in log
    assert_silent(log, replies)


def test_log_lines_let_a_call_be_followed(voice: Voice, capsys: pytest.CaptureFixture[str]) -> None:
    voice.vendor.answer("/oauth_token.do", Answer(status=503))
    voice.call_context()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["contactId"] for line in lines} == {CONTACT_ID}
    assert {line["operation"] for line in lines} == {"getCallContext"}
    written = [line for line in lines if "_aws" not in line]
    assert [(line.get("request"), line.get("outcome")) for line in written] == [
        ("oauth_token", "503"),
        ("oauth_token", "503"),
        (None, None),
    ]
    assert (lines[-1]["level"], lines[-1]["errorCode"]) == ("WARNING", "OAUTH_UNAVAILABLE")
    assert lines[-1]["message"] == codes.MEANINGS["OAUTH_UNAVAILABLE"]
    assert "milliseconds" in lines[-1]


def test_log_level_nobody_knows_does_not_keep_the_function_from_answering(
    voice: Voice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "chatty")
    assert voice.call_context()["status"] == "ok"


@pytest.mark.parametrize("service", ["OAUTH", "CALL_CONTEXT", "INTERACTION_CONTEXT"])
def test_every_fault_of_a_service_has_a_meaning(service: str) -> None:
    faults: list[Fault] = [service_codes.invalid(service)]
    faults += [service_codes.of_no_reply(service, HttpFault(kind)) for kind in Kind]
    faults += [service_codes.of_status(service, Response(status)) for status in range(100, 600)]
    assert {fault.code for fault in faults} <= codes.MEANINGS.keys()
    assert all(text.endswith((".", "?")) for text in codes.MEANINGS.values())
