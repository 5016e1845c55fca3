"""A small HTTPS server for stand-ins: threads, keep-alive, and an end that comes at once.

It knows nothing of any vendor. An application is a function from `Request` to `Response`.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import math
import selectors
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Protocol, cast
from urllib.parse import unquote, urlsplit

MAX_BODY_BYTES = 64 * 1024
"""The largest request body that is read; nothing a vendor's API gets from us is near it."""

_IDLE_SECONDS = 65.0
_LINGER_SECONDS = 1.0
_LINGER_BYTES = 1024 * 1024
_DRIP_INTERVAL_SECONDS = 0.02
_PORT_ATTEMPTS = 20
_NO_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

_log = logging.getLogger(__name__)


class Interrupted(Exception):  # noqa: N818  an order to end, nothing went wrong
    """The server is stopping: the request gets no answer."""


@dataclass(frozen=True)
class Request:
    """One request: ``path`` is decoded and ``query`` is as sent, without the question mark."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    pause: Callable[[float], None]
    """Waits that many seconds; raises `Interrupted` when the server stops meanwhile."""

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Response:
    """One answer.

    ``drip_seconds`` spreads the body's bytes evenly over that time; with ``reset`` there is no
    answer, and the connection is reset.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    drip_seconds: float = 0.0
    reset: bool = False


Application = Callable[[Request], Response]


class Entrance(Protocol):
    """What a connection comes through."""

    def admit(self, accepted: socket.socket) -> socket.socket:
        """The connection to serve; its handshake, if it needs one, is yet to come.

        Raises:
            OSError: it is not served.
        """


