"""The settings and the secret of one of several bots at a vendor, by the bot's key.

A bot is what a vendor runs for one line of business: with its own credentials, and perhaps its own
addresses. Its parameters, ``<path>/<key>/settings`` (JSON) and ``<path>/<key>/client_secret``, come
in one request.
"""

import json
import re
from collections.abc import Mapping

from connect_core.deadline import Deadline
from connect_core.fault import Fault
from connect_core.parameters import SecretCache
from connect_core.secret import Secret
from connect_core.value import Value, field

# A rotated secret is used after this at the latest: nobody refuses a signature to our face.
KEEP_SECONDS = 300.0
# Most of the time this is one request of some milliseconds; the caller waits for more than this.
LIMIT_SECONDS = 2.0
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")

# Every code that is raised here or below, with the sentence for the log.
MEANINGS: Mapping[str, str] = {
    "BOT_MISSING": "The flow's block passes no parameter bot.",
    "BOT_INVALID": "The parameter bot has characters that no bot's key has.",
    "SETTINGS_MISSING": "The bot's settings do not exist in Parameter Store; is its key deployed?",
    "SETTINGS_INVALID": "The bot's settings in Parameter Store cannot be used.",
    "SECRET_MISSING": "The client secret does not exist in Parameter Store, or is blank.",
    "SECRET_INVALID": "The client secret is a placeholder or holds spaces; store the real one.",
    "SECRET_DENIED": "The function's role may not read or decrypt its parameters.",
    "SECRET_UNAVAILABLE": "Parameter Store did not answer in time or is throttling.",
}


class BotParameters(Value):
    """What is stored for a bot.

    Args:
        settings: The settings' JSON object, unchecked.
        secret: The client secret.
    """

    settings: Mapping[str, object] = field(shown=False)
    secret: Secret


class Bots:
    """Reads bots, and remembers them for some minutes.

    Args:
        path: The path of all bots in Parameter Store, without a slash at the end.
        cache: Where the parameters come from.
    """

    def __init__(self, path: str, cache: SecretCache) -> None:
        self._path = path
        self._cache = cache

    def get(self, key: str, deadline: Deadline) -> BotParameters:
        """The bot of that key.

        Args:
            key: What the flow passes, "" when it passes none.
            deadline: The invocation's.

        Raises:
            Fault: BOT_*, SETTINGS_* or SECRET_*.
        """
        names = self._names(key)
        text, secret = self._cache.look_up(names, deadline.at_most(LIMIT_SECONDS))
        if not text.reveal():
            raise Fault("SETTINGS_MISSING", retryable=False, about=names[0])
        if not secret.reveal():
            raise Fault("SECRET_MISSING", retryable=False, about=names[1])
        try:
            settings: object = json.loads(text.reveal())
        except (ValueError, RecursionError):
            settings = None
        if not isinstance(settings, dict):
            self._cache.forget(names)
            raise Fault("SETTINGS_INVALID", retryable=False, about=names[0])
        if not secret.is_usable():
            self._cache.forget(names)
            raise Fault("SECRET_INVALID", retryable=False, about=names[1])
        return BotParameters(settings, secret)

    def read_again(self, key: str, deadline: Deadline) -> BotParameters:
        """The bot as it is stored now, whatever is remembered.

        Raises:
            Fault: As `get`.
        """
        self._cache.forget(self._names(key))
        return self.get(key, deadline)

    def _names(self, key: str) -> tuple[str, str]:
        if not key:
            raise Fault("BOT_MISSING", retryable=False)
        if not _KEY.fullmatch(key):
            raise Fault("BOT_INVALID", retryable=False)
        return f"{self._path}/{key}/settings", f"{self._path}/{key}/client_secret"
