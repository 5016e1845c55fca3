"""The ServiceNow stand-in served over real HTTPS, and a client of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from local_aws.standins.servicenow import DEFAULT_CALL_CONTEXT_PATH, StandIn

CLIENT_ID = "0123456789abcdef0123456789abcdef"
CLIENT_SECRET = "canary-secret-never-written"
CONTACT = "5f0ad1c4-0fd9-4a6c-9d0b-1c5a1f1f3f01"
TABLE = "/api/now/table/interaction_context"
TIMEOUT = 10


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Client:
    """What the Lambda does, over requests that trust the local authority only."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(stand_in.ca_bundle)

    def url(self, path: str) -> str:
        return f"https://{self.stand_in.host}{path}"

    def send(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, self.url(path), **{"timeout": TIMEOUT, **options})

    def ask_token(self, **changes: str) -> requests.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            **changes,
        }
        return self.send("POST", "/oauth_token.do", data=form)

    def token(self) -> str:
        answer = self.ask_token()
        assert answer.status_code == 200, answer.text
        token = answer.json()["access_token"]
        assert isinstance(token, str)
        return token

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token()}"}

    def ask_call_context(self, contact: str = CONTACT, **options: Any) -> requests.Response:
        if "headers" not in options:
            options["headers"] = self.bearer()
        return self.send("POST", DEFAULT_CALL_CONTEXT_PATH, json=body(contact), **options)

    def read_context(self, query: str | None = None, **options: Any) -> requests.Response:
        if "headers" not in options:
            options["headers"] = self.bearer()
        query = query or f"interaction.client_session_id={CONTACT}^name=bot_context_data"
        path = f"{TABLE}?sysparm_query={quote(query)}&sysparm_fields=name%2Cvalue&sysparm_limit=1"
        return self.send("GET", path, **options)

    def script(self, **parts: object) -> None:
        status, problem = self.stand_in.control(
            "PUT", "/_local/servicenow/script", json.dumps(parts).encode()
        )
        assert (status, problem) == (204, None)

    def end(self, contact: str = CONTACT) -> None:
        path = f"/_local/servicenow/calls/{contact}/ended"
        assert self.stand_in.control("POST", path, b"") == (204, None)

    def recorded(self) -> list[dict[str, Any]]:
        status, answer = self.stand_in.control("GET", "/_local/servicenow/requests", b"")
        assert status == 200
        assert answer is not None
        listed = answer["requests"]
        assert isinstance(listed, list)
        return listed


def body(contact: str = CONTACT) -> dict[str, object]:
    return {
        "call_correlation_id": contact,
        "voice_service_id": "b3c1e5f2c3a1311088f2f4ee05013111",
        "ani": "+14155550100",
        "instance_name": "local",
    }


@contextmanager
def serving(folder: Path, clock: Clock) -> Iterator[Client]:
    """A stand-in that runs, and a client of it."""
    stand_in = StandIn(folder, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, clock=clock)
    stand_in.start()
    client = Client(stand_in)
    try:
        yield client
    finally:
        client.session.close()
        stand_in.stop()
