"""What the tests of the Lambdas share."""

from collections.abc import Callable, Iterator

import pytest
import trustme
from aws_support import ScriptedAws
from kore_support import (
    KEY_ARN,
    ROLE_ARN,
    STREAM_PREFIX,
    TRANSCRIBER_PATH,
    WEBHOOK_PATH,
    WEBHOOK_SECRET_NAME,
    Kore,
)
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

from kore_disposition.handler import DispositionHandler
from kore_stream_trigger.handler import TriggerHandler
from kore_widget_token.handler import TokenHandler


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


@pytest.fixture
def trigger(aws: ScriptedAws, vendor: Vendor, clock: FakeClock, ca_pem: str) -> Kore:
    """The stream trigger on a good day."""
    vendor.answer(TRANSCRIBER_PATH, Answer())
    return Kore(
        aws=aws,
        vendor=vendor,
        clock=clock,
        environment={
            "TRANSCRIBER_URL": f"https://{vendor.host}{TRANSCRIBER_PATH}",
            "STREAM_READER_ROLE_ARN": ROLE_ARN,
            "STREAM_KEY_ARN": KEY_ARN,
            "STREAM_NAME_PREFIX": STREAM_PREFIX,
            "CLAIMS_TABLE": "cv-local-kore-claims",
            "STREAM_ACCESS_SECONDS": "3600",
            "SOCKET_TOKEN_SECONDS": "1800",
            "CA_BUNDLE_PEM": ca_pem,
        },
        make=lambda around, ids: TriggerHandler(around, ids=ids),
    )


@pytest.fixture
def widget(aws: ScriptedAws, vendor: Vendor, clock: FakeClock) -> Kore:
    """The widget token on a good day."""
    return Kore(
        aws=aws,
        vendor=vendor,
        clock=clock,
        environment={"WIDGET_TOKEN_SECONDS": "7200"},
        make=lambda around, ids: TokenHandler(around, ids=ids),
    )


@pytest.fixture
def disposition(aws: ScriptedAws, vendor: Vendor, clock: FakeClock, ca_pem: str) -> Kore:
    """The disposition with a webhook, on a good day."""
    vendor.answer(WEBHOOK_PATH, Answer(status=204, body=b""))
    return Kore(
        aws=aws,
        vendor=vendor,
        clock=clock,
        environment={
            "DISPOSITIONS_TABLE": "cv-local-kore-dispositions",
            "RETENTION_DAYS": "30",
            "WEBHOOK_URL": f"https://{vendor.host}{WEBHOOK_PATH}",
            "WEBHOOK_SECRET_PARAMETER": WEBHOOK_SECRET_NAME,
            "CA_BUNDLE_PEM": ca_pem,
        },
        make=lambda around, ids: DispositionHandler(around, ids=ids),
    )
