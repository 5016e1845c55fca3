"""The widget's token: Kore's claims, our end."""

import json

import jwt
import pytest
from aws_support import AwsAnswer
from kore_support import BOT, PARAMETER_PATH, SECRET, SETTINGS, Kore, kore_event
from lambda_support import CONTACT_ID, NOW, FakeContext, connect_event

ENDS = "2030-03-17T19:46:40Z"


def failed(code: str, *, retryable: bool) -> dict[str, str]:
    return {
        "status": "error",
        "errorCode": code,
        "retryable": str(retryable).lower(),
        "koreiframetoken": "",
        "expiresAt": "",
    }


def test_reply_is_what_the_flow_and_kore_expect(widget: Kore) -> None:
    widget.ids = lambda: "id-1"
    reply = widget(kore_event())
    token = reply.pop("koreiframetoken")
    assert reply == {"status": "ok", "errorCode": "", "retryable": "false", "expiresAt": ENDS}
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    claims = jwt.decode(
        token,
        SECRET,
        ["HS256"],
        audience="https://idproxy.kore.com/authorize",
        options={"verify_iat": False},
    )
    assert claims == {
        "iss": "cs-5f6a7b8c",
        "sub": "number",
        "aud": "https://idproxy.kore.com/authorize",
        "botId": "st-1b2c3d4e",
        "isAnonymous": False,
        "iat": NOW,
        "exp": NOW + 7200,
        "jti": "id-1",
    }


def test_token_of_another_secret_is_another(widget: Kore) -> None:
    token = widget(kore_event())["koreiframetoken"]
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, "another-secret-of-thirty-two-bytes", ["HS256"])


def test_one_request_serves_five_minutes(widget: Kore) -> None:
    tokens = {widget(kore_event())["koreiframetoken"] for _ in range(3)}
    assert len(tokens) == 3  # each with an id of its own
    assert widget.operations == ["GetParameters"]
    widget.clock.now += 300
    widget(kore_event())
    assert widget.operations == ["GetParameters"] * 2


def test_media_stream_is_not_needed(widget: Kore) -> None:
    assert widget(connect_event(None, bot=BOT))["status"] == "ok"


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        ("", "SECRET_MISSING"),
        ("  \n", "SECRET_MISSING"),
        ("Replace with your client secret", "SECRET_INVALID"),
        ("XXXX", "SECRET_INVALID"),
        ("<client_secret>", "SECRET_INVALID"),
    ],
)
def test_secret_must_be_one(widget: Kore, secret: str, code: str) -> None:
    widget.values[f"{PARAMETER_PATH}/{BOT}/client_secret"] = secret
    assert widget(kore_event()) == failed(code, retryable=False)


def test_absent_secret_is_missing_and_found_once_it_is_there(widget: Kore) -> None:
    name = f"{PARAMETER_PATH}/{BOT}/client_secret"
    secret = widget.values.pop(name)
    assert widget(kore_event()) == failed("SECRET_MISSING", retryable=False)
    widget.values[name] = secret
    assert widget(kore_event())["status"] == "ok"


@pytest.mark.parametrize(
    ("bot", "code"),
    [
        (None, "BOT_MISSING"),
        ("", "BOT_MISSING"),
        ("a/b", "BOT_INVALID"),
        ("other", "SETTINGS_MISSING"),
        (["x"], "BOT_MISSING"),
        (7, "SETTINGS_MISSING"),
    ],
)
def test_bot_must_be_deployed(widget: Kore, bot: object, code: str) -> None:
    assert widget(kore_event(bot=bot)) == failed(code, retryable=False)


@pytest.mark.parametrize("settings", ["{", "[]", "{}", json.dumps({**SETTINGS, "botId": 7})])
def test_unusable_settings_are_an_answer(widget: Kore, settings: str) -> None:
    widget.values[f"{PARAMETER_PATH}/{BOT}/settings"] = settings
    assert widget(kore_event()) == failed("SETTINGS_INVALID", retryable=False)


@pytest.mark.parametrize(
    ("answer", "code", "attempts"),
    [
        (AwsAnswer.error("AccessDeniedException"), "SECRET_DENIED", 1),
        (AwsAnswer.error("ThrottlingException"), "SECRET_UNAVAILABLE", 5),  # within two seconds
        (AwsAnswer(hang_up=True), "SECRET_UNAVAILABLE", 2),
    ],
)
def test_parameter_store_out_of_reach_is_an_answer(
    widget: Kore, answer: AwsAnswer, code: str, attempts: int
) -> None:
    widget.aws.answer("GetParameters", answer)
    assert widget(kore_event()) == failed(code, retryable=attempts > 1)
    assert len(widget.aws.seen) == attempts


@pytest.mark.parametrize("value", ["59", "86401", "x", "-60", "1" * 5000, "\u0661\u0662\u0663"])
def test_lifetime_has_limits(widget: Kore, value: str) -> None:
    widget.environment["WIDGET_TOKEN_SECONDS"] = value
    assert widget(kore_event()) == failed("CONFIG_INVALID", retryable=False)


@pytest.mark.parametrize("name", ["KORE_PARAMETER_PATH", "WIDGET_TOKEN_SECONDS", "AWS_REGION"])
def test_missing_setting_is_an_answer(
    widget: Kore, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    del widget.environment[name]
    assert widget(kore_event()) == failed("CONFIG_MISSING", retryable=False)
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["about"], line["contactId"]) == (name, CONTACT_ID)


@pytest.mark.parametrize("event", [None, [], "x", {}, {"Details": {"ContactData": 7}}])
def test_event_of_another_origin_is_an_answer(widget: Kore, event: object) -> None:
    assert widget(event) == failed("EVENT_INVALID", retryable=False)


def test_snapshot_holds_neither_connection_nor_credentials(widget: Kore) -> None:
    widget.handler().prepare()
    assert widget.aws.seen == []


def test_handler_of_the_zip_answers_without_any_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    from kore_widget_token import handler  # noqa: PLC0415 - as Lambda imports it

    monkeypatch.delenv("KORE_PARAMETER_PATH", raising=False)
    assert handler.handler(kore_event(), FakeContext()) == failed("CONFIG_MISSING", retryable=False)
