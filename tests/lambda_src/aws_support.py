"""AWS as moto plays it, over HTTP on 127.0.0.1, and as a script plays it."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

from connect_core import tls
from connect_core.aws.client import Aws
from connect_core.http import HttpClient

REGION = "us-east-1"
ACCOUNT = "123456789012"
KEYS = {
    "AWS_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "AKIATESTING",
    "AWS_SECRET_ACCESS_KEY": "key-of-the-function",
    "AWS_SESSION_TOKEN": "token-of-the-function",
}


def client(environment: Mapping[str, str], **options: Callable[..., float]) -> Aws:
    """Our client, as a handler makes it."""
    return Aws(HttpClient(tls.client_context()), environment, **options)  # type: ignore[arg-type]


@dataclass(frozen=True)
class AwsRequest:
    """A request as AWS saw it."""

    operation: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def payload(self) -> Mapping[str, object]:
        """The body of a JSON service's request."""
        value: Mapping[str, object] = json.loads(self.body)
        return value


@dataclass(frozen=True)
class AwsAnswer:
    """What AWS answers."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False
    silent: bool = False

    @classmethod
    def of(cls, value: object, status: int = 200, **headers: str) -> "AwsAnswer":
        return cls(status, json.dumps(value).encode(), headers)

    @classmethod
    def error(cls, code: str, status: int = 400, **headers: str) -> "AwsAnswer":
        body = {"__type": f"com.amazonaws.any#{code}", "message": "canary-message-of-aws"}
        return cls.of(body, status, **headers)

    @classmethod
    def xml_error(cls, code: str, status: int = 403) -> "AwsAnswer":
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
            "<Message>canary-message-of-aws</Message></Error></ErrorResponse>"
        )
        return cls(status, body.encode())


Script = Callable[[AwsRequest], AwsAnswer]


class ScriptedAws:
    """Answers each operation from a script; the last answer repeats."""

    def __init__(self) -> None:
        self.seen: list[AwsRequest] = []
        self.stopping = threading.Event()
        self._answers: dict[str, list[AwsAnswer] | Script] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(
            target=lambda: self._server.serve_forever(poll_interval=0.01), daemon=True
        )

    def __enter__(self) -> "ScriptedAws":
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
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, operation: str, *answers: AwsAnswer) -> None:
        self._answers[operation] = list(answers)

    def answer_by(self, operation: str, script: Script) -> None:
        self._answers[operation] = script

    def requests(self, operation: str) -> list[AwsRequest]:
        return [request for request in self.seen if request.operation == operation]

    def next_answer(self, request: AwsRequest) -> AwsAnswer:
        self.seen.append(request)
        script = self._answers.get(request.operation)
        if script is None:
            return AwsAnswer.error("ValidationException")
        if callable(script):
            return script(request)
        return script.pop(0) if len(script) > 1 else script[0]


def _handler_for(aws: ScriptedAws) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {key.lower(): value for key, value in self.headers.items()}
            target = headers.get("x-amz-target", "")
            operation = target.rpartition(".")[2] or _action(body) or self.path
            answer = aws.next_answer(AwsRequest(operation, body, headers))
            if answer.silent:
                aws.stopping.wait(10)
            if answer.hang_up or answer.silent:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for key, value in answer.headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = _serve  # noqa: N815 - the names http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def _action(body: bytes) -> str:
    first = body.split(b"&", 1)[0]
    return first.removeprefix(b"Action=").decode() if first.startswith(b"Action=") else ""
