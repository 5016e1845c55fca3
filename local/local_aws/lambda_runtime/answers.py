"""Lambda's own words: error objects, and the platform's lines in the log."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from local_aws.lambda_runtime.exchange import RESPONSE_LIMIT, End, Outcome
from local_aws.lambda_runtime.spec import FunctionSpec

UNHANDLED = "Unhandled"


def answer(
    outcome: Outcome, request_id: str, timeout_seconds: float, exit_reason: str
) -> tuple[bytes, str | None]:
    """Return the payload and the function error that Invoke answers for an outcome."""
    if outcome.end is End.REPLY:
        return outcome.body, None
    if outcome.end is End.ERROR:
        return outcome.body, UNHANDLED
    if outcome.end is End.TOO_LARGE:
        return _error(
            "Function.ResponseSizeTooLarge",
            "Response payload size exceeded maximum allowed payload size "
            f"({RESPONSE_LIMIT} bytes).",
        )
    if outcome.end is End.TIMED_OUT:
        return _error(
            "Sandbox.Timedout", f"RequestId: {request_id} Error: {timed_out(timeout_seconds)}"
        )
    return _error("Runtime.ExitError", f"RequestId: {request_id} Error: {exited(exit_reason)}")


def timed_out(timeout_seconds: float) -> str:
    """The sentence for a function that used up its time."""
    return f"Task timed out after {timeout_seconds:.2f} seconds"


def exited(reason: str) -> str:
    """The sentence for a process that ended instead of answering."""
    if not reason:
        return "Runtime exited without providing a reason"
    return f"Runtime exited with error: {reason}"


@dataclass(frozen=True)
class Usage:
    """What REPORT tells: milliseconds, and the memory peak where it is known."""

    duration_ms: float
    init_ms: float | None
    memory_peak_mb: int | None


class PlatformLog:
    """START, END and REPORT of one invocation, as text or as JSON."""

    def __init__(self, spec: FunctionSpec, request_id: str) -> None:
        self._spec = spec
        self._request_id = request_id

    def start(self) -> str:
        """The line before the handler runs."""
        if self._json:
            return self._record(
                "platform.start", {"requestId": self._request_id, "version": self._spec.version}
            )
        return f"START RequestId: {self._request_id} Version: {self._spec.version}"

    def trouble(self, sentence: str) -> str:
        """The line that says why the platform ended the invocation."""
        if self._json:
            return self._record(
                "platform.runtimeDone",
                {"requestId": self._request_id, "status": "failure", "errorType": sentence},
            )
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return f"{now} {self._request_id} {sentence}"

    def end(self, usage: Usage) -> list[str]:
        """The lines after the handler."""
        billed = math.ceil(usage.duration_ms + (usage.init_ms or 0))
        if self._json:
            metrics: dict[str, float] = {
                "durationMs": round(usage.duration_ms, 3),
                "billedDurationMs": billed,
                "memorySizeMB": self._spec.memory_mb,
            }
            if usage.memory_peak_mb is not None:
                metrics["maxMemoryUsedMB"] = usage.memory_peak_mb
            if usage.init_ms is not None:
                metrics["initDurationMs"] = round(usage.init_ms, 3)
            record = {"requestId": self._request_id, "metrics": metrics}
            return [self._record("platform.report", record)]
        parts = [
            f"REPORT RequestId: {self._request_id}",
            f"Duration: {usage.duration_ms:.2f} ms",
            f"Billed Duration: {billed} ms",
            f"Memory Size: {self._spec.memory_mb} MB",
        ]
        if usage.memory_peak_mb is not None:
            parts.append(f"Max Memory Used: {usage.memory_peak_mb} MB")
        if usage.init_ms is not None:
            parts.append(f"Init Duration: {usage.init_ms:.2f} ms")
        return [f"END RequestId: {self._request_id}", "\t".join(parts)]

    @property
    def _json(self) -> bool:
        return self._spec.log_format == "JSON"

    def _record(self, kind: str, record: Mapping[str, object]) -> str:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        return json.dumps({"time": now, "type": kind, "record": record})


def _error(kind: str, message: str) -> tuple[bytes, str]:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode(), UNHANDLED
