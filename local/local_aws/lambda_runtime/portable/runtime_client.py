"""Stands in for awslambdaric's compiled client where there is none: it is built for Linux alone.

Runs inside the worker, under the name awslambdaric imports; standard library only.
"""

from __future__ import annotations

import http.client
import os

_PATH = "/2018-06-01/runtime/invocation"
_user_agent = "aws-lambda-python"


def initialize_client(user_agent: str) -> None:
    """Take the name to send with requests."""
    global _user_agent  # noqa: PLW0603 - the compiled client keeps it in the module too
    _user_agent = user_agent


def next() -> tuple[bytes, http.client.HTTPMessage]:  # noqa: A001 - the compiled client's name
    """Wait for an invocation; return its payload and headers.

    Raises:
        RuntimeError: the API gives none; the worker ends by it.
    """
    status, body, headers = _ask("GET", f"{_PATH}/next")
    if status != http.client.OK:
        raise RuntimeError(f"Failed to get next: the Runtime API answered {status}.")
    return body, headers


def post_invocation_result(
    invoke_id: str, result: bytes, content_type: str, invocation_id: str | None = None
) -> None:
    """Send a reply.

    Raises:
        RuntimeError: the API does not take it; the worker ends by it.
    """
    _post(f"{_PATH}/{invoke_id}/response", result, {"Content-Type": content_type}, invocation_id)


def post_error(
    invoke_id: str, error: str, xray_fault: str, invocation_id: str | None = None
) -> None:
    """Send an error.

    Raises:
        RuntimeError: the API does not take it; the worker ends by it.
    """
    headers = {
        "Content-Type": "application/json",
        "Lambda-Runtime-Function-XRay-Error-Cause": xray_fault.encode("ascii", "replace").decode(),
    }
    _post(f"{_PATH}/{invoke_id}/error", error.encode(), headers, invocation_id)


def _post(path: str, body: bytes, headers: dict[str, str], invocation_id: str | None) -> None:
    if invocation_id:
        headers["Lambda-Runtime-Invocation-Id"] = invocation_id
    status, _, _ = _ask("POST", path, body, headers)
    if status != http.client.ACCEPTED:
        raise RuntimeError(f"Failed to post to {path}: the Runtime API answered {status}.")


def _ask(
    method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        connection.request(method, path, body, {"User-Agent": _user_agent, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()
