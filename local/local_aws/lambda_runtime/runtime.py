"""Runs functions from their very zips."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

from local_aws.lambda_runtime.answers import PlatformLog, Usage, answer, exited, timed_out
from local_aws.lambda_runtime.exchange import End, Invocation, Outcome
from local_aws.lambda_runtime.logs import FunctionLogs, tail
from local_aws.lambda_runtime.pool import WorkerPool
from local_aws.lambda_runtime.spec import (
    Credentials,
    FunctionSpec,
    InvocationRefused,
    InvokeResult,
    LogBatch,
)
from local_aws.lambda_runtime.task import unpack
from local_aws.lambda_runtime.worker import Place, Worker

# "The Init phase is limited to 10 seconds" (Lambda execution environment lifecycle)
INIT_SECONDS = 10.0
# A warm worker may die before it takes the next request; then another gets it, but not for ever.
_DELIVERIES = 3


class LambdaRuntime:
    """Starts workers, lends them to invocations and ends them.

    Args:
        python: the interpreter whose environment holds awslambdaric and boto3.
        logs: the folder of the log files; each function writes to `lambda/<name>.log` below it.
        endpoint: where the embedded AWS answers, asked whenever a worker starts.
        work: where packages are unpacked; beside `logs` unless told. It is emptied now and at
            the end: nothing in it outlives a runtime.
        on_logs: gets what each invocation logged, for CloudWatch Logs.
        elsewhere: services that answer elsewhere for the moment, by the variables that lead AWS's
            SDKs there; asked whenever a worker starts.
    """

    def __init__(
        self,
        python: Path,
        logs: Path,
        endpoint: Callable[[], str],
        *,
        work: Path | None = None,
        on_logs: Callable[[LogBatch], None] | None = None,
        elsewhere: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._python = python
        self._endpoint = endpoint
        self._work = work or logs.parent / "lambda"
        self._files = FunctionLogs(logs / "lambda")
        self._on_logs = on_logs
        self._elsewhere = elsewhere
        self._lock = Lock()
        self._pools: dict[str, WorkerPool] = {}
        self._stopped = False
        # One thread that starts all processes and lives until the end: see worker.Place.
        self._spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lambda-spawner")
        shutil.rmtree(self._work, ignore_errors=True)

    def invoke(
        self,
        spec: FunctionSpec,
        payload: bytes,
        *,
        credentials: Credentials | None,
        invoked_arn: str | None = None,
        client_context: str | None = None,
        request_id: str | None = None,
        trace_id: str | None = None,
    ) -> InvokeResult:
        """Run a function once and wait for what comes of it.

        Args:
            spec: the version to run.
            payload: JSON, as the caller sent it.
            credentials: the execution role's, None for a function that has none.
            invoked_arn: the ARN the caller named, with its alias or version.
            client_context: JSON text for the handler's context.
            request_id: a UUID; a new one unless told.
            trace_id: an X-Ray trace header; a new one, not sampled, unless told.

        Raises:
            Throttled: the function's concurrency is used up.
            BadPackage: the zip cannot be unpacked.
            InvocationRefused: the runtime has been stopped, or no worker lives long enough.
        """
        invocation = Invocation(
            request_id=request_id or str(uuid.uuid4()),
            payload=payload or b"{}",
            invoked_arn=invoked_arn or spec.arn,
            trace_id=trace_id or _new_trace(),
            timeout_seconds=spec.timeout_seconds,
            client_context=client_context,
        )
        pool = self._pool(spec)
        result = None
        for _ in range(_DELIVERIES):
            worker = pool.acquire(spec, lambda: self._start(spec, credentials))
            reusable = False
            try:
                result = self._run(worker, spec, invocation)
                reusable = result is not None and not worker.ended
            finally:
                pool.release(worker, reusable=reusable)
            if result is not None:
                return result
        raise InvocationRefused(
            f"Workers of {spec.name} end before they take a request: look at its log."
        )

    def recycle(self) -> None:
        """Make every function's next invocation a cold start."""
        with self._lock:
            pools = list(self._pools.values())
        for pool in pools:
            pool.recycle()

    def forget(self, function_arn: str) -> None:
        """End the workers of a function that has been deleted; `function_arn` is unqualified."""
        with self._lock:
            pool = self._pools.pop(function_arn, None)
        if pool is not None:
            pool.recycle()

    def stop(self) -> None:
        """End every worker and remove what was unpacked. The runtime is of no use afterwards."""
        with self._lock:
            self._stopped = True
            pools = list(self._pools.values())
        for pool in pools:
            pool.stop()
        self._spawner.shutdown()
        shutil.rmtree(self._work, ignore_errors=True)

    def pids(self) -> list[int]:
        """The worker processes there are now."""
        with self._lock:
            pools = list(self._pools.values())
        return [pid for pool in pools for pid in pool.pids()]

    def _pool(self, spec: FunctionSpec) -> WorkerPool:
        with self._lock:
            if self._stopped:
                raise InvocationRefused("The embedded AWS is stopping: no function runs any more.")
            return self._pools.setdefault(spec.arn, WorkerPool())

    def _start(self, spec: FunctionSpec, credentials: Credentials | None) -> Worker:
        task_root = unpack(spec.code, spec.code_sha256, self._work / "tasks")
        temporary = self._work / "tmp"
        temporary.mkdir(exist_ok=True)
        place = Place(
            python=self._python,
            temporary=temporary,
            endpoint=self._endpoint(),
            elsewhere=self._elsewhere(),
            spawn=self._spawn,
        )
        return Worker(
            spec,
            task_root,
            credentials,
            place,
            lambda events: self._files.write(spec.name, events),
        )

    def _spawn(self, start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        return self._spawner.submit(start).result()

    def _run(
        self, worker: Worker, spec: FunctionSpec, invocation: Invocation
    ) -> InvokeResult | None:
        """Run one invocation on one worker; None when the worker ended before it took it."""
        platform = PlatformLog(spec, invocation.request_id)
        init_ms: float | None = None
        outcome: Outcome | None = None
        duration_ms = 0.0
        if not worker.warm:
            outcome, init_ms = worker.wait_ready(INIT_SECONDS)
        if outcome is None or outcome.end is not End.NOT_DELIVERED:
            worker.log(platform.start())
        if outcome is None:
            worker.warm = True
            outcome, duration_ms = worker.perform(invocation)
        if outcome.end is End.NOT_DELIVERED:
            worker.end()
            return None
        peak = worker.memory_peak_mb()
        if outcome.end in (End.TIMED_OUT, End.TOO_LARGE):
            worker.end()
        limit = INIT_SECONDS if not worker.warm else invocation.timeout_seconds
        if outcome.end is End.TIMED_OUT:
            worker.log(platform.trouble(timed_out(limit)))
        elif outcome.end is End.EXITED:
            worker.log(platform.trouble(exited(worker.exit_reason)))
        usage = Usage(duration_ms, init_ms, peak)
        worker.log(*platform.end(usage))
        said = answer(outcome, invocation.request_id, limit, worker.exit_reason)
        return self._result(worker, invocation, said, usage)

    def _result(
        self, worker: Worker, invocation: Invocation, said: tuple[bytes, str | None], usage: Usage
    ) -> InvokeResult:
        payload, function_error = said
        events = worker.collect_events()
        if self._on_logs is not None:
            spec = worker.spec
            self._on_logs(
                LogBatch(
                    function=spec.name,
                    account_id=spec.account_id,
                    region=spec.region,
                    role_arn=spec.role_arn,
                    group=spec.log_group_name,
                    stream=worker.log_stream,
                    events=tuple(events),
                )
            )
        return InvokeResult(
            request_id=invocation.request_id,
            payload=payload,
            function_error=function_error,
            log_tail=tail(events),
            duration_ms=usage.duration_ms,
            init_ms=usage.init_ms,
        )


def _new_trace() -> str:
    unique = uuid.uuid4().hex
    return f"Root=1-{unique[:8]}-{unique[8:]};Parent={uuid.uuid4().hex[:16]};Sampled=0"
