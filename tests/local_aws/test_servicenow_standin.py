"""The ServiceNow stand-in over real HTTPS, as the Lambda meets it."""

from __future__ import annotations

import json
import logging
import shutil
import socket
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jwt
import pytest
import requests
import trustme
from hypothesis import given
from hypothesis import strategies as st
from servicenow_support import (
    CLIENT_ID,
    CLIENT_SECRET,
    CONTACT,
    TABLE,
    TIMEOUT,
    Client,
    Clock,
    body,
    serving,
)

from local_aws.standins.servicenow import DEFAULT_AGENT_NUMBER, DEFAULT_CALL_CONTEXT_PATH, StandIn
from local_aws.standins.servicenow.query import parse as parse_query


def failure(answer: requests.Response) -> tuple[int, str, str | None]:
    content = answer.json()
    assert content["status"] == "failure"
    return answer.status_code, content["error"]["message"], content["error"]["detail"]


def eventually(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + TIMEOUT
    while not holds():
        assert time.monotonic() < limit, "the condition never came true"
        threading.Event().wait(0.005)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> Iterator[Client]:
    with serving(tmp_path / "state", clock) as client:
        yield client


@pytest.fixture
def stand_in(client: Client) -> StandIn:
    return client.stand_in


class TestTls:
    def test_clients_that_trust_the_bundle_are_answered(self, client: Client) -> None:
        assert client.ask_token().status_code == 200

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
    def test_the_certificate_covers_every_way_to_write_the_host(
        self, client: Client, host: str
    ) -> None:
        if host == "[::1]" and not _has_ipv6():
            pytest.skip("this machine has no IPv6 loopback")
        port = client.stand_in.host.partition(":")[2]
        answer = client.session.get(f"https://{host}:{port}/", timeout=TIMEOUT)
        assert answer.status_code == 404

    def test_another_authority_is_refused_and_serving_goes_on(
        self, client: Client, tmp_path: Path
    ) -> None:
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(other)
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(client.url("/"), verify=str(other), timeout=TIMEOUT)
        assert client.ask_token().status_code == 200

    def test_strict_verification_accepts_the_certificate(self, stand_in: StandIn) -> None:
        # The default of Python 3.13, which the Lambda is deployed on.
        context = ssl.create_default_context(cafile=str(stand_in.ca_bundle))
        context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
        port = int(stand_in.host.partition(":")[2])
        with (
            socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as wrapped,
        ):
            assert wrapped.version() in {"TLSv1.2", "TLSv1.3"}

    def test_the_bundle_is_small_and_no_private_key_stays_on_disk(self, stand_in: StandIn) -> None:
        files = sorted(path.name for path in stand_in.ca_bundle.parent.iterdir())
        assert files == ["servicenow-ca.pem"]
        pem = stand_in.ca_bundle.read_text()
        assert len(pem) < 1500
        assert pem.count("BEGIN CERTIFICATE") == 1
        assert "PRIVATE KEY" not in pem

    def test_a_client_that_never_shakes_hands_holds_nobody_up(self, client: Client) -> None:
        port = int(client.stand_in.host.partition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT):
            assert client.ask_token().status_code == 200


class TestLifecycle:
    def test_credentials_are_random(self, tmp_path: Path) -> None:
        one, two = StandIn(tmp_path).secrets, StandIn(tmp_path).secrets
        assert set(one) == {"SERVICENOW_CLIENT_ID", "SERVICENOW_CLIENT_SECRET"}
        assert len(one["SERVICENOW_CLIENT_SECRET"]) >= 32
        assert not set(one.values()) & set(two.values())

    def test_stop_leaves_nothing_and_can_be_repeated(self, tmp_path: Path) -> None:
        before = threading.active_count()
        stand_in = StandIn(tmp_path)
        stand_in.start()
        port = int(stand_in.host.partition(":")[2])
        stand_in.stop()
        stand_in.stop()
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(OSError):  # noqa: PT011  refused, whatever the system calls it
            socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        eventually(lambda: threading.active_count() <= before)

    def test_stop_leaves_a_successors_files_alone(self, tmp_path: Path) -> None:
        first, second = StandIn(tmp_path), StandIn(tmp_path)
        first.start()
        second.start()
        first.stop()
        try:
            assert Client(second).ask_token().status_code == 401  # made-up credentials, real TLS
        finally:
            second.stop()
        assert list(tmp_path.iterdir()) == []

    def test_stop_survives_a_state_directory_that_is_gone(self, tmp_path: Path) -> None:
        stand_in = StandIn(tmp_path / "state")
        stand_in.start()
        shutil.rmtree(tmp_path / "state")
        stand_in.stop()

    def test_host_without_start_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(RuntimeError, match="not running; start it"):
            _ = StandIn(tmp_path).host

    def test_a_second_start_is_refused(self, stand_in: StandIn) -> None:
        with pytest.raises(RuntimeError, match="runs already"):
            stand_in.start()

    @pytest.mark.parametrize("fault", ["delay_seconds", "drip_seconds"])
    def test_stop_interrupts_requests_that_wait(self, client: Client, fault: str) -> None:
        client.script(oauth={fault: 300})
        failed = threading.Event()

        def wait_for_token() -> None:
            try:
                client.ask_token()
            except requests.RequestException:
                failed.set()

        waiting = threading.Thread(target=wait_for_token)
        waiting.start()
        eventually(lambda: len(client.recorded()) == 1)
        started = time.monotonic()
        client.stand_in.stop()
        assert time.monotonic() - started < 2
        waiting.join(timeout=TIMEOUT)
        assert failed.is_set()

    def test_stop_ends_idle_connections(self, client: Client) -> None:
        client.ask_token()  # the session keeps its connection
        started = time.monotonic()
        client.stand_in.stop()
        assert time.monotonic() - started < 2


class TestOAuth:
    def test_a_jwt_has_the_claims_and_verifies_against_the_published_key(
        self, client: Client, clock: Clock
    ) -> None:
        answer = client.ask_token()
        granted = answer.json()
        assert answer.headers["Cache-Control"] == "no-store"
        assert granted.keys() == {"access_token", "token_type", "expires_in", "scope"}
        assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 1800)
        keys = jwt.PyJWKSet.from_dict(client.send("GET", "/api/now/oauth/jwks").json())
        token = granted["access_token"]
        claims = jwt.decode(
            token,
            keys[jwt.get_unverified_header(token)["kid"]],
            algorithms=["ES256"],
            audience=CLIENT_ID,
            issuer=f"https://{client.stand_in.host}",
            options={
                "require": ["iss", "sub", "aud", "client_id", "iat", "exp", "jti"],
                "verify_iat": False,
                "verify_exp": False,
            },
        )
        assert (claims["iat"], claims["exp"]) == (int(clock.now), int(clock.now) + 1800)

    def test_every_token_is_new(self, client: Client) -> None:
        assert client.token() != client.token()

    @pytest.mark.parametrize(
        "wrong", [{"client_secret": "guess"}, {"client_id": "guess"}, {"client_secret": "ü"}]
    )
    def test_wrong_credentials_are_an_invalid_client(
        self, client: Client, wrong: dict[str, str]
    ) -> None:
        answer = client.ask_token(**wrong)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")

    def test_other_grants_are_not_enabled(self, client: Client) -> None:
        answer = client.ask_token(grant_type="password")
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")

    def test_the_form_must_be_a_form(self, client: Client) -> None:
        answer = client.send("POST", "/oauth_token.do", json={"client_id": CLIENT_ID})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")

    @pytest.mark.parametrize(
        "form", ["client_id=a&client_secret=b", "grant_type=client_credentials&grant_type=x"]
    )
    def test_a_broken_form_is_an_invalid_request(self, client: Client, form: str) -> None:
        answer = client.send(
            "POST",
            "/oauth_token.do",
            data=form,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")

    def test_the_script_sets_lifetime_and_format(self, client: Client) -> None:
        client.script(oauth={"expires_in": 60, "token_format": "opaque"})
        granted = client.ask_token().json()
        assert granted["expires_in"] == 60
        assert "." not in granted["access_token"]
        headers = {"Authorization": f"Bearer {granted['access_token']}"}
        assert client.ask_call_context(headers=headers).status_code == 200

    def test_the_scripted_refusals_are_oauth_errors(self, client: Client) -> None:
        for status, code in ((500, "server_error"), (599, "server_error"), (401, "invalid_client")):
            client.script(oauth={"status": status})
            answer = client.ask_token()
            assert (answer.status_code, answer.json()["error"]) == (status, code)


class TestBearer:
    @pytest.mark.parametrize("header", [None, "Bearer ", "Bearer a.b.c", "Basic eDp5"])
    def test_what_is_not_our_token_is_refused(self, client: Client, header: str | None) -> None:
        headers = {} if header is None else {"Authorization": header}
        expected = (401, "User Not Authenticated", "Required to provide Auth information")
        assert failure(client.ask_call_context(headers=headers)) == expected
        assert failure(client.read_context(headers=headers)) == expected

    def test_a_token_signed_by_somebody_else_is_refused(self, client: Client) -> None:
        claims = jwt.decode(client.token(), options={"verify_signature": False})
        forged = jwt.encode(claims, "k" * 32, "HS256")
        headers = {"Authorization": f"Bearer {forged}"}
        assert client.ask_call_context(headers=headers).status_code == 401

    def test_an_expired_token_is_refused(self, client: Client, clock: Clock) -> None:
        headers = client.bearer()
        clock.now += 1799
        assert client.ask_call_context(headers=headers).status_code == 200
        clock.now += 1
        assert client.ask_call_context(headers=headers).status_code == 401

    def test_tokens_outlive_a_script_unless_it_revokes_them(self, client: Client) -> None:
        headers = client.bearer()
        client.script()
        assert client.ask_call_context(headers=headers).status_code == 200
        client.script(revoke_tokens=True)
        assert client.ask_call_context(headers=headers).status_code == 401
        assert client.ask_call_context().status_code == 200


class TestCallContext:
    def test_it_answers_a_number_and_a_tracing_id(self, client: Client) -> None:
        answer = client.ask_call_context().json()
        assert answer.keys() == {"dnis", "tracing_id"}
        assert answer["dnis"] == DEFAULT_AGENT_NUMBER
        assert uuid.UUID(answer["tracing_id"])

    def test_the_script_sets_both(self, client: Client) -> None:
        client.script(call_context={"dnis": "+442079460000", "tracing_id": "trace-1"})
        assert client.ask_call_context().json() == {
            "dnis": "+442079460000",
            "tracing_id": "trace-1",
        }

    def test_no_free_agent_means_no_number(self, client: Client) -> None:
        client.script(call_context={"dnis": None})
        answer = client.ask_call_context()
        assert answer.status_code == 200
        assert answer.json().keys() == {"tracing_id"}

    def test_a_withheld_number_is_fine(self, client: Client) -> None:
        answer = client.send(
            "POST",
            DEFAULT_CALL_CONTEXT_PATH,
            json={**body(), "ani": ""},
            headers=client.bearer(),
        )
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("change", "detail"),
        [
            ({"call_correlation_id": None}, "call_correlation_id must be a string"),
            ({"call_correlation_id": "not-a-uuid"}, "call_correlation_id is not a UUID"),
            ({"call_correlation_id": CONTACT.replace("-", "")}, "is not a UUID"),
            ({"voice_service_id": 7}, "voice_service_id must be a string"),
            ({"voice_service_id": " "}, "voice_service_id is empty"),
            ({"ani": None}, "ani must be a string"),
            ({"instance_name": ""}, "instance_name is empty"),
            ({"instance_name": "x" * 300}, "instance_name must be a string of at most"),
            ({"voiceServiceId": "x"}, "voiceServiceId is not a field"),
        ],
    )
    def test_a_wrong_field_is_a_bad_request(
        self, client: Client, change: dict[str, object], detail: str
    ) -> None:
        answer = client.send(
            "POST", DEFAULT_CALL_CONTEXT_PATH, json={**body(), **change}, headers=client.bearer()
        )
        status, message, told = failure(answer)
        assert (status, message) == (400, "Bad Request")
        assert told is not None
        assert detail in told

    @pytest.mark.parametrize("name", sorted(body()))
    def test_every_field_is_needed(self, client: Client, name: str) -> None:
        content = {key: value for key, value in body().items() if key != name}
        answer = client.send(
            "POST", DEFAULT_CALL_CONTEXT_PATH, json=content, headers=client.bearer()
        )
        assert failure(answer) == (400, "Bad Request", f"{name} is missing")

    @pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff"])
    def test_the_body_must_be_a_json_object(self, client: Client, data: bytes) -> None:
        headers = {**client.bearer(), "Content-Type": "application/json"}
        answer = client.send("POST", DEFAULT_CALL_CONTEXT_PATH, data=data, headers=headers)
        assert failure(answer)[0] == 400

    def test_the_body_must_be_declared_as_json(self, client: Client) -> None:
        headers = {**client.bearer(), "Content-Type": "text/plain"}
        answer = client.send(
            "POST", DEFAULT_CALL_CONTEXT_PATH, data=json.dumps(body()), headers=headers
        )
        assert failure(answer)[0] == 415

    def test_the_path_is_a_setting(self, tmp_path: Path) -> None:
        stand_in = StandIn(tmp_path, call_context_path="/api/elsewhere")
        stand_in.start()
        try:
            client = Client(stand_in)
            assert client.send("POST", "/api/elsewhere").status_code == 401
            assert client.send("POST", DEFAULT_CALL_CONTEXT_PATH).status_code == 404
            client.session.close()
        finally:
            stand_in.stop()


