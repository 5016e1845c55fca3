"""What was asked of a stand-in, without anything that must not be written down."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import unquote_plus

from local_aws.standins.https import Request

_KEPT = 10_000
_HIDDEN = "***"
_NOTHING = re.compile("(?!)")


@dataclass(frozen=True)
class RecordedRequest:
    """One request; ``status`` is None while it is being answered.

    ``name`` is the interface it was for. ``query`` is as it was sent, percent-encoding and all,
    except for values that are hidden. ``reason`` says why the interface refused it, if it did.
    """

    name: str
    method: str
    path: str
    query: str
    contact_id: str | None
    at: float
    status: int | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, object]:
        """The form in which it is handed out; ``at`` is UTC."""
        return {
            "name": self.name,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "contact_id": self.contact_id,
            "status": self.status,
            "reason": self.reason,
            "at": datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds"),
        }


class Recorder:
    """The latest requests, in the order they came in.

    Args:
        secrets: texts that must never show, wherever a client may have put them.
        harmless: names of query parameters whose values may be written down; none by default.
    """

    def __init__(self, secrets: Sequence[str], harmless: re.Pattern[str] = _NOTHING) -> None:
        self._secret = re.compile("|".join(re.escape(secret) for secret in secrets))
        self._harmless = harmless
        self._lock = threading.Lock()
        self._requests: OrderedDict[int, RecordedRequest] = OrderedDict()
        self._number = 0

    def arrived(self, request: Request, *, name: str, contact_id: str | None, at: float) -> int:
        """Note a request.

        Args:
            request: the request.
            name: the interface it is for.
            contact_id: the contact it is about.
            at: seconds since the epoch.

        Returns:
            A number for `answered`.
        """
        noted = RecordedRequest(
            name=name,
            method=request.method,
            path=self.clean(request.path),
            query="&".join(self._parameter(part) for part in request.query.split("&") if part),
            contact_id=contact_id,
            at=at,
        )
        with self._lock:
            self._number += 1
            self._requests[self._number] = noted
            if len(self._requests) > _KEPT:
                self._requests.popitem(last=False)
            return self._number

    def answered(self, number: int, status: int, reason: str | None = None) -> None:
        """Note the answer to a request."""
        with self._lock:
            request = self._requests.get(number)
            if request is not None:
                self._requests[number] = replace(request, status=status, reason=reason)

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
        if not self._harmless.fullmatch(name):
            return _HIDDEN
        return f"{name}={_HIDDEN if self._secret.search(unquote_plus(value)) else value}"

    def clean(self, text: str) -> str:
        """The text with every secret replaced."""
        return self._secret.sub(_HIDDEN, text)
