"""What the stand-in's interfaces answer, and why they refuse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from local_aws.standins.https import Response


class RefusedError(Exception):
    """A request is refused.

    Args:
        status: of HTTP.
        reason: one sentence that names the field and no value.
    """

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def bad(reason: str) -> RefusedError:
    """400: the request is not what the interface takes."""
    return RefusedError(HTTPStatus.BAD_REQUEST, reason)


def denied(reason: str) -> RefusedError:
    """401: the request is well formed, and not signed as it has to be."""
    return RefusedError(HTTPStatus.UNAUTHORIZED, reason)


@dataclass(frozen=True)
class Answer:
    """A response; ``reason`` says why it is a refusal, if it is one."""

    response: Response
    reason: str | None = None


def success(**more: object) -> Answer:
    """200."""
    return Answer(_response(HTTPStatus.OK, {"status": "success", **more}))


def refusal(error: RefusedError) -> Answer:
    """The answer for a refused request."""
    return Answer(
        _response(error.status, {"status": "error", "message": error.reason}), error.reason
    )


def scripted(status: int) -> Response:
    """The error that a script asks for by its status."""
    message = "The stand-in's script asks for this answer."
    return _response(status, {"status": "error", "message": message})


def json_object(body: bytes) -> Mapping[str, object]:
    """Read a body that must be a JSON object.

    Raises:
        RefusedError: it is none.
    """
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        raise bad("The body is not JSON.") from None
    if not isinstance(value, dict):
        raise bad("The body is not a JSON object.")
    return value


def _response(status: int, content: Mapping[str, object]) -> Response:
    return Response(status, json.dumps(content).encode())
