"""The stand-in as the embedded AWS starts, stops and controls it."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from local_aws.control import Reply, Route, refused, routed
from local_aws.standins.behaviour import Behaviour, played
from local_aws.standins.fields import ScriptError
from local_aws.standins.https import Request, Response
from local_aws.standins.kore import answers, page, script
from local_aws.standins.kore.answers import Answer, RefusedError
from local_aws.standins.kore.calls import Calls
from local_aws.standins.kore.reader import StreamReader
from local_aws.standins.kore.tokens import Tokens
from local_aws.standins.kore.transcriber import Transcriber, contact_id
from local_aws.standins.kore.webhook import Webhook
from local_aws.standins.recorder import Recorder
from local_aws.standins.served import Served

TRANSCRIBER_PATH = "/integrations/amzn/voice/"
WEBHOOK_PATH = "/crm/dispositions"

_log = logging.getLogger(__name__)


class StandIn:
    """Kore's side of the calls on this machine, and a CRM that is told of dispositions.

    It listens on loopback only, on a port of the system's choice, with a certificate from an
    authority that exists for this run.
    """

    name = "kore"

    def __init__(
        self,
        state_dir: Path,
        aws_endpoint: str,
        *,
        client_secret: str | None = None,
        webhook_secret: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare the stand-in; nothing is bound or written before `start`.

        Args:
            state_dir: where its certificate goes.
            aws_endpoint: of the embedded AWS, where it reads streams.
            client_secret: signs the tokens of all bots; random when None.
            webhook_secret: signs dispositions; random when None.
            clock: seconds since the epoch, for tokens and signatures.
        """
        self._clock = clock
        self._client_secret = client_secret or secrets.token_urlsafe(32)
        self._webhook_secret = webhook_secret or secrets.token_urlsafe(32)
        self._tokens = Tokens(self._client_secret, clock)
        self._calls = Calls()
        self._reader = StreamReader(aws_endpoint, self._calls)
        self._recorder = Recorder((self._client_secret, self._webhook_secret))
        self._script = script.parse(b"{}")
        self.ca_bundle = state_dir / f"{self.name}-ca.pem"
        """The certificate (PEM) that clients must trust."""
        self._served = Served("Kore", self.ca_bundle, self._answer)
        self._interfaces = {
            TRANSCRIBER_PATH: _Interface(
                "transcriber",
                "POST",
                Transcriber(self._tokens, self._calls, self._reader, clock).answer,
                contact="connectContactId",
                step=lambda told: told.transcriber.next(),
            ),
            WEBHOOK_PATH: _Interface(
                "webhook",
                "POST",
                Webhook(self._webhook_secret, clock).answer,
                contact="contactId",
                step=lambda told: told.webhook.next(),
            ),
            page.PATH: _Interface("widget", "GET", lambda _: Answer(page.page())),
            page.TOKEN_PATH: _Interface(
                "widget", "POST", lambda request: page.verified(request, self._tokens)
            ),
        }
        self.control = routed(
            "The Kore stand-in",
            self.name,
            (
                Route("PUT", "script", self._set_script),
                Route("GET", "requests", self._list_requests),
                Route("GET", "calls/CONTACT_ID", self._tell_call),
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
        """What signs tokens and dispositions."""
        return {
            "KORE_CLIENT_SECRET": self._client_secret,
            "KORE_WEBHOOK_SECRET": self._webhook_secret,
        }

    def start(self) -> None:
        """Answer requests from now on.

        Raises:
            RuntimeError: it runs already.
            OSError: there is no free port, or the state directory cannot be written.
        """
        self._served.start()
        self._reader.start()
        _log.info("The Kore stand-in answers on https://%s.", self.host)

    def stop(self) -> None:
        """End at once, also requests that wait, and remove what `start` has written."""
        self._served.stop()
        self._reader.stop()

    def _set_script(self, body: bytes) -> Reply:
        try:
            self._script = script.parse(body)
        except ScriptError as error:
            return refused(HTTPStatus.BAD_REQUEST, str(error))
        self._served.play(self._script.connections)
        self._recorder.forget()
        return HTTPStatus.NO_CONTENT, None

    def _list_requests(self, _: bytes) -> Reply:
        return HTTPStatus.OK, {
            "requests": [request.as_json() for request in self._recorder.requests()]
        }

    def _tell_call(self, contact: str, _: bytes) -> Reply:
        call = self._calls.find(contact.lower())
        if call is None:
            return refused(
                HTTPStatus.NOT_FOUND,
                f"The transcriber has accepted no call for contact {contact}; place one first.",
            )
        return HTTPStatus.OK, call.as_json()

    def _answer(self, request: Request) -> Response:
        if request.path == page.CALLS_PATH and request.method == "GET":
            # The page asks every few seconds; nobody wants to read that in the record.
            return page.calls(self._calls)
        interface = self._interfaces.get(request.path, _NOWHERE)
        number = self._recorder.arrived(
            request,
            name=interface.name,
            contact_id=contact_id(request.body, interface.contact) if interface.contact else None,
            at=self._clock(),
        )
        reason = None

        def respond() -> Response:
            nonlocal reason
            try:
                answer = interface.answer(request)
            except RefusedError as error:
                answer = answers.refusal(error)
            reason = answer.reason
            return answer.response

        if request.method != interface.method and interface is not _NOWHERE:
            response = Response(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": interface.method})
        else:
            step = interface.step(self._script) if interface.step else None
            response = (
                played(request, step, respond, refusal=answers.scripted) if step else respond()
            )
        self._recorder.answered(number, response.status, reason)
        _log.info("%s %s %d", request.method, self._recorder.clean(request.path), response.status)
        return self._served.passing(interface.name, response)


@dataclass(frozen=True)
class _Interface:
    """What answers at one path.

    Args:
        name: as in the record of requests, and in scripts where those have it.
        method: the one it takes.
        answer: answers a request, or raises RefusedError.
        contact: the member of the body that names the contact, if one does.
        step: what a script makes of the next request, where scripts have a part for it.
    """

    name: str
    method: str
    answer: Callable[[Request], Answer]
    contact: str | None = None
    step: Callable[[script.Script], Behaviour] | None = None


def _nothing(_: Request) -> Answer:
    raise RefusedError(HTTPStatus.NOT_FOUND, "There is nothing at this path.")


_NOWHERE = _Interface("other", "GET", _nothing)
