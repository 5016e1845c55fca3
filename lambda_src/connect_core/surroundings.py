"""What every handler takes from outside, so that a test can hold it in its hands."""

import os
import ssl
import time
from collections.abc import Callable, Mapping

from connect_core.aws.client import Aws
from connect_core.chance import chance
from connect_core.deadline import Clock
from connect_core.http import HttpClient
from connect_core.log import CallLog
from connect_core.value import Value, field


class Surroundings(Value):
    """The world around a function.

    Args:
        environment: The function's settings.
        clock: A clock that never runs backwards.
        wall_clock: Seconds since 1970.
        pause: Waits that many seconds.
        chance: A number from 0 up to 1, for jitter.
    """

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, shown=False)
    clock: Clock = time.monotonic
    wall_clock: Clock = time.time
    pause: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = chance

    def http(self, context: ssl.SSLContext, log: CallLog) -> HttpClient:
        """A client for vendors and AWS alike, whose requests are logged.

        Args:
            context: Whom to trust.
            log: Told of every attempt.
        """
        return HttpClient(
            context,
            observe=log.exchange,
            pause=self.pause,
            wall_clock=self.wall_clock,
            chance=self.chance,
        )

    def aws(self, http: HttpClient) -> Aws:
        """AWS with the function's own credentials.

        Raises:
            Fault: CONFIG_MISSING or CONFIG_INVALID, about AWS_REGION.
        """
        return Aws(
            http,
            self.environment,
            pause=self.pause,
            wall_clock=self.wall_clock,
            chance=self.chance,
        )
