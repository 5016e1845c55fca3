"""Access tokens: how long they live, and one shared copy that is renewed in time."""

import math
import re
import threading
import time
from collections.abc import Callable

from connect_core import jwt
from connect_core.chance import chance
from connect_core.deadline import Clock, Deadline
from connect_core.fault import Fault
from connect_core.secret import Secret
from connect_core.value import Value

# Renewed this long before the end: 60 s cover a request under way and clocks that differ, up to
# 60 s more keep many environments from renewing at the same moment.
EARLIEST_SECONDS = 60.0
JITTER_SECONDS = 60.0
# Believed of a token that says nothing about its end; a 401 renews it anyway.
UNKNOWN_LIFETIME_SECONDS = 60.0
_LONGEST_LIFETIME_SECONDS = 24 * 3600.0
# What an Authorization header can carry; anything else would be an error with the token in it.
_SENDABLE = re.compile(r"[\x21-\x7e]{1,16384}")


class Token(Value):
    """An access token as issued.

    Args:
        secret: What is sent.
        lifetime: Seconds it is good for, counted from when it was received.
    """

    secret: Secret
    lifetime: float


def issued(text: object, expires_in: object, *, now: float) -> Token:
    """The token of a token response.

    Args:
        text: The response's `access_token`.
        expires_in: Its `expires_in`, seconds (RFC 6749, 5.1), None when absent.
        now: Seconds since 1970.

    Raises:
        ValueError: There is no token that could be sent.
    """
    if not isinstance(text, str) or not _SENDABLE.fullmatch(text):
        raise ValueError("the response holds no usable access token")
    known = [
        seconds
        for seconds in (_seconds(expires_in), _until_jwt_ends(text, now))
        if seconds is not None
    ]
    lifetime = min(known, default=UNKNOWN_LIFETIME_SECONDS)
    return Token(Secret(text), max(0.0, min(lifetime, _LONGEST_LIFETIME_SECONDS)))


def _until_jwt_ends(text: str, now: float) -> float | None:
    """Seconds until the `exp` of a JWT; None for an opaque token.

    The signature is not verified: the token is for the vendor to judge, we only forward it and want
    to know when to ask for the next. Nothing is decided on its other claims.
    """
    try:
        claims = jwt.claims_of(text)
    except ValueError:
        return None
    ends = _seconds(claims.get("exp"))
    return None if ends is None else ends - now


def _seconds(value: object) -> float | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


class _Kept(Value):
    secret: Secret
    renew_at: float


class TokenCache:
    """Tokens in memory, one for each key, fetched by one caller at a time.

    One key's fetch does not hold up another's.

    Args:
        clock: A clock that never runs backwards.
        chance: A number from 0 up to 1, for jitter.
    """

    def __init__(
        self, *, clock: Clock = time.monotonic, chance: Callable[[], float] = chance
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, threading.Lock] = {}

    def get(
        self,
        key: str,
        fetch: Callable[[], Token],
        deadline: Deadline,
        *,
        refused: Secret | None = None,
    ) -> Secret:
        """A token that is good for at least the next minute, where the vendor issues such.

        Args:
            key: Whose token.
            fetch: Asks for a new one.
            deadline: How long to wait while another caller fetches.
            refused: The token a vendor has just answered 401 to. It is replaced, unless another
                caller has done so in the meantime.

        Raises:
            Fault: OAUTH_TIMEOUT when another caller's fetch took too long, or as `fetch` raises.
        """
        # setdefault on a dict is one step: two callers get the same lock.
        lock = self._locks.setdefault(key, threading.Lock())
        if not lock.acquire(timeout=deadline.remaining()):
            raise Fault("OAUTH_TIMEOUT", retryable=True)
        try:
            kept = self._kept.get(key)
            if kept is not None and kept.secret != refused and self._clock() < kept.renew_at:
                return kept.secret
            self._kept.pop(key, None)
            asked_at = self._clock()
            token = fetch()
            early = EARLIEST_SECONDS + JITTER_SECONDS * self._chance()
            # A token shorter-lived than that is used for half its life.
            good_for = token.lifetime - min(early, token.lifetime / 2)
            self._kept[key] = _Kept(token.secret, asked_at + good_for)
            return token.secret
        finally:
            lock.release()
