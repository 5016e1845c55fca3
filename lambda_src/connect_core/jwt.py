"""JSON Web Tokens (RFC 7519), as far as they are needed: signing with HS256, reading claims.

A library for all of it would be more than a third of what such a function imports; what is needed
is one HMAC (docs/decisions/0011-light-lambdas.md). The tests verify these tokens with PyJWT.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping

from connect_core.secret import Secret


def signed(claims: Mapping[str, object], secret: Secret) -> str:
    """A token with these claims, signed with HS256 (RFC 7515, appendix A.1).

    Args:
        claims: What the token says, in this order.
        secret: The key that both sides know.
    """
    header = {"alg": "HS256", "typ": "JWT"}
    content = f"{_encoded(_json(header))}.{_encoded(_json(claims))}"
    mac = hmac.new(secret.reveal().encode(), content.encode(), hashlib.sha256)
    return f"{content}.{_encoded(mac.digest())}"


def claims_of(token: str) -> Mapping[str, object]:
    """What a token claims, unverified: for a token that is another's to judge.

    Raises:
        ValueError: It is no JWT.
    """
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature
        raise ValueError("a JWT has three parts")
    payload = parts[1]
    try:
        padded = payload + "=" * (-len(payload) % 4)
        claims: object = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise ValueError("the claims of a JWT are JSON") from None
    if not isinstance(claims, dict):
        raise ValueError("the claims of a JWT are a JSON object")  # noqa: TRY004 - bad data, not a bad call
    return claims


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
