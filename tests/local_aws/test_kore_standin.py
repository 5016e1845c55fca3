"""The Kore stand-in over real HTTPS, as the Lambdas and the agent's browser meet it."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kore_standin_support as kore
import pytest
import requests

from local_aws.standins.kore import StandIn

CLIENT_SECRET = "canary-client-secret-never-written"
WEBHOOK_SECRET = "canary-webhook-secret-never-written"
TIMEOUT = 10
Change = Callable[[dict[str, Any]], object]


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Client:
    """A client that trusts the stand-in's authority only."""

    def __init__(self, stand_in: StandIn, clock: Clock) -> None:
        self.stand_in = stand_in
        self.clock = clock
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(stand_in.ca_bundle)

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        url = f"https://{self.stand_in.host}{path}"
        return self.session.request(method, url, **{"timeout": TIMEOUT, **options})

    def token(self, **changes: object) -> str:
        return kore.socket_token(CLIENT_SECRET, self.clock.now, **changes)

    def payload(self, contact: str | None = None, token: str | None = None) -> dict[str, Any]:
        return kore.payload(
            token or self.token(), contact=contact or str(uuid.uuid4()), now=self.clock.now
        )

    def post(self, payload: object) -> requests.Response:
        return self.send("POST", kore.TRANSCRIBER, json=payload)

    def dispose(
        self, body: bytes, contact: str, secret: str = WEBHOOK_SECRET, **changes: str
    ) -> requests.Response:
        headers = kore.signed_headers(secret, body, contact, self.clock.now)
        return self.send("POST", kore.WEBHOOK, data=body, headers={**headers, **changes})

    def verify(self, token: str) -> requests.Response:
        return self.send("POST", f"{kore.WIDGET}token", json={"token": token})

    def script(self, **parts: object) -> None:
        body = json.dumps(parts).encode()
        assert self.stand_in.control("PUT", "/_local/kore/script", body) == (204, None)

    def recorded(self) -> list[dict[str, Any]]:
        status, answer = self.stand_in.control("GET", "/_local/kore/requests", b"")
        assert status == 200
        assert answer is not None
        listed = answer["requests"]
        assert isinstance(listed, list)
        return listed

    def call(self, contact: str) -> tuple[int, dict[str, Any]]:
        status, answer = self.stand_in.control("GET", f"/_local/kore/calls/{contact}", b"")
        assert answer is not None
        return status, dict(answer)


