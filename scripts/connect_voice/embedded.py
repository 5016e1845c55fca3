"""The embedded AWS as a process: started, found, stopped. It is spoken to over HTTP only."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from connect_voice.errors import OutsideError, UsageError
from connect_voice.project import Project, installed_python
from connect_voice.vendors import VENDORS, StandIn

START_SECONDS = 60.0
STOP_SECONDS = 15.0
# Conditions are polled this often; nothing waits a fixed time.
_POLL_SECONDS = 0.02
_PORT_TAKEN = 3


@dataclass(frozen=True)
class EmbeddedAws:
    """A running embedded AWS, from the file that it writes once everything answers."""

    pid: int
    endpoint: str
    account_id: str
    started_at: str
    log: Path
    stand_ins: Mapping[str, StandIn]
    state_dir: Path

    @property
    def secrets_file(self) -> Path:
        """What the stand-in vendors accept, made anew at each start; readable by its owner."""
        return self.state_dir / "secrets.json"


def status(project: Project) -> EmbeddedAws | None:
    """The embedded AWS of this checkout if it is alive, else None."""
    aws = _read(project.local)
    if aws is None or not _answers(aws):
        return None
    return aws


def up(project: Project, port: int = 0) -> tuple[EmbeddedAws, bool]:
    """Start the embedded AWS of this checkout unless it is running.

    Args:
        port: the port of the main endpoint; 0 takes any free one.

    Returns:
        it, and whether this call started it.

    Raises:
        OutsideError: the port is taken, or it did not become ready.
        UsageError: it runs already, on another port than the one asked for.
    """
    project.local.mkdir(mode=0o700, exist_ok=True)
    with _only_one(project.local / "up.lock"):
        running = status(project)
        if running is not None:
            if port and not running.endpoint.endswith(f":{port}"):
                raise UsageError(
                    f"The embedded AWS is already running at {running.endpoint}; stop it with "
                    "`connect-voice local down` before asking for another port."
                )
            return running, False
        _forget(project.local)
        return _start(project, port), True


def down(project: Project) -> bool:
    """Stop the embedded AWS of this checkout and remove what it kept.

    Returns:
        whether one was running.

    Raises:
        OutsideError: it did not stop.
    """
    if not project.local.is_dir():
        return False
    with _only_one(project.local / "up.lock"):
        running = status(project)
        if running is not None:
            os.kill(running.pid, signal.SIGTERM)
            if not _gone(running.pid, STOP_SECONDS):
                os.kill(running.pid, signal.SIGKILL)
                if not _gone(running.pid, STOP_SECONDS):
                    raise OutsideError(
                        f"The embedded AWS (process {running.pid}) does not stop; end it by hand."
                    )
        _forget(project.local)
    return running is not None


def clean_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without the user's AWS settings, so that no command against the embedded
    AWS can reach a real account or be bent by a profile or CA bundle."""
    dropped = ("AWS_", "TF_VAR_", *(f"{vendor.name.upper()}_" for vendor in VENDORS))
    kept = {name: value for name, value in env.items() if not name.startswith(dropped)}
    loopback = "127.0.0.1,localhost,::1"
    for name in ("NO_PROXY", "no_proxy"):
        kept[name] = ",".join(filter(None, (kept.get(name), loopback)))
    return kept


def aws_settings(endpoint: str, region: str) -> dict[str, str]:
    """What points boto3, the AWS CLI and Terraform's provider at an embedded AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        # Any key that the embedded IAM did not issue is the account's administrator.
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _start(project: Project, port: int) -> EmbeddedAws:
    logs = project.local / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    output = logs / "start.log"
    environment = clean_environment(os.environ)
    environment["CONNECT_VOICE_LAMBDA_PYTHON"] = str(installed_python(".venv-lambda"))
    with output.open("wb") as stream:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "local_aws"),
                *("--state-dir", str(project.local)),
                *("--port", str(port)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=environment,
            # It outlives this command on purpose, and Ctrl-C in the terminal is not meant for it.
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    try:
        while time.monotonic() < deadline:
            ready = _read(project.local)
            if ready is not None and ready.pid == process.pid:
                return ready
            if process.poll() is not None:
                break
            time.sleep(_POLL_SECONDS)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.poll() is None:
        process.kill()
        process.wait()
        raise OutsideError(
            f"The embedded AWS was not ready within {START_SECONDS:.0f} s; see {output}."
        )
    words = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    if process.returncode == _PORT_TAKEN and words:
        raise OutsideError(words[-1])
    said = f": {words[-1]}" if words else ""
    raise OutsideError(f"The embedded AWS did not start{said} (see {output}).")


def _read(state_dir: Path) -> EmbeddedAws | None:
    try:
        data = json.loads((state_dir / "aws.json").read_text(encoding="utf-8"))
        return EmbeddedAws(
            pid=int(data["pid"]),
            endpoint=str(data["endpoint"]),
            account_id=str(data["account_id"]),
            started_at=str(data["started_at"]),
            log=Path(data["log"]),
            stand_ins={
                vendor.name: StandIn(
                    host=str(data["stand_ins"][vendor.name]["host"]),
                    ca_bundle=Path(data["stand_ins"][vendor.name]["ca_bundle"]),
                )
                for vendor in VENDORS
            },
            state_dir=state_dir,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _answers(aws: EmbeddedAws) -> bool:
    try:
        os.kill(aws.pid, 0)
        # Not requests, which takes longer to import than the answer takes; nor is there a proxy
        # between us and the loopback.
        connection = http.client.HTTPConnection(aws.endpoint.removeprefix("http://"), timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", "/_local/health")
            return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False


def _gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # it may be a child of ours, and then a zombie
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _forget(state_dir: Path) -> None:
    """Remove what belonged to an embedded AWS that is gone: its memory is gone as well."""
    for entry in state_dir.iterdir():
        if entry.name in {"up.lock", "logs", "call.lock"}:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


@contextlib.contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
