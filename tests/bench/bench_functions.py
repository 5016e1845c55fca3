"""What the benches of Lambdas share: a function of a zip, one timed call, a bare interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from local_aws.lambda_runtime import LambdaRuntime
from local_aws.lambda_runtime.interpreter import lambda_python
from local_aws.lambda_runtime.spec import Credentials, FunctionSpec

ACCOUNT = "123456789012"
REGION = "us-east-1"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/bench"
_CREDENTIALS = Credentials("AKIABENCH", "bench", "bench", datetime.now(UTC) + timedelta(hours=1))


def runtime(folder: Path, aws_url: Callable[[], str]) -> LambdaRuntime:
    """A local Lambda runtime whose functions find AWS at that address."""
    return LambdaRuntime(lambda_python(os.environ), folder / "logs", aws_url)


def function(name: str, code: bytes, environment: Mapping[str, str]) -> FunctionSpec:
    """A function of that zip, as large as deployed ones."""
    return FunctionSpec(
        name=name,
        version="1",
        arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}",
        runtime="python3.13",
        handler=f"{name}.handler.handler",
        role_arn=ROLE_ARN,
        code=code,
        code_sha256=sha256(code).hexdigest(),
        environment=environment,
        timeout_seconds=7,
        memory_mb=512,
    )


def timed_call(lambdas: LambdaRuntime, spec: FunctionSpec, event: Mapping[str, object]) -> float:
    """Invoke once; return the seconds until the reply, which must be a good one."""
    payload = json.dumps(event).encode()
    started = time.perf_counter()
    result = lambdas.invoke(spec, payload, credentials=_CREDENTIALS)
    took = time.perf_counter() - started
    reply: Any = json.loads(result.payload)
    if result.function_error or reply.get("status") != "ok":
        raise SystemExit(f"{spec.name} answered {reply}: {result.log_tail}")
    return took


def bare_start() -> float:
    """Start the Lambda interpreter and end it; the seconds it took."""
    started = time.perf_counter()
    subprocess.run([str(lambda_python(os.environ)), "-c", "pass"], check=True)
    return time.perf_counter() - started
