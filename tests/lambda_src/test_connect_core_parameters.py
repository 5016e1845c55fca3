"""Secrets out of Parameter Store, as moto plays it."""

import threading
from collections.abc import Sequence

import boto3
import pytest
from aws_support import KEYS, AwsAnswer, ScriptedAws, client
from lambda_support import FakeClock, FakeParameters
from mypy_boto3_ssm import SSMClient

from connect_core.bots import Bots
from connect_core.deadline import Deadline
from connect_core.fault import Fault
from connect_core.parameters import SecretCache, SsmParameters
from connect_core.secret import Secret

NAMES = ("/vendor/one/client_id", "/vendor/one/client_secret")


@pytest.fixture
def ssm(moto_url: str) -> SSMClient:
    made: SSMClient = boto3.client(
        "ssm",
        region_name="us-east-1",
        endpoint_url=moto_url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    for name, value in zip(NAMES, ("an-id", "a-secret"), strict=True):
        made.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
    return made


@pytest.fixture
def store(moto_url: str, ssm: SSMClient) -> SsmParameters:
    del ssm
    return SsmParameters(client({**KEYS, "AWS_ENDPOINT_URL": moto_url}))


def test_secure_strings_come_decrypted_and_in_order(store: SsmParameters) -> None:
    cache = SecretCache(store)
    assert cache.get(NAMES, Deadline.after(5)) == (Secret("an-id"), Secret("a-secret"))
    assert cache.get(NAMES[::-1], Deadline.after(5)) == (Secret("a-secret"), Secret("an-id"))


def test_absent_parameter_is_missing(store: SsmParameters) -> None:
    with pytest.raises(Fault) as caught:
        SecretCache(store).get((NAMES[0], "/vendor/other"), Deadline.after(5))
    assert (caught.value.code, caught.value.retryable) == ("SECRET_MISSING", False)


def test_parameter_made_later_is_found_at_once(store: SsmParameters, ssm: SSMClient) -> None:
    cache = SecretCache(store)
    with pytest.raises(Fault):
        cache.get(("/vendor/late",), Deadline.after(5))
    ssm.put_parameter(Name="/vendor/late", Value="x", Type="SecureString", Overwrite=True)
    assert cache.get(("/vendor/late",), Deadline.after(5)) == (Secret("x"),)
    ssm.delete_parameter(Name="/vendor/late")


def test_secret_is_kept_and_then_read_again(
    store: SsmParameters, ssm: SSMClient, clock: FakeClock
) -> None:
    cache = SecretCache(store, keep_seconds=600, clock=clock)
    cache.get(NAMES, Deadline.after(5))
    ssm.put_parameter(Name=NAMES[1], Value="newer", Type="SecureString", Overwrite=True)
    clock.now += 599
    assert cache.get(NAMES, Deadline.after(5))[1] == Secret("a-secret")
    clock.now += 1
    assert cache.get(NAMES, Deadline.after(5))[1] == Secret("newer")


@pytest.mark.parametrize(
    ("answer", "code", "retryable"),
    [
        (AwsAnswer.error("AccessDeniedException"), "SECRET_DENIED", False),
        (AwsAnswer.error("InvalidKeyId"), "SECRET_DENIED", False),
        (AwsAnswer.error("ThrottlingException"), "SECRET_UNAVAILABLE", True),
        (AwsAnswer.error("InternalServerError", 500), "SECRET_UNAVAILABLE", True),
        (AwsAnswer(status=502, body=b"<html>"), "SECRET_UNAVAILABLE", True),
        (AwsAnswer(body=b"not json"), "SECRET_UNAVAILABLE", True),
        (AwsAnswer(hang_up=True), "SECRET_UNAVAILABLE", True),
        (AwsAnswer(silent=True), "SECRET_UNAVAILABLE", True),
    ],
)
def test_refusals_become_codes(
    aws: ScriptedAws, answer: AwsAnswer, code: str, *, retryable: bool
) -> None:
    aws.answer("GetParameters", answer)
    source = SsmParameters(client({**KEYS, "AWS_ENDPOINT_URL": aws.url}))
    with pytest.raises(Fault) as caught:
        source.read(NAMES, Deadline.after(0.6))
    assert (caught.value.code, caught.value.retryable) == (code, retryable)
    assert caught.value.about.startswith("ssm:GetParameters ")
    assert "canary" not in caught.value.about


@pytest.mark.parametrize("answer", [{}, {"Parameters": None}, {"Parameters": "x"}])
def test_answer_of_another_shape_does_not_mean_missing(
    aws: ScriptedAws, answer: dict[str, object]
) -> None:
    aws.answer("GetParameters", AwsAnswer.of(answer))
    source = SsmParameters(client({**KEYS, "AWS_ENDPOINT_URL": aws.url}))
    with pytest.raises(Fault) as caught:
        SecretCache(source).get(NAMES, Deadline.after(2))
    assert caught.value.code == "SECRET_UNAVAILABLE"


@pytest.mark.parametrize(
    "parameters", [[], [None], [{"Name": NAMES[0]}], [{"Name": 1, "Value": "x"}]]
)
def test_answer_without_the_parameters_means_missing(aws: ScriptedAws, parameters: object) -> None:
    aws.answer("GetParameters", AwsAnswer.of({"Parameters": parameters}))
    source = SsmParameters(client({**KEYS, "AWS_ENDPOINT_URL": aws.url}))
    with pytest.raises(Fault) as caught:
        SecretCache(source).get(NAMES, Deadline.after(2))
    assert caught.value.code == "SECRET_MISSING"


class TestBots:
    PATH = "/p/kore/bots"

    def bots(self, clock: FakeClock, **values: str) -> tuple[Bots, FakeParameters]:
        source = FakeParameters({f"{self.PATH}/support/{name}": values[name] for name in values})
        return Bots(self.PATH, SecretCache(source, keep_seconds=300, clock=clock)), source

    def test_settings_and_secret_come_in_one_request_and_are_kept(self, clock: FakeClock) -> None:
        bots, source = self.bots(clock, settings='{"a": 1}', client_secret="sesame-open")
        for _ in range(3):
            bot = bots.get("support", clock.deadline())
            assert bot.settings == {"a": 1}
            assert bot.secret == Secret("sesame-open")
        assert source.reads == 1
        clock.now += 300
        bots.get("support", clock.deadline())
        assert source.reads == 2

    @pytest.mark.parametrize("key", ["../x", "a/b", "a b", "*", "x" * 65, "b\u00f6t"])
    def test_key_that_would_leave_its_path_is_refused(self, clock: FakeClock, key: str) -> None:
        bots, source = self.bots(clock)
        assert self.code(bots, clock, key) == "BOT_INVALID"
        assert source.reads == 0

    def test_no_key_is_missing(self, clock: FakeClock) -> None:
        bots, _ = self.bots(clock)
        assert self.code(bots, clock, "") == "BOT_MISSING"

    @pytest.mark.parametrize("settings", ["", "  "])
    def test_no_settings_are_missing(self, clock: FakeClock, settings: str) -> None:
        bots, _ = self.bots(clock, settings=settings, client_secret="sesame-open")
        assert self.code(bots, clock) == "SETTINGS_MISSING"

    @pytest.mark.parametrize("settings", ["{", "[]", '"x"', "null", "[" * 100_000])
    def test_settings_that_are_no_object_are_invalid(self, clock: FakeClock, settings: str) -> None:
        bots, _ = self.bots(clock, settings=settings, client_secret="sesame-open")
        assert self.code(bots, clock) == "SETTINGS_INVALID"

    @pytest.mark.parametrize("secret", ["", " ", "\n\t"])
    def test_blank_secret_is_missing(self, clock: FakeClock, secret: str) -> None:
        bots, _ = self.bots(clock, settings="{}", client_secret=secret)
        assert self.code(bots, clock) == "SECRET_MISSING"

    @pytest.mark.parametrize(
        "secret",
        [
            "Replace with your client secret",
            "REPLACE_ME",
            "replace-with-secret",
            "XXXX",
            "xxxxxxxxxxxx",
            "****",
            "...",
            "<client secret>",
            "<secret>",
            "${client_secret}",
            "{{secret}}",
            "[secret]",
            "changeme",
            "change_me",
            "your-client-secret",
            "clientSecret",
            "client_secret",
            "TODO",
            "null",
            "undefined",
            "placeholder",
            "two words",
            "line\nbreak",
            "nul\x00byte",
        ],
    )
    def test_placeholder_is_no_secret(self, clock: FakeClock, secret: str) -> None:
        bots, _ = self.bots(clock, settings="{}", client_secret=secret)
        assert self.code(bots, clock) == "SECRET_INVALID"

    @pytest.mark.parametrize(
        "secret", ["wR7xXXXzK2=", "cs+2/9f==", "replacement7Gz", "testing-8f2c", "a-b.c_d~e!"]
    )
    def test_random_secret_is_taken(self, clock: FakeClock, secret: str) -> None:
        bots, _ = self.bots(clock, settings="{}", client_secret=secret)
        assert bots.get("support", clock.deadline()).secret == Secret(secret)

    def test_mended_parameter_is_read_at_once(self, clock: FakeClock) -> None:
        bots, source = self.bots(clock, settings="{", client_secret="XXXX")
        assert self.code(bots, clock) == "SETTINGS_INVALID"
        source.values[f"{self.PATH}/support/settings"] = "{}"
        assert self.code(bots, clock) == "SECRET_INVALID"
        source.values[f"{self.PATH}/support/client_secret"] = "sesame-open"
        assert bots.get("support", clock.deadline()).settings == {}

    def test_two_threads_get_the_same(self, clock: FakeClock) -> None:
        bots, source = self.bots(clock, settings="{}", client_secret="sesame-open")
        both = threading.Barrier(2)
        slow = source.read

        def read(names: Sequence[str], deadline: Deadline) -> object:
            both.wait(5)
            return slow(names, deadline)

        source.read = read  # type: ignore[method-assign, assignment]
        found: list[Secret] = []
        threads = [
            threading.Thread(
                target=lambda: found.append(bots.get("support", clock.deadline()).secret)
            )
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [Secret("sesame-open")] * 2

    def code(self, bots: Bots, clock: FakeClock, key: str = "support") -> str:
        with pytest.raises(Fault) as caught:
            bots.get(key, clock.deadline())
        return caught.value.code
