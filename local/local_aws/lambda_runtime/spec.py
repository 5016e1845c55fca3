"""What the runtime is told about a function and what it answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Credentials:
    """Temporary credentials of a function's execution role.

    `expires_at` is timezone-aware; a worker that holds them ends before that moment.
    """

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True)
class FunctionSpec:
    """One version of a function, as far as running it goes.

    `version` is `$LATEST` or a number, `arn` the function's ARN without a qualifier, `code` the
    zip as deployed. `reserved_concurrency` limits how many requests run at once.
    """

    name: str
    version: str
    arn: str
    runtime: str
    handler: str
    role_arn: str
    code: bytes = field(repr=False)
    code_sha256: str
    environment: Mapping[str, str] = field(repr=False)
    timeout_seconds: int = 3
    memory_mb: int = 128
    reserved_concurrency: int | None = None
    log_group: str = ""
    log_format: str = "Text"
    log_level: str = ""

    @property
    def region(self) -> str:
        """The region named in the ARN."""
        return self.arn.split(":")[3]

    @property
    def account_id(self) -> str:
        """The account named in the ARN."""
        return self.arn.split(":")[4]

    @property
    def log_group_name(self) -> str:
        """Where the logs go: the function's own choice, else Lambda's default."""
        return self.log_group or f"/aws/lambda/{self.name}"

    @property
    def fingerprint(self) -> str:
        """Equal for two specs exactly when a warm worker of one may serve the other."""
        told = [
            self.arn,
            self.version,
            self.runtime,
            self.handler,
            self.role_arn,
            self.code_sha256,
            sorted(self.environment.items()),
            self.timeout_seconds,
            self.memory_mb,
            self.log_group,
            self.log_format,
            self.log_level,
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@dataclass(frozen=True)
class InvokeResult:
    """What came of one invocation.

    `payload` is the handler's reply or Lambda's error object; `function_error` is `Unhandled` when
    the function failed. `log_tail` is the last 4 KB of the log. Durations are milliseconds;
    `init_ms` is set on a cold start only.
    """

    request_id: str
    payload: bytes
    function_error: str | None
    log_tail: str
    duration_ms: float
    init_ms: float | None


@dataclass(frozen=True)
class LogEvent:
    """One log event: milliseconds since the epoch and its text."""

    timestamp_ms: int
    message: str


@dataclass(frozen=True)
class LogBatch:
    """Log events of one worker, addressed as CloudWatch Logs wants them."""

    function: str
    account_id: str
    region: str
    role_arn: str
    group: str
    stream: str
    events: tuple[LogEvent, ...]


class InvocationRefused(Exception):  # noqa: N818 - it is an answer of the service, not a fault
    """The invocation was not run; the message says why."""


class Throttled(InvocationRefused):
    """More requests at once than the function may serve.

    `reason` is a value of Lambda's `ThrottleReason`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__("Rate Exceeded.")
        self.reason = reason


class BadPackage(InvocationRefused):
    """The deployment package cannot be unpacked."""
