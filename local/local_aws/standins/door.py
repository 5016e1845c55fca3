"""How clients get in: whether a connection is accepted, and whose certificate it meets."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Literal, cast

from local_aws.standins.fields import Fields, ScriptError
from local_aws.standins.https import Response, close_with_reset

Fault = Literal["none", "refused", "untrusted"]

_FAULTS: tuple[Fault, ...] = ("none", "refused", "untrusted")


@dataclass(frozen=True)
class Connections:
    """What a script makes of connections.

    Args:
        fault: ``refused`` closes them as they come, ``untrusted`` shows them a certificate of an
            authority that nobody knows.
        after: the interface with whose first good answer it begins; None for at once.
    """

    fault: Fault = "none"
    after: str | None = None


AS_USUAL = Connections()


def read(parts: tuple[Fields, ...], interfaces: tuple[str, ...]) -> Connections:
    """Read a script's part ``connections``.

    Args:
        parts: as `Fields.steps` gives it.
        interfaces: those that ``after`` may name.

    Raises:
        ScriptError: it says something that cannot be done.
    """
    if len(parts) > 1:
        raise ScriptError("connections is a list; give one object: one door has one state.")
    for fields in parts:
        told = Connections(
            cast(Fault, fields.choice("fault", _FAULTS)), fields.optional_text("after")
        )
        fields.done()
        if told.after is not None and told.after not in interfaces:
            raise ScriptError(f"connections.after is unknown; give {' or '.join(interfaces)}.")
        return told
    return AS_USUAL


class Door:
    """The door of one server.

    Args:
        tls: how it speaks TLS; None where it does not.
        stranger: how somebody else would, whom no client trusts.
    """

    def __init__(self, tls: ssl.SSLContext | None, stranger: Callable[[], ssl.SSLContext]) -> None:
        self._tls = tls
        self._stranger = stranger
        self._lock = threading.Lock()
        self._fault: Fault = "none"
        self._coming: Connections | None = None

    def play(self, told: Connections) -> None:
        """Let clients in as the script says; what was said before is forgotten."""
        with self._lock:
            self._coming = told if told.after is not None else None
            self._fault = "none" if told.after is not None else told.fault

    def admit(self, accepted: socket.socket) -> socket.socket:
        """The connection to serve; the handshake is yet to come.

        Raises:
            OSError: the connection is refused.
        """
        with self._lock:
            fault = self._fault
        if fault == "refused":
            close_with_reset(accepted)
            accepted.close()
            raise ConnectionRefusedError
        context = self._stranger() if fault == "untrusted" else self._tls
        if context is None:
            return accepted
        try:
            return context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
        except OSError:
            accepted.close()
            raise

    def passing(self, interface: str, response: Response) -> Response:
        """An answer on its way out, which may be the last one of the good times."""
        with self._lock:
            coming = self._coming
            if coming is None or coming.after != interface or response.status != HTTPStatus.OK:
                return response
            self._fault, self._coming = coming.fault, None
        # The client must not go on where it is.
        return replace(response, headers={**response.headers, "Connection": "close"})
