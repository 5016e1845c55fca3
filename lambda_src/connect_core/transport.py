"""requests, set up so that nothing but our own settings decides trust, route and time."""

import ssl
import threading
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

from connect_core.deadline import Deadline

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def session(context: ssl.SSLContext) -> requests.Session:
    """A session for https only, with pooled connections.

    Args:
        context: Whom to trust. Its sockets will keep to `reading_until`.
    """
    context.sslsocket_class = _BoundedSocket
    made = requests.Session()
    # With trust_env, REQUESTS_CA_BUNDLE, netrc and proxy variables would override what we say here.
    made.trust_env = False
    made.headers.clear()
    made.headers["User-Agent"] = "connect-voice"
    # Replies are small; without compression there is no way to blow one up.
    made.headers["Accept-Encoding"] = "identity"
    # A vendor's session cookie would outlive the token, and the contact it was set for.
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    made.adapters.clear()
    made.mount("https://", _Adapter(context))
    return made


class _Current(threading.local):
    deadline: Deadline | None = None


_current = _Current()


def reading_until(deadline: Deadline) -> None:
    """End this thread's reads from vendors with the deadline."""
    _current.deadline = deadline


class _BoundedSocket(ssl.SSLSocket):
    """A TLS socket whose reads end with the deadline of the thread that reads.

    A read time-out of requests counts for each read: a server that sends a byte now and then could
    keep a thread reading for ever.
    """

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        """Read, within what the deadline leaves."""
        if _current.deadline is not None:
            left = _current.deadline.remaining()
            if left <= 0:
                raise TimeoutError
            self.settimeout(left)
        return super().recv_into(buffer, nbytes, flags)


class _Adapter(HTTPAdapter):
    """requests' adapter with our TLS context and no other source of trust."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_connections=4, pool_maxsize=4, max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Build the pool with our context."""
        super().init_poolmanager(*args, **options, ssl_context=self._context)

    def cert_verify(self, conn: Any, *args: object, **options: object) -> None:
        """Always verify; requests' own way would load certifi's file again for each connection."""
        del args, options
        conn.cert_reqs = "CERT_REQUIRED"
