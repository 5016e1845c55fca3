"""The HTTPS server of one stand-in, from its certificate to its end."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from local_aws.standins.certificates import HOST, serve_tls, strange_tls
from local_aws.standins.door import Connections, Door
from local_aws.standins.https import Application, HttpsServer, Response


class Served:
    """Serves an application on loopback, under a certificate that exists for this run.

    Args:
        vendor: whose it is, for sentences.
        ca_bundle: where the certificate that clients must trust is written.
        application: what is served.
    """

    def __init__(self, vendor: str, ca_bundle: Path, application: Application) -> None:
        self._vendor = vendor
        self._ca_bundle = ca_bundle
        self._application = application
        self._lifecycle = threading.Lock()
        self._server: HttpsServer | None = None
        self._door: Door | None = None
        self._written = b""

    @property
    def host(self) -> str:
        """``localhost:PORT``.

        Raises:
            RuntimeError: it is not running.
        """
        if self._server is None:
            raise RuntimeError(f"The {self._vendor} stand-in is not running; start it first.")
        return f"{HOST}:{self._server.port}"

    def start(self) -> None:
        """Answer requests from now on.

        Raises:
            RuntimeError: it runs already.
            OSError: there is no free port, or the certificate cannot be written.
        """
        with self._lifecycle:
            if self._server is not None:
                raise RuntimeError(f"The {self._vendor} stand-in runs already; stop it first.")
            self._ca_bundle.parent.mkdir(parents=True, exist_ok=True)
            self._door = Door(serve_tls(self._ca_bundle), strange_tls)
            self._server = HttpsServer(self._door, self._application)
            self._written = self._ca_bundle.read_bytes()
            self._server.start()

    def play(self, told: Connections) -> None:
        """Let clients in as a script says; where they meet a fault, connections end."""
        with self._lifecycle:
            if self._server is not None and self._door is not None:
                self._door.play(told)
                if told.fault != "none":
                    self._server.cut()

    def passing(self, interface: str, response: Response) -> Response:
        """An answer of an interface on its way out."""
        door = self._door
        return response if door is None else door.passing(interface, response)

    def stop(self) -> None:
        """End at once, also requests that wait, and remove the certificate."""
        with self._lifecycle:
            if self._server is None:
                return
            self._server.stop()
            self._server = None
            remove_own(self._ca_bundle, self._written)


def remove_own(path: Path, content: bytes) -> None:
    """Remove a file if it still has the content we wrote: a successor may have written its own."""
    with contextlib.suppress(FileNotFoundError):
        if path.read_bytes() == content:
            path.unlink()
