"""The call context API: which number reaches the AI agent that expects this call."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

from local_aws.contacts import is_contact_id
from local_aws.standins.https import Request, Response
from local_aws.standins.servicenow.calls import Calls
from local_aws.standins.servicenow.errors import failure
from local_aws.standins.servicenow.script import CallContextStep

DEFAULT_CALL_CONTEXT_PATH = "/api/sn_voice/call_context"
"""Where the API is.

The real path is generated for each voice assistant; every client must have it as a setting.
"""

CONTACT_FIELD = "call_correlation_id"
"""The field that carries the contact id."""

# ani may be empty: a caller can withhold the number.
_REQUIRED = (CONTACT_FIELD, "voice_service_id", "instance_name")
_FIELDS = frozenset({*_REQUIRED, "ani"})
_LONGEST = 256


def answer(request: Request, step: CallContextStep, calls: Calls) -> Response:
    """Answer an authenticated request.

    Args:
        request: the request.
        step: what to answer.
        calls: where the call is noted, so that its context can be read once it has ended.
    """
    if request.media_type != "application/json":
        return failure(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type", "Send application/json"
        )
    try:
        body: object = json.loads(request.body)
    except ValueError:
        return _bad("The body is not JSON")
    if not isinstance(body, dict):
        return _bad("The body is not a JSON object")
    fields = cast(Mapping[str, object], body)
    problem = _problem(fields)
    if problem is not None:
        return _bad(problem)
    calls.announce(str(fields[CONTACT_FIELD]).lower(), str(fields["ani"]))
    content = {"tracing_id": step.tracing_id or uuid.uuid4().hex}
    if step.dnis is not None:
        content = {"dnis": step.dnis, **content}
    return Response(HTTPStatus.OK, json.dumps(content).encode())


def _problem(fields: Mapping[str, object]) -> str | None:
    for name in sorted(_FIELDS):
        if name not in fields:
            return f"{name} is missing"
        value = fields[name]
        if not isinstance(value, str) or len(value) > _LONGEST:
            return f"{name} must be a string of at most {_LONGEST} characters"
    for name in _REQUIRED:
        if not str(fields[name]).strip():
            return f"{name} is empty"
    if not is_contact_id(fields[CONTACT_FIELD]):
        return f"{CONTACT_FIELD} is not a UUID"
    unknown = sorted(fields.keys() - _FIELDS)
    return f"{unknown[0][:_LONGEST]} is not a field of a call context" if unknown else None


def _bad(detail: str) -> Response:
    return failure(HTTPStatus.BAD_REQUEST, "Bad Request", detail)