class TestInteractionContext:
    def test_it_is_there_once_the_agent_has_hung_up(self, client: Client) -> None:
        client.script(
            interaction_context={"transfer_reason": "user_requested", "interaction_id": "abc"}
        )
        client.ask_call_context()
        assert client.read_context().json() == {"result": []}
        client.end()
        (record,) = client.read_context().json()["result"]
        assert record.keys() == {"name", "value"}
        assert record["name"] == "bot_context_data"
        assert json.loads(record["value"]) == {
            "interactionId": "abc",
            "sessionVariables": {"snTransferReason": "user_requested"},
        }

    def test_it_can_be_late(self, client: Client, clock: Clock) -> None:
        client.script(interaction_context={"available_after_seconds": 2})
        client.ask_call_context()
        clock.now += 60  # the agent talks
        client.end()
        clock.now += 1.9
        client.end()  # told twice, the first counts
        assert client.read_context().json()["result"] == []
        clock.now += 0.1
        assert len(client.read_context().json()["result"]) == 1

    def test_without_a_reason_there_is_no_such_variable(self, client: Client) -> None:
        client.ask_call_context()
        client.end()
        (record,) = client.read_context().json()["result"]
        value = json.loads(record["value"])
        assert value["sessionVariables"] == {}
        assert len(value["interactionId"]) == 32

    def test_it_can_be_absent_for_good(self, client: Client) -> None:
        client.script(interaction_context={"present": False})
        client.ask_call_context()
        client.end()
        assert client.read_context().json() == {"result": []}

    def test_each_call_has_its_own(self, client: Client) -> None:
        other = str(uuid.uuid4())
        for contact in (CONTACT, other):
            client.ask_call_context(contact)
            client.end(contact)
        found = [
            client.read_context(
                f"interaction.client_session_id={contact}^name=bot_context_data"
            ).json()["result"][0]["value"]
            for contact in (CONTACT, other)
        ]
        assert found[0] != found[1]

    def test_a_call_nobody_announced_cannot_end(self, stand_in: StandIn) -> None:
        status, answer = stand_in.control("POST", f"/_local/servicenow/calls/{CONTACT}/ended", b"")
        assert status == 404
        assert answer is not None
        assert "ask for its call context first" in str(answer["error"])

    def test_a_new_script_forgets_the_calls(self, client: Client) -> None:
        client.ask_call_context()
        client.end()
        client.script()
        assert client.read_context().json() == {"result": []}


