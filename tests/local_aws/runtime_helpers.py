"""Small functions of our own, packed as they would be deployed."""

from __future__ import annotations

import hashlib
import io
import os
import select
import time
import zipfile
from dataclasses import replace
from threading import Event
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
    return [pid for pid in pids if not _ends(pid, seconds)]


def _ends(pid: int, seconds: float) -> bool:
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    except AttributeError:  # not Linux: ask again and again
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            Event().wait(0.01)
        return False
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)
