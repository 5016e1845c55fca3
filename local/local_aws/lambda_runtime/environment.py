"""The environment variables a function finds: Lambda's, its own, and nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local_aws.lambda_runtime.spec import Credentials, FunctionSpec


@dataclass(frozen=True)
class Sandbox:
    """Where one worker lives: its task root, its private temporary folder, its log stream."""

    task_root: Path
    temporary: Path
    runtime_api: str
    endpoint: str
    elsewhere: Mapping[str, str]
    log_stream: str


def worker_environment(
    spec: FunctionSpec, sandbox: Sandbox, credentials: Credentials | None
) -> dict[str, str]:
    """Return the whole environment of a worker process.

    The names are those of "Defined runtime environment variables" in the Lambda developer guide.
    Two are ours: AWS_ENDPOINT_URL leads every AWS SDK to the embedded AWS, as its likes lead to
    services that are elsewhere, and TMPDIR stands for the /tmp that each execution environment has
    to itself.
    """
    defaults = {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
    }
    reserved = {
        "_HANDLER": spec.handler,
        "AWS_REGION": spec.region,
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group_name,
        "AWS_LAMBDA_LOG_STREAM_NAME": sandbox.log_stream,
        "AWS_LAMBDA_RUNTIME_API": sandbox.runtime_api,
        "LAMBDA_TASK_ROOT": str(sandbox.task_root),
        "AWS_ENDPOINT_URL": sandbox.endpoint,
        **sandbox.elsewhere,
        "TMPDIR": str(sandbox.temporary),
    }
    if spec.log_format == "JSON":
        reserved["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
    if spec.log_level:
        reserved["AWS_LAMBDA_LOG_LEVEL"] = spec.log_level
    if credentials is not None:
        reserved["AWS_ACCESS_KEY_ID"] = credentials.access_key_id
        reserved["AWS_SECRET_ACCESS_KEY"] = credentials.secret_access_key
        reserved["AWS_SESSION_TOKEN"] = credentials.session_token
    # A function may change the defaults (TZ, say), never the reserved names.
    return {**defaults, **spec.environment, **reserved}
