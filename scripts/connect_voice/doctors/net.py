"""Asking a vendor's hosts whether they are there: names, TLS and any answer at all."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NameResolutionError

_CONNECT_SECONDS = 4.0
_READ_SECONDS = 8.0


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
    """What a host answers to GET."""

    status: int
    headers: Mapping[str, str]


@contextmanager
def trusting(pem: str) -> Iterator[Path | None]:
    """A bundle of the public authorities and some more, for as long as it is needed.

    Args:
        pem: certificates of the further authorities; "" for none, and then for no bundle.
    """
    if not pem.strip():
        yield None
        return
    with TemporaryDirectory() as folder:
        bundle = Path(folder, "ca.pem")
        public = Path(requests.utils.DEFAULT_CA_BUNDLE_PATH).read_text(encoding="utf-8")
        bundle.write_text(f"{public}\n{pem}\n", encoding="utf-8")
        yield bundle


def get(url: str, ca_bundle: Path | None) -> Answer:
    """GET a URL over verified TLS, through the proxies of this machine.

    Args:
        url: https, or wss, whose handshake is the same one.
        ca_bundle: PEM file of the authorities to trust; None for those of this machine.

    Raises:
        UnreachableError: no answer; says at which step.
    """
    host = host_of(url)
    with requests.Session() as session:
        session.trust_env = not is_loopback(host)
        try:
            answer = session.get(
                url.replace("wss://", "https://", 1),
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                verify=str(ca_bundle) if ca_bundle else True,
                stream=True,  # the headers tell enough
            )
        except requests.exceptions.SSLError as error:
            raise UnreachableError(Trouble.TLS, _innermost(error)) from None
        except requests.RequestException as error:
            raise UnreachableError(_trouble(error), _innermost(error)) from None
        with answer:
            return Answer(answer.status_code, answer.headers)


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
