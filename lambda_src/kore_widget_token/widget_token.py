"""The token that Kore's identity proxy takes for the widget."""

import re
from collections.abc import Callable, Mapping

from connect_core import fields, jwt, moments
from connect_core.bots import Bots
from connect_core.deadline import Clock, Deadline
from connect_core.event import ConnectEvent
from connect_core.value import Value

FAILED: Mapping[str, str] = {"koreiframetoken": "", "expiresAt": ""}

# Kore's side expects these two to the letter, whoever the agent is.
_SUBJECT = "number"
_AUDIENCE = "https://idproxy.kore.com/authorize"
_WORD = re.compile(r"[^\s\x00-\x1f\x7f]{1,256}")


class WidgetToken(Value):
    """The operation.

    Args:
        bots: Settings and secrets.
        token_seconds: How long a token lives.
        wall_clock: Seconds since 1970.
        new_id: An id that no other token has.
    """

    bots: Bots
    token_seconds: int
    wall_clock: Clock
    new_id: Callable[[], str]

    def run(self, event: ConnectEvent, deadline: Deadline) -> Mapping[str, str]:
        """The reply's `koreiframetoken` and `expiresAt`.

        Raises:
            Fault: BOT_*, SETTINGS_* or SECRET_*.
        """
        bot = self.bots.get(event.parameters.get("bot", ""), deadline)
        issued_at = int(self.wall_clock())
        ends_at = issued_at + self.token_seconds
        claims = {
            "iss": fields.text(bot.settings, "clientId", _WORD),
            "sub": _SUBJECT,
            "aud": _AUDIENCE,
            "botId": fields.text(bot.settings, "botId", _WORD),
            "isAnonymous": False,
            "iat": issued_at,
            "exp": ends_at,
            "jti": self.new_id(),
        }
        return {
            "koreiframetoken": jwt.signed(claims, bot.secret),
            "expiresAt": moments.iso(ends_at),
        }
