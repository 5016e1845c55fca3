"""What the tests of the Lambdas share."""

from collections.abc import Callable, Iterator

import pytest
import trustme
from aws_support import ScriptedAws
from lambda_support import (
    AGENT_NUMBER,
    CALL_CONTEXT_PATH,
    INTERACTION_PATH,
    PARAMETER_PATH,
    VOICE_SERVICE_ID,
    Answer,
    FakeClock,
    Vendor,
    Voice,
    access_token,
    stored_context,
    token_answer,
)
from moto.server import ThreadedMotoServer


@pytest.fixture(scope="session")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_pem(ca: trustme.CA) -> str:
    return ca.cert_pem.bytes().decode()


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOG_LEVEL", "AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def vendor(ca: trustme.CA) -> Iterator[Vendor]:
    """ServiceNow on a good day."""
    with Vendor(ca) as server:
        server.answer("/oauth_token.do", token_answer(access_token(), expires_in=1800))
        server.answer(CALL_CONTEXT_PATH, Answer.of({"dnis": AGENT_NUMBER, "tracing_id": "trace-1"}))
        server.answer(INTERACTION_PATH, stored_context())
        yield server


@pytest.fixture
def voice(vendor: Vendor, clock: FakeClock, ca_pem: str) -> Voice:
    return Voice(
        vendor=vendor,
        clock=clock,
        environment={
            "SERVICENOW_PARAMETER_PATH": PARAMETER_PATH,
            "SERVICENOW_INSTANCE_HOST": f"https://{vendor.host}/",
            "SERVICENOW_INSTANCE_NAME": "inst1",
            "VOICE_SERVICE_HOST": vendor.host,
            "CALL_CONTEXT_PATH": CALL_CONTEXT_PATH,
            "VOICE_SERVICE_ID": VOICE_SERVICE_ID,
            "CA_BUNDLE_PEM": ca_pem,
            "DNIS_PREFIXES": "+1",
        },
    )


@pytest.fixture
def aws() -> Iterator[ScriptedAws]:
    with ScriptedAws() as server:
        yield server


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """AWS as moto plays it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def make_vendor(ca: trustme.CA) -> Iterator[Callable[..., Vendor]]:
    """Further servers, for certificates that are wrong in some way."""
    running: list[Vendor] = []

    def make(*names: str, issuer: trustme.CA = ca) -> Vendor:
        running.append(Vendor(issuer, *names).__enter__())
        return running[-1]

    yield make
    for server in running:
        server.__exit__(None, None, None)
