"""The embedded AWS as a process: announced, alone in its folder, and gone when it should be."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import boto3
import pytest

PATIENCE = 30.0  # seconds; only ever waited through when something is broken


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        Event().wait(0.02)


class Process:
    """One embedded AWS."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "local_aws", "--state-dir", str(folder), *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def announced(self) -> dict[str, object]:
        file = self.folder / "aws.json"
        wait_until(lambda: file.exists() or self.process.poll() is not None, "no aws.json")
        assert self.process.poll() is None, self.process.communicate()[1]
        told: dict[str, object] = json.loads(file.read_text())
        return told

    def ended(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


Start = Callable[..., Process]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Process] = []

    def begin(folder: Path, *arguments: str) -> Process:
        started.append(Process(folder, *arguments))
        return started[-1]

    yield begin
    for one in started:
        one.process.kill()
        one.process.communicate()


def get(endpoint: object, path: str) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection(str(endpoint).removeprefix("http://"), timeout=PATIENCE)
    connection.request("GET", path)
    response = connection.getresponse()
    document = json.loads(response.read())
    connection.close()
    return response.status, document


def test_it_is_announced_once_it_answers(tmp_path: Path, start: Start) -> None:
    running = start(tmp_path / "state")
    told = running.announced()
    assert told["pid"] == running.process.pid
    assert told["account_id"] == "123456789012"
    assert str(told["endpoint"]).startswith("http://127.0.0.1:")
    assert get(told["endpoint"], "/_local/health") == (200, {"status": "ready"})
    assert get(told["endpoint"], "/_local/nothing")[0] == 404
    mode = stat.S_IMODE((tmp_path / "state" / "aws.json").stat().st_mode)
    assert mode == 0o600


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux lists sockets so")
def test_it_is_reached_from_this_machine_alone(tmp_path: Path, start: Start) -> None:
    running = start(tmp_path / "state")
    told = running.announced()
    own = set()
    for descriptor in Path(f"/proc/{told['pid']}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            own.add(str(descriptor.readlink()))
    addresses: dict[int, set[str]] = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:  # it listens
                address, port = fields[1].split(":")
                addresses.setdefault(int(port, 16), set()).add(address)
    stand_ins: Any = told["stand_ins"]
    ports = {int(one["host"].rpartition(":")[2]) for one in stand_ins.values()}
    assert ports | {int(str(told["endpoint"]).rpartition(":")[2])} <= addresses.keys()
    # 127.0.0.1 and ::1 as the kernel writes them
    loopback = {"0100007F", "00000000000000000000000001000000"}
    assert set().union(*addresses.values()) <= loopback


def test_its_folder_is_this_users_alone(tmp_path: Path, start: Start) -> None:
    start(tmp_path / "state").announced()
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    for name in ("aws.json", "secrets.json"):
        assert stat.S_IMODE((tmp_path / "state" / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, start: Start, number: signal.Signals) -> None:
    running = start(tmp_path / "state")
    running.announced()
    running.process.send_signal(number)
    assert running.ended() == (0, "")
    left = {path.name for path in (tmp_path / "state").iterdir()}
    assert left == {"aws.lock", "logs"}


def test_it_ends_with_its_folder(tmp_path: Path, start: Start) -> None:
    running = start(tmp_path / "state")
    running.announced()
    shutil.rmtree(tmp_path / "state")
    assert running.ended()[0] == 0
    assert not (tmp_path / "state").exists()


def test_a_folder_has_one_owner_until_it_is_killed(tmp_path: Path, start: Start) -> None:
    first = start(tmp_path / "state")
    told = first.announced()
    code, errors = start(tmp_path / "state").ended()
    assert code == 3
    assert f"process {told['pid']}" in errors
    assert errors.count("\n") == 1
    assert get(told["endpoint"], "/_local/health")[0] == 200
    first.process.kill()
    first.process.wait()
    second = start(tmp_path / "state")
    wait_until(
        lambda: (
            (file := tmp_path / "state" / "aws.json").exists()
            and json.loads(file.read_text())["pid"] == second.process.pid
        ),
        "the killed one's folder was not taken over",
    )


def test_a_taken_port_is_one_sentence(tmp_path: Path, start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, errors = start(tmp_path / "state", "--port", str(port)).ended()
    assert code == 3
    assert str(port) in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "state" / "aws.json").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, start: Start) -> None:
    (tmp_path / "file").write_text("in the way")
    code, errors = start(tmp_path / "file" / "state").ended()
    assert code == 3
    assert errors.count("\n") == 1


def test_a_named_port_is_used(tmp_path: Path, start: Start) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = start(tmp_path / "state", "--port", str(port)).announced()
    assert told["endpoint"] == f"http://127.0.0.1:{port}"


def test_the_log_names_actions_and_no_content(tmp_path: Path, start: Start) -> None:
    running = start(tmp_path / "state")
    told = running.announced()

    def client(service: str) -> object:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=told["endpoint"],
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="canary-key",
        )

    client("ssm").put_parameter(Name="/a", Value="canary-value", Type="String")  # type: ignore[attr-defined]
    client("sts").get_caller_identity()  # type: ignore[attr-defined]
    client("connect").list_instances()  # type: ignore[attr-defined]
    log = Path(str(told["log"])).read_text()
    for line in ("ssm PutParameter 200", "sts GetCallerIdentity 200", "connect ListInstances 200"):
        assert line in log
    for file in (tmp_path / "state" / "logs").rglob("*"):
        assert file.is_dir() or "canary" not in file.read_text()


def test_many_clients_are_answered_at_once(tmp_path: Path, start: Start) -> None:
    endpoint = str(start(tmp_path / "state").announced()["endpoint"])
    script = (
        "import boto3, sys; from concurrent.futures import ThreadPoolExecutor as P; "
        "c = boto3.client('connect', region_name='us-east-1'); "
        "make = lambda n: c.create_instance(IdentityManagementType='SAML', InstanceAlias=f'i{n}', "
        "InboundCallsEnabled=True, OutboundCallsEnabled=True)['Id']; "
        "print(len(set(P(8).map(make, range(40)))))"
    )
    env = {
        **os.environ,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "40"
