"""Systems Manager as functions meet it while something is wrong with it, or on the way to it.

While a script says so, functions that start are led to a server of its own (by
AWS_ENDPOINT_URL_SSM, as AWS's SDKs have it); everybody else reaches Systems Manager as always.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from local_aws.control import Reply, Route, refused
from local_aws.standins import behaviour, door
from local_aws.standins.behaviour import Behaviour, played
from local_aws.standins.certificates import HOST, strange_tls
from local_aws.standins.door import Connections, Door
from local_aws.standins.fields import ScriptError
from local_aws.standins.https import HttpsServer, Request, Response
from local_aws.standins.script import Part, fields_of, part

_JSON = "application/x-amz-json-1.1"
# What AWS's JSON protocol calls them ("Common errors" of the Systems Manager API reference).
_CODES: Mapping[int, str] = {
    HTTPStatus.BAD_REQUEST: "ValidationException",
    HTTPStatus.UNAUTHORIZED: "UnrecognizedClientException",
    HTTPStatus.FORBIDDEN: "AccessDeniedException",
    HTTPStatus.NOT_FOUND: "UnknownOperationException",
    HTTPStatus.TOO_MANY_REQUESTS: "ThrottlingException",
    HTTPStatus.INTERNAL_SERVER_ERROR: "InternalServerError",
    HTTPStatus.SERVICE_UNAVAILABLE: "ServiceUnavailable",
}
# A header that a server adds by itself, or that is about one connection.
_OWN = frozenset({"connection", "content-length", "content-type", "date", "server"})


class Outage:
    """What a script makes of Systems Manager.

    Args:
        endpoint: of the embedded AWS, which answers what the script lets through.
        recycle: makes every function's next invocation a cold start.
    """

    def __init__(self, endpoint: str, recycle: Callable[[], None]) -> None:
        self._endpoint = urlsplit(endpoint).netloc
        self._recycle = recycle
        self._lock = threading.Lock()
        self._door = Door(None, strange_tls)
        self._server: HttpsServer | None = None
        self._requests: Part[Behaviour] = Part((), behaviour.AS_USUAL)
        self._url = ""

    @property
    def endpoints(self) -> Mapping[str, str]:
        """Where functions that start must look for services, by variable."""
        return {"AWS_ENDPOINT_URL_SSM": self._url} if self._url else {}

    @property
    def routes(self) -> tuple[Route, ...]:
        """The control path that sets the script."""
        return (Route("PUT", "script", self._set),)

    def stop(self) -> None:
        """End the server, if there is one."""
        with self._lock:
            if self._server is not None:
                self._server.stop()
                self._server = None
            self._url = ""

    def _set(self, body: bytes) -> Reply:
        try:
            fields = fields_of(body)
            steps = fields.steps("requests")
            requests = part(steps, behaviour.read, behaviour.AS_USUAL)
            connections = door.read(fields.steps("connections"), ())
            fields.done()
        except ScriptError as error:
            return refused(HTTPStatus.BAD_REQUEST, str(error))
        with self._lock:
            self._requests = requests
            self._door.play(connections)
            wanted = bool(steps) or connections != door.AS_USUAL
            self._url = self._reachable(connections) if wanted else ""
        self._recycle()
        return HTTPStatus.NO_CONTENT, None

    def _reachable(self, connections: Connections) -> str:
        if self._server is None:
            self._server = HttpsServer(self._door, self._answer)
            self._server.start()
        # A certificate is only seen by who asks for one.
        scheme = "https" if connections.fault == "untrusted" else "http"
        return f"{scheme}://{HOST}:{self._server.port}"

    def _answer(self, request: Request) -> Response:
        return played(
            request, self._requests.next(), lambda: self._forwarded(request), refusal=_refusal
        )

    def _forwarded(self, request: Request) -> Response:
        connection = http.client.HTTPConnection(self._endpoint, timeout=30)
        try:
            # With the host that the client has signed.
            connection.request(request.method, request.path, request.body, dict(request.headers))
            answer = connection.getresponse()
            return Response(
                status=answer.status,
                body=answer.read(),
                content_type=answer.getheader("Content-Type") or _JSON,
                headers={
                    name: value for name, value in answer.getheaders() if name.lower() not in _OWN
                },
            )
        finally:
            connection.close()


def _refusal(status: int) -> Response:
    said = {"message": "The script of Systems Manager asks for it."}
    code = _CODES.get(status)
    if code:
        said["__type"] = code
    return Response(status, json.dumps(said).encode(), _JSON)
