"""The token's copy in Parameter Store: a help where it works, never in a call's way."""

import json
from collections.abc import Mapping, Sequence

import boto3
import pytest
from aws_support import KEYS, AwsAnswer, ScriptedAws, client
from lambda_support import (
    CALL_CONTEXT_PATH,
    NOW,
    PARAMETER_PATH,
    VOICE_SERVICE_ID,
    Answer,
    FakeClock,
    Seen,
    Voice,
    access_token,
    token_answer,
)
from metric_rules import metric_lines

from connect_core.deadline import Deadline
from connect_core.fault import Fault
from connect_core.parameters import SsmParameters
from servicenow_voice.token_copy import LIMIT_BYTES, CopySettings

NAME = f"{PARAMETER_PATH}/{VOICE_SERVICE_ID}/access_token"
KEY = "arn:aws:kms:us-east-1:123456789012:key/5f3c1f0e-8f2b-4d3a-9c55-0a1b2c3d4e5f"


@pytest.fixture
def sharing(voice: Voice) -> Voice:
    voice.environment |= {"TOKEN_COPY": "standard", "TOKEN_COPY_KEY": KEY}
    return voice


def another_environment(voice: Voice) -> None:
    voice.made = None
    voice.vendor.seen.clear()
    voice.parameters.reads = 0


def copy(text: object = "copied", ends_in: object = 1000) -> str:
    ends_at = int(NOW) + ends_in if isinstance(ends_in, int) else ends_in
    return json.dumps({"token": text, "endsAt": ends_at})


def noted(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line["errorCode"] for line in lines if line.get("level") == "WARNING"]


@pytest.mark.parametrize("setting", [None, "", "off", " OFF "])
def test_without_the_switch_nothing_is_read_or_written(voice: Voice, setting: str | None) -> None:
    if setting is not None:
        voice.environment["TOKEN_COPY"] = setting
    assert voice.call_context()["status"] == "ok"
    assert voice.parameters.written == []
    assert voice.parameters.reads == 1


def test_next_environment_takes_over_the_token(sharing: Voice) -> None:
    assert sharing.call_context()["status"] == "ok"
    assert sharing.parameters.written == [(NAME, KEY, "Standard")]
    assert len(sharing.vendor.requests("/oauth_token.do")) == 1
    another_environment(sharing)
    assert sharing.call_context()["status"] == "ok"
    assert sharing.vendor.requests("/oauth_token.do") == []
    assert sharing.parameters.reads == 1  # the copy; client and secret are not needed
    assert len(sharing.parameters.written) == 1


@pytest.mark.parametrize(
    "left",
    [
        "not json",
        "[]",
        "null",
        "{}",
        copy(None),
        copy("two\r\nlines"),
        copy(ends_in="soon"),
        copy(ends_in=True),
        copy(ends_in=119),
        copy(ends_in=-5),
        "[" * 100_000,
    ],
)
def test_copy_that_is_no_good_is_replaced(sharing: Voice, left: str) -> None:
    sharing.parameters.values[NAME] = left
    assert sharing.call_context()["status"] == "ok"
    assert len(sharing.vendor.requests("/oauth_token.do")) == 1
    assert sharing.parameters.values[NAME] != left


def test_taken_over_token_is_renewed_before_it_ends(sharing: Voice) -> None:
    sharing.parameters.values[NAME] = copy("opaque", 400)
    sharing.call_context()
    assert sharing.vendor.requests("/oauth_token.do") == []
    sharing.clock.now += 400 - 89
    sharing.parameters.values[NAME] = "{}"  # the wall clock of these tests stands still
    sharing.call_context()
    assert len(sharing.vendor.requests("/oauth_token.do")) == 1


def test_refused_token_is_not_taken_from_the_copy_again(
    sharing: Voice, capsys: pytest.CaptureFixture[str]
) -> None:
    sharing.parameters.values[NAME] = copy("revoked")
    sharing.vendor.answer("/oauth_token.do", token_answer("new", expires_in=1800))

    def only_new(seen: Seen) -> Answer:
        good = seen.headers["authorization"] == "Bearer new"
        return Answer.of({"dnis": "+14155550199"}) if good else Answer(status=401)

    sharing.vendor.answer_by(CALL_CONTEXT_PATH, only_new)
    assert sharing.call_context()["status"] == "ok"
    assert json.loads(sharing.parameters.values[NAME])["token"] == "new"
    assert noted(capsys) == ["TOKEN_REFUSED"]


def test_token_too_long_for_its_tier_is_used_and_not_kept(
    sharing: Voice, capsys: pytest.CaptureFixture[str]
) -> None:
    longest = LIMIT_BYTES["Standard"] - len(copy("", 1800))
    for length, kept in ((longest, True), (longest + 1, False)):
        another_environment(sharing)
        sharing.parameters.values.pop(NAME, None)
        sharing.vendor.answer("/oauth_token.do", token_answer("t" * length, expires_in=1800))
        assert sharing.call_context()["status"] == "ok"
        assert (NAME in sharing.parameters.values) is kept
        assert noted(capsys) == ([] if kept else ["TOKEN_COPY_TOO_LARGE"])


