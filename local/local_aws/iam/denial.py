"""Refusals on the wire, each in the protocol its client speaks."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

_FORBIDDEN = 403
_BAD_REQUEST = 400


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused; `code` is the name JSON protocols use."""

    code: str
    message: str


# The names of the same refusals in XML protocols.
_IN_XML = {
    "AccessDeniedException": "AccessDenied",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "ExpiredTokenException": "ExpiredToken",
}


def respond(refusal: Refusal, protocol: str) -> Response:
    """Return the refusal as a service of that protocol (botocore's name for it) writes it."""
    request_id = str(uuid.uuid4())
    if protocol in ("query", "ec2", "rest-xml"):
        return _xml(refusal, protocol, request_id)
    body = json.dumps({"__type": refusal.code, "message": refusal.message})
    if protocol == "rest-json":
        body = json.dumps({"message": refusal.message})
        response = Response(body, status=_FORBIDDEN, content_type="application/json")
    else:
        response = Response(body, status=_BAD_REQUEST, content_type="application/x-amz-json-1.1")
    response.headers["x-amzn-ErrorType"] = refusal.code
    response.headers["x-amzn-RequestId"] = request_id
    return response


def _xml(refusal: Refusal, protocol: str, request_id: str) -> Response:
    code = _IN_XML.get(refusal.code, refusal.code)
    error = f"<Code>{code}</Code><Message>{escape(refusal.message)}</Message>"
    if protocol == "rest-xml":
        body = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
    else:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    response = Response(text, status=_FORBIDDEN, content_type="text/xml")
    response.headers["x-amz-request-id"] = request_id
    return response
