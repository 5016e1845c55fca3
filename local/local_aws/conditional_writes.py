"""S3's conditional writes, one at a time.

moto checks ``If-None-Match`` and ``If-Match`` and then writes, and the server answers every request
in a thread of its own: two that make the same object could both pass the check. In S3 one of them
does not, and Terraform's lock and the ledger are built on that.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_WRITES = {"PUT", "POST", "DELETE"}
_CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH")


class ConditionalWrites:
    """WSGI middleware: a write with a condition is answered before the next one is looked at."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._turn = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        conditional = environ.get("REQUEST_METHOD") in _WRITES and any(
            name in environ for name in _CONDITIONS
        )
        if not conditional:
            return self._app(environ, start_response)
        with self._turn:
            return self._app(environ, start_response)
