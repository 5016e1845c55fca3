"""Whether a browser shows a page in a frame of another one."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}


def refusal(headers: Mapping[str, str], url: str, parent: str) -> str | None:
    """Why a page would not be shown in a frame, None where it would.

    Args:
        headers: of the page; their names in any case.
        url: of the page.
        parent: origin of the page with the frame, such as ``https://x.my.connect.aws``.

    Source: Content Security Policy Level 3, ``frame-ancestors`` (which makes ``X-Frame-Options``
    void); HTML, "The X-Frame-Options header" (other values than these two are ignored).
    """
    lower = {name.lower(): value for name, value in headers.items()}
    policies = [
        sources
        for policy in lower.get("content-security-policy", "").split(",")
        if (sources := _frame_ancestors(policy)) is not None
    ]
    for sources in policies:
        if not any(_matches(source, url, parent) for source in sources):
            return f"Content-Security-Policy allows frames of {' '.join(sources) or 'nobody'} only"
    if policies:
        return None
    option = lower.get("x-frame-options", "").strip().upper()
    if option == "DENY" or (option == "SAMEORIGIN" and not _matches("'self'", url, parent)):
        return f"X-Frame-Options is {option}"
    return None


def _frame_ancestors(policy: str) -> list[str] | None:
    for directive in policy.split(";"):
        words = directive.split()
        if words and words[0].lower() == "frame-ancestors":
            return words[1:]
    return None


def _matches(source: str, url: str, parent: str) -> bool:
    place = urlsplit(parent)
    word = source.lower()
    if word == "*":
        return True
    if word == "'self'":
        return _origin(url) == _origin(parent)
    if word.startswith("'"):
        return False  # 'none', and what means nothing here
    if word.endswith(":"):
        return word.rstrip(":") == place.scheme
    scheme, separator, rest = word.rpartition("://")
    if separator and scheme != place.scheme:
        return False
    host, _, port = rest.partition("/")[0].partition(":")
    name = place.hostname or ""
    fits = name.endswith(host[1:]) if host.startswith("*.") else name == host
    return fits and port in {"", "*", str(_port(parent))}


def _origin(url: str) -> tuple[str, str | None, int | None]:
    place = urlsplit(url)
    return place.scheme, place.hostname, _port(url)


def _port(url: str) -> int | None:
    place = urlsplit(url)
    return place.port or _DEFAULT_PORTS.get(place.scheme)
