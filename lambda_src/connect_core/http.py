"""Requests to vendors and AWS: verified, bounded in time and size, kept alive, retried once.

Proxies, netrc and CA settings of the environment are ignored: what a request meets on its way is
decided by the function's configuration alone, the same on a laptop and in Lambda.
"""

import email.utils
import json
import ssl
import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Literal

from connect_core import host as hosts
from connect_core.bounded import TimeIsUpError, run_within
from connect_core.chance import chance
from connect_core.deadline import Clock, Deadline
from connect_core.http_fault import HttpFault, Kind
from connect_core.transport import LARGEST_BODY_BYTES, Connections, Outgoing, Scheme
from connect_core.value import Value, field

__all__ = [
    "LARGEST_BODY_BYTES",
    "Exchange",
    "HttpClient",
    "HttpFault",
    "Kind",
    "Request",
    "Response",
]

# An attempt that would have less time than this is not begun.
WORTHWHILE_SECONDS = 0.4
_TOO_MANY_REQUESTS = 429
_UNAVAILABLE = 503
_PASSING_STATUS = frozenset({_TOO_MANY_REQUESTS, 500, 502, _UNAVAILABLE, 504})
# What says that the request was turned away at the door.
_NOT_BEGUN_STATUS = frozenset({_TOO_MANY_REQUESTS, _UNAVAILABLE})
_LONGEST_DELAY_DIGITS = 9
# Replies are small; without compression there is no way to blow one up.
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "connect-voice"}


class Request(Value):
    """One request. Headers and body hold secrets, so they are not part of its text form.

    Args:
        name: What the request is for, as logs call it.
        method: The HTTP method.
        host: ``host`` or ``host:port`` as `connect_core.host.normalise` gives it.
        path: The path, starting with a slash.
        query: Parameters of the query; they are encoded here.
        headers: Further headers.
        body: The body, or nothing.
        scheme: https; http only to this very machine.

    Raises:
        ValueError: Plain HTTP to another machine.
    """

    name: str
    method: Literal["GET", "POST"]
    host: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, shown=False)
    headers: Mapping[str, str] = field(default_factory=dict, shown=False)
    body: bytes = field(default=b"", shown=False)
    scheme: Scheme = "https"

    def __post_init__(self) -> None:
        if self.scheme != "https" and not hosts.is_loopback(self.host):
            raise ValueError("plain HTTP never leaves the machine")

    def with_headers(self, headers: Mapping[str, str]) -> "Request":
        """The same request with these headers in place of its own."""
        return Request(
            self.name,
            self.method,
            self.host,
            self.path,
            self.query,
            headers,
            self.body,
            self.scheme,
        )


class Response(Value):
    """A reply with any status.

    Args:
        status: The HTTP status.
        body: At most `LARGEST_BODY_BYTES`.
        retry_after: Seconds the server asks us to wait, None when it does not say.
        sent_at: When the server says it answered, seconds since 1970, None when it does not say.
    """

    status: int
    body: bytes = field(default=b"", shown=False)
    retry_after: float | None = None
    sent_at: float | None = None

    def json_object(self) -> Mapping[str, object]:
        """The body as a JSON object.

        Raises:
            ValueError: It is not JSON, or not an object.
        """
        try:
            value: object = json.loads(self.body)
        except (ValueError, RecursionError):
            raise ValueError("the body is not JSON") from None
        if not isinstance(value, dict):
            raise ValueError("the body is not a JSON object")  # noqa: TRY004 - bad data, not a bad call
        return value


class Exchange(Value):
    """What may be told about one attempt.

    Args:
        name: The request's name.
        outcome: The HTTP status, or the kind of fault.
        attempt: 1 for the first.
        milliseconds: How long it took.
    """

    name: str
    outcome: str
    attempt: int
    milliseconds: int


def _nobody(exchange: Exchange) -> None:
    del exchange


