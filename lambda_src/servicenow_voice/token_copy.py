"""A copy of each token in Parameter Store, for environments that have none yet; off by default.

With it a new environment takes over a token instead of asking for one of its own, where ServiceNow
counts requests for tokens. It is never more than a help: whatever is wrong with a copy is noted,
and the call goes on without. It costs a call half a second at most, reading and writing each.
"""

import json
import re
from collections.abc import Callable
from typing import Literal, Protocol

from connect_core import tokens
from connect_core.deadline import Clock, Deadline
from connect_core.fault import Fault
from connect_core.parameters import ParameterSource, ParameterTarget
from connect_core.value import Value

Tier = Literal["Standard", "Advanced", "Intelligent-Tiering"]

# "Managing parameter tiers", Systems Manager user guide: the largest value of each.
LIMIT_BYTES: dict[Tier, int] = {
    "Standard": 4096,
    "Advanced": 8192,
    "Intelligent-Tiering": 8192,
}
LIMIT_SECONDS = 0.5
# Below this a copy is not written: what the token is for must still be done.
RESERVE_SECONDS = 1.5
# A copy with less left than this would be renewed at once.
_SHORTEST_SECONDS = tokens.EARLIEST_SECONDS + tokens.JITTER_SECONDS
_KEY = re.compile(r"[A-Za-z0-9:/_-]{1,2048}")


class ParameterStore(ParameterSource, ParameterTarget, Protocol):
    """Where parameters are read and written."""


class CopySettings(Value):
    """How copies are kept.

    Args:
        tier: Parameter Store's tier, which decides how long a token may be and what it costs.
        key: Id or ARN of the KMS key that encrypts them.
    """

    tier: Tier
    key: str

    @classmethod
    def of(cls, tier: str, key: str) -> "CopySettings | None":
        """Read what the environment says.

        Args:
            tier: One of the tiers, or "off" or nothing for no copies.
            key: Id or ARN of a KMS key.

        Raises:
            ValueError: There is no such tier, or no key to go with it.
        """
        wanted = tier.strip().lower()
        if wanted in ("", "off"):
            return None
        for known in LIMIT_BYTES:
            if known.lower() == wanted and _KEY.fullmatch(key.strip()):
                return cls(known, key.strip())
        raise ValueError("TOKEN_COPY must be off or a tier of parameters, with TOKEN_COPY_KEY.")


class TokenCopies(Value):
    """The copies.

    Args:
        settings: How they are kept.
        store: Where.
        wall_clock: Seconds since 1970, by which a copy says when its token ends.
        note: Told of what went wrong.
    """

    settings: CopySettings
    store: ParameterStore
    wall_clock: Clock
    note: Callable[[Fault], None]

    def read(self, name: str, deadline: Deadline) -> tokens.Token | None:
        """The token of a copy, None when there is none that is good for some minutes."""
        try:
            found = self.store.read((name,), deadline.at_most(LIMIT_SECONDS)).get(name)
        except Fault as fault:
            self._unavailable(fault)
            return None
        if found is None:
            return None
        try:
            token = _parsed(found, self.wall_clock())
        except ValueError:
            self.note(Fault("TOKEN_COPY_INVALID", retryable=False, about=name))
            return None
        return token if token.lifetime > _SHORTEST_SECONDS else None

    def write(self, name: str, token: tokens.Token, deadline: Deadline) -> None:
        """Keep a copy of a new token, where it is worth it and there is time."""
        if token.lifetime <= _SHORTEST_SECONDS or not deadline.allows(RESERVE_SECONDS):
            return
        ends_at = int(self.wall_clock() + token.lifetime)
        value = json.dumps({"token": token.secret.reveal(), "endsAt": ends_at})
        if len(value.encode()) > LIMIT_BYTES[self.settings.tier]:
            self.note(Fault("TOKEN_COPY_TOO_LARGE", retryable=False, about=self.settings.tier))
            return
        try:
            self.store.write(
                name,
                value,
                key=self.settings.key,
                tier=self.settings.tier,
                deadline=deadline.at_most(LIMIT_SECONDS),
            )
        except Fault as fault:
            self._unavailable(fault)

    def _unavailable(self, fault: Fault) -> None:
        self.note(Fault("TOKEN_COPY_UNAVAILABLE", retryable=True, about=fault.about))


def _parsed(text: str, now: float) -> tokens.Token:
    """The token of a copy's text.

    Raises:
        ValueError: It is no copy.
    """
    try:
        copy: object = json.loads(text)
    except RecursionError:
        copy = None
    if not isinstance(copy, dict):
        raise ValueError("a copy is a JSON object")  # noqa: TRY004 - bad data, not a bad call
    ends_at = copy.get("endsAt")
    if isinstance(ends_at, bool) or not isinstance(ends_at, int):
        raise ValueError("a copy says when its token ends")  # noqa: TRY004
    return tokens.issued(copy.get("token"), max(0, ends_at - int(now)), now=now)