@pytest.mark.parametrize("tier", ["Advanced", "Intelligent-Tiering"])
def test_larger_tier_takes_a_longer_token(sharing: Voice, tier: str) -> None:
    sharing.environment["TOKEN_COPY"] = tier
    sharing.vendor.answer("/oauth_token.do", token_answer(access_token(x="y" * 5000)))
    assert sharing.call_context()["status"] == "ok"
    assert sharing.parameters.written == [(NAME, KEY, tier)]


def test_short_lived_token_is_not_worth_a_copy(sharing: Voice) -> None:
    sharing.vendor.answer("/oauth_token.do", token_answer("opaque", expires_in=100))
    assert sharing.call_context()["status"] == "ok"
    assert sharing.parameters.written == []


class NoCopies:
    """A Parameter Store that has the client, and refuses everything about copies."""

    def __init__(self, voice: Voice, clock: FakeClock, seconds: float) -> None:
        self._values = voice.parameters.values
        self._clock = clock
        self._seconds = seconds
        self.asked: list[float] = []

    def read(self, names: Sequence[str], deadline: Deadline) -> Mapping[str, str]:
        if names == (NAME,):
            self._refuse(deadline)
        return {name: self._values[name] for name in names}

    def write(self, name: str, value: str, *, key: str, tier: str, deadline: Deadline) -> None:
        del name, value, key, tier
        self._refuse(deadline)

    def _refuse(self, deadline: Deadline) -> None:
        self.asked.append(deadline.remaining())
        self._clock.now += min(self._seconds, deadline.remaining())
        raise Fault("SECRET_UNAVAILABLE", retryable=True, about="ssm:PutParameter timed_out")


@pytest.mark.parametrize("seconds", [0.0, 9.0])
def test_call_goes_on_without_copies(
    sharing: Voice, capsys: pytest.CaptureFixture[str], seconds: float
) -> None:
    store = NoCopies(sharing, sharing.clock, seconds)
    sharing.other_parameters = store
    started = sharing.clock.now
    assert sharing.call_context()["status"] == "ok"
    assert sharing.clock.now - started <= 1.0
    assert store.asked == pytest.approx([0.5, 0.5])
    text = capsys.readouterr().out
    assert text.count("TOKEN_COPY_UNAVAILABLE") == 2
    assert [line["Fallbacks"] for line in metric_lines(text)] == [2]


def test_copy_is_not_written_where_the_call_needs_the_time(sharing: Voice) -> None:
    def slow(_: Seen) -> Answer:
        sharing.clock.now += 2.0
        return token_answer("late", expires_in=1800)

    sharing.vendor.answer_by("/oauth_token.do", slow)
    assert sharing.call_context()["status"] == "ok"
    assert sharing.parameters.written == []


@pytest.mark.parametrize("key", ["", "  ", "a key", "k" * 3000])
def test_copies_need_a_key_of_ours(key: str) -> None:
    with pytest.raises(ValueError, match="TOKEN_COPY_KEY"):
        CopySettings.of("Standard", key)


def test_copy_is_a_secure_string_of_the_tier_under_the_key(moto_url: str) -> None:
    kms, ssm = (
        boto3.client(  # type: ignore[call-overload]
            service,
            region_name="us-east-1",
            endpoint_url=moto_url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        for service in ("kms", "ssm")
    )
    key = kms.create_key()["KeyMetadata"]["Arn"]
    store = SsmParameters(client({**KEYS, "AWS_ENDPOINT_URL": moto_url}))
    for value in ("first", "second"):
        deadline = Deadline.after(10)
        store.write("/a/copied_token", value, key=key, tier="Advanced", deadline=deadline)
    assert store.read(("/a/copied_token",), Deadline.after(10)) == {"/a/copied_token": "second"}
    (found,) = ssm.describe_parameters(
        ParameterFilters=[{"Key": "Name", "Values": ["/a/copied_token"]}]
    )["Parameters"]
    assert (found["Type"], found["Tier"], found["KeyId"]) == ("SecureString", "Advanced", key)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (AwsAnswer.error("AccessDeniedException"), "SECRET_DENIED"),
        (AwsAnswer.error("HierarchyTypeMismatchException"), "SECRET_UNAVAILABLE"),
        (AwsAnswer.error("TooManyUpdates"), "SECRET_UNAVAILABLE"),
        (AwsAnswer(status=500), "SECRET_UNAVAILABLE"),
    ],
)
def test_what_parameter_store_refuses_becomes_a_code(
    aws: ScriptedAws, answer: AwsAnswer, code: str
) -> None:
    aws.answer("PutParameter", answer)
    store = SsmParameters(client({**KEYS, "AWS_ENDPOINT_URL": aws.url}))
    with pytest.raises(Fault) as caught:
        store.write("/a/b", "canary", key=KEY, tier="Standard", deadline=Deadline.after(2))
    assert caught.value.code == code
    assert "canary" not in caught.value.about
