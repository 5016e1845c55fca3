"""An access token of ServiceNow's, as the Lambda asks for one, and what it says of itself."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlencode

from connect_voice.doctors.net import Answer, Network

_PATH = "/oauth_token.do"
# RFC 6749, 5.2: what an error may be called; anything else that is answered is not repeated.
_ERRORS = frozenset(
    {
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
_DENIED = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class NoTokenError(Exception):
    """There is no token; the text says why, and what to do.

    Args:
        aspect: of the finding that this is.
        passing: it may be otherwise in a minute.
    """

    def __init__(self, aspect: str, text: str, *, passing: bool = False) -> None:
        super().__init__(text)
        self.aspect = aspect
        self.passing = passing


@dataclass(frozen=True)
class Token:
    """An access token.

    Args:
        expires_in: seconds, as the response says; None where it does not.
        is_jwt: it can be read; otherwise it is opaque.
        ends_at: a JWT's ``exp``, seconds since 1970; None where it has none.
    """

    secret: str = field(repr=False)
    expires_in: float | None
    is_jwt: bool
    ends_at: float | None

    def lifetime(self, now: float) -> float | None:
        """Seconds until it ends, by whichever of the two comes first; None where neither says.

        Args:
            now: seconds since 1970, when it was issued.
        """
        ends_in = None if self.ends_at is None else self.ends_at - now
        return min((one for one in (self.expires_in, ends_in) if one is not None), default=None)


def ask(network: Network, host: str, client_id: str, client_secret: str) -> Token:
    """Ask for a token by client credentials (RFC 6749, 4.4), with the Lambda's own parameters.

    Args:
        host: the ServiceNow instance, ``host`` or ``host:port``.

    Raises:
        NoTokenError: there is none.
        UnreachableError: there is no answer.
    """
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": client_secret,
    }
    answer = network.send(
        "POST",
        f"https://{host}{_PATH}",
        {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
        urlencode(form).encode(),
    )
    said = json_object(answer)
    if answer.status in _DENIED:
        error = said.get("error")
        named = f"{answer.status} {error}" if error in _ERRORS else str(answer.status)
        raise NoTokenError(
            "denied",
            f"{host} refuses the OAuth client ({named}); check SERVICENOW_CLIENT_ID and "
            "SERVICENOW_CLIENT_SECRET, that the client is active in ServiceNow, and that "
            "glide.oauth.inbound.client.credential.grant_type.enabled is true.",
        )
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise NoTokenError(
            "limited",
            f"{host} limits how often a token may be asked for (429); look again later, and see "
            "the rate limit rules in ServiceNow if it stays so.",
            passing=True,
        )
    token = said.get("access_token")
    if answer.status != HTTPStatus.OK or not isinstance(token, str) or not token:
        raise NoTokenError(
            "issued",
            f"{host} answers {answer.status} without an access token; see that "
            "servicenow_endpoints.instance_host is a ServiceNow instance and that it is awake.",
        )
    is_jwt, ends_at = _read(token)
    return Token(token, _seconds(said.get("expires_in")), is_jwt, ends_at)


def json_object(answer: Answer) -> dict[str, object]:
    """The JSON object that was answered, empty where it is something else."""
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _read(token: str) -> tuple[bool, float | None]:
    """Whether a token is a JWT (RFC 7519), and when it ends; not verified, it is ServiceNow's."""
    parts = token.split(".")
    if len(parts) != 3:  # noqa: PLR2004  (header, claims, signature)
        return False, None
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return False, None
    return (True, _seconds(claims.get("exp"))) if isinstance(claims, dict) else (False, None)


def _seconds(value: object) -> float | None:
    """A number of seconds, which some write as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return float(value[:12])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e12 else None  # noqa: PLR2004  (beyond any date)
