"""HTTPS to vendors: verified, bounded in time and size, kept alive, retried once.

Proxies, netrc and CA settings of the environment are ignored: what a request meets on its way is
decided by the function's configuration alone, the same on a laptop and in Lambda.
"""

import email.utils
import json
import random
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import requests

from connect_core.bounded import TimeIsUpError, run_within
from connect_core.deadline import Clock, Deadline
from connect_core.transport import reading_until, session

# Connecting takes tens of milliseconds; an address that is silent for longer will stay silent.
CONNECT_SECONDS = 2.0
# Vendor replies are well under a kilobyte.
LARGEST_BODY_BYTES = 256 * 1024
# An attempt that would have less time than this is not begun.
WORTHWHILE_SECONDS = 0.4
_CHUNK_BYTES = 16 * 1024
_TOO_MANY_REQUESTS = 429
_PASSING_STATUS = frozenset({_TOO_MANY_REQUESTS, 500, 502, 503, 504})
_LONGEST_DELAY_DIGITS = 9


class Kind(StrEnum):
    """Why an exchange brought no reply."""

    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"
    OVERSIZED = "oversized"


class HttpFault(Exception):  # noqa: N818 - a fault, as everywhere here
    """No reply came; only the kind is kept, never the library's text."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind.value)
        self.kind = kind


@dataclass(frozen=True)
class Request:
    """One HTTPS request. Headers and body hold secrets, so they are not part of its text form.

    Args:
        name: What the request is for, as logs call it.
        method: The HTTP method.
        host: ``host`` or ``host:port`` as `connect_core.host.normalise` gives it.
        path: The path, starting with a slash.
        query: Parameters of the query; they are encoded here.
        headers: Further headers.
        body: The body, or nothing.
    """

    name: str
    method: Literal["GET", "POST"]
    host: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Response:
    """A reply with any status.

    Args:
        status: The HTTP status.
        body: At most `LARGEST_BODY_BYTES`.
        retry_after: Seconds the server asks us to wait, None when it does not say.
    """

    status: int
    body: bytes = field(default=b"", repr=False)
    retry_after: float | None = None

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


@dataclass(frozen=True)
class Exchange:
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
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._session = session(context)
        self._observe = observe
        self._pause = pause
        self._wall_clock = wall_clock
        self._chance = chance

    def send(self, request: Request, deadline: Deadline, *, attempts: int = 2) -> Response:
        """Send a request; try again when the fault looks passing and the deadline leaves time.

        A connection that failed, 429 and 5xx are tried again, after what Retry-After says or a
        short jittered pause. A read that timed out is not: its time is gone. Redirects are never
        followed, for the bearer would follow too; the 3xx is the reply.

        Args:
            request: What to send.
            deadline: When all attempts together must be over.
            attempts: Most attempts.

        Returns:
            The last reply, whatever its status.

        Raises:
            HttpFault: No reply came.
        """
        result: Response | HttpFault = HttpFault(Kind.TIMED_OUT)
        for attempt in range(1, attempts + 1):
            result = self._observed(request, deadline, attempt)
            wait = self._wait_after(result)
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

    def _wait_after(self, result: Response | HttpFault) -> float | None:
        """Seconds to wait before another attempt, None when another would change nothing."""
        briefly = 0.1 + 0.2 * self._chance()
        if isinstance(result, HttpFault):
            return briefly if result.kind is Kind.UNREACHABLE else None
        if result.status not in _PASSING_STATUS:
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
        reading_until(deadline)
        left = max(deadline.remaining(), 0.001)
        try:
            with self._session.request(
                request.method,
                f"https://{request.host}{request.path}",
                params=dict(request.query),
                headers=dict(request.headers),
                data=request.body or None,
                timeout=(min(CONNECT_SECONDS, left), left),
                allow_redirects=False,
                stream=True,
            ) as reply:
                return Response(
                    status=reply.status_code,
                    body=_body(reply),
                    retry_after=self._retry_after(reply.headers.get("Retry-After")),
                )
        except requests.RequestException as error:
            raise HttpFault(_kind(error, deadline)) from None

    def _retry_after(self, value: str | None) -> float | None:
        """Seconds, from either form of RFC 9110, 10.2.3; None when it is neither."""
        if value is None:
            return None
        value = value.strip()
        if value.isascii() and value.isdigit() and len(value) <= _LONGEST_DELAY_DIGITS:
            return float(value)
        try:
            moment = email.utils.parsedate_to_datetime(value).timestamp()
        except (ValueError, TypeError, OverflowError):
            return None
        return max(0.0, moment - self._wall_clock())


def _body(reply: requests.Response) -> bytes:
    body = bytearray()
    chunks: Iterator[bytes] = reply.iter_content(_CHUNK_BYTES)
    for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_BODY_BYTES:
            raise HttpFault(Kind.OVERSIZED)
    return bytes(body)


def _kind(error: requests.RequestException, deadline: Deadline) -> Kind:
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error)):
        return Kind.UNTRUSTED
    # A socket may give up a few milliseconds before the clock says so.
    if isinstance(error, requests.ReadTimeout) or not deadline.allows(0.02):
        return Kind.TIMED_OUT
    return Kind.UNREACHABLE


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what lies beneath: the libraries keep it in `args`, `reason` or the chain."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, BaseException) or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [*current.args, getattr(current, "reason", None)]
        waiting += [current.__cause__, current.__context__]
