"""What tests of the Kore stand-in share: payloads and tokens of a call, as Kore takes them."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import jwt

CLIENT_ID = "cs-11111111-2222-5333-8444-555555555555"
BOT_ID = "st-11111111-2222-5333-8444-555555555555"
STREAMS = "arn:aws:kinesisvideo:us-east-1:123456789012:stream"
TRANSCRIBER = "/integrations/amzn/voice/"
WIDGET = "/integrations/amzn/tpa-voice/"
WEBHOOK = "/crm/dispositions"


def sign(claims: Mapping[str, object], secret: str, algorithm: str = "HS256") -> str:
    """A JWT; claims that are None are left out."""
    told = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(told, secret, algorithm)


def socket_token(secret: str, now: float | None = None, **changes: object) -> str:
    issued = int(time.time() if now is None else now)
    claims: dict[str, object] = {
        "appId": CLIENT_ID,
        "iat": issued,
        "exp": issued + 3600,
        "jti": str(uuid.uuid4()),
    }
    return sign({**claims, **changes}, secret)


def widget_token(secret: str, now: float | None = None, **changes: object) -> str:
    issued = int(time.time() if now is None else now)
    claims: dict[str, object] = {
        "iss": CLIENT_ID,
        "sub": "number",
        "aud": "https://idproxy.kore.com/authorize",
        "botId": BOT_ID,
        "isAnonymous": False,
        "iat": issued,
        "exp": issued + 7200,
        "jti": str(uuid.uuid4()),
    }
    return sign({**claims, **changes}, secret)


def socket_url(token: str, base: str = "wss://gateway.example", **changes: str) -> str:
    query = {
        "sipuri": "sip:agent@gateway.example",
        "token": token,
        "botId": BOT_ID,
        "accountId": "64f0",
        "agentassist": "true",
        **changes,
    }
    encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return f"{base}/audiosocket/amazonconnect/?{encoded}"


def payload(
    token: str,
    *,
    contact: str,
    stream_arn: str | None = None,
    fragment: str = "90000000000000000000000000000000000000000000001",
    keys: Mapping[str, str] | None = None,
    now: float | None = None,
) -> dict[str, Any]:
    """A payload as the transcriber takes it."""
    moment = time.time() if now is None else now
    given = keys or {
        "AccessKeyId": "ASIAABCDEFGHIJKLMNOP",
        "SecretAccessKey": "made-up-secret-access-key-of-40-characters",
        "SessionToken": "made-up-session-token",
        "Expiration": datetime.fromtimestamp(moment + 3600, UTC).isoformat(),
    }
    return {
        "streamARN": stream_arn or f"{STREAMS}/voice-contact-{contact}/1700000000000",
        "startFragmentNum": fragment,
        "connectContactId": contact,
        "languageCode": "en-US",
        "streamAudioFromCustomer": True,
        "streamAudioToCustomer": False,
        "awsTokenData": {"Credentials": dict(given)},
        "koreConfig": {
            "botId": BOT_ID,
            "token": token,
            "agentassistUrl": "https://agentassist.example",
            "audioSocketURL": socket_url(token),
        },
    }


def disposition(contact: str, **changes: object) -> bytes:
    content: dict[str, object] = {
        "contactId": contact,
        "disposition": "resolved",
        "summary": "The caller was helped.",
        "survey": True,
        "storedAt": "2027-01-15T08:00:00Z",
    }
    return json.dumps({**content, **changes}).encode()


def signed_headers(secret: str, body: bytes, key: str, now: float | None = None) -> dict[str, str]:
    moment = str(int(time.time() if now is None else now))
    signature = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": key,
        "X-Connect-Voice-Timestamp": moment,
        "X-Connect-Voice-Signature": f"v1={signature.hexdigest()}",
    }