class TestTables:
    @pytest.fixture
    def two_calls(self, client: Client) -> tuple[str, str]:
        contacts = (CONTACT, str(uuid.uuid4()))
        for contact in contacts:
            client.ask_call_context(contact)
            client.end(contact)
        return contacts

    def test_unchecked_text_in_the_query_changes_what_is_found(
        self, client: Client, two_calls: tuple[str, str]
    ) -> None:
        nobody = str(uuid.uuid4())
        query = "interaction.client_session_id={}^name=bot_context_data"
        assert client.read_context(query.format(nobody)).json()["result"] == []
        widened = query.format(f"{nobody}^NQsys_idISNOTEMPTY")
        assert len(client.read_context(widened).json()["result"]) == 1
        path = f"{TABLE}?sysparm_query=interaction.client_session_id={nobody}&sysparm_query=x"
        assert client.send("GET", path, headers=client.bearer()).json()["result"] == []
        cut = (
            f"{TABLE}?sysparm_limit=9&sysparm_query=name=x^ORnameISNOTEMPTY&^name=bot_context_data"
        )
        assert len(client.send("GET", cut, headers=client.bearer()).json()["result"]) == 4
        assert len(two_calls) == 2

    @pytest.mark.usefixtures("two_calls")
    def test_forgetting_the_name_finds_another_context(self, client: Client) -> None:
        (record,) = client.read_context(f"interaction.client_session_id={CONTACT}").json()["result"]
        assert record["name"] != "bot_context_data"

    @pytest.mark.usefixtures("two_calls")
    def test_a_condition_on_an_unknown_field_is_dropped(self, client: Client) -> None:
        (record,) = client.read_context(f"client_session={CONTACT}^name=bot_context_data").json()[
            "result"
        ]
        assert record["name"] == "bot_context_data"

    @pytest.mark.usefixtures("two_calls")
    def test_pages_say_how_many_there_are_and_where_the_next_is(self, client: Client) -> None:
        headers = client.bearer()
        seen = []
        answer = client.send(
            "GET", f"{TABLE}?sysparm_limit=3&sysparm_fields=sys_id", headers=headers
        )
        assert answer.headers["X-Total-Count"] == "4"
        seen += answer.json()["result"]
        following = answer.links["next"]["url"]
        answer = client.session.get(following, headers=headers, timeout=TIMEOUT)
        seen += answer.json()["result"]
        assert "next" not in answer.links
        assert len({record["sys_id"] for record in seen}) == len(seen) == 4

    @pytest.mark.usefixtures("two_calls")
    def test_fields_and_references_are_as_asked(self, client: Client) -> None:
        headers = client.bearer()
        url = f"{TABLE}?sysparm_limit=1"
        (record,) = client.send("GET", url, headers=headers).json()["result"]
        assert record.keys() == {"sys_id", "sys_created_on", "interaction", "name", "value"}
        assert record["interaction"]["link"].endswith(record["interaction"]["value"])
        url += "&sysparm_exclude_reference_link=true"
        (record,) = client.send("GET", url, headers=headers).json()["result"]
        assert isinstance(record["interaction"], str)
        url += "&sysparm_fields=interaction.client_session_id,nothing"
        (record,) = client.send("GET", url, headers=headers).json()["result"]
        assert record == {"interaction.client_session_id": CONTACT}

    @pytest.mark.usefixtures("two_calls")
    def test_a_limit_of_nothing_shows_that_reading_works(self, client: Client) -> None:
        answer = client.send("GET", f"{TABLE}?sysparm_limit=0", headers=client.bearer())
        assert (answer.status_code, answer.json()) == (200, {"result": []})

    def test_a_table_beyond_the_users_rights_is_forbidden(self, client: Client) -> None:
        client.script(tables={"name": "interaction", "access": "none"})
        answer = client.send("GET", "/api/now/table/interaction", headers=client.bearer())
        assert failure(answer) == (403, "User Not Authorized", "Failed API level ACL Validation")

    def test_an_unknown_table_is_invalid(self, client: Client) -> None:
        answer = client.send("GET", "/api/now/table/nothing", headers=client.bearer())
        assert failure(answer) == (400, "Invalid table nothing", None)

    def test_who_is_not_authenticated_learns_nothing_of_tables(self, client: Client) -> None:
        for name in ("interaction", "nothing", "interaction_context"):
            assert client.send("GET", f"/api/now/table/{name}").status_code == 401