def eventually(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + TIMEOUT
    while not holds():
        assert time.monotonic() < limit, "the condition never came true"
        threading.Event().wait(0.005)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stand_in(tmp_path: Path, clock: Clock) -> Iterator[StandIn]:
    stand_in = StandIn(
        tmp_path,
        "http://127.0.0.1:1",  # nobody is there
        client_secret=CLIENT_SECRET,
        webhook_secret=WEBHOOK_SECRET,
        clock=clock,
    )
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def client(stand_in: StandIn, clock: Clock) -> Iterator[Client]:
    client = Client(stand_in, clock)
    yield client
    client.session.close()


def without(*path: str) -> Change:
    def change(payload: dict[str, Any]) -> None:
        for name in path[:-1]:
            payload = payload[name]
        del payload[path[-1]]

    return change


def put(value: object, *path: str) -> Change:
    def change(payload: dict[str, Any]) -> None:
        for name in path[:-1]:
            payload = payload[name]
        payload[path[-1]] = value

    return change


def url(**changes: str) -> Change:
    """Another audio socket URL with the payload's own token."""

    def change(payload: dict[str, Any]) -> None:
        config = payload["koreConfig"]
        config["audioSocketURL"] = kore.socket_url(config["token"], **changes)

    return change


def edit(old: str, new: str) -> Change:
    def change(payload: dict[str, Any]) -> None:
        config = payload["koreConfig"]
        assert old in config["audioSocketURL"]
        config["audioSocketURL"] = config["audioSocketURL"].replace(old, new)

    return change


def mute(payload: dict[str, Any]) -> None:
    payload["streamAudioFromCustomer"] = payload["streamAudioToCustomer"] = False


KEYS = ("awsTokenData", "Credentials")
MALFORMED: dict[str, tuple[Change, str]] = {
    "no stream": (without("streamARN"), "streamARN is missing"),
    "no stream's ARN": (put("arn:aws:s3:::bucket", "streamARN"), "streamARN is not the ARN"),
    "a wildcard": (
        put("arn:aws:kinesisvideo:us-east-1:123456789012:stream/*/1", "streamARN"),
        "streamARN is not the ARN",
    ),
    "a number for a fragment": (put(1, "startFragmentNum"), "startFragmentNum is not a string"),
    "an empty fragment": (put("", "startFragmentNum"), "startFragmentNum is not a fragment"),
    "no contact": (put("me", "connectContactId"), "connectContactId is not a UUID"),
    "no language": (put("English, please", "languageCode"), "languageCode is not a language"),
    "a switch as text": (put("true", "streamAudioFromCustomer"), "is not true or false"),
    "both switches off": (mute, "Neither streamAudioFromCustomer"),
    "a member too many": (put("x", "clientSecret"), "clientSecret is not a member"),
    "no credentials": (put(None, *KEYS), "awsTokenData.Credentials is not an object"),
    "the whole reply of STS": (put({}, "awsTokenData", "AssumedRoleUser"), "AssumedRoleUser"),
    "a user's key": (put("AKIAABCDEFGHIJKLMNOP", *KEYS, "AccessKeyId"), "a temporary key"),
    "no session": (without(*KEYS, "SessionToken"), "Credentials.SessionToken is missing"),
    "no expiry": (put("soon", *KEYS, "Expiration"), "Expiration is not a time"),
    "expired access": (put("2027-01-15T07:59:59Z", *KEYS, "Expiration"), "Expiration is past"),
    "long access": (put("2027-01-15T20:00:00Z", *KEYS, "Expiration"), "more than an hour"),
    "another scheme": (url(base="https://gateway.example"), "is not a wss URL"),
    "credentials in the URL": (url(base="wss://a:b@gateway.example"), "is not a wss URL"),
    "a port that is none": (url(base="wss://gateway.example:99999"), "cannot be parsed"),
    "another path": (edit("/audiosocket/", "/socket/"), "does not lead to"),
    "no account": (edit("accountId=64f0&", ""), "does not have the parameters"),
    "an unencoded value": (edit("sip%3A", "sip:"), "no percent-encoded sipuri"),
    "a mail link for a SIP URI": (url(sipuri="mailto:agent@x"), "sipuri in koreConfig"),
    "another bot": (url(botId="st-other"), "botId in koreConfig.audioSocketURL"),
    "agent assist off": (url(agentassist="false"), "agentassist in"),
    "plain http": (put("http://x", "koreConfig", "agentassistUrl"), "agentassistUrl is not"),
    "no token": (put("", "koreConfig", "token"), "koreConfig.token is not a JWT"),
}


class TestTranscriber:
    def test_a_call_is_taken(self, client: Client) -> None:
        contact = str(uuid.uuid4())
        answer = client.post(client.payload(contact))
        assert (answer.status_code, answer.json()) == (200, {"status": "success"})
        status, call = client.call(contact)
        assert (status, call["contact_id"], call["language_code"]) == (200, contact, "en-US")

    @pytest.mark.parametrize(("change", "reason"), MALFORMED.values(), ids=MALFORMED.keys())
    def test_what_is_malformed_is_refused_with_a_reason(
        self, client: Client, change: Change, reason: str
    ) -> None:
        contact = str(uuid.uuid4())
        payload = client.payload(contact)
        change(payload)
        answer = client.post(payload)
        assert (answer.status_code, reason in answer.json()["message"]) == (400, True), answer.text
        assert client.call(contact)[0] == 404
        assert client.recorded()[-1]["reason"] == answer.json()["message"]

    @pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"null"])
    def test_what_is_no_object_is_refused(self, client: Client, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        answer = client.send("POST", kore.TRANSCRIBER, data=body, headers=headers)
        assert answer.status_code == 400

    @pytest.mark.parametrize(
        ("claims", "reason"),
        [
            ({"appId": None}, "no claim appId"),
            ({"iat": None}, "no claim iat"),
            ({"exp": None}, "no claim exp"),
            ({"jti": None}, "no claim jti"),
            ({"exp": 1_799_999_999}, "has expired"),
            ({"iat": 1_800_000_100}, "issued in the future"),
            ({"exp": 1_800_000_000 + 86_401}, "longer than a day"),
            ({"exp": 1_800_003_600.5}, "no claim exp"),
        ],
    )
    def test_a_token_has_claims_that_hold(
        self, client: Client, claims: dict[str, object], reason: str
    ) -> None:
        answer = client.post(client.payload(token=client.token(**claims)))
        assert (answer.status_code, reason in answer.json()["message"]) == (401, True), answer.text

    @pytest.mark.parametrize("where", ["token", "audioSocketURL"])
    def test_both_tokens_are_signed_with_the_client_secret(
        self, client: Client, where: str
    ) -> None:
        payload = client.payload()
        wrong = kore.socket_token("another-secret-that-is-long-enough", client.clock.now)
        payload["koreConfig"][where] = wrong if where == "token" else kore.socket_url(wrong)
        answer = client.post(payload)
        assert answer.status_code == 401
        assert "is not signed with the client secret" in answer.json()["message"]

    def test_an_unsigned_token_is_refused(self, client: Client) -> None:
        now = int(client.clock.now)
        claims = {"appId": "a", "iat": now, "exp": now + 60, "jti": "1"}
        payload = client.payload(token=kore.sign(claims, "", "none") + "x")
        assert client.post(payload).status_code == 401

    def test_a_token_opens_one_socket(self, client: Client) -> None:
        token = client.token()
        assert client.post(client.payload(token=token)).status_code == 200
        answer = client.post(client.payload(token=token))
        assert (answer.status_code, "used before" in answer.json()["message"]) == (401, True)

    def test_a_refused_payload_uses_nothing_up(self, client: Client) -> None:
        token = client.token()
        payload = client.payload(token=token)
        payload["languageCode"] = "?"
        assert client.post(payload).status_code == 400
        assert client.post(client.payload(token=token)).status_code == 200

    def test_tokens_for_two_apps_are_refused(self, client: Client) -> None:
        payload = client.payload()
        payload["koreConfig"]["token"] = client.token(appId="cs-other")
        answer = client.post(payload)
        assert (answer.status_code, "different apps" in answer.json()["message"]) == (401, True)

    def test_a_stream_that_cannot_be_read_is_told(self, client: Client) -> None:
        contact = str(uuid.uuid4())
        client.post(client.payload(contact))
        eventually(lambda: bool(client.call(contact)[1]["stream_read"]["done"]))
        assert client.call(contact)[1]["stream_read"]["error"] == "EndpointConnectionError"


class TestWebhook:
    def test_a_disposition_is_taken_once_and_again(self, client: Client) -> None:
        contact = str(uuid.uuid4())
        body = kore.disposition(contact)
        assert client.dispose(body, contact).status_code == 200
        later = kore.disposition(contact, storedAt="2027-01-15T08:00:05Z")
        assert client.dispose(later, contact).status_code == 200
        other = kore.disposition(contact, disposition="dropped")
        assert client.dispose(other, contact).status_code == 409
        assert [entry["contact_id"] for entry in client.recorded()] == [contact] * 3

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"X-Connect-Voice-Signature": "v1=" + "0" * 64}, "not by the webhook's secret"),
            ({"X-Connect-Voice-Signature": "0" * 64}, "is not v1="),
            ({"X-Connect-Voice-Timestamp": "1800000001"}, "not by the webhook's secret"),
            ({"X-Connect-Voice-Timestamp": "1799999699"}, "five minutes off"),
            ({"X-Connect-Voice-Timestamp": "now"}, "not a number of seconds"),
        ],
    )
    def test_what_is_not_signed_now_is_refused(
        self, client: Client, changes: dict[str, str], reason: str
    ) -> None:
        contact = str(uuid.uuid4())
        answer = client.dispose(kore.disposition(contact), contact, **changes)
        assert (answer.status_code, reason in answer.json()["message"]) == (401, True), answer.text

    def test_another_secret_is_refused(self, client: Client) -> None:
        contact = str(uuid.uuid4())
        answer = client.dispose(kore.disposition(contact), contact, secret=CLIENT_SECRET)
        assert answer.status_code == 401

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"survey": "true"}, "survey is not true or false"),
            ({"disposition": ""}, "disposition is not a word"),
            ({"summary": None}, "summary is not a string"),
            ({"storedAt": "yesterday"}, "storedAt is not a time"),
            ({"caller": "+1"}, "caller is not a member"),
        ],
    )
    def test_what_is_malformed_is_refused_with_a_reason(
        self, client: Client, changes: dict[str, object], reason: str
    ) -> None:
        contact = str(uuid.uuid4())
        answer = client.dispose(kore.disposition(contact, **changes), contact)
        assert (answer.status_code, reason in answer.json()["message"]) == (400, True), answer.text

    def test_the_key_is_the_contact(self, client: Client) -> None:
        answer = client.dispose(kore.disposition(str(uuid.uuid4())), str(uuid.uuid4()))
        assert (answer.status_code, "Idempotency-Key" in answer.json()["message"]) == (400, True)


