"""URLs as people configure them, taken apart into what a request needs."""

import re

from connect_core import host
from connect_core.value import Value

# One slash, then what a path and perhaps a query may hold; "//host" would name another host.
_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")


class Url(Value):
    """Where a request goes.

    Args:
        host: ``host`` or ``host:port``.
        path: The path, perhaps with a query.
    """

    host: str
    path: str


def check_path(text: str) -> str:
    """Return a path that stays on its host.

    Raises:
        ValueError: It is none.
    """
    if not _PATH.fullmatch(text):
        raise ValueError("A path must start with one slash and hold no space, for example /api/x.")
    return text


def parse(text: str, *, scheme: str = "https") -> Url:
    """Take a URL apart.

    Args:
        text: The URL. It is never part of the error: it may hold a password.
        scheme: The one scheme that is taken.

    Raises:
        ValueError: It is no URL of that scheme, or holds a user, a fragment or odd characters.
    """
    text = text.strip()
    given, mark, rest = text.partition("://")
    if not mark or given.lower() != scheme:
        raise ValueError(f"A URL must start with {scheme}://.")
    authority, slash, path = rest.partition("/")
    return Url(host.normalise(f"https://{authority}"), check_path(slash + path or "/"))
