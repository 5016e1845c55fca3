"""Locked files are taken from an index by their digests, and looked for by pip where that fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from build_fixtures import Clone, Index, Wheel

from lambda_build import BuildError


@dataclass(frozen=True)
class Served:
    """The test's index over HTTP, with the paths that were asked for."""

    url: str
    asked: list[str]


@pytest.fixture
def served(index: Index, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(index.root)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/simple"
    monkeypatch.setenv("PIP_INDEX_URL", url)
    yield Served(url, asked)
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_locked_wheel_takes_one_page_and_one_file(
    clone: Clone, index: Index, colour: Wheel, served: Served
) -> None:
    for version in ("1.0", "1.1", "1.3"):
        index.add("colour", version)
    clone.add("greeter", colour, cached=False)
    clone.build()
    assert served.asked == ["/simple/colour/", f"/files/{colour.path.name}"]


def test_a_file_that_is_not_what_the_page_says_is_refused(
    clone: Clone, colour: Wheel, served: Served
) -> None:
    clone.add("greeter", colour, cached=False)
    colour.path.write_bytes(colour.path.read_bytes() + b"altered")
    with pytest.raises(BuildError, match=r"colour 1\.2 does not match its hash in the lock"):
        clone.build()
    assert f"/files/{colour.path.name}" in served.asked
    assert not clone.dist.exists()


def test_a_page_that_gives_no_digests_is_left_to_pip(
    clone: Clone, index: Index, colour: Wheel, served: Served
) -> None:
    clone.add("greeter", colour, cached=False)
    page = index.root / "simple/colour/index.html"
    page.write_text(page.read_text().replace("#sha256=" + colour.sha256, ""))
    assert clone.build().lambdas["greeter"].packages[0].sha256 == colour.sha256
    assert served.asked.count("/simple/colour/") == 2


def test_the_second_index_is_asked_for_what_the_first_does_not_have(
    clone: Clone, colour: Wheel, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter", colour, cached=False)
    monkeypatch.setenv("PIP_INDEX_URL", served.url.replace("/simple", "/empty"))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", served.url)
    clone.build()
    assert served.asked == [
        "/empty/colour/",
        "/simple/colour/",
        f"/files/{colour.path.name}",
    ]


def test_no_index_is_asked_where_pip_is_to_ask_none(
    clone: Clone, index: Index, colour: Wheel, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter", colour, cached=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.root / "files"))
    clone.build()
    assert served.asked == []


def test_a_host_that_pip_does_not_trust_is_not_asked(
    clone: Clone, colour: Wheel, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter", colour, cached=False)
    # The same server by a name that is not this machine's to pip, without TLS.
    monkeypatch.setenv("PIP_INDEX_URL", served.url.replace("127.0.0.1", "0.0.0.0"))  # noqa: S104
    with pytest.raises(BuildError, match=r"There is no wheel of colour 1\.2"):
        clone.build()
    assert served.asked == []
