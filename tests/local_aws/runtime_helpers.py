"""Small functions of our own, packed as they would be deployed."""

from __future__ import annotations

import hashlib
import io
import select
import zipfile
from dataclasses import replace
from os import close, pidfd_open
from typing import Any

from local_aws.lambda_runtime import FunctionSpec

ACCOUNT = "123456789012"


def pack(source: str, *, name: str = "app/handler.py", **more: str) -> bytes:
    """A zip with one module, and more files by name."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, source)
        for other, text in more.items():
            file.writestr(other, text)
    return package.getvalue()


def function(source: str, name: str = "probe", **changes: Any) -> FunctionSpec:
    """A function whose module `app.handler` has the given source."""
    code = pack(source)
    spec = FunctionSpec(
        name=name,
        version="$LATEST",
        arn=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}",
        runtime="python3.13",
        handler="app.handler.handler",
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/probe",
        code=code,
        code_sha256=hashlib.sha256(code).hexdigest(),
        environment={},
        timeout_seconds=10,
    )
    return replace(spec, **changes)


def wait_gone(pids: list[int], seconds: float = 10) -> list[int]:
    """Wait until the processes have ended; return those that have not."""
    left = []
    for pid in pids:
        try:
            handle = pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            if not select.select([handle], [], [], seconds)[0]:
                left.append(pid)
        finally:
            close(handle)
    return left