class TestWidget:
    def test_a_token_is_verified(self, client: Client) -> None:
        answer = client.verify(kore.widget_token(CLIENT_SECRET, client.clock.now))
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "success",
            "iss": kore.CLIENT_ID,
            "botId": kore.BOT_ID,
            "expiresAt": "2027-01-15T10:00:00+00:00",
        }

    @pytest.mark.parametrize(
        ("claims", "reason"),
        [
            ({"sub": "agent"}, "another sub"),
            ({"aud": "https://example.com"}, "another aud"),
            ({"isAnonymous": 0}, "another isAnonymous"),
            ({"iss": ""}, "no claim iss"),
            ({"botId": None}, "no claim botId"),
            ({"exp": None}, "no claim exp"),
            ({"exp": 1_799_999_000}, "has expired"),
        ],
    )
    def test_a_token_that_does_not_hold_gets_a_reason(
        self, client: Client, claims: dict[str, object], reason: str
    ) -> None:
        answer = client.verify(kore.widget_token(CLIENT_SECRET, client.clock.now, **claims))
        assert (answer.status_code, reason in answer.json()["message"]) == (401, True), answer.text

    def test_a_socket_token_opens_no_widget(self, client: Client) -> None:
        assert client.verify(client.token()).status_code == 401

    def test_calls_are_listed_the_latest_first_and_not_recorded(self, client: Client) -> None:
        contacts = [str(uuid.uuid4()) for _ in range(2)]
        for contact in contacts:
            client.post(client.payload(contact))
        listed = client.send("GET", f"{kore.WIDGET}calls").json()["calls"]
        assert [call["contactId"] for call in listed] == contacts[::-1]
        assert [entry["name"] for entry in client.recorded()] == ["transcriber"] * 2

    def test_the_page_is_whole_and_may_only_do_what_it_needs(self, client: Client) -> None:
        answer = client.send("GET", kore.WIDGET)
        assert answer.headers["Content-Type"].startswith("text/html")
        text = answer.text
        assert "stand-in" in text.lower()
        policy = dict(
            part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
        )
        assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == "'none'"
        assert "https://*.my.connect.aws" in policy["frame-ancestors"].split()
        assert "X-Frame-Options" not in answer.headers
        for tag, directive in (("script", "script-src"), ("style", "style-src")):
            (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert policy[directive] == f"'sha256-{digest}'"
        assert not re.search(r"\s(?:src|href|action|style|on\w+)=", text.split("<script>")[0])
        assert not re.search(r"https?:|@import|url\(", text)


class TestScript:
    @pytest.mark.parametrize("name", ["transcriber", "webhook"])
    def test_faults_are_played_as_often_as_told(self, client: Client, name: str) -> None:
        client.script(**{name: {"status": 503, "times": 1}})
        contact = str(uuid.uuid4())

        def ask() -> int:
            if name == "webhook":
                return client.dispose(kore.disposition(contact), contact).status_code
            return client.post(client.payload(contact)).status_code

        assert [ask(), ask()] == [503, 200]
        assert [(entry["name"], entry["status"]) for entry in client.recorded()] == [
            (name, 503),
            (name, 200),
        ]
        client.script()
        assert client.recorded() == []

    def test_a_faulty_transcriber_takes_no_call(self, client: Client) -> None:
        client.script(transcriber={"status": 500})
        contact = str(uuid.uuid4())
        client.post(client.payload(contact))
        assert client.call(contact)[0] == 404

    def test_stop_interrupts_requests_that_wait(self, client: Client) -> None:
        client.script(transcriber={"delay_seconds": 300})
        failed = threading.Event()

        def ask() -> None:
            try:
                client.post(client.payload())
            except requests.exceptions.ConnectionError:
                failed.set()

        thread = threading.Thread(target=ask)
        thread.start()
        eventually(lambda: len(client.recorded()) == 1)
        client.stand_in.stop()
        thread.join(TIMEOUT)
        assert failed.is_set()

    @pytest.mark.parametrize(
        "script", [{"transcriber": {"status": "down"}}, {"widget": {}}, {"webhook": {"times": 0}}]
    )
    def test_a_wrong_script_is_refused_in_a_sentence(
        self, stand_in: StandIn, script: dict[str, object]
    ) -> None:
        body = json.dumps(script).encode()
        status, answer = stand_in.control("PUT", "/_local/kore/script", body)
        assert (status, answer is not None) == (400, True)


def test_stop_leaves_no_thread_and_no_file(tmp_path: Path) -> None:
    before = threading.active_count()
    stand_in = StandIn(tmp_path, "http://127.0.0.1:1")
    assert len(set(stand_in.secrets.values())) == 2
    stand_in.start()
    stand_in.stop()
    stand_in.stop()
    assert list(tmp_path.iterdir()) == []
    eventually(lambda: threading.active_count() <= before)


def test_other_paths_and_methods_are_refused(client: Client) -> None:
    assert client.send("GET", "/").status_code == 404
    answer = client.send("GET", kore.TRANSCRIBER)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert [entry["name"] for entry in client.recorded()] == ["other", "transcriber"]


def test_no_secret_no_token_and_no_summary_is_recorded_or_logged(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    contact, payload = str(uuid.uuid4()), client.payload()
    widget = kore.widget_token(CLIENT_SECRET, client.clock.now)
    client.post(payload)
    client.dispose(kore.disposition(contact, summary="canary-summary"), contact)
    client.verify(widget)
    client.send("GET", f"{kore.WIDGET}?koreiframetoken={widget}")
    client.send("GET", f"/{CLIENT_SECRET}/{WEBHOOK_SECRET}")
    eventually(lambda: bool(client.call(payload["connectContactId"])[1]["stream_read"]["done"]))
    hidden = (
        *(CLIENT_SECRET, WEBHOOK_SECRET, widget, "canary-summary"),
        *(payload["koreConfig"]["token"], *payload["awsTokenData"]["Credentials"].values()),
    )
    logged = "\n".join(
        f"{entry.getMessage()} {entry.exc_text or ''}"
        for entry in caplog.records
        if entry.name.startswith("local_aws")
    )
    written = json.dumps(client.recorded()) + json.dumps(client.call(payload["connectContactId"]))
    assert "POST /integrations/amzn/voice/ 200" in logged
    for text in hidden:
        assert text not in logged
        assert text not in written
