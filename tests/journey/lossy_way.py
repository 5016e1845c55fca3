"""A way to the embedded AWS on which answers can be lost after AWS has done what was asked."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_OF_A_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class LossyWay:
    """Forwards every request; loses the answer to the first one that `lose_next` describes."""

    def __init__(self) -> None:
        self.lost: list[str] = []
        self._wanted: tuple[str, bytes] | None = None
        self._lock = threading.Lock()

    def lose_next(self, method_and_path: str, body: bytes) -> None:
        """Lose one answer: to a request that begins so and has this in its body."""
        self._wanted = method_and_path, body

    def loses(self, line: str, body: bytes) -> bool:
        with self._lock:
            if self._wanted is None:
                return False
            start, part = self._wanted
            if not line.startswith(start) or part not in body:
                return False
            self._wanted = None
            self.lost.append(line)
            return True


@contextmanager
def lossy_way(state_dir: Path) -> Iterator[LossyWay]:
    """Lead everybody who looks up the embedded AWS of a checkout over a lossy way.

    Args:
        state_dir: where aws.json says where it is.
    """
    file = state_dir / "aws.json"
    text = file.read_text(encoding="utf-8")
    announced = json.loads(text)
    way = LossyWay()
    behind = announced["endpoint"].removeprefix("http://")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection = http.client.HTTPConnection(behind, timeout=120)
            try:
                connection.putrequest(
                    self.command, self.path, skip_host=True, skip_accept_encoding=True
                )
                for name, value in self.headers.items():
                    if name.lower() not in {"connection", "expect"}:
                        connection.putheader(name, value)
                connection.endheaders(body)
                response = connection.getresponse()
                content = response.read()
            finally:
                connection.close()
            if way.loses(f"{self.command} {self.path}", body):
                self.close_connection = True
                return
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in _OF_A_HOP:
                    self.send_header(name, value)
            length = response.headers["Content-Length"] if self.command == "HEAD" else None
            self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            with suppress(ConnectionError):  # who asked may have been killed meanwhile
                self.wfile.write(content)

        do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = forward  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        announced["endpoint"] = f"http://127.0.0.1:{server.server_address[1]}"
        file.write_text(json.dumps(announced), encoding="utf-8")
        try:
            yield way
        finally:
            server.shutdown()
            thread.join()
            file.write_text(text, encoding="utf-8")
