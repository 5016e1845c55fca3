"""A small server that behaves like comments and issues of GitHub and GitLab, faults included."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "ghs_made-up-for-tests"
_PAGE = 2  # entries, whatever is asked for, so that every test pages


@dataclass
class Entry:
    """A comment or an issue."""

    id: int
    author: str
    body: str
    title: str = ""
    state: str = "open"


@dataclass
class Fault:
    """What goes wrong with a request; ``done`` is whether the request took effect all the same."""

    method: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    done: bool = False
    body: str = '{"message": "a fault"}'


@dataclass
class Host:
    """What the server holds."""

    comments: dict[int, list[Entry]] = field(default_factory=dict)
    issues: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    bot: bool = True
    next_id: int = 100
    base: str = ""

    def new(self, author: str, body: str, title: str = "") -> Entry:
        """Write something as somebody."""
        self.next_id += 1
        return Entry(self.next_id, author, body, title)

    def say(self, number: int, author: str, body: str) -> Entry:
        """Comment as somebody."""
        entry = self.new(author, body)
        self.comments.setdefault(number, []).append(entry)
        return entry


@contextmanager
def code_host() -> Iterator[Host]:
    """The server while a test runs."""
    host = Host()

    class Handler(_Handler):
        stand_in = host

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    stand_in: Host

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PATCH(self) -> None:
        self._serve("PATCH")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        path = urlsplit(self.path).path
        host = self.stand_in
        host.requests.append(f"{method} {path}")
        fault = next((each for each in host.faults if each.method == method), None)
        if fault:
            host.faults.remove(fault)
            if fault.done:
                self._answer(method, path, body)
            self._send(fault.status, fault.body, fault.headers)
            return
        given = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or ""
        if given.removeprefix("Bearer ") != TOKEN:
            self._send(401, '{"message": "Bad credentials"}')
            return
        status, answer, headers = self._answer(method, path, body)
        self._send(status, json.dumps(answer) if answer is not None else "", headers)

    def _send(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        content = text.encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answer(  # noqa: C901, PLR0911, PLR0912 (a branch a route)
        self, method: str, path: str, body: Any
    ) -> tuple[int, Any, dict[str, str]]:
        host = self.stand_in
        if path == "/user":
            if host.bot and "Authorization" in self.headers:
                return 403, {"message": "Resource not accessible by integration"}, {}
            return 200, {"login": "us", "id": 1}, {}
        comments = re.fullmatch(
            r"/repos/example/voice/issues/(\d+)/comments"
            r"|/projects/5/(?:merge_requests|issues)/(\d+)/notes",
            path,
        )
        if comments:
            found = host.comments.setdefault(int(comments[1] or comments[2]), [])
            if method == "POST":
                found.append(host.new("us", body["body"]))
                return 201, self._shown(found[-1]), {}
            return self._listed(found)
        one = re.fullmatch(
            r"/repos/example/voice/issues/comments/(\d+)"
            r"|/projects/5/(?:merge_requests|issues)/\d+/notes/(\d+)",
            path,
        )
        if one:
            wanted = int(one[1] or one[2])
            for found in host.comments.values():
                for entry in found:
                    if entry.id == wanted:
                        if method == "DELETE":
                            found.remove(entry)
                            return 204, None, {}
                        entry.body = body["body"]
                        return 200, self._shown(entry), {}
            return 404, {"message": "Not Found"}, {}
        if path in {"/repos/example/voice/issues", "/projects/5/issues"}:
            if method == "POST":
                text = body.get("body", body.get("description"))
                host.issues.append(host.new("us", text, body["title"]))
                return 201, self._shown(host.issues[-1]), {}
            return self._listed([each for each in host.issues if each.state == "open"])
        issue = re.fullmatch(r"/(?:repos/example/voice|projects/5)/issues/(\d+)", path)
        if issue:
            entry = next(each for each in host.issues if each.id == int(issue[1]))
            entry.title = body.get("title", entry.title)
            entry.body = body.get("body", body.get("description", entry.body))
            if body.get("state") == "closed" or body.get("state_event") == "close":
                entry.state = "closed"
            return 200, self._shown(entry), {}
        return 404, {"message": "Not Found"}, {}

    def _listed(self, entries: list[Entry]) -> tuple[int, Any, dict[str, str]]:
        page = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
        shown = [self._shown(each) for each in entries[(page - 1) * _PAGE : page * _PAGE]]
        more = page * _PAGE < len(entries)
        link = {"Link": f'<{self.stand_in.base}/elsewhere?page={page + 1}>; rel="next"'}
        following = {"X-Next-Page": str(page + 1) if more else ""}
        github = "Authorization" in self.headers
        return 200, shown, (link if more else {}) if github else following

    def _shown(self, entry: Entry) -> dict[str, Any]:
        ours = entry.author == "us"
        return {
            "id": entry.id,
            "number": entry.id,
            "iid": entry.id,
            "title": entry.title,
            # GitHub and GitLab give line ends back as they like.
            "body": entry.body.replace("\n", "\r\n"),
            "description": entry.body,
            "user": {
                "login": entry.author,
                "type": "Bot" if ours and self.stand_in.bot else "User",
            },
            "author": {"id": 1 if ours else 2},
            "html_url": f"https://code.example/{entry.id}",
            "web_url": f"https://code.example/{entry.id}",
        }