class TestQueries:
    ROWS = (
        {"a": "1", "b": "x"},
        {"a": "2", "b": "y"},
        {"a": "3", "b": ""},
    )

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", "123"),
            ("a=1", "1"),
            ("a=1^b=y", ""),
            ("a=1^ORa=3", "13"),
            ("a=1^ORa=2^b=y", "2"),
            ("a=1^NQb=y", "12"),
            ("a!=1", "23"),
            ("aIN1,3", "13"),
            ("aNOT IN1,3", "2"),
            ("a>=2", "23"),
            ("a>2", "3"),
            ("a<=2", "12"),
            ("a<2", "1"),
            ("a<10", "123"),
            ("b<z", "12"),
            ("b>=x^b<y", "1"),
            ("bISEMPTY", "3"),
            ("bISNOTEMPTY", "12"),
            ("b=Y", "2"),
            ("bLIKEy", "2"),
            ("bNOT LIKEy", "13"),
            ("aSTARTSWITH2^ORaENDSWITH3", "23"),
            ("ORDERBYDESCa", "321"),
            ("ORDERBYb^a!=2", "31"),
            ("unknown=1", "123"),
            ("a~1", "123"),
            ("a=1^EQ", "1"),
        ],
    )
    def test_operators(self, query: str, found: str) -> None:
        selected = parse_query(query, frozenset("ab")).select(self.ROWS)
        assert "".join(row["a"] for row in selected) == found

    @given(st.text())
    def test_any_text_is_a_query(self, text: str) -> None:
        selected = parse_query(text, frozenset("ab")).select(self.ROWS)
        assert all(row in self.ROWS for row in selected)


