"""The ServiceNow stand-in as part of the embedded AWS: announced, controlled, ended with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

START_SECONDS = 60
TIMEOUT = 10


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen[bytes]
    state_dir: Path
    announced: dict[str, Any]

    def control(self, method: str, path: str, **options: Any) -> requests.Response:
        url = f"{self.announced['endpoint']}/_local/servicenow/{path}"
        return requests.request(method, url, timeout=TIMEOUT, **options)

    def vendor(self, method: str, path: str, **options: Any) -> requests.Response:
        servicenow = self.announced["stand_ins"]["servicenow"]
        return requests.request(
            method,
            f"https://{servicenow['host']}{path}",
            verify=servicenow["ca_bundle"],
            timeout=TIMEOUT,
            **options,
        )

    def bearer(self) -> dict[str, str]:
        secrets = json.loads((self.state_dir / "secrets.json").read_text())
        answer = self.vendor(
            "POST",
            "/oauth_token.do",
            data={
                "grant_type": "client_credentials",
                "client_id": secrets["SERVICENOW_CLIENT_ID"],
                "client_secret": secrets["SERVICENOW_CLIENT_SECRET"],
            },
        )
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    state_dir = tmp_path_factory.mktemp("embedded") / "state"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "local_aws", "--state-dir", str(state_dir)], env=environment
    )
    try:
        announcement = state_dir / "aws.json"
        limit = time.monotonic() + START_SECONDS
        while not announcement.exists():
            assert process.poll() is None, "the embedded AWS ended before it was ready"
            assert time.monotonic() < limit, "the embedded AWS is not ready"
            threading.Event().wait(0.02)
        yield Running(process, state_dir, json.loads(announcement.read_text()))
    finally:
        process.kill()
        process.wait(timeout=TIMEOUT)


def test_it_is_announced_with_its_host_and_its_authority(embedded: Running) -> None:
    servicenow = embedded.announced["stand_ins"]["servicenow"]
    assert servicenow["host"].startswith("localhost:")
    assert Path(servicenow["ca_bundle"]).is_relative_to(embedded.state_dir)
    assert embedded.vendor("GET", "/").status_code == 404


def test_a_call_goes_through_as_scripted(embedded: Running) -> None:
    contact = str(uuid.uuid4())
    script = {
        "call_context": {"dnis": "+14155550123"},
        "interaction_context": {"transfer_reason": "user_requested"},
    }
    assert embedded.control("PUT", "script", json=script).status_code == 204
    headers = embedded.bearer()
    answer = embedded.vendor(
        "POST",
        "/api/sn_voice/call_context",
        headers=headers,
        json={
            "call_correlation_id": contact,
            "voice_service_id": "voice",
            "ani": "+14155550100",
            "instance_name": "local",
        },
    )
    assert answer.json()["dnis"] == "+14155550123"
    assert embedded.control("POST", f"calls/{contact}/ended").status_code == 204
    query = f"interaction.client_session_id={contact}^name=bot_context_data"
    found = embedded.vendor(
        "GET",
        "/api/now/table/interaction_context",
        headers=headers,
        params={"sysparm_query": query, "sysparm_fields": "value"},
    )
    assert "user_requested" in found.json()["result"][0]["value"]
    recorded = embedded.control("GET", "requests").json()["requests"]
    assert [entry["contact_id"] for entry in recorded] == [None, contact, contact]
    assert embedded.control("PUT", "script", json={}).status_code == 204
    kept = embedded.vendor(
        "GET",
        "/api/now/table/interaction",
        headers=headers,
        params={"sysparm_query": f"client_session_id={contact}", "sysparm_fields": "agent_chat"},
    )
    assert kept.json() == {"result": [{"agent_chat": "true"}]}


def test_a_wrong_script_is_refused_in_a_sentence(embedded: Running) -> None:
    answer = embedded.control("PUT", "script", json={"oauth": {"status": "down"}})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith('oauth.status is "down"; give ')


def test_no_secret_reaches_the_announcement_or_the_log(embedded: Running) -> None:
    headers = embedded.bearer()
    secrets = json.loads((embedded.state_dir / "secrets.json").read_text())
    hidden = {*secrets.values(), headers["Authorization"].removeprefix("Bearer ")}
    embedded.vendor("GET", f"/{secrets['SERVICENOW_CLIENT_SECRET']}")
    written = (embedded.state_dir / "aws.json").read_text()
    written += Path(embedded.announced["log"]).read_text()
    assert "/oauth_token.do 200" in written
    assert not [text for text in hidden if text in written]


def test_it_ends_with_the_embedded_aws(embedded: Running) -> None:
    embedded.process.send_signal(signal.SIGTERM)
    assert embedded.process.wait(timeout=TIMEOUT) == 0
    with pytest.raises(requests.exceptions.RequestException):
        embedded.control("GET", "requests")
    left = {path.name for path in embedded.state_dir.iterdir()}
    assert left == {"aws.lock", "logs"}
