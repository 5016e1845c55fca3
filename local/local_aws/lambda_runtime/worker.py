"""One execution environment: a process that runs a function, one request at a time."""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock, Thread

from local_aws.lambda_runtime.api import RuntimeApi
from local_aws.lambda_runtime.environment import Sandbox, worker_environment
from local_aws.lambda_runtime.exchange import Exchange, Invocation, Outcome
from local_aws.lambda_runtime.logs import LogPipes, now_ms
from local_aws.lambda_runtime.spec import Credentials, FunctionSpec, LogEvent

_LAUNCHER = Path(__file__).with_name("launcher.py")
# A worker whose credentials are about to end takes no more work (the longest time-out is 15 min,
# ours are seconds; the role's sessions last an hour).
_CREDENTIALS_MARGIN = timedelta(minutes=5)


@dataclass(frozen=True)
class Place:
    """What every worker of a runtime shares.

    `spawn` runs a callable in the thread that lives as long as the runtime: the kernel ends a
    worker with the thread that started it (prctl(2), PR_SET_PDEATHSIG), not with the process.
    """

    python: Path
    temporary: Path
    endpoint: str
    elsewhere: Mapping[str, str]
    spawn: Callable[[Callable[[], subprocess.Popen[bytes]]], subprocess.Popen[bytes]]


class Worker:
    """Starts on construction; `perform` may be called until `ended`."""

    def __init__(
        self,
        spec: FunctionSpec,
        task_root: Path,
        credentials: Credentials | None,
        place: Place,
        on_log: Callable[[list[LogEvent]], None],
    ) -> None:
        self.spec = spec
        self.fingerprint = spec.fingerprint
        day = datetime.now(UTC).strftime("%Y/%m/%d")
        self.log_stream = f"{day}/[{spec.version}]{uuid.uuid4().hex}"
        self.last_used = time.monotonic()
        self.warm = False
        self._credentials = credentials
        self._exchange = Exchange()
        self._api = RuntimeApi(self._exchange)
        self._on_log = on_log
        self._events: list[LogEvent] = []
        self._events_lock = Lock()
        self._temporary = Path(tempfile.mkdtemp(prefix=f"{spec.name}-", dir=place.temporary))
        sandbox = Sandbox(
            task_root=task_root,
            temporary=self._temporary,
            runtime_api=self._api.address,
            endpoint=place.endpoint,
            elsewhere=place.elsewhere,
            log_stream=self.log_stream,
        )
        self._started = time.monotonic()
        self._process = self._start(worker_environment(spec, sandbox, credentials), place)
        self._wake, self._waker = os.pipe()
        self._supervisor = Thread(target=self._supervise, name=f"worker-{spec.name}", daemon=True)
        self._supervisor.start()
        Thread(target=self._reap, name=f"reap-{spec.name}", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process, which leads a process group of its own."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._exchange.exit_reason is not None

    @property
    def exit_reason(self) -> str:
        """How it went, in Lambda's words."""
        return self._exchange.exit_reason or ""

    @property
    def fresh(self) -> bool:
        """Whether it may take another request: alive and holding credentials for a while yet."""
        if self.ended:
            return False
        if self._credentials is None:
            return True
        return datetime.now(UTC) < self._credentials.expires_at - _CREDENTIALS_MARGIN

    def wait_ready(self, limit_seconds: float) -> tuple[Outcome | None, float]:
        """Wait until the handler is loaded; return what went wrong, if so, and the ms it took."""
        trouble = self._exchange.wait_ready(limit_seconds)
        took = (time.monotonic() - self._started) * 1000
        if trouble is not None:
            self.end()
        return trouble, took

    def perform(self, invocation: Invocation) -> tuple[Outcome, float]:
        """Run one invocation; return its outcome and the ms it took."""
        begun = time.monotonic()
        outcome = self._exchange.perform(invocation)
        took = (time.monotonic() - begun) * 1000
        self.last_used = time.monotonic()
        return outcome, took

    def log(self, *messages: str) -> None:
        """Add lines of the platform's own to the log, after all the worker has written so far."""
        self._pipes.drain(flush=True)
        self._take_events([LogEvent(now_ms(), message) for message in messages])

    def collect_events(self) -> list[LogEvent]:
        """Return the events since the last call."""
        with self._events_lock:
            events, self._events = self._events, []
        return events

    def memory_peak_mb(self) -> int | None:
        """The most memory the process has held, where the system tells."""
        with suppress(OSError, ValueError, IndexError):
            status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
            return int(status.split("VmHWM:")[1].split()[0]) // 1024
        return None

    def end(self) -> None:
        """End the process and what it started; return when it is gone and its log complete."""
        # Until the reaper has collected the process its number cannot have a new owner.
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self._supervisor.join()

    def _start(self, environment: dict[str, str], place: Place) -> subprocess.Popen[bytes]:
        lines, lines_end = os.pipe()
        frames, frames_end = os.pipe()
        environment["_LAMBDA_TELEMETRY_LOG_FD"] = str(frames_end)
        # -s: no user site; -P: no folder of the launcher's; -B: no bytecode into the task root
        command = [str(place.python), "-s", "-P", "-B", str(_LAUNCHER)]
        command += [str(os.getpid()), self.spec.handler]
        try:
            process = place.spawn(
                lambda: subprocess.Popen(
                    command,
                    cwd=environment["LAMBDA_TASK_ROOT"],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=lines_end,
                    stderr=lines_end,
                    pass_fds=(frames_end,),
                    start_new_session=True,
                )
            )
        except BaseException:
            for pipe in (lines, frames):
                os.close(pipe)
            self._api.close()
            raise
        finally:
            for pipe in (lines_end, frames_end):
                os.close(pipe)
        self._pipes = LogPipes(lines, frames, self._take_events)
        return process

    def _take_events(self, events: list[LogEvent]) -> None:
        with self._events_lock:
            self._events += events
        self._on_log(events)

    def _supervise(self) -> None:
        """Accept connections and read the log until the process is gone; then tidy up."""
        with selectors.DefaultSelector() as selector:
            listener = self._api.listener.fileno()
            watched = {listener, self._wake, *self._pipes.open_pipes}
            for source in watched:
                selector.register(source, selectors.EVENT_READ)
            gone = False
            while not gone:
                for key, _ in selector.select():
                    if key.fd == listener:
                        with suppress(OSError):
                            self._api.accept()
                    elif key.fd == self._wake:
                        gone = True
                    else:
                        self._pipes.drain()
                for closed in watched - {listener, self._wake, *self._pipes.open_pipes}:
                    selector.unregister(closed)
                    watched.discard(closed)
        self._pipes.close()
        self._exchange.worker_ended(_exit_reason(self._process.wait()))
        self._api.close()
        os.close(self._wake)
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _reap(self) -> None:
        """Wait for the process to end, however it does, and tell the supervisor."""
        self._process.wait()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # what the handler started and left behind
        os.close(self._waker)  # the supervisor's end becomes readable


def _exit_reason(status: int) -> str:
    """The end of a process as Lambda words it in Runtime.ExitError."""
    if status == 0:
        return ""
    if status < 0:
        name = signal.strsignal(-status) or str(-status)
        return f"signal: {name.lower()}"
    return f"exit status {status}"
