"""Signature Version 4 for the one form of request that is made here: POST to "/", no query.

The procedure is AWS's, "Create a signed AWS API request" in the IAM user guide. The tests compare
with botocore's signer.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping

from connect_core.secret import Secret
from connect_core.value import Value


class Credentials(Value):
    """What a request is signed with.

    Args:
        access_key_id: Names the key; not a secret.
        secret_access_key: The key.
        session_token: Goes with temporary credentials, blank for others.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret


class Scope(Value):
    """What a signature is good for: one service in one region."""

    region: str
    service: str


def signed_headers(
    host: str,
    headers: Mapping[str, str],
    body: bytes,
    credentials: Credentials,
    scope: Scope,
    *,
    now: float,
) -> Mapping[str, str]:
    """The headers to send: those given, and those that make the signature.

    Args:
        host: ``host`` or ``host:port``, as it will stand in the Host header.
        headers: Headers to be signed, without spaces around or within their values' words.
        body: The body.
        credentials: Whose request it is.
        scope: Where it goes.
        now: Seconds since 1970.
    """
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    complete = {**headers, "Host": host, "X-Amz-Date": moment}
    if credentials.session_token.reveal():
        complete["X-Amz-Security-Token"] = credentials.session_token.reveal()
    lowered = sorted((name.lower(), value) for name, value in complete.items())
    names = ";".join(name for name, _ in lowered)
    lines = "".join(f"{name}:{value}\n" for name, value in lowered)
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    day = moment[:8]
    reach = f"{day}/{scope.region}/{scope.service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{credentials.secret_access_key.reveal()}".encode()
    for part in (day, scope.region, scope.service, "aws4_request"):
        key = _mac(key, part)
    signature = _mac(key, f"AWS4-HMAC-SHA256\n{moment}\n{reach}\n{digest}").hex()
    complete["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{reach},"
        f" SignedHeaders={names}, Signature={signature}"
    )
    return complete


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