class HttpsServer:
    """Serves an application on both loopback addresses, on one port of the system's choice.

    Args:
        entrance: how it speaks TLS, or decides whether it does.
        application: what is served.
    """

    def __init__(self, entrance: ssl.SSLContext | Entrance, application: Application) -> None:
        if isinstance(entrance, ssl.SSLContext):
            entrance = _Tls(entrance)
        self._stopping = threading.Event()
        self._connections = _Connections()
        self._listeners = [
            _Listener(
                listening,
                entrance=entrance,
                application=application,
                stopping=self._stopping,
                connections=self._connections,
            )
            for listening in _loopback_sockets()
        ]
        self.port: int = self._listeners[0].server_address[1]
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name="stand-in", daemon=True)

    def start(self) -> None:
        """Accept connections until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """End every request, also those that wait, and every connection. Once only."""
        self._stopping.set()
        self._wake.close()
        if self._thread.ident is not None:
            self._thread.join()
        self._woken.close()
        for listener in self._listeners:
            listener.server_close()
        self._connections.end()

    def cut(self) -> None:
        """End the connections there are; those that come are served."""
        self._connections.cut()

    def _accept(self) -> None:
        # Not serve_forever: it looks twice a second whether it should end, or burns more.
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            for listener in self._listeners:
                selector.register(listener, selectors.EVENT_READ, listener)
            while not self._stopping.is_set():
                for key, _ in selector.select():
                    if key.data is not None:
                        cast(_Listener, key.data).handle_request()


@dataclass(frozen=True)
class _Tls:
    """Lets everybody in."""

    context: ssl.SSLContext

    def admit(self, accepted: socket.socket) -> socket.socket:
        try:
            return self.context.wrap_socket(
                accepted, server_side=True, do_handshake_on_connect=False
            )
        except OSError:
            accepted.close()
            raise


class _Connections:
    """The open connections, so that an idle one does not outlive the server."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()

    def add(self, connection: socket.socket) -> None:
        with self._changed:
            self._open.add(connection)

    def discard(self, connection: socket.socket) -> None:
        with self._changed:
            self._open.discard(connection)
            self._changed.notify_all()

    def cut(self) -> None:
        with self._changed:
            for connection in self._open:
                # Below TLS: the handler's thread sees end-of-file, wherever it is reading.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def end(self) -> None:
        self.cut()
        with self._changed:
            self._changed.wait_for(lambda: not self._open, timeout=5)


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 512
    timeout = 0  # a connection that vanished before it was accepted is not waited for

    def __init__(
        self,
        listening: socket.socket,
        *,
        entrance: Entrance,
        application: Application,
        stopping: threading.Event,
        connections: _Connections,
    ) -> None:
        self.address_family = listening.family
        super().__init__(listening.getsockname(), _Handler, bind_and_activate=False)
        self.socket.close()
        listening.setblocking(False)  # noqa: FBT003
        self.socket = listening
        self.server_address = listening.getsockname()
        self.application = application
        self.stopping = stopping
        self._entrance = entrance
        self._connections = connections
        self.resetting: set[socket.socket] = set()
        self.server_activate()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        accepted, address = super().get_request()
        # The handshake waits for the client, so it belongs to the connection's own thread.
        admitted = self._entrance.admit(accepted)
        self._connections.add(admitted)
        return admitted, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        connection = cast(socket.socket, request)
        if connection not in self.resetting:
            # Not SSLSocket.shutdown, which would drop the TLS layer under a reader's feet.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_WR)
        self.resetting.discard(connection)
        connection.close()
        self._connections.discard(connection)

    def handle_error(
        self,
        request: socket.socket | tuple[bytes, socket.socket],  # noqa: ARG002
        client_address: object,  # noqa: ARG002
    ) -> None:
        _log.exception("A stand-in failed to answer a request.")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle(self) -> None:
        try:
            if isinstance(self.connection, ssl.SSLSocket):
                self.connection.do_handshake()
            super().handle()
        except Interrupted:
            self.close_connection = True
        except OSError as error:
            # The client does not trust the certificate, or went away: its right.
            _log.debug("A connection ended early: %s", error)
            self._drop_output()

    def _answer(self) -> None:
        body = self._read_body()
        if body is None:
            return
        target = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(target.path),
            query=target.query,
            headers=_folded(self.headers),
            body=body,
            pause=self._pause,
        )
        response = self._listener.application(request)
        if response.reset:
            self._reset()
        else:
            self._write(response)

    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = _answer  # noqa: N815

    @property
    def _listener(self) -> _Listener:
        return cast(_Listener, self.server)

    def _pause(self, seconds: float) -> None:
        if self._listener.stopping.wait(seconds):
            raise Interrupted

    def _read_body(self) -> bytes | None:
        """The body, or None when the request was refused for the way it was sent."""
        length = self.headers.get("content-length", "0").strip()
        if "transfer-encoding" in self.headers:
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
        elif not (length.isascii() and length.isdigit()):
            self._refuse(HTTPStatus.BAD_REQUEST)
        elif int(length) > MAX_BODY_BYTES:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            self.close_connection = True  # the client went away halfway
        return None

    def _refuse(self, status: HTTPStatus) -> None:
        # What follows on the connection is the unread body, not a request.
        self.close_connection = True
        self._write(Response(status, headers={"Connection": "close"}))
        # Closing on a client that is still sending resets the connection, and with it the answer.
        self.connection.settimeout(_LINGER_SECONDS)
        discarded = 0
        while discarded < _LINGER_BYTES:
            received = len(self.rfile.read1(MAX_BODY_BYTES))
            if not received:
                return
            discarded += received

    def _reset(self) -> None:
        self.close_connection = True
        close_with_reset(self.connection)
        self._listener.resetting.add(self.connection)

    def _write(self, response: Response) -> None:
        bodiless = response.status in _NO_BODY
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if not bodiless:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self._write_body(response)
        self.wfile.flush()

    def _write_body(self, response: Response) -> None:
        if not response.drip_seconds:
            self.wfile.write(response.body)
            return
        self.wfile.flush()
        pieces = max(1, math.ceil(response.drip_seconds / _DRIP_INTERVAL_SECONDS))
        size = max(1, math.ceil(len(response.body) / pieces))
        starts = range(0, len(response.body), size)
        for start in starts:
            self._pause(response.drip_seconds / len(starts))
            self.wfile.write(response.body[start : start + size])
            self.wfile.flush()

    def _drop_output(self) -> None:
        # socketserver flushes what is left when it closes the connection; nobody reads it.
        with contextlib.suppress(OSError, ValueError):
            self.wfile.close()

    def version_string(self) -> str:
        return "stand-in"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        _log.debug(format, *args)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: request lines carry queries; stand-ins log what they record."""


def close_with_reset(connection: socket.socket) -> None:
    """Make the coming close a reset, provided that no farewell is sent before it."""
    # Zero seconds of lingering.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _folded(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _loopback_sockets() -> list[socket.socket]:
    """Bound sockets on 127.0.0.1 and, where the machine has it, ::1, on the same free port."""
    for _ in range(_PORT_ATTEMPTS):
        first = _bound(socket.AF_INET, "127.0.0.1", 0)
        try:
            second = _bound(socket.AF_INET6, "::1", first.getsockname()[1])
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return [first]
            first.close()
        else:
            return [first, second]
    raise OSError(errno.EADDRINUSE, "No port is free on both 127.0.0.1 and ::1; try again.")


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
