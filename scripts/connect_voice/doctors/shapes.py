"""What values from Kore's console look like, and how they look when they were copied badly."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?"
_SIP = re.compile(rf"sips?:[^@\s\[\]()<>]+@(?P<host>{_HOST})(;[^\s<>]+)?")
_PLACEHOLDER = re.compile(
    r"place.?holder|(change|replace).?me|your.?(client|secret|own)|example|dummy|xxxx",
    re.IGNORECASE,
)
_MARKS = ("<", "{", "[", "$", "...")


def is_https(text: str) -> bool:
    """Whether this is an https URL with a host and without credentials."""
    return _is_url(text, "https")


def is_wss(text: str) -> bool:
    """Whether this is a wss URL with a host and without credentials."""
    return _is_url(text, "wss")


def is_language(text: str) -> bool:
    """Whether this looks like a language and a region, as in en-US."""
    return re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})+", text) is not None


def sip_fault(text: str) -> str | None:
    """What is wrong with a SIP URI, None when nothing is.

    Kore's guide wraps the URI in a mail link, so a copied one can hold both; and it writes XXXX for
    the part that is one's own.
    """
    if "mailto:" in text or any(mark in text for mark in "[]()"):
        return "it was copied as a mail link: keep only sip:<user>@<host>"
    if "xxxx" in text.lower():
        return "XXXX stands for your own part: copy the URI from Voice Gateway"
    return None if _SIP.fullmatch(text) else "it must be sip:<user>@<host>"


def sip_host(text: str) -> str | None:
    """The host of a SIP URI without its port, None when it is not one."""
    match = None if sip_fault(text) else _SIP.fullmatch(text)
    return match["host"].partition(":")[0] if match else None


def is_placeholder(secret: str) -> bool:
    """Whether somebody left an example's text where a secret belongs."""
    text = secret.strip()
    return len(set(text)) <= 1 or text.startswith(_MARKS) or _PLACEHOLDER.search(text) is not None


def _is_url(text: str, scheme: str) -> bool:
    try:
        url = urlsplit(text)
        has_host = bool(url.hostname) and url.port != 0
    except ValueError:
        return False
    return url.scheme == scheme and has_host and url.username is None and " " not in text
