"""The stand-in as the embedded AWS starts, stops and controls it."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from local_aws.contacts import is_contact_id
from local_aws.control import Reply, Route, refused, routed
from local_aws.standins.fields import ScriptError
from local_aws.standins.https import Request, Response
from local_aws.standins.recorder import Recorder
from local_aws.standins.served import Served
from local_aws.standins.servicenow import script
from local_aws.standins.servicenow.call_context import DEFAULT_CALL_CONTEXT_PATH
from local_aws.standins.servicenow.calls import Calls
from local_aws.standins.servicenow.instance import Instance, contact_id, interface
from local_aws.standins.servicenow.oauth import Client, TokenService
from local_aws.standins.servicenow.records import History

__all__ = ["DEFAULT_CALL_CONTEXT_PATH", "StandIn"]

# Only ServiceNow's own parameters are known to be harmless.
_HARMLESS = re.compile("sysparm_[a-z_]+")

_log = logging.getLogger(__name__)


class StandIn:
    """ServiceNow's side of the calls on this machine.

    It listens on loopback only, on a port of the system's choice, with a certificate from an
    authority that exists for this run.
    """

    name = "servicenow"

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
            state_dir: where its certificate goes.
            client_id: the OAuth client's id; random when None (ServiceNow's are 32 hex digits).
            client_secret: its secret; random when None.
            call_context_path: where the call context API is.
            clock: seconds since the epoch, for tokens and for when contexts become readable.
        """
        self._call_context_path = call_context_path
        self._clock = clock
        self._client = Client(
            client_id or secrets.token_hex(16), client_secret or secrets.token_urlsafe(32)
        )
        self._tokens = TokenService(self._client, clock)
        self._calls = Calls(clock)
        self._history = History()
        self._recorder = Recorder((self._client.client_id, self._client.client_secret), _HARMLESS)
        self.ca_bundle = state_dir / f"{self.name}-ca.pem"
        """The certificate (PEM) that clients must trust."""
        self._served = Served("ServiceNow", self.ca_bundle, self._answer)
        self._instance: Instance | None = None
        self.control = routed(
            "The ServiceNow stand-in",
            self.name,
            (
                Route("PUT", "script", self._set_script),
                Route("GET", "requests", self._list_requests),
                Route("POST", "calls/CONTACT_ID/ended", self._end_call),
            ),
        )

    @property
    def host(self) -> str:
        """``localhost:PORT``.

        Raises:
            RuntimeError: it is not running.
        """
        return self._served.host

    @property
    def secrets(self) -> dict[str, str]:
        """The OAuth client's credentials."""
        return {
            "SERVICENOW_CLIENT_ID": self._client.client_id,
            "SERVICENOW_CLIENT_SECRET": self._client.client_secret,
        }

    def start(self) -> None:
        """Answer requests from now on.

        Raises:
            RuntimeError: it runs already.
            OSError: there is no free port, or the state directory cannot be written.
        """
        self._served.start()
        self._instance = self._under(script.parse(b"{}"))
        _log.info("The ServiceNow stand-in answers on https://%s.", self.host)

    def stop(self) -> None:
        """End at once, also requests that wait, and remove what `start` has written."""
        self._served.stop()
        self._instance = None

    def _set_script(self, body: bytes) -> Reply:
        try:
            told = script.parse(body)
        except ScriptError as error:
            return refused(HTTPStatus.BAD_REQUEST, str(error))
        self._instance = self._under(told)
        self._served.play(told.connections)
        self._calls.forget()
        self._recorder.forget()
        if told.revoke_tokens:
            self._tokens.revoke_all()
        return HTTPStatus.NO_CONTENT, None

    def _list_requests(self, _: bytes) -> Reply:
        return HTTPStatus.OK, {
            "requests": [request.as_json() for request in self._recorder.requests()]
        }

    def _end_call(self, contact: str, _: bytes) -> Reply:
        if not is_contact_id(contact):
            return refused(
                HTTPStatus.BAD_REQUEST, "The contact id is not a UUID; send the id of the call."
            )
        instance = self._instance
        if instance is None or not instance.end_call(contact.lower()):
            return refused(
                HTTPStatus.NOT_FOUND,
                f"No call context was asked for contact {contact} since the script was set, so "
                "no AI agent can have hung up; ask for its call context first.",
            )
        return HTTPStatus.NO_CONTENT, None

    def _under(self, told: script.Script) -> Instance:
        return Instance(
            script=told,
            calls=self._calls,
            history=self._history,
            tokens=self._tokens,
            call_context_path=self._call_context_path,
            host=self.host,
            clock=self._clock,
        )

    def _answer(self, request: Request) -> Response:
        instance = self._instance
        name = interface(request, self._call_context_path)
        number = self._recorder.arrived(
            request,
            name=name,
            contact_id=contact_id(request, self._call_context_path),
            at=self._clock(),
        )
        if instance is None:  # starting or stopped in this moment
            return Response(HTTPStatus.SERVICE_UNAVAILABLE)
        response = instance.answer(request)
        self._recorder.answered(number, response.status)
        _log.info("%s %s %d", request.method, self._recorder.clean(request.path), response.status)
        return self._served.passing(name, response)
