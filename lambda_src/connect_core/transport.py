"""HTTP/1.1 by the standard library: connections are kept for the next request, and end in time.

A library on top would cost a cold start several times what http.client and ssl do
(docs/decisions/0011-light-lambdas.md). Neither of these looks at proxy variables, netrc or CA
settings of the machine.
"""

import http.client
import select
import ssl
import threading
import time
from collections.abc import Mapping
from email.message import Message
from typing import TYPE_CHECKING, Literal

from connect_core.deadline import Clock, Deadline
from connect_core.http_fault import HttpFault, Kind
from connect_core.value import Value, field

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Scheme = Literal["https", "http"]

# Connecting takes tens of milliseconds; an address that is silent for longer will stay silent.
CONNECT_SECONDS = 2.0
# Replies are well under a kilobyte.
LARGEST_BODY_BYTES = 256 * 1024
# Between invocations an environment is frozen, and the other side's farewell is lost; a connection
# that was idle for longer may lead nowhere without looking it. Servers keep one for 20 s and more.
LONGEST_IDLE_SECONDS = 20.0
_KEPT_PER_ORIGIN = 4


class Outgoing(Value):
    """A request as it goes onto the wire."""

    scheme: Scheme
    host: str
    method: str
    target: str
    headers: Mapping[str, str] = field(shown=False)
    body: bytes = field(shown=False)


class Incoming(Value):
    """A reply as it came."""

    status: int
    headers: Message = field(shown=False)
    body: bytes = field(shown=False)


class _Idle(Value):
    connection: http.client.HTTPConnection
    since: float


class Connections:
    """Sends requests, over a connection left from an earlier one where there is one.

    Args:
        context: Whom to trust. Its sockets will end their reads with the request's deadline.
        wall_clock: Seconds since 1970. A monotonic clock may stand still while frozen.
    """

    def __init__(self, context: ssl.SSLContext, *, wall_clock: Clock = time.time) -> None:
        context.sslsocket_class = _BoundedSocket
        self._context = context
        self._wall_clock = wall_clock
        self._idle: dict[tuple[Scheme, str], list[_Idle]] = {}
        self._lock = threading.Lock()

    def exchange(self, request: Outgoing, deadline: Deadline) -> Incoming:
        """Send one request and read its reply.

        Raises:
            HttpFault: No reply came, or none that we would take.
        """
        connection = self._left_over(request) or self._connected(request, deadline)
        try:
            reply = _exchange(connection, request, deadline)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise HttpFault(_kind(error, deadline, Kind.CUT_OFF)) from None
        except BaseException:
            connection.close()
            raise
        self._keep(request, connection)
        return reply

    def _left_over(self, request: Outgoing) -> http.client.HTTPConnection | None:
        while True:
            with self._lock:
                kept = self._idle.get((request.scheme, request.host))
                if not kept:
                    return None
                idle = kept.pop()
            age = self._wall_clock() - idle.since
            if 0 <= age <= LONGEST_IDLE_SECONDS and not _has_ended(idle.connection):
                return idle.connection
            idle.connection.close()

    def _connected(self, request: Outgoing, deadline: Deadline) -> http.client.HTTPConnection:
        seconds = min(CONNECT_SECONDS, _left(deadline))
        try:
            connection = (
                http.client.HTTPSConnection(request.host, timeout=seconds, context=self._context)
                if request.scheme == "https"
                else http.client.HTTPConnection(request.host, timeout=seconds)
            )
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            raise HttpFault(_kind(error, deadline, Kind.UNREACHABLE)) from None
        return connection

    def _keep(self, request: Outgoing, connection: http.client.HTTPConnection) -> None:
        if connection.sock is None:  # the other side wants it closed
            return
        with self._lock:
            kept = self._idle.setdefault((request.scheme, request.host), [])
            if len(kept) < _KEPT_PER_ORIGIN:
                kept.append(_Idle(connection, self._wall_clock()))
                return
        connection.close()


class _BoundedSocket(ssl.SSLSocket):
    """A TLS socket whose reads end with a deadline.

    A time-out counts for each read: a server that sends a byte now and then could keep a thread
    reading for ever.
    """

    deadline: Deadline | None = None

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        """Read, within what the deadline leaves."""
        if self.deadline is not None:
            left = self.deadline.remaining()
            if left <= 0:
                raise TimeoutError
            self.settimeout(left)
        return super().recv_into(buffer, nbytes, flags)


def _exchange(
    connection: http.client.HTTPConnection, request: Outgoing, deadline: Deadline
) -> Incoming:
    connection.sock.settimeout(_left(deadline))
    if isinstance(connection.sock, _BoundedSocket):
        connection.sock.deadline = deadline
    connection.request(request.method, request.target, request.body or None, dict(request.headers))
    reply = connection.getresponse()
    body = reply.read(LARGEST_BODY_BYTES + 1)
    if len(body) > LARGEST_BODY_BYTES:
        raise HttpFault(Kind.OVERSIZED)
    if reply.length:  # http.client is content with less than was announced
        raise http.client.IncompleteRead(body, reply.length)
    return Incoming(reply.status, reply.headers, body)


def _has_ended(connection: http.client.HTTPConnection) -> bool:
    """Whether the other side has closed, or says something nobody asked for."""
    if connection.sock is None:
        return True
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))


def _left(deadline: Deadline) -> float:
    return max(deadline.remaining(), 0.001)


def _kind(error: Exception, deadline: Deadline, otherwise: Kind) -> Kind:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Kind.UNTRUSTED
    # A socket may give up a few milliseconds before the clock says so.
    waited = isinstance(error, TimeoutError) and otherwise is Kind.CUT_OFF
    if waited or not deadline.allows(0.02):
        return Kind.TIMED_OUT
    return otherwise
