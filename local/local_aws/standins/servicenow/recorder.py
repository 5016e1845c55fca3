"""What was asked of the stand-in, without anything that must not be written down."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import unquote_plus

_KEPT = 10_000
_HIDDEN = "***"
_HARMLESS = re.compile("sysparm_[a-z_]+")


@dataclass(frozen=True)
class RecordedRequest:
    """One request; ``status`` is None while it is being answered.

    ``query`` is as it was sent, percent-encoding and all, except for values that are hidden.
    """

    method: str
    path: str
    query: str
    contact_id: str | None
    at: float
    status: int | None = None

    def as_json(self) -> dict[str, object]:
        """The form in which it is handed out; ``at`` is UTC."""
        return {
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "contact_id": self.contact_id,
            "status": self.status,
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds"),
        }


class Recorder:
    """The latest requests, in the order they came in."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """Record requests.

        Args:
            secrets: texts that must never show, wherever a client may have put them.
        """
        self._secret = re.compile("|".join(re.escape(secret) for secret in secrets))
        self._lock = threading.Lock()
        self._requests: OrderedDict[int, RecordedRequest] = OrderedDict()
        self._number = 0

    def arrived(
        self, *, method: str, path: str, query: str, contact_id: str | None, at: float
    ) -> int:
        """Note a request.

        Args:
            method: the HTTP method.
            path: the decoded path.
            query: the query as sent.
            contact_id: the contact it is about.
            at: seconds since the epoch.

        Returns:
            A number for `answered`.
        """
        request = RecordedRequest(
            method=method,
            path=self.clean(path),
            query="&".join(self._parameter(part) for part in query.split("&") if part),
            contact_id=contact_id,
            at=at,
        )
        with self._lock:
            self._number += 1
            self._requests[self._number] = request
            if len(self._requests) > _KEPT:
                self._requests.popitem(last=False)
            return self._number

    def answered(self, number: int, status: int) -> None:
        """Note the answer to a request."""
        with self._lock:
            request = self._requests.get(number)
            if request is not None:
                self._requests[number] = replace(request, status=status)

    def requests(self) -> tuple[RecordedRequest, ...]:
        """What is recorded."""
        with self._lock:
            return tuple(self._requests.values())

    def forget(self) -> None:
        """Start over; answers to requests from before are not recorded either."""
        with self._lock:
            self._requests.clear()

    def _parameter(self, part: str) -> str:
        name, _, value = part.partition("=")
        # Only ServiceNow's own parameters are known to be harmless.
        if not _HARMLESS.fullmatch(name):
            return _HIDDEN
        return f"{name}={_HIDDEN if self._secret.search(unquote_plus(value)) else value}"

    def clean(self, text: str) -> str:
        """The text with every secret replaced."""
        return self._secret.sub(_HIDDEN, text)