class HttpClient:
    """Sends requests over pooled connections that outlive an invocation.

    Args:
        context: Whom to trust; see `connect_core.tls`.
        observe: Told of every attempt.
        pause: Waits that many seconds.
        wall_clock: Seconds since 1970, to read a Retry-After that is a date.
        chance: A number from 0 up to 1, for jitter.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        observe: Callable[[Exchange], None] = _nobody,
        pause: Callable[[float], None] = time.sleep,
        wall_clock: Clock = time.time,
        chance: Callable[[], float] = chance,
    ) -> None:
        self._connections = Connections(context, wall_clock=wall_clock)
        self._observe = observe
        self._pause = pause
        self._wall_clock = wall_clock
        self._chance = chance

    def send(
        self,
        request: Request,
        deadline: Deadline,
        *,
        attempts: int = 2,
        repeatable: bool = True,
    ) -> Response:
        """Send a request; try again when the fault looks passing and the deadline leaves time.

        A connection that failed, 429 and 5xx are tried again, after what Retry-After says or a
        short jittered pause. A read that timed out is not: its time is gone. Redirects are never
        followed, for the bearer would follow too; the 3xx is the reply.

        Args:
            request: What to send.
            deadline: When all attempts together must be over.
            attempts: Most attempts.
            repeatable: Whether doing it twice is no worse than once. If not, it is tried again
                only when it was certainly not begun: no connection, 429 or 503.

        Returns:
            The last reply, whatever its status.

        Raises:
            HttpFault: No reply came.
        """
        result: Response | HttpFault = HttpFault(Kind.TIMED_OUT)
        for attempt in range(1, attempts + 1):
            result = self._observed(request, deadline, attempt)
            wait = self._wait_after(result, repeatable=repeatable)
            if (
                wait is None
                or attempt == attempts
                or not deadline.allows(wait + WORTHWHILE_SECONDS)
            ):
                break
            self._pause(wait)
        if isinstance(result, HttpFault):
            raise result
        return result

    def _wait_after(self, result: Response | HttpFault, *, repeatable: bool) -> float | None:
        """Seconds to wait before another attempt, None when another would change nothing."""
        briefly = 0.1 + 0.2 * self._chance()
        if isinstance(result, HttpFault):
            lost = result.kind is Kind.UNREACHABLE or (repeatable and result.kind is Kind.CUT_OFF)
            return briefly if lost else None
        if result.status not in (_PASSING_STATUS if repeatable else _NOT_BEGUN_STATUS):
            return None
        return briefly if result.retry_after is None else result.retry_after

    def _observed(self, request: Request, deadline: Deadline, attempt: int) -> Response | HttpFault:
        started = deadline.clock()
        result: Response | HttpFault
        try:
            result = self._attempt(request, deadline)
        except HttpFault as fault:
            result = fault
        outcome = result.kind.value if isinstance(result, HttpFault) else str(result.status)
        elapsed = round((deadline.clock() - started) * 1000)
        self._observe(Exchange(request.name, outcome, attempt, elapsed))
        return result

    def _attempt(self, request: Request, deadline: Deadline) -> Response:
        if deadline.remaining() <= 0:
            raise HttpFault(Kind.TIMED_OUT)
        try:
            return run_within(deadline.remaining(), lambda: self._exchange(request, deadline))
        except TimeIsUpError:
            raise HttpFault(Kind.TIMED_OUT) from None

    def _exchange(self, request: Request, deadline: Deadline) -> Response:
        """One request and its reply, in a thread of its own."""
        reply = self._connections.exchange(_outgoing(request), deadline)
        return Response(
            status=reply.status,
            body=reply.body,
            retry_after=self._retry_after(reply.headers.get("Retry-After")),
            sent_at=_moment(reply.headers.get("Date")),
        )

    def _retry_after(self, value: str | None) -> float | None:
        """Seconds, from either form of RFC 9110, 10.2.3; None when it is neither."""
        if value is None:
            return None
        value = value.strip()
        if value.isascii() and value.isdigit() and len(value) <= _LONGEST_DELAY_DIGITS:
            return float(value)
        moment = _moment(value)
        return None if moment is None else max(0.0, moment - self._wall_clock())


def _outgoing(request: Request) -> Outgoing:
    query = urllib.parse.urlencode(request.query)
    joint = "&" if "?" in request.path else "?"
    return Outgoing(
        scheme=request.scheme,
        host=request.host,
        method=request.method,
        target=f"{request.path}{joint}{query}" if query else request.path,
        headers={**_HEADERS, **request.headers},
        body=request.body,
    )


def _moment(value: str | None) -> float | None:
    """Seconds since 1970 of an HTTP date, None when it is none."""
    if value is None:
        return None
    try:
        return email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
