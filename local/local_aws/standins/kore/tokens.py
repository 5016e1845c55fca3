"""The two tokens that are signed with a bot's client secret: for the audio socket, for the widget.

Their claims are those that Kore's side expects; besides, both must end, and a socket token may be
used for one call only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import jwt

from local_aws.standins.kore.answers import denied

AUDIENCE = "https://idproxy.kore.com/authorize"
SUBJECT = "number"

_ALGORITHM = "HS256"
_LONGEST_SECONDS = 24 * 3600
_SKEW_SECONDS = 60  # how far two clocks may be apart

Clock = Callable[[], float]


@dataclass(frozen=True)
class Token:
    """A token that holds; times in seconds since the epoch."""

    claims: Mapping[str, object]
    jti: str
    expires_at: int


class Tokens:
    """Verifies tokens under one client secret."""

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[str, int] = {}

    def socket(self, token: str, name: str) -> Token:
        """Verify a socket token; using it up is `use`.

        Args:
            token: the token.
            name: what to call it in reasons.

        Raises:
            RefusedError: it does not hold.
        """
        found = self._verified(token, name)
        app = found.claims.get("appId")
        if not isinstance(app, str) or not app:
            raise denied(f"{name} has no claim appId.")
        if found.jti in self._used:
            raise denied(f"{name} has been used before (jti).")
        return found

    def use(self, *tokens: Token) -> None:
        """Use socket tokens up, all at once or none.

        Raises:
            RefusedError: somebody else was faster.
        """
        with self._lock:
            now = self._clock()
            self._used = {jti: end for jti, end in self._used.items() if end > now}
            if any(token.jti in self._used for token in tokens):
                raise denied("The socket token has been used before (jti).")
            self._used.update({token.jti: token.expires_at for token in tokens})

    def widget(self, token: str) -> Token:
        """Verify a widget token.

        Raises:
            RefusedError: it does not hold.
        """
        name = "The widget token"
        found = self._verified(token, name)
        wanted = {"sub": SUBJECT, "aud": AUDIENCE, "isAnonymous": False}
        for claim, value in wanted.items():
            if found.claims.get(claim) != value or type(found.claims[claim]) is not type(value):
                raise denied(f"{name} has another {claim} than Kore expects.")
        for claim in ("iss", "botId"):
            told = found.claims.get(claim)
            if not isinstance(told, str) or not told:
                raise denied(f"{name} has no claim {claim}.")
        return found

    def _verified(self, token: str, name: str) -> Token:
        try:
            if jwt.get_unverified_header(token).get("alg") != _ALGORITHM:
                raise denied(f"{name} is not signed by {_ALGORITHM}.")
            claims = cast(
                Mapping[str, object],
                # Times and audience are judged below, by the clock and in words of our own.
                jwt.decode(
                    token,
                    self._secret,
                    algorithms=[_ALGORITHM],
                    options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
                ),
            )
        except jwt.InvalidSignatureError:
            raise denied(f"{name} is not signed with the client secret.") from None
        except jwt.PyJWTError:
            raise denied(f"{name} is not a token that can be read.") from None
        return self._in_time(claims, name)

    def _in_time(self, claims: Mapping[str, object], name: str) -> Token:
        now = self._clock()
        issued, ends, jti = claims.get("iat"), claims.get("exp"), claims.get("jti")
        if type(issued) is not int:
            raise denied(f"{name} has no claim iat.")
        if type(ends) is not int:
            raise denied(f"{name} has no claim exp, so it would never end.")
        if not isinstance(jti, str) or not jti:
            raise denied(f"{name} has no claim jti.")
        if issued > now + _SKEW_SECONDS:
            raise denied(f"{name} is issued in the future.")
        if ends <= now:
            raise denied(f"{name} has expired.")
        if ends - issued > _LONGEST_SECONDS:
            raise denied(f"{name} lasts longer than a day.")
        return Token(claims, jti, ends)
