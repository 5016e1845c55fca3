"""Hosts as people type them."""

import re
from urllib.parse import urlsplit

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_NAME = 253
_HIGHEST_PORT = 65535


class HostError(ValueError):
    """The text names no host that can be called over TLS; the message is one sentence."""


def normalise(text: str) -> str:
    """Turn an https URL or a host with an optional port into ``host`` or ``host:port``.

    The vendor's procedure calls the value a URL in one place and a host in another, so both are
    taken. The text is never part of the error: a URL may hold a password.

    Args:
        text: What was typed.

    Raises:
        HostError: It is something else.
    """
    text = text.strip()
    wrong = HostError(
        "A host must be a name, optionally with a port, or an https URL of nothing more,"
        " for example example.service-now.com."
    )
    if not text.isascii() or not text.isprintable():
        raise wrong
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:
        raise wrong from None
    host = parts.hostname or ""
    # What urlsplit understood must be all there was: no user, path, query, fragment or stray colon.
    authority = host if port is None else f"{host}:{port}"
    if parts.scheme != "https" or parts.netloc.lower() != authority or parts.path not in ("", "/"):
        raise wrong
    if "?" in text or "#" in text or port == 0 or (port or 0) > _HIGHEST_PORT:
        raise wrong
    if len(host) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in host.split(".")):
        raise wrong
    return authority


def is_loopback(host: str) -> bool:
    """Whether a ``host`` or ``host:port`` is this very machine."""
    return host.partition(":")[0] in ("localhost", "127.0.0.1")
