"""Secrets out of Parameter Store, as moto plays it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError
from botocore.stub import Stubber
from lambda_support import FakeClock, eventually
from moto import mock_aws

from connect_core.deadline import Deadline
from connect_core.fault import Fault
from connect_core.parameters import SecretCache, SsmParameters, ssm_client
from connect_core.secret import Secret

NAMES = ("/vendor/one/client_id", "/vendor/one/client_secret")


@pytest.fixture(autouse=True)
def aws_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store() -> Iterator[SsmParameters]:
    with mock_aws():
        for name, value in zip(NAMES, ("an-id", "a-secret"), strict=True):
            ssm_client().put_parameter(Name=name, Value=value, Type="SecureString")
        yield SsmParameters()


def test_secure_strings_come_decrypted_and_in_order(store: SsmParameters) -> None:
    cache = SecretCache(store)
    assert cache.get(NAMES, Deadline.after(5)) == (Secret("an-id"), Secret("a-secret"))
    assert cache.get(NAMES[::-1], Deadline.after(5)) == (Secret("a-secret"), Secret("an-id"))


def test_absent_parameter_is_missing(store: SsmParameters) -> None:
    with pytest.raises(Fault) as caught:
        SecretCache(store).get((NAMES[0], "/vendor/other"), Deadline.after(5))
    assert (caught.value.code, caught.value.retryable) == ("SECRET_MISSING", False)


def test_parameter_made_later_is_found_at_once(store: SsmParameters) -> None:
    cache = SecretCache(store)
    with pytest.raises(Fault):
        cache.get(("/vendor/late",), Deadline.after(5))
    ssm_client().put_parameter(Name="/vendor/late", Value="x", Type="SecureString")
    assert cache.get(("/vendor/late",), Deadline.after(5)) == (Secret("x"),)


def test_secret_is_kept_and_then_read_again(store: SsmParameters, clock: FakeClock) -> None:
    cache = SecretCache(store, keep_seconds=600, clock=clock)
    cache.get(NAMES, Deadline.after(5))
    ssm_client().put_parameter(Name=NAMES[1], Value="newer", Type="SecureString", Overwrite=True)
    clock.now += 599
    assert cache.get(NAMES, Deadline.after(5))[1] == Secret("a-secret")
    clock.now += 1
    assert cache.get(NAMES, Deadline.after(5))[1] == Secret("newer")


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        ("AccessDeniedException", "SECRET_DENIED", False),
        ("InvalidKeyId", "SECRET_DENIED", False),
        ("ThrottlingException", "SECRET_UNAVAILABLE", True),
        ("InternalServerError", "SECRET_UNAVAILABLE", True),
    ],
)
def test_refusals_become_codes(error: str, code: str, *, retryable: bool) -> None:
    client = ssm_client()
    with Stubber(client) as stub:
        for _ in range(2):
            stub.add_client_error("get_parameters", error, http_status_code=400)
        with pytest.raises(Fault) as caught:
            SsmParameters(lambda: client).read(NAMES, Deadline.after(5))
    assert (caught.value.code, caught.value.retryable) == (code, retryable)


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="https://nowhere"), NoCredentialsError()]
)
def test_store_out_of_reach_is_unavailable(error: Exception) -> None:
    def no_client() -> None:
        raise error

    with pytest.raises(Fault) as caught:
        SsmParameters(no_client).read(NAMES, Deadline.after(5))  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.retryable) == ("SECRET_UNAVAILABLE", True)


def test_store_that_does_not_answer_is_cut_with_the_deadline() -> None:
    over = threading.Event()

    def stuck() -> None:
        over.wait(10)

    with pytest.raises(Fault) as caught:
        SsmParameters(stuck).read(NAMES, Deadline.after(0.05))  # type: ignore[arg-type]
    assert caught.value.code == "SECRET_UNAVAILABLE"
    over.set()
    names = {"bounded-work"}
    assert eventually(lambda: not names & {thread.name for thread in threading.enumerate()})


def test_client_gives_up_well_within_an_invocation() -> None:
    config: Any = ssm_client().meta.config
    attempts = config.retries["total_max_attempts"]
    assert attempts * (config.connect_timeout + config.read_timeout) < 6
