"""One short line a request: when, service, action, status, milliseconds. Never a body."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("local_aws.access")

_SCOPE_PARTS = 5  # key id, date, region, service, "aws4_request"


class AccessLog:
    """WSGI middleware that logs requests once they are answered."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, and log it."""
        started = time.perf_counter()
        status = "-"

        def noted(
            line: str, headers: list[tuple[str, str]], exc_info: OptExcInfo | None = None
        ) -> object:
            nonlocal status
            status = line.split(" ", 1)[0]
            return start_response(line, headers, exc_info)

        body = self._app(environ, noted)  # type: ignore[arg-type]  # write() is passed through
        elapsed = (time.perf_counter() - started) * 1000
        log.info("%s %s %s %.0fms", _service(environ), _action(environ), status, elapsed)
        return body


def _service(environ: WSGIEnvironment) -> str:
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split(",")[0]
    parts = scope.split("/")
    return parts[3] if len(parts) == _SCOPE_PARTS else "-"


def _action(environ: WSGIEnvironment) -> str:
    """Name the operation, by whichever of AWS's protocols carries it."""
    named = environ.get("local_aws.action")
    if named:
        return str(named)
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return str(target).rpartition(".")[2]
    body = environ.get("wsgi.input")
    if isinstance(body, BytesIO):  # moto keeps the forms of the query protocol so
        action = parse_qs(body.getvalue().decode(errors="replace")).get("Action")
        if action:
            return action[0]
    return f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}"
