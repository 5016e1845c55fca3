"""The function's own credentials, from wherever Lambda puts them.

Usually they stand in the environment for as long as it lives. A function with SnapStart finds no
keys there but a local endpoint that hands them out, because a snapshot must not hold any
(https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html,
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
"""

import calendar
import threading
import time
import urllib.parse
from collections.abc import Mapping

from connect_core import host as hosts
from connect_core.aws.fault import AwsFault
from connect_core.aws.signature import Credentials
from connect_core.deadline import Clock, Deadline
from connect_core.http import HttpClient, HttpFault, Request
from connect_core.secret import Secret
from connect_core.value import Value

_NAME = "credentials"
# Asked for anew this long before their end, as AWS's SDKs do.
EARLY_SECONDS = 300.0
# The endpoint is a process on the same machine.
_LIMIT_SECONDS = 1.0
_OK = 200


class _Kept(Value):
    credentials: Credentials
    until: float


class CredentialSource:
    """Finds credentials when a request needs them, never before.

    Args:
        environment: The function's environment.
        http: Asks the local endpoint.
        wall_clock: Seconds since 1970, which the end of credentials is compared with.
    """

    def __init__(
        self, environment: Mapping[str, str], http: HttpClient, *, wall_clock: Clock = time.time
    ) -> None:
        self._environment = environment
        self._http = http
        self._wall_clock = wall_clock
        self._kept: _Kept | None = None
        self._lock = threading.Lock()

    def current(self, deadline: Deadline) -> Credentials:
        """Credentials that are good for the next minutes.

        Raises:
            AwsFault: NoCredentials, or why the endpoint did not answer.
        """
        key_id = self._environment.get("AWS_ACCESS_KEY_ID", "")
        if key_id:
            return Credentials(
                key_id,
                Secret(self._environment.get("AWS_SECRET_ACCESS_KEY", "")),
                Secret(self._environment.get("AWS_SESSION_TOKEN", "")),
            )
        with self._lock:
            kept = self._kept
        if kept is None or self._wall_clock() >= kept.until:
            kept = self._fetched(deadline)
            with self._lock:
                self._kept = kept
        return kept.credentials

    def forget(self) -> None:
        """Ask the endpoint again next time: AWS says that the credentials have ended."""
        with self._lock:
            self._kept = None

    def _fetched(self, deadline: Deadline) -> _Kept:
        request = _request(self._environment)
        try:
            response = self._http.send(request, deadline.at_most(_LIMIT_SECONDS))
        except HttpFault as fault:
            raise AwsFault(_NAME, fault.kind.value) from None
        if response.status != _OK:
            raise AwsFault(_NAME, "NoCredentials", response)
        try:
            answer = response.json_object()
            credentials = Credentials(
                _text(answer, "AccessKeyId"),
                Secret(_text(answer, "SecretAccessKey")),
                Secret(_text(answer, "Token")),
            )
            ends = _moment(_text(answer, "Expiration"))
        except ValueError:
            raise AwsFault(_NAME, "NoCredentials", response) from None
        return _Kept(credentials, ends - EARLY_SECONDS)


def _request(environment: Mapping[str, str]) -> Request:
    url = urllib.parse.urlsplit(environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", ""))
    if url.scheme != "http" or not hosts.is_loopback(url.netloc):
        raise AwsFault(_NAME, "NoCredentials")
    token = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
    return Request(
        name=_NAME,
        method="GET",
        host=url.netloc,
        path=url.path or "/",
        headers={"Authorization": token} if token else {},
        scheme="http",
    )


def _text(answer: Mapping[str, object], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value


def _moment(text: str) -> float:
    """Seconds since 1970 of an ISO 8601 time in UTC, to the second."""
    return float(calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")))
