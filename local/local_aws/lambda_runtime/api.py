"""The Lambda Runtime API (version 2018-06-01) for one worker.

Every worker has an address of its own: the API names no worker in its requests, and the clients
inside awslambdaric accept nothing but host and port.
"""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from threading import Thread

from local_aws.lambda_runtime.exchange import RESPONSE_LIMIT, Exchange

_RUNTIME = "/2018-06-01/runtime"
_ABOUT_INVOCATION = re.compile(rf"{_RUNTIME}/invocation/([^/]+)/(response|error)")
_JSON = "application/json"
_OK = b'{"status":"OK"}'
_GONE = b'{"errorType":"InvalidRequestID","errorMessage":"This invocation is over."}'
_TOO_LARGE = (
    b'{"errorType":"RequestEntityTooLarge","errorMessage":"Exceeded maximum payload size."}'
)


class RuntimeApi:
    """Listens on 127.0.0.1 for one worker; `accept` is called when the listener is readable."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self._connections: set[socket.socket] = set()

    def accept(self) -> None:
        """Take one connection and serve it in a thread of its own."""
        connection, address = self.listener.accept()
        self._connections.add(connection)
        Thread(
            target=self._serve, args=(connection, address), name="runtime-api", daemon=True
        ).start()

    def close(self) -> None:
        """Stop listening and cut what is open."""
        self.listener.close()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _serve(self, connection: socket.socket, address: tuple[str, int]) -> None:
        # A worker may vanish in the middle of a request.
        with suppress(OSError), connection:
            _Requests(connection, address, self._exchange)
        self._connections.discard(connection)


class _Requests(BaseHTTPRequestHandler):
    """The requests of one connection; the constructor serves them all, as its base does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(
        self, connection: socket.socket, address: tuple[str, int], exchange: Exchange
    ) -> None:
        self.exchange = exchange
        super().__init__(connection, address, None)  # type: ignore[arg-type] # there is no server

    def do_GET(self) -> None:
        if self.path != f"{_RUNTIME}/invocation/next":
            self._answer(HTTPStatus.NOT_FOUND, b"{}")
            return
        work = self.exchange.take()
        if work is None:
            self.close_connection = True
            return
        invocation, deadline_ms = work
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.invoked_arn,
            "Lambda-Runtime-Trace-Id": invocation.trace_id,
        }
        if invocation.client_context is not None:
            headers["Lambda-Runtime-Client-Context"] = invocation.client_context
        self._answer(HTTPStatus.OK, invocation.payload, headers)

    def do_POST(self) -> None:
        body = self._body()
        if self.path == f"{_RUNTIME}/init/error":
            self.exchange.fail_init(body or b"{}")
            self._answer(HTTPStatus.ACCEPTED, _OK)
            return
        about = _ABOUT_INVOCATION.fullmatch(self.path)
        if about is None:
            self._answer(HTTPStatus.NOT_FOUND, b"{}")
            return
        request_id, kind = about.groups()
        if kind == "error":
            waited = self.exchange.fail(request_id, body or b"{}")
        else:
            waited = self.exchange.reply(request_id, body)
        if not waited:
            self._answer(HTTPStatus.BAD_REQUEST, _GONE)
        elif body is None:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE)
        else:
            self._answer(HTTPStatus.ACCEPTED, _OK)

    def _body(self) -> bytes | None:
        """Read the whole body, counted or chunked; None when it is over the limit."""
        kept = bytearray()
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                kept += self.rfile.read(size)[: RESPONSE_LIMIT + 1 - len(kept)]
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass  # trailers
        else:
            left = int(self.headers.get("Content-Length", "0"))
            while left and (part := self.rfile.read(min(left, 1 << 20))):
                left -= len(part)
                kept += part[: RESPONSE_LIMIT + 1 - len(kept)]
        return None if len(kept) > RESPONSE_LIMIT else bytes(kept)

    def _answer(
        self, status: HTTPStatus, body: bytes, headers: dict[str, str] | None = None
    ) -> None:
        lines = {"Content-Type": _JSON, "Content-Length": str(len(body)), **(headers or {})}
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in lines.items()
        )
        # One write: head and body in two would wait for each other's acknowledgement.
        self.wfile.write(head.encode("latin-1", "replace") + b"\r\n" + body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing: these requests are not the user's."""
