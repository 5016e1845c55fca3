"""The HTTP layer against servers that behave, and servers that do not."""

import email.utils
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import trustme
from lambda_support import NOW, Answer, FakeClock, Seen, Vendor, drip, eventually

from connect_core import http, tls
from connect_core.deadline import Deadline
from connect_core.http import Exchange, HttpClient, HttpFault, Kind, Request

PATH = "/thing"


class Recorder:
    """What the client did besides sending."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.exchanges: list[Exchange] = []


@pytest.fixture
def seen() -> Recorder:
    return Recorder()


@pytest.fixture
def client(ca_pem: str, seen: Recorder) -> HttpClient:
    return HttpClient(
        tls.client_context(ca_pem),
        observe=seen.exchanges.append,
        pause=seen.pauses.append,
        wall_clock=lambda: NOW,
        chance=lambda: 0.0,
    )


def get(vendor: Vendor, **changes: str) -> Request:
    return Request(name="thing", method="GET", host=vendor.host, path=PATH, query=changes)


def ten_seconds() -> Deadline:
    return Deadline.after(10)


def test_connection_is_kept_for_the_next_request(client: HttpClient, vendor: Vendor) -> None:
    vendor.answer(PATH, Answer())
    for _ in range(3):
        client.send(get(vendor), ten_seconds())
    assert {seen.connection for seen in vendor.requests(PATH)} == {1}


def test_query_is_encoded(client: HttpClient, vendor: Vendor) -> None:
    vendor.answer(PATH, Answer())
    client.send(get(vendor, q="a^b&c=d e"), ten_seconds())
    assert vendor.requests(PATH)[0].query == {"q": ["a^b&c=d e"]}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_passing_status_is_tried_once_more(
    client: HttpClient, vendor: Vendor, seen: Recorder, status: int
) -> None:
    vendor.answer(PATH, Answer(status=status), Answer(status=200))
    assert client.send(get(vendor), ten_seconds()).status == 200
    assert seen.pauses == [0.1]
    assert [(entry.outcome, entry.attempt) for entry in seen.exchanges] == [
        (str(status), 1),
        ("200", 2),
    ]


def test_second_failure_is_the_answer(client: HttpClient, vendor: Vendor) -> None:
    vendor.answer(PATH, Answer(status=503))
    assert client.send(get(vendor), ten_seconds()).status == 503
    assert len(vendor.requests(PATH)) == 2


@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 403, 404, 501])
def test_lasting_status_is_not_tried_again(client: HttpClient, vendor: Vendor, status: int) -> None:
    vendor.answer(PATH, Answer(status=status, body=b""))
    assert client.send(get(vendor), ten_seconds()).status == status
    assert len(vendor.requests(PATH)) == 1


@pytest.mark.parametrize(
    "value", ["2", " 2 ", email.utils.formatdate(NOW + 2, usegmt=True)], ids=["s", "spaces", "date"]
)
def test_retry_after_is_honoured_in_either_form(
    client: HttpClient, vendor: Vendor, seen: Recorder, value: str
) -> None:
    vendor.answer(PATH, Answer(status=429, headers={"Retry-After": value}), Answer())
    assert client.send(get(vendor), ten_seconds()).status == 200
    assert seen.pauses == [2.0]


def test_retry_after_beyond_the_deadline_ends_it(
    client: HttpClient, vendor: Vendor, seen: Recorder
) -> None:
    vendor.answer(PATH, Answer(status=429, headers={"Retry-After": "10"}), Answer())
    assert client.send(get(vendor), ten_seconds()).status == 429
    assert seen.pauses == []


@pytest.mark.parametrize("value", ["soon", "-1", "1e3", "²", "9" * 5000, "", "Mon, 99 Foo 2"])
def test_retry_after_that_says_nothing_is_ignored(
    client: HttpClient, vendor: Vendor, seen: Recorder, value: str
) -> None:
    encoded = value.encode().decode("latin-1")
    vendor.answer(PATH, Answer(status=503, headers={"Retry-After": encoded}), Answer())
    assert client.send(get(vendor), ten_seconds()).status == 200
    assert seen.pauses == [0.1]


def test_dropped_connection_is_tried_once_more(client: HttpClient, vendor: Vendor) -> None:
    vendor.answer(PATH, Answer(hang_up=True), Answer())
    assert client.send(get(vendor), ten_seconds()).status == 200


def test_refused_connection_is_unreachable(client: HttpClient, seen: Recorder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    request = Request(name="thing", method="GET", host=f"localhost:{port}", path=PATH)
    with pytest.raises(HttpFault) as caught:
        client.send(request, ten_seconds())
    assert caught.value.kind is Kind.UNREACHABLE
    assert [entry.outcome for entry in seen.exchanges] == ["unreachable", "unreachable"]


def test_single_attempt_is_possible(client: HttpClient, vendor: Vendor) -> None:
    vendor.answer(PATH, Answer(status=503))
    client.send(get(vendor), ten_seconds(), attempts=1)
    assert len(vendor.requests(PATH)) == 1


class TestTime:
    """Real time: these use up a deadline of half a second each."""

    LIMIT = 0.5

    def timed_out(self, client: HttpClient, request: Request) -> float:
        started = time.monotonic()
        with pytest.raises(HttpFault) as caught:
            client.send(request, Deadline.after(self.LIMIT))
        assert caught.value.kind is Kind.TIMED_OUT
        return time.monotonic() - started

    def silence(self, vendor: Vendor) -> None:
        def never(_: Seen) -> Answer:
            vendor.stopping.wait(10)
            return Answer()

        vendor.answer_by(PATH, never)

    def test_silent_server_is_cut(self, client: HttpClient, vendor: Vendor) -> None:
        self.silence(vendor)
        assert self.timed_out(client, get(vendor)) < self.LIMIT + 0.5
        assert len(vendor.requests(PATH)) == 1

    @pytest.mark.parametrize("headers", [{"Content-Length": "1000000"}, {}], ids=["sized", "open"])
    def test_body_that_drips_is_cut(
        self, client: HttpClient, vendor: Vendor, headers: dict[str, str]
    ) -> None:
        vendor.answer(PATH, Answer(headers=headers, pieces=drip(vendor, b"\r\n{")))
        assert self.timed_out(client, get(vendor)) < self.LIMIT + 0.5

    def test_headers_that_drip_are_cut(self, client: HttpClient, vendor: Vendor) -> None:
        vendor.answer(PATH, Answer(pieces=drip(vendor, b"X-Endless: ")))
        assert self.timed_out(client, get(vendor)) < self.LIMIT + 0.5

    def test_nobody_goes_on_reading_from_a_server_that_drips(
        self, client: HttpClient, vendor: Vendor
    ) -> None:
        vendor.answer(PATH, Answer(pieces=drip(vendor, b"X-Endless: ")))
        self.timed_out(client, get(vendor))
        assert eventually(lambda: not bounded_threads())

    def test_server_that_never_shakes_hands_is_cut(self, client: HttpClient) -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute:
            host = f"localhost:{mute.getsockname()[1]}"
            request = Request(name="thing", method="GET", host=host, path=PATH)
            assert self.timed_out(client, request) < self.LIMIT + 0.5

    def test_name_server_that_never_answers_is_cut(
        self, client: HttpClient, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        over = threading.Event()

        def resolve(*_: object, **__: object) -> list[object]:
            over.wait(10)
            raise socket.gaierror

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        assert self.timed_out(client, get(vendor)) < self.LIMIT + 0.5
        over.set()
        assert eventually(lambda: not bounded_threads())

    def test_no_time_means_no_request(self, client: HttpClient, vendor: Vendor) -> None:
        with pytest.raises(HttpFault) as caught:
            client.send(get(vendor), Deadline.after(0))
        assert caught.value.kind is Kind.TIMED_OUT
        assert vendor.seen == []

    def test_client_works_on_after_a_cut(self, client: HttpClient, vendor: Vendor) -> None:
        self.silence(vendor)
        self.timed_out(client, get(vendor))
        vendor.answer(PATH, Answer())
        assert client.send(get(vendor), ten_seconds()).status == 200


def bounded_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "bounded-work"]


class TestSize:
    def test_large_body_is_refused(self, client: HttpClient, vendor: Vendor) -> None:
        vendor.answer(PATH, Answer(body=b"x" * (http.LARGEST_BODY_BYTES + 1)))
        with pytest.raises(HttpFault) as caught:
            client.send(get(vendor), ten_seconds())
        assert caught.value.kind is Kind.OVERSIZED

    def test_endless_body_is_refused(self, client: HttpClient, vendor: Vendor) -> None:
        def pieces() -> Iterator[bytes]:
            yield b"\r\n"
            while not vendor.stopping.is_set():
                yield b"x" * 65536

        vendor.answer(PATH, Answer(pieces=pieces))
        with pytest.raises(HttpFault) as caught:
            client.send(get(vendor), ten_seconds())
        assert caught.value.kind is Kind.OVERSIZED

    def test_largest_body_is_taken(self, client: HttpClient, vendor: Vendor) -> None:
        vendor.answer(PATH, Answer(body=b"x" * http.LARGEST_BODY_BYTES))
        assert len(client.send(get(vendor), ten_seconds()).body) == http.LARGEST_BODY_BYTES


class TestTrust:
    def untrusted(self, client: HttpClient, vendor: Vendor) -> None:
        vendor.answer(PATH, Answer())
        with pytest.raises(HttpFault) as caught:
            client.send(get(vendor), ten_seconds())
        assert caught.value.kind is Kind.UNTRUSTED
        assert vendor.seen == []

    def test_unknown_authority_is_refused(
        self, client: HttpClient, make_vendor: Callable[..., Vendor]
    ) -> None:
        self.untrusted(client, make_vendor(issuer=trustme.CA()))

    def test_certificate_of_another_host_is_refused(
        self, client: HttpClient, make_vendor: Callable[..., Vendor]
    ) -> None:
        self.untrusted(client, make_vendor("other.example.com"))

    def test_without_a_bundle_only_public_authorities_count(self, vendor: Vendor) -> None:
        self.untrusted(HttpClient(tls.client_context()), vendor)

    def test_public_authorities_are_found_by_any_importer(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known = tls.client_context().cert_store_stats()
        monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
        assert tls.client_context().cert_store_stats() == known

    def test_bundle_is_trusted_in_addition(self, ca_pem: str) -> None:
        ours, public = tls.client_context(ca_pem), tls.client_context()
        assert ours.cert_store_stats()["x509_ca"] == public.cert_store_stats()["x509_ca"] + 1
        assert public.cert_store_stats()["x509_ca"] > 50

    @pytest.mark.parametrize(
        "name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"]
    )
    def test_machine_settings_add_no_trust(
        self,
        vendor: Vendor,
        ca: trustme.CA,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path_factory: pytest.TempPathFactory,
        name: str,
    ) -> None:
        bundle = tmp_path_factory.mktemp("trust") / "ca.pem"
        ca.cert_pem.write_to_path(str(bundle))
        monkeypatch.setenv(name, str(bundle.parent if name.endswith("DIR") else bundle))
        self.untrusted(HttpClient(tls.client_context()), vendor)

    def test_machine_settings_take_no_trust_away(
        self, client: HttpClient, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(name, "/nowhere/ca.pem")
        vendor.answer(PATH, Answer())
        assert client.send(get(vendor), ten_seconds()).status == 200

    def test_proxies_of_the_environment_are_not_used(
        self, client: HttpClient, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        vendor.answer(PATH, Answer())
        assert client.send(get(vendor), ten_seconds()).status == 200

    def test_bearer_never_follows_a_redirect(
        self, client: HttpClient, vendor: Vendor, make_vendor: Callable[..., Vendor]
    ) -> None:
        elsewhere = make_vendor()
        location = f"https://{elsewhere.host}{PATH}"
        vendor.answer(PATH, Answer(status=307, headers={"Location": location}))
        assert client.send(get(vendor), ten_seconds()).status == 307
        assert elsewhere.seen == []

    def test_cookies_are_not_kept(self, client: HttpClient, vendor: Vendor) -> None:
        vendor.answer(PATH, Answer(headers={"Set-Cookie": "JSESSIONID=abc; Path=/"}))
        client.send(get(vendor), ten_seconds())
        client.send(get(vendor), ten_seconds())
        assert "cookie" not in vendor.requests(PATH)[1].headers

    def test_plain_http_is_not_spoken(self, client: HttpClient) -> None:
        # The URL is built here, so a scheme can only come in by way of the host.
        with pytest.raises(HttpFault):
            client.send(
                Request(name="thing", method="GET", host="http://localhost", path=PATH),
                Deadline.after(1),
            )


def test_request_and_response_do_not_show_their_content() -> None:
    request = Request(
        name="n",
        method="POST",
        host="h",
        path="/p",
        query={"q": "canary"},
        headers={"Authorization": "canary"},
        body=b"canary",
    )
    assert "canary" not in repr(request)
    assert "canary" not in repr(http.Response(200, b"canary"))


def test_elapsed_time_is_measured_on_the_deadline_clock(
    client: HttpClient, vendor: Vendor, seen: Recorder
) -> None:
    clock = FakeClock()

    def slowly(_: Seen) -> Answer:
        clock.now += 1.25
        return Answer()

    vendor.answer_by(PATH, slowly)
    client.send(get(vendor), clock.deadline())
    assert seen.exchanges == [Exchange("thing", "200", 1, 1250)]
