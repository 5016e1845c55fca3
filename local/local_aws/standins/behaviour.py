"""How an interface treats a request, whatever it would answer: faults any vendor can have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Literal, cast

from local_aws.standins.fields import Fields, ScriptError
from local_aws.standins.https import Request, Response

LONGEST_WAIT_SECONDS = 600.0
"""The longest delay a script can ask for."""

Fault = Literal["none", "reset", "empty", "malformed", "wrong_shape", "oversized"]

_FAULTS: tuple[Fault, ...] = ("none", "reset", "empty", "malformed", "wrong_shape", "oversized")
# Four times what a client of ours reads. Blanks: JSON is none the worse for them.
_OVERSIZE = b" " * 1024 * 1024
_NO_STATUS = 0
_FIRST_ERROR_STATUS = 300
_RETRY_AFTER_STATUSES = frozenset({429, 503})


@dataclass(frozen=True)
class Behaviour:
    """What a step of a script makes of a request."""

    status: int = 200
    delay_seconds: float = 0.0
    drip_seconds: float = 0.0
    body: str | None = None
    """Sent as it stands instead of the answer, for instance to break the client's parser."""
    content_type: str = "application/json"
    retry_after_seconds: int | None = None
    fault: Fault = "none"
    """What is wrong with an otherwise good answer: the connection is reset in its place, it has no
    body, half of one, JSON of another shape, or far too much of it."""

    @property
    def refuses(self) -> bool:
        """Whether the request fails before the interface looks at it, as behind a gateway."""
        return self.status >= _FIRST_ERROR_STATUS


AS_USUAL = Behaviour()
"""What a script that says nothing makes of a request."""


def read(fields: Fields) -> Behaviour:
    """Read what a step says about behaviour.

    Raises:
        ScriptError: a value is not usable.
    """
    behaviour = Behaviour(
        status=fields.integer("status", 200, least=200, most=599),
        delay_seconds=fields.seconds("delay_seconds", most=LONGEST_WAIT_SECONDS),
        drip_seconds=fields.seconds("drip_seconds", most=LONGEST_WAIT_SECONDS),
        body=fields.optional_text("body"),
        content_type=fields.header("content_type", "application/json"),
        retry_after_seconds=fields.optional_integer("retry_after_seconds", least=0, most=86_400),
        fault=cast(Fault, fields.choice("fault", _FAULTS)),
    )
    if behaviour.fault != "none" and (behaviour.refuses or behaviour.body is not None):
        raise ScriptError(
            f"{fields.name}.fault says what is wrong with an answer of the interface's own, so it "
            "goes with no error status and no body; leave one of them out."
        )
    if behaviour.retry_after_seconds is not None and (
        behaviour.status not in _RETRY_AFTER_STATUSES
    ):
        raise ScriptError(
            f"{fields.name}.retry_after_seconds goes with status 429 or 503, "
            f"not {behaviour.status}; change one of them."
        )
    return behaviour


def played(
    request: Request,
    behaviour: Behaviour,
    answer: Callable[[], Response],
    refusal: Callable[[int], Response],
) -> Response:
    """The interface's answer, as the script distorts it.

    Args:
        request: the request; waiting is part of answering it.
        behaviour: what the script says.
        answer: what the interface answers by itself.
        refusal: its error for a status the script asks for.
    """
    request.pause(behaviour.delay_seconds)
    if behaviour.fault == "reset":
        return Response(_NO_STATUS, reset=True)
    response = refusal(behaviour.status) if behaviour.refuses else answer()
    refused_in_earnest = not behaviour.refuses and response.status != HTTPStatus.OK
    if refused_in_earnest:
        return response
    headers = dict(response.headers)
    if behaviour.retry_after_seconds is not None:
        headers["Retry-After"] = str(behaviour.retry_after_seconds)
    return _spoiled(
        Response(
            status=behaviour.status,
            body=response.body if behaviour.body is None else behaviour.body.encode(),
            content_type=behaviour.content_type,
            headers=headers,
            drip_seconds=behaviour.drip_seconds,
        ),
        behaviour.fault,
    )


def _spoiled(response: Response, fault: Fault) -> Response:
    body = response.body
    match fault:
        case "empty":
            return replace(response, body=b"")
        case "malformed":
            return replace(response, body=body[: len(body) // 2])
        case "wrong_shape":
            return replace(response, body=b"[" + body + b"]")
        case "oversized":
            return replace(response, body=body + _OVERSIZE)
        case _:
            return response
