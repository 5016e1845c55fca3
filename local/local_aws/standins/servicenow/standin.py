"""The stand-in as the embedded AWS starts, stops and controls it."""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from local_aws.standins.certificates import HOST, serve_tls
from local_aws.standins.https import HttpsServer, Request, Response
from local_aws.standins.servicenow import credentials, script
from local_aws.standins.servicenow.call_context import DEFAULT_CALL_CONTEXT_PATH, is_contact_id
from local_aws.standins.servicenow.calls import Calls
from local_aws.standins.servicenow.fields import ScriptError
from local_aws.standins.servicenow.instance import Instance, contact_id
from local_aws.standins.servicenow.oauth import TokenService
from local_aws.standins.servicenow.recorder import Recorder

__all__ = ["DEFAULT_CALL_CONTEXT_PATH", "StandIn"]

_CONTROL = "/_local/servicenow/"
_ENDED = re.compile(r"calls/([^/]+)/ended")

_log = logging.getLogger(__name__)

Reply = tuple[int, dict[str, object] | None]


class StandIn:
    """ServiceNow's side of the calls on this machine.

    It listens on loopback only, on a port of the system's choice, with a certificate from an
    authority that exists for this run.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        call_context_path: str = DEFAULT_CALL_CONTEXT_PATH,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare the stand-in; nothing is bound or written before `start`.

        Args:
            state_dir: where ``ca.pem`` and ``secrets.json`` go.
            client_id: the OAuth client's id; random when None.
            client_secret: its secret; random when None.
            call_context_path: where the call context API is.
            clock: seconds since the epoch, for tokens and for when contexts become readable.
        """
        self._state_dir = state_dir
        self._call_context_path = call_context_path
        self._clock = clock
        self._client = credentials.generate(client_id, client_secret)
        self._tokens = TokenService(self._client, clock)
        self._calls = Calls(clock)
        self._recorder = Recorder((self._client.client_id, self._client.client_secret))
        self._lifecycle = threading.Lock()
        self._server: HttpsServer | None = None
        self._instance: Instance | None = None
        self._written: dict[Path, bytes] = {}

    @property
    def ca_bundle(self) -> Path:
        """The certificate (PEM) that clients must trust."""
        return self._state_dir / "ca.pem"

    @property
    def secrets_file(self) -> Path:
        """The OAuth client's credentials (JSON)."""
        return self._state_dir / credentials.FILE_NAME

    @property
    def host(self) -> str:
        """``localhost:PORT``.

        Raises:
            RuntimeError: it is not running.
        """
        if self._server is None:
            raise RuntimeError("The ServiceNow stand-in is not running; start it first.")
        return f"{HOST}:{self._server.port}"

    def start(self) -> None:
        """Answer requests from now on.

        Raises:
            RuntimeError: it runs already.
            OSError: there is no free port, or the state directory cannot be written.
        """
        with self._lifecycle:
            if self._server is not None:
                raise RuntimeError("The ServiceNow stand-in runs already; stop it first.")
            self._state_dir.mkdir(parents=True, exist_ok=True)
            credentials.write(self._client, self._state_dir)
            self._server = HttpsServer(serve_tls(self.ca_bundle), self._answer)
            self._written = {
                path: path.read_bytes() for path in (self.secrets_file, self.ca_bundle)
            }
            self._instance = self._under(script.parse(b"{}"))
            self._server.start()
        _log.info("The ServiceNow stand-in answers on https://%s.", self.host)

    def stop(self) -> None:
        """End at once, also requests that wait, and remove what `start` has written."""
        with self._lifecycle:
            if self._server is None:
                return
            self._server.stop()
            self._server = None
            self._instance = None
            for path, content in self._written.items():
                # A successor in the same place may have written its own by now.
                with contextlib.suppress(FileNotFoundError):
                    if path.read_bytes() == content:
                        path.unlink()

    def control(self, method: str, path: str, body: bytes) -> Reply:
        """Serve the control interface.

        Args:
            method: the HTTP method.
            path: the full path, below ``/_local/servicenow/``.
            body: the request's body.

        Returns:
            The status and what to send as JSON; an error is one sentence under ``error``.
        """
        name = path.removeprefix(_CONTROL)
        ended = _ENDED.fullmatch(name)
        if name == "script":
            return self._set_script(body) if method == "PUT" else _use("PUT")
        if name == "requests":
            return self._list_requests() if method == "GET" else _use("GET")
        if ended:
            return self._end_call(ended[1]) if method == "POST" else _use("POST")
        return _sorry(
            HTTPStatus.NOT_FOUND,
            "The ServiceNow stand-in has script, requests and calls/CONTACT_ID/ended; "
            "use one of those paths.",
        )

    def _set_script(self, body: bytes) -> Reply:
        try:
            told = script.parse(body)
        except ScriptError as error:
            return _sorry(HTTPStatus.BAD_REQUEST, str(error))
        self._instance = self._under(told)
        self._calls.forget()
        self._recorder.forget()
        if told.revoke_tokens:
            self._tokens.revoke_all()
        return HTTPStatus.NO_CONTENT, None

    def _list_requests(self) -> Reply:
        return HTTPStatus.OK, {
            "requests": [request.as_json() for request in self._recorder.requests()]
        }

    def _end_call(self, contact: str) -> Reply:
        if not is_contact_id(contact):
            return _sorry(
                HTTPStatus.BAD_REQUEST, "The contact id is not a UUID; send the id of the call."
            )
        if not self._calls.end(contact.lower()):
            return _sorry(
                HTTPStatus.NOT_FOUND,
                f"No call context was asked for contact {contact} since the script was set, so "
                "no AI agent can have hung up; ask for its call context first.",
            )
        return HTTPStatus.NO_CONTENT, None

    def _under(self, told: script.Script) -> Instance:
        return Instance(
            script=told,
            calls=self._calls,
            tokens=self._tokens,
            call_context_path=self._call_context_path,
            host=self.host,
        )

    def _answer(self, request: Request) -> Response:
        instance = self._instance
        number = self._recorder.arrived(
            method=request.method,
            path=request.path,
            query=request.query,
            contact_id=contact_id(request, self._call_context_path),
            at=self._clock(),
        )
        if instance is None:  # stopped in this moment
            return Response(HTTPStatus.SERVICE_UNAVAILABLE)
        response = instance.answer(request)
        self._recorder.answered(number, response.status)
        _log.info("%s %s %d", request.method, self._recorder.clean(request.path), response.status)
        return response


def _use(method: str) -> Reply:
    return _sorry(HTTPStatus.METHOD_NOT_ALLOWED, f"This path takes {method} only; use that.")


def _sorry(status: HTTPStatus, sentence: str) -> Reply:
    return status, {"error": sentence}
