"""A rate limit rule: so many requests in a window of time.

ServiceNow's rules count by the hour, name themselves in ``X-RateLimit-`` headers of every request
they match, and answer 429 with ``Retry-After`` beyond ("Inbound REST API rate limiting").
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from local_aws.standins.https import Response
from local_aws.standins.servicenow.errors import failure
from local_aws.standins.servicenow.shipped import sys_id

HOUR_SECONDS = 3600.0
"""The window of ServiceNow's own rules."""


@dataclass(frozen=True)
class Rule:
    """How many requests a window of so many seconds takes."""

    requests: int
    per_seconds: float = HOUR_SECONDS


class RateLimit:
    """Counts the requests that a rule matches; without a rule, everything passes.

    Args:
        clock: seconds since the epoch.
    """

    def __init__(self, rule: Rule | None, clock: Callable[[], float]) -> None:
        self._rule = rule
        self._clock = clock
        self._lock = threading.Lock()
        self._resets_at = 0.0
        self._count = 0

    def answer(self, answer: Callable[[], Response]) -> Response:
        """The answer to an authenticated request, or that there have been too many."""
        if self._rule is None:
            return answer()
        with self._lock:
            now = self._clock()
            if now >= self._resets_at:
                self._resets_at, self._count = now + self._rule.per_seconds, 0
            self._count += 1
            within, wait = self._count <= self._rule.requests, self._resets_at - now
            told = self._told(self._rule)
        if within:
            response = answer()
            return replace(response, headers={**response.headers, **told})
        return failure(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Rate limit exceeded",
            f"The rule allows {self._rule.requests} requests.",
            {**told, "Retry-After": str(math.ceil(wait))},
        )

    def _told(self, rule: Rule) -> Mapping[str, str]:
        return {
            "X-RateLimit-Limit": str(rule.requests),
            "X-RateLimit-Reset": str(math.ceil(self._resets_at)),
            "X-RateLimit-Rule": sys_id("sys_rate_limit_rules", "integration"),
        }
