"""What can be wrong with an answer, or with getting one, is what a client meets."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws.standins.kore import StandIn as Kore
from local_aws.standins.servicenow import StandIn

TOKEN = "/oauth_token.do"
KEYS = "/api/now/oauth/jwks"


@pytest.fixture(scope="module")
def standin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    running = StandIn(
        tmp_path_factory.mktemp("servicenow"), client_id="client", client_secret="secret"
    )
    running.start()
    yield running
    running.stop()


def script(standin: StandIn | Kore, told: object, status: int = 204) -> str:
    path = f"/_local/{standin.name}/script"
    answer = standin.control("PUT", path, json.dumps(told).encode())
    assert answer[0] == status
    return str((answer[1] or {}).get("error", ""))


class Client:
    """Keeps its connection, as a warm Lambda does."""

    def __init__(self, standin: StandIn) -> None:
        self._connection = http.client.HTTPSConnection(
            standin.host,
            timeout=5,
            context=ssl.create_default_context(cafile=str(standin.ca_bundle)),
        )

    def token(self) -> tuple[int, bytes]:
        return self._sent(
            "POST", TOKEN, "grant_type=client_credentials&client_id=client&client_secret=secret"
        )

    def keys(self) -> int:
        return self._sent("GET", KEYS)[0]

    def connects(self) -> None:
        self._connection.close()
        self._connection.connect()

    def _sent(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture
def client(standin: StandIn) -> Iterator[Client]:
    script(standin, {})
    yield Client(standin)
    script(standin, {})


def test_empty_answer_is_a_success_without_a_body(standin: StandIn, client: Client) -> None:
    script(standin, {"oauth": {"fault": "empty"}})
    assert client.token() == (200, b"")


def test_malformed_answer_is_half_of_a_good_one(standin: StandIn, client: Client) -> None:
    script(standin, {"oauth": {"fault": "malformed"}})
    status, body = client.token()
    assert status == 200
    assert body.startswith(b'{"access_token"')
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(body)


def test_answer_of_another_shape_is_json_all_the_same(standin: StandIn, client: Client) -> None:
    script(standin, {"oauth": {"fault": "wrong_shape"}})
    assert isinstance(json.loads(client.token()[1]), list)


def test_oversized_answer_is_a_good_one_if_somebody_reads_it(
    standin: StandIn, client: Client
) -> None:
    script(standin, {"oauth": {"fault": "oversized"}})
    body = client.token()[1]
    assert len(body) > 1024 * 1024
    assert json.loads(body)["access_token"]


def test_reset_connection_ends_without_an_answer_and_the_next_is_served(
    standin: StandIn, client: Client
) -> None:
    script(standin, {"oauth": {"fault": "reset", "times": 1}})
    with pytest.raises(ConnectionResetError):
        client.token()
    client.connects()
    assert client.token()[0] == 200


def test_other_interfaces_know_nothing_of_a_fault(standin: StandIn, client: Client) -> None:
    script(standin, {"oauth": {"fault": "reset"}})
    assert client.keys() == 200


def test_refused_connections_are_those_from_before_too(standin: StandIn, client: Client) -> None:
    assert client.keys() == 200
    script(standin, {"connections": {"fault": "refused"}})
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected, ssl.SSLError)):
        client.keys()
    with pytest.raises((ConnectionError, ssl.SSLEOFError)):
        client.connects()
    script(standin, {})
    client.connects()
    assert client.keys() == 200


def test_strange_certificate_is_not_trusted(standin: StandIn, client: Client) -> None:
    script(standin, {"connections": {"fault": "untrusted"}})
    with pytest.raises(ssl.SSLCertVerificationError):
        client.connects()
    script(standin, {})
    client.connects()
    assert client.keys() == 200


def test_fault_can_begin_with_the_answer_of_an_interface(standin: StandIn, client: Client) -> None:
    script(standin, {"connections": {"fault": "untrusted", "after": "oauth"}})
    assert client.keys() == 200
    assert client.token()[0] == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        client.connects()


def test_failed_answer_does_not_begin_it(standin: StandIn, client: Client) -> None:
    told = {"oauth": {"status": 503}, "connections": {"fault": "refused", "after": "oauth"}}
    script(standin, told)
    assert client.token()[0] == 503
    client.connects()


def test_kores_stand_in_has_the_same_faults(tmp_path: Path) -> None:
    kore = Kore(tmp_path, "http://127.0.0.1:9")
    kore.start()
    try:
        script(kore, {"webhook": {"fault": "reset"}, "connections": {"fault": "refused"}})
        context = ssl.create_default_context(cafile=str(kore.ca_bundle))
        refused = http.client.HTTPSConnection(kore.host, timeout=5, context=context)
        with pytest.raises((ConnectionError, ssl.SSLEOFError)):
            refused.connect()
    finally:
        kore.stop()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"oauth": {"fault": "gone"}}, 'oauth.fault is "gone"; give'),
        ({"oauth": {"fault": "empty", "status": 500}}, "no error status"),
        ({"oauth": {"fault": "empty", "body": "x"}}, "no body"),
        ({"connections": {"fault": "gone"}}, "connections.fault"),
        ({"connections": {"fault": "refused", "after": "table"}}, "connections.after"),
        ({"connections": {"whom": "x"}}, "connections.whom is unknown"),
        ({"connections": [{}, {}]}, "one object"),
    ],
)
def test_what_no_stand_in_can_do_gets_a_sentence(
    standin: StandIn, told: object, words: str
) -> None:
    assert words in script(standin, told, 400)