class TestPaths:
    def test_other_paths_lead_nowhere(self, client: Client) -> None:
        assert failure(client.send("GET", "/"))[0] == 404
        assert failure(client.send("POST", "/api/now/import/x", data=b"x" * 1000))[0] == 404

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("GET", "/oauth_token.do", "POST"),
            ("PUT", DEFAULT_CALL_CONTEXT_PATH, "POST"),
            ("GET", DEFAULT_CALL_CONTEXT_PATH, "POST"),
            ("DELETE", TABLE, "GET"),
            ("PATCH", TABLE, "GET"),
            ("POST", "/api/now/oauth/jwks", "GET"),
        ],
    )
    def test_other_methods_are_refused(
        self, client: Client, method: str, path: str, allowed: str
    ) -> None:
        answer = client.send(method, path)
        assert failure(answer)[0] == 405
        assert answer.headers["Allow"] == allowed

    def test_a_connection_serves_many_requests(self, client: Client) -> None:
        client.ask_token()
        pool = client.session.get_adapter(client.url("/")).poolmanager  # type: ignore[attr-defined]
        for _ in range(3):
            client.ask_call_context()
        (connections,) = (pool.pools.get(key) for key in pool.pools.keys())  # noqa: SIM118
        assert connections.num_connections == 1
        assert connections.num_requests == 7

    def test_a_huge_body_is_refused(self, client: Client) -> None:
        answer = client.send(
            "POST",
            DEFAULT_CALL_CONTEXT_PATH,
            headers={"Content-Length": "70000"},
            data=b"x" * 70000,
        )
        assert answer.status_code == 413
        assert client.ask_token().status_code == 200

    @pytest.mark.parametrize("length", ["-1", "many", "1e3"])
    def test_a_length_that_is_none_is_refused(self, client: Client, length: str) -> None:
        answer = client.send("POST", "/oauth_token.do", headers={"Content-Length": length})
        assert answer.status_code == 400

    def test_a_body_of_unknown_length_is_refused(self, client: Client) -> None:
        answer = client.send("POST", "/oauth_token.do", data=iter([b"x"]))
        assert answer.status_code == 411

    def test_clients_that_go_away_do_no_harm(self, client: Client) -> None:
        client.script(oauth={"delay_seconds": 0.2, "times": 1})
        with pytest.raises(requests.exceptions.ReadTimeout):
            client.send(
                "POST",
                "/oauth_token.do",
                data={"grant_type": "client_credentials"},
                timeout=0.05,
            )
        eventually(lambda: client.recorded()[0]["status"] is not None)
        assert client.ask_token().status_code == 200


