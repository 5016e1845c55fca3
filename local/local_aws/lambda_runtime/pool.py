"""The workers of one function: which are free, which must go, how many may run."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from local_aws.lambda_runtime.spec import FunctionSpec, Throttled
from local_aws.lambda_runtime.worker import Worker

# The concurrency of one function that reserves none. An account's quota is 1,000; a laptop's is
# not, and a test that wants more than this is better told than starved.
UNRESERVED_LIMIT = 50
# Lambda keeps an idle environment for minutes; the exact time is not published.
IDLE_SECONDS = 600.0


class WorkerPool:
    """Hands out one worker a request, warm where it can."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: list[Worker] = []
        self._busy = 0
        self._generation = 0
        self._generations: dict[Worker, int] = {}

    def acquire(self, spec: FunctionSpec, start: Callable[[], Worker]) -> Worker:
        """Return a warm worker for this very spec, or a new one.

        Workers of the same version with older code or configuration end, as do those that have
        been idle for long.

        Raises:
            Throttled: as many requests as allowed are running already.
        """
        with self._lock:
            limit = spec.reserved_concurrency
            if self._busy >= (UNRESERVED_LIMIT if limit is None else limit):
                raise Throttled(
                    "ConcurrentInvocationLimitExceeded"
                    if limit is None
                    else "ReservedFunctionConcurrentInvocationLimitExceeded"
                )
            keep, gone, found = [], [], None
            for worker in reversed(self._idle):  # the warmest first
                if self._outdated(worker, spec):
                    gone.append(worker)
                elif found is None and worker.fingerprint == spec.fingerprint:
                    found = worker
                else:
                    keep.append(worker)
            self._idle = keep[::-1]
            self._busy += 1
            generation = self._generation
        for worker in gone:
            self._drop(worker)
        if found is not None:
            return found
        try:
            worker = start()
        except BaseException:
            self._leave()
            raise
        with self._lock:
            self._generations[worker] = generation
        return worker

    def release(self, worker: Worker, *, reusable: bool) -> None:
        """Take a worker back after a request; end it unless it may serve another."""
        with self._lock:
            self._busy -= 1
            current = self._generations.get(worker) == self._generation
            keep = reusable and current and worker.fresh
            if keep:
                self._idle.append(worker)
        if not keep:
            self._drop(worker)

    def recycle(self) -> None:
        """End the idle workers now and the busy ones after their request."""
        with self._lock:
            self._generation += 1
            idle, self._idle = self._idle, []
        for worker in idle:
            self._drop(worker)

    def stop(self) -> None:
        """End every worker, busy or not."""
        with self._lock:
            self._generation += 1
            workers = list(self._generations)
            self._idle = []
        for worker in workers:
            self._drop(worker)

    def pids(self) -> list[int]:
        """The processes of this function."""
        with self._lock:
            return [worker.pid for worker in self._generations if not worker.ended]

    def _outdated(self, worker: Worker, spec: FunctionSpec) -> bool:
        superseded = worker.spec.version == spec.version and worker.fingerprint != spec.fingerprint
        idle_for = time.monotonic() - worker.last_used
        return superseded or idle_for > IDLE_SECONDS or not worker.fresh

    def _leave(self) -> None:
        with self._lock:
            self._busy -= 1

    def _drop(self, worker: Worker) -> None:
        worker.end()
        with self._lock:
            self._generations.pop(worker, None)
