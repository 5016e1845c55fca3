"""A vendor on 127.0.0.1 with a real certificate, and the rest of the world in a test's hands."""

import functools
import json
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

import jwt
import trustme

from connect_core.deadline import Deadline
from servicenow_voice.handler import Ports, VoiceHandler
from servicenow_voice.token_copy import ParameterStore

CONTACT_ID = "5f3c1f0e-8f2b-4d3a-9c55-0a1b2c3d4e5f"
VOICE_SERVICE_ID = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
CALLER = "+14155550123"
AGENT_NUMBER = "+14155550199"
PARAMETER_PATH = "/com.servicenow.cti/inst1"
CALL_CONTEXT_PATH = "/api/sn_voice/call_context"
INTERACTION_PATH = "/api/now/table/interaction_context"
NOW = 1_900_000_000.0


@dataclass
class FakeClock:
    """A clock that moves only when somebody waits on it."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def deadline(self, seconds: float = 6.0) -> Deadline:
        return Deadline.after(seconds, clock=self)


@dataclass(frozen=True)
class FakeContext:
    """Lambda's context object."""

    milliseconds: int = 7000
    aws_request_id: str = "b6f8a1de-0000-4000-8000-000000000001"

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@dataclass(frozen=True)
class Seen:
    """A request as the vendor saw it."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    raw_query: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


@dataclass(frozen=True)
class Answer:
    """What the vendor answers. `pieces` come one by one, as slowly as they are produced."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Callable[[], Iterable[bytes]] | None = None
    hang_up: bool = False

    @classmethod
    def of(cls, value: object, status: int = 200, **headers: str) -> "Answer":
        return cls(status=status, body=json.dumps(value).encode(), headers=headers)


Script = Sequence[Answer] | Callable[[Seen], Answer]


@functools.cache
def _certificate(ca: trustme.CA, names: tuple[str, ...]) -> trustme.LeafCert:
    """Making one takes longer than most tests."""
    return ca.issue_cert(*names)


