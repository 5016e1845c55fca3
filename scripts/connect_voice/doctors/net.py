"""Asking a vendor's hosts whether they are there: names, TLS and any answer at all."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NameResolutionError

_CONNECT_SECONDS = 4.0
_READ_SECONDS = 8.0
_MOST_BYTES = 256 * 1024  # of an answer that is read; nothing we ask for is near it
_CHUNK_BYTES = 16 * 1024


class Trouble(Enum):
    """Why there was no answer."""

    NAME = "resolves"
    TLS = "tls"
    SILENCE = "answers"


class UnreachableError(Exception):
    """A host gave no answer."""

    def __init__(self, trouble: Trouble, text: str) -> None:
        super().__init__(text)
        self.trouble = trouble


@dataclass(frozen=True)
class Answer:
    """What a host answers; the body, which can hold a token, only where it was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)


class Network:
    """The way to hosts, over verified TLS and through the proxies of this machine.

    The authorities are read once, because that takes longer than an answer from nearby.

    Args:
        pem: certificates of private authorities to trust besides the public ones; "" for none.
    """

    def __init__(self, pem: str) -> None:
        self._adapter = _Adapter(_context(pem))

    def close(self) -> None:
        """Let go of connections."""
        self._adapter.close()

    def get(self, url: str) -> Answer:
        """GET a URL, following redirects; the headers tell enough.

        Args:
            url: https, or wss, whose handshake is the same one.

        Raises:
            UnreachableError: no answer; says at which step.
        """
        return self._ask("GET", url.replace("wss://", "https://", 1))

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Send a request that may hold a secret, which no redirect takes elsewhere.

        Returns:
            The answer with its body.

        Raises:
            UnreachableError: no answer, or none that ends in time; says at which step.
        """
        return self._ask(method, url, headers, body, whole=True)

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        *,
        whole: bool = False,
    ) -> Answer:
        until = time.monotonic() + _CONNECT_SECONDS + _READ_SECONDS
        session = requests.Session()  # one each, because it keeps cookies; connections are shared
        session.mount("https://", self._adapter)
        session.trust_env = not is_loopback(host_of(url))
        session.auth = _no_auth  # a ~/.netrc would else send its password to the vendor
        try:
            with session.request(
                method,
                url,
                headers=headers,
                data=body,
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                allow_redirects=not whole,
                stream=True,
            ) as answer:
                content = _read(answer, until) if whole else b""
                return Answer(answer.status_code, answer.headers, content)
        except requests.exceptions.SSLError as error:
            raise UnreachableError(Trouble.TLS, _innermost(error)) from None
        except requests.RequestException as error:
            raise UnreachableError(_trouble(error), _innermost(error)) from None
        except (HTTPError, OSError) as error:
            raise UnreachableError(Trouble.SILENCE, _innermost(error)) from None


def resolve(host: str) -> None:
    """Look a name up.

    Raises:
        UnreachableError: there is no such name.
    """
    try:
        socket.getaddrinfo(host, None)
    except (OSError, UnicodeError) as error:
        raise UnreachableError(Trouble.NAME, str(error)) from None


def host_of(url: str) -> str:
    """The host of a URL, without its port."""
    return urlsplit(url).hostname or ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class _Adapter(HTTPAdapter):
    """Connections under one TLS context, whatever a request says about certificates."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, ssl_context=self._context, **options)

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        return super().proxy_manager_for(*arguments, ssl_context=self._context, **options)

    def cert_verify(self, conn: Any, *_: Any, **__: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"


def _context(pem: str) -> ssl.SSLContext:
    # The variables are those that requests takes a company's own bundle from.
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    bundle = named if named and Path(named).is_file() else requests.utils.DEFAULT_CA_BUNDLE_PATH
    context = ssl.create_default_context(cafile=bundle)
    if pem.strip():
        context.load_verify_locations(cadata=pem)
    return context


def _read(answer: requests.Response, until: float) -> bytes:
    received = bytearray()
    # read1, because read waits for a whole chunk and a slow drip would never be late.
    while chunk := answer.raw.read1(_CHUNK_BYTES, decode_content=True):
        received += chunk
        if time.monotonic() > until or len(received) > _MOST_BYTES:
            raise UnreachableError(Trouble.SILENCE, "its answer does not end")
    return bytes(received)


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _trouble(error: requests.RequestException) -> Trouble:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return Trouble.NAME if isinstance(reason, NameResolutionError) else Trouble.SILENCE


def _innermost(error: BaseException) -> str:
    """The reason at the bottom of what requests and urllib3 wrap around it."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    while isinstance(reason, BaseException) and isinstance(
        cause := reason.args[-1] if reason.args else None, BaseException
    ):
        reason = cause
    return str(reason or error).rstrip(".")
