"""Reads and verifies signatures of AWS requests (version 4), with botocore's own arithmetic."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+),\s*"
    r"SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]+)"
)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SCOPE_PARTS = 5  # key id, date, region, service, "aws4_request"


@dataclass(frozen=True)
class Signature:
    """What a request says about who signed it and for what."""

    access_key_id: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    value: str
    # Presigned URLs carry all this in their query.
    in_query: bool


@dataclass(frozen=True)
class Received:
    """A request as it came: `path` and `query` as on the wire, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def read_signature(authorization: str, query: str) -> Signature | None:
    """Return a request's signature; None for one that is not signed in this way."""
    match = _HEADER.match(authorization)
    if match:
        return _made(match["credential"], match["headers"], match["signature"], in_query=False)
    if "X-Amz-Signature=" not in query:
        return None
    told = dict(parse_qsl(query))
    return _made(
        told.get("X-Amz-Credential", ""),
        told.get("X-Amz-SignedHeaders", ""),
        told["X-Amz-Signature"],
        in_query=True,
    )


def read_old_key(authorization: str, query: str) -> str | None:
    """Return the key of a signature of version 2, which old S3 clients still write into URLs."""
    if authorization.startswith("AWS "):
        return authorization[4:].partition(":")[0]
    return dict(parse_qsl(query)).get("AWSAccessKeyId") if "AWSAccessKeyId=" in query else None


def is_genuine(request: Received, signature: Signature, secret: str) -> bool:
    """Whether the holder of the secret signed this very request."""
    query = request.query
    if signature.in_query:
        pairs = query.split("&")
        query = "&".join(pair for pair in pairs if not pair.startswith("X-Amz-Signature="))
        moment = dict(parse_qsl(query)).get("X-Amz-Date")
    else:
        moment = request.headers.get("x-amz-date")
    if not moment or not _body_is_as_signed(request):
        return False
    signed = AWSRequest(
        method=request.method,
        url=f"http://{request.headers.get('host', '')}{request.path}?{query}",
        headers={name: request.headers.get(name, "") for name in signature.signed_headers},
        data=request.body,
    )
    signed.context["timestamp"] = moment
    verifier_class = _S3Verifier if signature.service == "s3" else _Verifier
    verifier = verifier_class(
        Credentials(signature.access_key_id, secret), signature.service, signature.region
    )
    canonical = verifier.canonical_request(signed)
    expected = verifier.signature(verifier.string_to_sign(signed, canonical), signed)
    return hmac.compare_digest(expected, signature.value)


class _Verifier(SigV4Auth):
    """Takes the headers the client chose to sign, all of them and no others."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return request.headers


class _S3Verifier(S3SigV4Auth):
    """As for other services, but paths stay as they are and a body may be left unsigned."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return request.headers

    def payload(self, request: AWSRequest) -> str:  # noqa: ARG002 - the base's signature
        return "UNSIGNED-PAYLOAD"


def _body_is_as_signed(request: Received) -> bool:
    """A digest in the header is what is signed; then the body must have that digest."""
    told = request.headers.get("x-amz-content-sha256", "")
    if not _DIGEST.fullmatch(told):
        return True  # UNSIGNED-PAYLOAD, or a stream whose chunks are signed one by one
    return told == hashlib.sha256(request.body).hexdigest()


def _made(credential: str, headers: str, value: str, *, in_query: bool) -> Signature | None:
    scope = credential.rsplit("/", _SCOPE_PARTS - 1)
    if len(scope) != _SCOPE_PARTS:
        return None
    return Signature(
        access_key_id=scope[0],
        region=scope[2],
        service=scope[3],
        signed_headers=tuple(headers.split(";")),
        value=value,
        in_query=in_query,
    )
