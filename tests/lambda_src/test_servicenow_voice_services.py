"""Several voice services on one function: nothing of one is used for another."""

import json
import threading
import urllib.parse
from collections.abc import Callable

import pytest
from lambda_support import (
    AGENT_NUMBER,
    CALL_CONTEXT_PATH,
    PARAMETER_PATH,
    Answer,
    FakeClock,
    Seen,
    Vendor,
    Voice,
    token_answer,
)

from connect_core.secret import Secret
from connect_core.tokens import Token, TokenCache

SERVICES = ("sales", "support")


def token_of_the_client(seen: Seen) -> Answer:
    form = urllib.parse.parse_qs(seen.body.decode())
    assert form["client_secret"] == [f"secret-of-{form['client_id'][0]}"]
    return token_answer(f"token-of-{form['client_id'][0]}", expires_in=1800)


@pytest.fixture
def voices(voice: Voice) -> Voice:
    voice.parameters.values = {
        f"{PARAMETER_PATH}/{service}/{name}": value
        for service in SERVICES
        for name, value in (("client_id", service), ("client_secret", f"secret-of-{service}"))
    }
    voice.vendor.answer_by("/oauth_token.do", token_of_the_client)
    return voice


def test_each_voice_service_has_its_own_client_and_token(voices: Voice) -> None:
    for service in SERVICES * 2:
        assert voices.call_context(voiceServiceId=service)["status"] == "ok"
        assert voices.interaction_context(voiceServiceId=service)["status"] == "ok"
    assert len(voices.vendor.requests("/oauth_token.do")) == len(SERVICES)
    for seen in voices.vendor.requests(CALL_CONTEXT_PATH):
        service = json.loads(seen.body)["voice_service_id"]
        assert seen.headers["authorization"] == f"Bearer token-of-{service}"


def test_refused_token_of_one_leaves_the_other_alone(voices: Voice) -> None:
    for service in SERVICES:
        voices.call_context(voiceServiceId=service)
    refused = {"token-of-sales"}

    def check(seen: Seen) -> Answer:
        token = seen.headers["authorization"].removeprefix("Bearer ")
        if token in refused:
            refused.discard(token)
            return Answer(status=401)
        return Answer.of({"dnis": AGENT_NUMBER})

    voices.vendor.answer_by(CALL_CONTEXT_PATH, check)
    for service in SERVICES:
        assert voices.call_context(voiceServiceId=service)["status"] == "ok"
    clients = [
        urllib.parse.parse_qs(seen.body.decode())["client_id"][0]
        for seen in voices.vendor.requests("/oauth_token.do")
    ]
    assert clients == ["sales", "support", "sales"]


def test_voice_service_is_asked_where_it_is(
    voices: Voice, make_vendor: Callable[..., Vendor]
) -> None:
    elsewhere = make_vendor()
    elsewhere.answer("/api/sales/context", Answer.of({"dnis": "+14155550111"}))
    voices.environment["VOICE_SERVICES"] = json.dumps(
        {"sales": {"host": f"https://{elsewhere.host}", "callContextPath": "/api/sales/context"}}
    )
    assert voices.call_context(voiceServiceId="sales")["dnis"] == "+14155550111"
    assert voices.call_context(voiceServiceId="support")["dnis"] == AGENT_NUMBER
    assert len(voices.vendor.requests(CALL_CONTEXT_PATH)) == 1


def test_voice_service_without_secrets_is_an_answer(voices: Voice) -> None:
    assert voices.call_context(voiceServiceId="other")["errorCode"] == "SECRET_MISSING"
    assert voices.call_context(voiceServiceId="sales")["status"] == "ok"


def test_waiting_for_the_token_of_one_does_not_hold_up_another() -> None:
    clock = FakeClock()
    cache = TokenCache(clock=clock, chance=lambda: 0.5)
    asked, release = threading.Event(), threading.Event()

    def slow() -> Token:
        asked.set()
        assert release.wait(10)
        return Token(Secret("slow"), 1800)

    waiting = threading.Thread(target=lambda: cache.get("sales", slow, clock.deadline()))
    waiting.start()
    assert asked.wait(10)
    quick = cache.get("support", lambda: Token(Secret("quick"), 1800), clock.deadline(0.01))
    release.set()
    waiting.join()
    assert quick == Secret("quick")