class TestScript:
    INTERFACES = ("oauth", "call_context", "interaction_context")

    @staticmethod
    def ask(client: Client, interface: str, **options: Any) -> requests.Response:
        if interface == "oauth":
            form = {
                "grant_type": "client_credentials",
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
            }
            return client.send("POST", "/oauth_token.do", data=form, **options)
        if interface == "call_context":
            return client.ask_call_context(**options)
        return client.read_context(**options)

    @pytest.mark.parametrize("interface", INTERFACES)
    @pytest.mark.parametrize("status", [302, 401, 403, 404, 429, 500, 502, 503])
    def test_a_status_is_sent_with_the_form_of_the_interface(
        self, client: Client, interface: str, status: int
    ) -> None:
        client.script(**{interface: {"status": status}})
        headers: dict[str, Any] = {} if interface == "oauth" else {"headers": {}}
        answer = self.ask(client, interface, allow_redirects=False, **headers)
        assert answer.status_code == status
        assert "error" in answer.json()

    @pytest.mark.parametrize("interface", INTERFACES)
    def test_times_limits_it_to_the_first_requests(self, client: Client, interface: str) -> None:
        headers = {} if interface == "oauth" else {"headers": client.bearer()}
        client.script(**{interface: {"status": 500, "times": 2}})
        statuses = [self.ask(client, interface, **headers).status_code for _ in range(4)]
        assert statuses == [500, 500, 200, 200]

    def test_steps_follow_each_other(self, client: Client) -> None:
        client.script(
            call_context=[
                {"status": 502, "times": 1},
                {"dnis": None, "times": 1},
                {"dnis": "+442079460001"},
            ]
        )
        answers = [client.ask_call_context() for _ in range(4)]
        assert [answer.status_code for answer in answers] == [502, 200, 200, 200]
        assert [answer.json().get("dnis") for answer in answers[1:]] == [
            None,
            "+442079460001",
            "+442079460001",
        ]

    @pytest.mark.parametrize("status", [429, 503])
    def test_retry_after_is_sent(self, client: Client, status: int) -> None:
        client.script(call_context={"status": status, "retry_after_seconds": 3})
        assert client.ask_call_context().headers["Retry-After"] == "3"

    @pytest.mark.parametrize("interface", INTERFACES)
    def test_a_body_replaces_the_answer(self, client: Client, interface: str) -> None:
        headers = {} if interface == "oauth" else {"headers": client.bearer()}
        client.script(**{interface: {"body": "<html>käputt", "content_type": "text/html"}})
        answer = self.ask(client, interface, **headers)
        assert answer.status_code == 200
        assert answer.content.decode() == "<html>käputt"
        assert answer.headers["Content-Type"] == "text/html"

    def test_a_scripted_body_is_no_way_around_the_checks(self, client: Client) -> None:
        client.script(call_context={"body": "{}"})
        assert client.ask_call_context(headers={}).status_code == 401

    @pytest.mark.parametrize("interface", INTERFACES)
    def test_a_delay_comes_before_the_answer(self, client: Client, interface: str) -> None:
        headers = {} if interface == "oauth" else {"headers": client.bearer()}
        client.script(**{interface: {"delay_seconds": 0.15}})
        started = time.monotonic()
        answer = self.ask(client, interface, **headers)
        assert time.monotonic() - started >= 0.15
        assert answer.status_code == 200

    def test_a_delay_holds_up_nobody_else(self, client: Client) -> None:
        headers = client.bearer()
        client.script(oauth={"delay_seconds": 300, "times": 1})
        other = Client(client.stand_in)

        def wait_for_token() -> None:
            with pytest.raises(requests.RequestException):
                other.ask_token()

        waiting = threading.Thread(target=wait_for_token)
        waiting.start()
        eventually(lambda: len(client.recorded()) == 1)
        assert client.recorded()[0]["status"] is None
        assert client.ask_call_context(headers=headers).status_code == 200
        client.stand_in.stop()
        waiting.join(timeout=TIMEOUT)
        assert not waiting.is_alive()

    def test_a_drip_defeats_a_read_timeout_but_arrives_whole(self, client: Client) -> None:
        headers = client.bearer()
        client.script(call_context={"drip_seconds": 0.4})
        started = time.monotonic()
        answer = client.ask_call_context(headers=headers, timeout=0.3)
        assert time.monotonic() - started >= 0.39
        assert answer.json()["dnis"] == DEFAULT_AGENT_NUMBER

    def test_no_content_has_none(self, client: Client) -> None:
        headers = client.bearer()
        client.script(call_context={"status": 204})
        answer = client.ask_call_context(headers=headers)
        assert (answer.status_code, answer.content) == (204, b"")
        assert client.ask_token().status_code == 200

    def test_a_new_script_replaces_the_old_one(self, client: Client) -> None:
        client.script(oauth={"status": 500})
        client.script(call_context={"dnis": "+442079460002"})
        assert client.ask_call_context().json()["dnis"] == "+442079460002"

    @pytest.mark.parametrize(
        ("script", "sentence"),
        [
            ("{", "The script is not JSON"),
            (b"\xff", "The script is not JSON"),
            ("[]", "The script is []; give an object."),
            ('{"auth": {}}', "auth is unknown; The script takes call_context, connections, conv"),
            ('{"oauth": null}', "oauth is null; give an object."),
            ('{"oauth": {"delay": 1}}', "oauth.delay is unknown; oauth takes "),
            ('{"oauth": {"status": "500"}}', 'oauth.status is "500"; give a whole number from 200'),
            ('{"oauth": {"status": true}}', "oauth.status is true; give a whole number"),
            ('{"oauth": {"status": 199}}', "oauth.status is 199; give a whole number"),
            ('{"oauth": {"delay_seconds": -1}}', "oauth.delay_seconds is -1; give a number of sec"),
            ('{"oauth": {"delay_seconds": NaN}}', "oauth.delay_seconds is NaN; give a number"),
            ('{"oauth": {"drip_seconds": "x"}}', 'oauth.drip_seconds is "x"; give a number'),
            ('{"oauth": {"times": 0}}', "oauth.times is 0; give a whole number from 1"),
            ('{"oauth": {"token_format": "saml"}}', 'is "saml"; give "jwt" or "opaque".'),
            ('{"oauth": {"expires_in": 1.5}}', "oauth.expires_in is 1.5; give a whole number"),
            ('{"oauth": {"content_type": "a\\nb"}}', "give a line of plain text."),
            ('{"oauth": {"retry_after_seconds": 1}}', "goes with status 429 or 503, not 200"),
            ('{"call_context": {"dnis": 1}}', "call_context.dnis is 1; give a string or null."),
            ('{"call_context": [{}, {}]}', "call_context[0] has no times, so the steps after it"),
            ('{"call_context": [{"times": 1}, 7]}', "call_context[1] is 7; give an object."),
            (
                '{"interaction_context": {"present": "no"}}',
                'interaction_context.present is "no"; give true or false.',
            ),
            ('{"revoke_tokens": 1}', "revoke_tokens is 1; give true or false."),
        ],
    )
    def test_a_wrong_script_is_refused_in_a_sentence_and_changes_nothing(
        self, client: Client, script: str | bytes, sentence: str
    ) -> None:
        client.script(oauth={"status": 503})
        client.ask_token()
        data = script.encode() if isinstance(script, str) else script
        status, answer = client.stand_in.control("PUT", "/_local/servicenow/script", data)
        assert status == 400
        assert answer is not None
        assert sentence in str(answer["error"])
        assert len(client.recorded()) == 1
        assert client.ask_token().status_code == 503