class Vendor:
    """An HTTPS server; each path has a script, whose last answer repeats."""

    def __init__(self, ca: trustme.CA, *names: str) -> None:
        self.seen: list[Seen] = []
        self.stopping = threading.Event()
        self._scripts: dict[str, Script] = {}
        self._served: dict[str, int] = {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _certificate(ca, names or ("localhost",)).configure_cert(context)
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._server.context = context
        self._thread = threading.Thread(
            target=lambda: self._server.serve_forever(poll_interval=0.01), daemon=True
        )

    def __enter__(self) -> "Vendor":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        return f"localhost:{self._server.server_port}"

    def answer(self, path: str, *answers: Answer) -> None:
        self._scripts[path] = answers
        self._served[path] = 0

    def answer_by(self, path: str, script: Callable[[Seen], Answer]) -> None:
        self._scripts[path] = script

    def requests(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    def next_answer(self, seen: Seen) -> Answer:
        self.seen.append(seen)
        script = self._scripts.get(seen.path)
        if script is None:
            return Answer(status=404)
        if callable(script):
            return script(seen)
        position = self._served[seen.path]
        self._served[seen.path] += 1
        return script[min(position, len(script) - 1)]


class _Server(ThreadingHTTPServer):
    context: ssl.SSLContext
    daemon_threads = True
    block_on_close = False
    connections = 0

    def finish_request(self, request: object, client_address: object) -> None:
        try:
            wrapped = self.context.wrap_socket(request, server_side=True)  # type: ignore[arg-type]
        except OSError:
            return  # the client does not like our certificate
        self.connections += 1
        super().finish_request(wrapped, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        del request, client_address  # clients that hang up are part of the tests


def _handler_for(vendor: Vendor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer; else each waits 40 ms for the other side

        def setup(self) -> None:
            super().setup()
            self.number = self.server.connections  # type: ignore[attr-defined]

        def _serve(self) -> None:
            url = urllib.parse.urlsplit(self.path)
            seen = Seen(
                method=self.command,
                path=url.path,
                query=urllib.parse.parse_qs(url.query),
                raw_query=url.query,
                headers={key.lower(): value for key, value in self.headers.items()},
                body=self.rfile.read(int(self.headers.get("Content-Length", 0))),
                connection=self.number,
            )
            answer = vendor.next_answer(seen)
            if answer.hang_up:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for key, value in answer.headers.items():
                self.send_header(key, value)
            if answer.pieces is None:
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
                return
            self.flush_headers()
            self.close_connection = True
            for piece in answer.pieces():
                self.wfile.write(piece)
                self.wfile.flush()

        do_GET = do_POST = _serve  # noqa: N815 - the names http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def connect_event(
    operation: str | None = "getCallContext", *, contact_id: object = CONTACT_ID, **parameters: str
) -> dict[str, object]:
    """An event as Connect sends it, nulls included."""
    given: dict[str, object] = dict(parameters)
    if operation is not None:
        given["operation"] = operation
    return {
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": {},
                "AWSRegion": "us-east-1",
                "Channel": "VOICE",
                "ContactId": contact_id,
                "CustomerEndpoint": {"Address": CALLER, "Type": "TELEPHONE_NUMBER"},
                "CustomerId": None,
                "Description": None,
                "InitialContactId": contact_id,
                "InitiationMethod": "INBOUND",
                "InstanceARN": "arn:aws:connect:us-east-1:123456789012:instance/abc",
                "LanguageCode": "en-US",
                "MediaStreams": {"Customer": {"Audio": None}},
                "Name": None,
                "PreviousContactId": contact_id,
                "Queue": None,
                "References": {},
                "RelatedContactId": None,
                "SegmentAttributes": {},
                "SystemEndpoint": {"Address": "+18005550100", "Type": "TELEPHONE_NUMBER"},
                "Tags": {},
            },
            "Parameters": given,
        },
    }


def access_token(ends: float = NOW + 1800, **claims: object) -> str:
    return jwt.encode({"exp": int(ends), **claims}, "not-checked-by-anyone-32-bytes-long", "HS256")


def token_answer(token: str, **more: object) -> Answer:
    return Answer.of({"access_token": token, "token_type": "Bearer", **more})


def context_row(value: object, **fields: object) -> dict[str, object]:
    """A row of the Table API with this value, of the contact unless told otherwise."""
    return {
        "name": "bot_context_data",
        "interaction.client_session_id": CONTACT_ID,
        "value": value,
        **fields,
    }


def stored_context(
    *, reason: object = None, interaction_id: object = "IMS0001", **more: object
) -> Answer:
    """The Table API's answer when the agent's context has been stored."""
    value = {
        "interactionId": interaction_id,
        "sessionVariables": {"snTransferReason": reason},
        **more,
    }
    return Answer.of({"result": [context_row(json.dumps(value))]})


NO_CONTEXT = Answer.of({"result": []})


@dataclass
class FakeParameters:
    """Parameter Store in memory."""

    values: dict[str, str] = field(
        default_factory=lambda: {
            f"{PARAMETER_PATH}/{VOICE_SERVICE_ID}/client_id": "client-1",
            f"{PARAMETER_PATH}/{VOICE_SERVICE_ID}/client_secret": "secret-1",
        }
    )
    reads: int = 0
    written: list[tuple[str, str, str]] = field(default_factory=list)

    def read(self, names: Sequence[str], deadline: Deadline) -> Mapping[str, str]:
        del deadline
        self.reads += 1
        return {name: self.values[name] for name in names if name in self.values}

    def write(self, name: str, value: str, *, key: str, tier: str, deadline: Deadline) -> None:
        del deadline
        self.written.append((name, key, tier))
        self.values[name] = value


@dataclass
class Voice:
    """The handler under test and its surroundings."""

    vendor: Vendor
    clock: FakeClock
    environment: dict[str, str]
    parameters: FakeParameters = field(default_factory=FakeParameters)
    other_parameters: ParameterStore | None = None
    made: VoiceHandler | None = None

    def __call__(self, event: object, *, milliseconds: int = 7000) -> dict[str, str]:
        if self.made is None:
            self.made = VoiceHandler(
                Ports(
                    environment=self.environment,
                    parameters=self.other_parameters or self.parameters,
                    clock=self.clock,
                    wall_clock=lambda: NOW,
                    pause=self.clock.pause,
                    chance=lambda: 0.5,
                )
            )
        return self.made(event, FakeContext(milliseconds))

    def call_context(self, **parameters: str) -> dict[str, str]:
        return self(connect_event("getCallContext", **parameters))

    def interaction_context(self, **parameters: str) -> dict[str, str]:
        return self(connect_event("getInteractionContext", **parameters))


def drip(vendor: Vendor, start: bytes) -> Callable[[], Iterable[bytes]]:
    """A body, or headers, that never end: a byte at a time until the test is over."""

    def pieces() -> Iterable[bytes]:
        yield start
        while not vendor.stopping.wait(0.02):
            yield b"x"

    return pieces


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait for a condition."""
    ends = time.monotonic() + seconds
    waiting = threading.Event()
    while time.monotonic() < ends:
        if condition():
            return True
        waiting.wait(0.01)
    return condition()
