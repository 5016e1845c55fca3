"""What becomes of connections, and of requests that must not be sent twice."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest
import trustme
from lambda_support import NOW, Answer, FakeClock, Vendor, eventually

from connect_core import tls
from connect_core.deadline import Deadline
from connect_core.http import HttpClient, HttpFault, Kind, Request

PATH = "/thing"


@pytest.fixture
def now() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def client(ca_pem: str, now: FakeClock) -> HttpClient:
    return HttpClient(
        tls.client_context(ca_pem), pause=lambda _: None, wall_clock=now, chance=lambda: 0.0
    )


def post(vendor: Vendor) -> Request:
    return Request(name="thing", method="POST", host=vendor.host, path=PATH, body=b"{}")


def soon() -> Deadline:
    return Deadline.after(5)


class Once:
    """A server that answers each connection with the same bytes and hangs up."""

    def __init__(self, ca: trustme.CA, answer: bytes) -> None:
        self.connections = 0
        self.ended = 0
        self._answer = answer
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("localhost").configure_cert(self._context)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"localhost:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            with self._context.wrap_socket(raw, server_side=True) as connection:
                self.connections += 1
                connection.recv(65536)
                connection.sendall(self._answer)
            self.ended += 1

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def once(ca: trustme.CA) -> Iterator[Callable[..., Once]]:
    running: list[Once] = []

    def start(answer: bytes) -> Once:
        running.append(Once(ca, answer))
        return running[-1]

    yield start
    for server in running:
        server.close()


class TestKeeping:
    def test_connection_that_was_idle_for_long_is_not_used_again(
        self, client: HttpClient, vendor: Vendor, now: FakeClock
    ) -> None:
        vendor.answer(PATH, Answer())
        for idle in (0, 19, 19, 21):
            now.now += idle
            client.send(post(vendor), soon())
        assert [seen.connection for seen in vendor.seen] == [1, 1, 1, 2]

    def test_connection_from_the_future_is_not_used_again(
        self, client: HttpClient, vendor: Vendor, now: FakeClock
    ) -> None:
        # The clock was put right after a restore.
        vendor.answer(PATH, Answer())
        client.send(post(vendor), soon())
        now.now -= 3600
        client.send(post(vendor), soon())
        assert [seen.connection for seen in vendor.seen] == [1, 2]

    def test_connection_that_the_other_side_has_closed_is_replaced_unnoticed(
        self, client: HttpClient, once: Callable[..., Once]
    ) -> None:
        server = once(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        request = Request(name="t", method="GET", host=server.host, path="/")
        for served in (1, 2, 3):
            assert client.send(request, soon(), attempts=1, repeatable=False).status == 200
            assert eventually(lambda: server.ended == served)  # noqa: B023 - asked at once
        assert server.connections == 3

    def test_each_thread_has_a_connection_while_it_needs_one(
        self, client: HttpClient, vendor: Vendor
    ) -> None:
        both = threading.Barrier(2)

        def together(_: object) -> Answer:
            both.wait(5)
            return Answer()

        vendor.answer_by(PATH, together)
        threads = [
            threading.Thread(target=lambda: client.send(post(vendor), soon())) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {seen.connection for seen in vendor.seen} == {1, 2}


class TestOnlyOnce:
    @pytest.mark.parametrize("status", [500, 502, 504])
    def test_fault_of_the_server_is_not_tried_again(
        self, client: HttpClient, vendor: Vendor, status: int
    ) -> None:
        vendor.answer(PATH, Answer(status=status))
        assert client.send(post(vendor), soon(), repeatable=False).status == status
        assert len(vendor.seen) == 1

    @pytest.mark.parametrize("status", [429, 503])
    def test_request_that_was_turned_away_is_tried_again(
        self, client: HttpClient, vendor: Vendor, status: int
    ) -> None:
        vendor.answer(PATH, Answer(status=status), Answer())
        assert client.send(post(vendor), soon(), repeatable=False).status == 200

    def test_request_whose_answer_was_lost_is_not_tried_again(
        self, client: HttpClient, vendor: Vendor
    ) -> None:
        vendor.answer(PATH, Answer(hang_up=True), Answer())
        with pytest.raises(HttpFault) as caught:
            client.send(post(vendor), soon(), repeatable=False)
        assert caught.value.kind is Kind.CUT_OFF
        assert len(vendor.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnothing\r\n",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 twohundred OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"",
    ],
    ids=["short", "chunk", "no chunk", "no http", "status", "many", "long", "nothing"],
)
def test_answer_that_is_broken_is_no_answer(
    client: HttpClient, once: Callable[..., Once], answer: bytes
) -> None:
    server = once(answer)
    request = Request(name="t", method="GET", host=server.host, path="/")
    with pytest.raises(HttpFault) as caught:
        client.send(request, soon(), attempts=1)
    assert caught.value.kind is Kind.CUT_OFF


def test_chunked_answer_is_read(client: HttpClient, once: Callable[..., Once]) -> None:
    chunks = b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    server = once(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    request = Request(name="t", method="GET", host=server.host, path="/")
    assert client.send(request, soon()).body == b"hello world"


def test_server_that_does_not_speak_tls_is_unreachable(client: HttpClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def answer() -> None:
            connection, _ = plain.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                connection.recv(65536)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        host = f"localhost:{plain.getsockname()[1]}"
        with pytest.raises(HttpFault) as caught:
            client.send(Request(name="t", method="GET", host=host, path="/"), soon(), attempts=1)
        assert caught.value.kind is Kind.UNREACHABLE
        thread.join()


@pytest.mark.parametrize("host", ["example.com", "10.0.0.1:80", "127.0.0.1.example.com", "0.0.0.0"])  # noqa: S104 - must be refused
def test_plain_http_never_leaves_the_machine(host: str) -> None:
    with pytest.raises(ValueError, match="never leaves"):
        Request(name="t", method="GET", host=host, path="/", scheme="http")