class TestControl:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("POST", "script", 405),
            ("PUT", "requests", 405),
            ("GET", f"calls/{CONTACT}/ended", 405),
            ("POST", "calls/x/ended", 400),
            ("GET", "", 404),
            ("GET", "calls", 404),
        ],
    )
    def test_what_it_does_not_serve_gets_a_sentence(
        self, stand_in: StandIn, method: str, path: str, status: int
    ) -> None:
        told, answer = stand_in.control(method, f"/_local/servicenow/{path}", b"")
        assert told == status
        assert answer is not None
        assert str(answer["error"]).endswith(".")

    def test_requests_are_recorded_in_order(self, client: Client) -> None:
        headers = client.bearer()
        client.ask_call_context(headers=headers)
        client.read_context(headers=headers)
        client.send("GET", "/nothing")
        recorded = client.recorded()
        assert [
            (entry["name"], entry["method"], entry["path"], entry["status"], entry["contact_id"])
            for entry in recorded
        ] == [
            ("oauth", "POST", "/oauth_token.do", 200, None),
            ("call_context", "POST", DEFAULT_CALL_CONTEXT_PATH, 200, CONTACT),
            ("interaction_context", "GET", TABLE, 200, CONTACT),
            ("other", "GET", "/nothing", 404, None),
        ]
        assert "bot_context_data" in recorded[2]["query"]
        assert recorded[0]["at"] == "2027-01-15T08:00:00.000+00:00"
        client.script()
        assert client.recorded() == []

    def test_no_secret_number_or_token_is_recorded_or_logged(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        token = client.token()
        headers = {"Authorization": f"Bearer {token}"}
        client.ask_call_context(headers=headers)
        client.ask_token(client_secret="another-canary")
        hidden = quote(CLIENT_SECRET, safe="").replace("c", "%63")
        for path in (
            f"/oauth_token.do?client_secret={CLIENT_SECRET}&access_token={token}",
            f"/oauth_token.do?{token}",
            f"/{CLIENT_SECRET}",
            f"{TABLE}?sysparm_query=a={hidden}",
        ):
            client.send("GET", path, headers=headers)
        known = (CLIENT_SECRET, hidden, "another-canary", token, body()["ani"])
        written = json.dumps(client.recorded())
        logged = "\n".join(
            f"{entry.getMessage()} {entry.exc_text or ''}"
            for entry in caplog.records
            if entry.name.startswith("local_aws")
        )
        assert "POST /oauth_token.do 200" in logged
        for text in known:
            assert str(text) not in written
            assert str(text) not in logged


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
