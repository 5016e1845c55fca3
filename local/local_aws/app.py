"""The one WSGI application: our services beside moto's, and the control paths under /_local/."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, cast

from flask import Flask
from flask import Response as FlaskResponse
from moto.backends import SERVICE_NAMES
from moto.core.responses import BaseResponse
from moto.core.utils import convert_to_flask_response
from moto.moto_server.werkzeug_app import (
    HTTP_METHODS,
    BackendRequest,
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from local_aws.control import PREFIX, Control, Reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)


class Services:
    """Our services, each in moto's place or beside it."""

    def __init__(self) -> None:
        self.responses: dict[str, Callable[[], type[BaseResponse]]] = {}
        self.hosts: list[tuple[str, re.Pattern[str]]] = []

    def register(
        self, name: str, responses: type[BaseResponse], signing_name: str | None = None
    ) -> None:
        """Let a class answer a service.

        Args:
            name: moto's package name, to take the place of moto's own class, or a new one.
            responses: the class; it gets every path of the service.
            signing_name: the name requests are signed for; needed for a service new to moto.
        """
        self.register_late(name, lambda: responses, signing_name)

    def register_late(
        self,
        name: str,
        load: Callable[[], type[BaseResponse]],
        signing_name: str | None = None,
    ) -> None:
        """Let a class answer a service that is only imported when the first request comes.

        Args:
            name: as in :meth:`register`.
            load: imports the class.
            signing_name: as in :meth:`register`.
        """
        self.responses[name] = load
        if signing_name:
            host = re.compile(rf"https?://{re.escape(signing_name)}\.(.+)\.amazonaws\.com")
            self.hosts.append((name, host))


class Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher by service and region, which finds our services first.

    Args:
        services: ours.
    """

    def __init__(self, services: Services) -> None:
        super().__init__(self._create)
        self._services = services
        self.backend_url_patterns = [*services.hosts, *self.backend_url_patterns]

    def _create(self, service: SERVICE_NAMES) -> Flask:
        load = self._services.responses.get(service)
        return _flask_app(service, load()) if load else create_backend_app(service)


def _flask_app(name: str, responses: type[BaseResponse]) -> Flask:
    app = Flask(name)
    app.request_class = BackendRequest
    view = convert_to_flask_response(responses.dispatch)

    def answer(path: str = "") -> FlaskResponse:  # noqa: ARG001  # moto routes by the request
        return cast(FlaskResponse, view())

    for rule in ("/", "/<path:path>"):
        app.add_url_rule(rule, "answer", answer, methods=HTTP_METHODS, strict_slashes=False)
    app.url_map.merge_slashes = False
    return app


class EmbeddedAws:
    """What the server serves.

    Args:
        aws: everything that AWS clients reach.
        controls: who answers below a control path, by its first segment.
    """

    def __init__(self, aws: WSGIApplication, controls: Mapping[str, Control]) -> None:
        self._aws = aws
        self._controls = controls

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        try:
            if path.startswith(PREFIX):
                return self._control(environ)(environ, start_response)
            return self._aws(environ, start_response)
        except NotImplementedError as error:
            # 501, because SDKs retry a 500 for minutes before they tell anybody.
            return _refusal(501, "NotImplementedException", str(error))(environ, start_response)
        except Exception as error:  # the last frame before the server
            log.exception("A request failed inside the embedded AWS.")
            kind = type(error).__name__
            message = f"The embedded AWS failed with {kind}: see its log."
            return _refusal(500, "InternalFailure", message)(environ, start_response)

    def _control(self, environ: WSGIEnvironment) -> Response:
        request = Request(environ)
        segment = request.path.removeprefix(PREFIX).partition("/")[0]
        control = self._controls.get(segment)
        if control is None:
            return _json(404, {"error": f"There is no control path {request.path}."})
        try:
            status, document = control(request.method, request.path, request.get_data())
        except HTTPException as error:
            return _json(error.code or 400, {"error": error.description})
        return _json(status, document)


def _json(status: int, document: Mapping[str, object] | None) -> Response:
    if document is None:
        return Response(status=status)
    return Response(json.dumps(document), status=status, content_type="application/json")


def _refusal(status: int, code: str, message: str) -> Response:
    response = _json(status, {"__type": code, "message": message})
    response.headers["x-amzn-ErrorType"] = code
    return response


def health(ready: Callable[[], bool]) -> Control:
    """Make the control path that says whether everything answers."""

    def answer(method: str, path: str, body: bytes) -> Reply:  # noqa: ARG001  # Control's shape
        return (200, {"status": "ready"}) if ready() else (503, {"status": "starting"})

    return answer
