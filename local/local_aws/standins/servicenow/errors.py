"""How ServiceNow's REST interfaces say that something is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from local_aws.standins.https import Response


def failure(
    status: int,
    message: str,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An error in the form all of ServiceNow's REST interfaces share.

    Args:
        status: the HTTP status.
        message: the short text.
        detail: the long text; ServiceNow sends null where it has none.
        headers: what is sent besides.
    """
    error = {"error": {"message": message, "detail": detail}, "status": "failure"}
    return Response(status, json.dumps(error).encode(), headers=headers or {})


def not_authenticated() -> Response:
    """401, the same for a missing, a wrong, an expired and a revoked token."""
    return failure(
        HTTPStatus.UNAUTHORIZED,
        "User Not Authenticated",
        "Required to provide Auth information",
        {"WWW-Authenticate": 'Bearer realm="Service-now"'},
    )


def method_not_allowed(method: str, allowed: str) -> Response:
    """405, naming the one method that the interface takes."""
    return failure(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "Method not supported",
        f"{method} is not supported here",
        {"Allow": allowed},
    )


def scripted(status: int) -> Response:
    """The error that a script asks for by its status."""
    try:
        message = HTTPStatus(status).phrase
    except ValueError:
        message = "Error"
    return failure(status, message, "The stand-in's script asks for this answer")
