"""The token endpoint and what it has issued.

The client-credentials grant of RFC 6749 (section 4.4), errors as its section 5.2 has them. JWT
access tokens are signed with a key that exists in memory only and is published at `JWKS_PATH`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from local_aws.standins.https import Request, Response
from local_aws.standins.servicenow.script import OAuthStep

TOKEN_PATH = "/oauth_token.do"  # noqa: S105  a path
"""Where ServiceNow issues tokens."""

JWKS_PATH = "/api/now/oauth/jwks"
"""Where ServiceNow publishes the keys that verify its JWT access tokens."""

_ALGORITHM = "ES256"
_SCOPE = "useraccount"
_GRANT = "client_credentials"
_FORM = "application/x-www-form-urlencoded"
_CODES: dict[int, str] = {
    HTTPStatus.BAD_REQUEST: "invalid_request",
    HTTPStatus.UNAUTHORIZED: "invalid_client",
    HTTPStatus.SERVICE_UNAVAILABLE: "temporarily_unavailable",
}


@dataclass(frozen=True)
class Client:
    """The one registered OAuth client."""

    client_id: str
    client_secret: str = field(repr=False)

    def matches(self, client_id: str, client_secret: str) -> bool:
        """Compare in a time that does not tell how much of either was right."""
        same_id = hmac.compare_digest(self.client_id.encode(), client_id.encode())
        same_secret = hmac.compare_digest(self.client_secret.encode(), client_secret.encode())
        return same_id and same_secret


class TokenService:
    """Issues, checks and revokes access tokens."""

    def __init__(self, client: Client, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._key_id = secrets.token_hex(8)
        self._subject = secrets.token_hex(16)
        self._lock = threading.Lock()
        self._expiry_by_fingerprint: dict[str, float] = {}

    def answer(self, request: Request, step: OAuthStep, issuer: str) -> Response:
        """Answer a token request.

        Args:
            request: the request.
            step: the lifetime (seconds) and the format of the token.
            issuer: this instance's address, for the claim ``iss``.
        """
        if request.media_type != _FORM:
            return _error(HTTPStatus.BAD_REQUEST, "invalid_request", f"send {_FORM}")
        form = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)
        repeated = sorted(name for name, values in form.items() if len(values) > 1)
        if repeated:
            return _error(HTTPStatus.BAD_REQUEST, "invalid_request", "a parameter is repeated")
        grant, client_id, client_secret = (
            form.get(name, [""])[0] for name in ("grant_type", "client_id", "client_secret")
        )
        if not grant:
            return _error(HTTPStatus.BAD_REQUEST, "invalid_request", "grant_type is missing")
        if not self._client.matches(client_id, client_secret):
            return _error(HTTPStatus.UNAUTHORIZED, "invalid_client", "client is not known")
        if grant != _GRANT:
            return _error(
                HTTPStatus.BAD_REQUEST, "unsupported_grant_type", f"only {_GRANT} is enabled"
            )
        return _json(
            HTTPStatus.OK,
            {
                "access_token": self._issue(step, issuer),
                "scope": _SCOPE,
                "token_type": "Bearer",
                "expires_in": step.expires_in,
            },
        )

    def keys(self) -> Response:
        """The public key set (RFC 7517)."""
        key = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return _json(
            HTTPStatus.OK,
            {"keys": [{**key, "kid": self._key_id, "alg": _ALGORITHM, "use": "sig"}]},
        )

    def authenticates(self, request: Request) -> bool:
        """Whether the request carries a bearer token that is ours, unexpired and not revoked."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return False
        # Every token that was issued is known by its digest, and nothing else is accepted: that
        # is at least as strict as verifying the signature.
        with self._lock:
            expiry = self._expiry_by_fingerprint.get(_fingerprint(token.strip()))
        return expiry is not None and self._clock() < expiry

    def revoke_all(self) -> None:
        """Make every token issued so far worthless."""
        with self._lock:
            self._expiry_by_fingerprint.clear()

    def _issue(self, step: OAuthStep, issuer: str) -> str:
        now = self._clock()
        expiry = now + step.expires_in
        token = (
            secrets.token_urlsafe(64)
            if step.token_format == "opaque"  # noqa: S105  a format, not a token
            else self._jwt(issuer, issued_at=int(now), expires_at=int(expiry))
        )
        with self._lock:
            self._expiry_by_fingerprint = {
                fingerprint: until
                for fingerprint, until in self._expiry_by_fingerprint.items()
                if until > now
            }
            self._expiry_by_fingerprint[_fingerprint(token)] = expiry
        return token

    def _jwt(self, issuer: str, *, issued_at: int, expires_at: int) -> str:
        claims = {
            "iss": issuer,
            "sub": self._subject,
            "aud": self._client.client_id,
            "client_id": self._client.client_id,
            "scope": _SCOPE,
            "iat": issued_at,
            "exp": expires_at,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self._key, _ALGORITHM, headers={"kid": self._key_id})


def refusal(status: int) -> Response:
    """The error that a script asks for by its status."""
    return _error(status, _CODES.get(status, "server_error"), "the stand-in's script asks for it")


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _error(status: int, code: str, description: str) -> Response:
    return _json(status, {"error": code, "error_description": description})


def _json(status: int, content: object) -> Response:
    # RFC 6749, section 5.1: a token must not be cached on its way.
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return Response(status, json.dumps(content).encode(), headers=headers)
