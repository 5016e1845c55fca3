"""One HTTPS session with an instance: only the requests it was opened for, within a deadline."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlencode

import requests
import urllib3
from requests.adapters import HTTPAdapter

from connect_voice.errors import OutsideError
from connect_voice.servicenow.instance import Credentials, Instance

TOKEN_PATH = "/oauth_token.do"  # noqa: S105  (a path)

_CHUNK = 64 * 1024
_MAX_BODY = 64 * 1024 * 1024
_CONNECT_SECONDS = 10.0
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_FIRST_PAUSE_SECONDS = 1.0  # doubled each time where ServiceNow names none
_MAX_UNASKED_PAUSES = 3


class Clock(Protocol):
    """Time that passes, and a way to let it."""

    def monotonic(self) -> float:
        """Seconds since some moment."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


@dataclass(frozen=True)
class Limits:
    """Time one command may take, in seconds.

    Args:
        command: everything, the pauses that ServiceNow asks for included.
        request: one answer, to its last byte.
    """

    command: float = 120.0
    request: float = 30.0


@dataclass(frozen=True)
class Allowed:
    """A kind of request that a session may send."""

    method: str
    path_prefix: str


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """The body.

        Raises:
            OutsideError: it is no JSON: a login page, a proxy's apology.
        """
        try:
            value: object = json.loads(self.body)
        except ValueError:
            raise OutsideError(
                f"ServiceNow answered {self.status} without JSON; check that the host is a "
                "ServiceNow instance and that it is not hibernating."
            ) from None
        return value


class Transport:
    """Sends requests as one user.

    Args:
        allowed: what may be sent; anything else never leaves this process.
    """

    def __init__(
        self,
        instance: Instance,
        credentials: Credentials,
        allowed: tuple[Allowed, ...],
        limits: Limits,
        clock: Clock = time,
    ) -> None:
        self._instance = instance
        self._credentials = credentials
        self._limits = limits
        self._clock = clock
        self._deadline = clock.monotonic() + limits.command
        self._token = credentials.token
        self._http = requests.Session()
        self._http.mount("https://", _Gate((*allowed, Allowed("POST", TOKEN_PATH))))
        # Otherwise a ~/.netrc would replace the token with its own password.
        self._http.auth = _no_auth

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None = None,
        content: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request, waiting where ServiceNow asks for it, with a fresh token if need be.

        Raises:
            OutsideError: no answer in time, or the credentials are refused.
        """
        answer = self._patiently(method, path, parameters, content)
        if answer.status == HTTPStatus.UNAUTHORIZED and not self._credentials.token:
            self._token = ""  # expired under way
            answer = self._patiently(method, path, parameters, content)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise OutsideError(
                f"{self._instance.host} does not accept the credentials in "
                f"{self._credentials.source}; renew them."
            )
        return answer

    def _patiently(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str] | None,
        content: Mapping[str, str] | None,
    ) -> Answer:
        unasked = 0
        while True:
            answer = self._send(
                method,
                path,
                parameters=parameters,
                body=None if content is None else json.dumps(content).encode(),
                headers={
                    "Authorization": f"Bearer {self._bearer()}",
                    "Accept": "application/json",
                    "Content-Type": "application/json",
                },
            )
            if answer.status not in _BUSY:
                return answer
            pause = _retry_after(answer.headers.get("retry-after", ""))
            if pause is None:
                if unasked == _MAX_UNASKED_PAUSES:
                    raise OutsideError(f"{self._instance.host} stays busy; try again later.")
                pause = _FIRST_PAUSE_SECONDS * 2**unasked
                unasked += 1
            if pause > self._remaining():
                raise OutsideError(
                    f"{self._instance.host} asks for a pause of {pause:.0f} s and only "
                    f"{max(0, int(self._remaining()))} s are left; try later, or with a longer "
                    "--timeout."
                )
            self._clock.sleep(pause)

    def _bearer(self) -> str:
        if not self._token:
            self._token = self._fetch_token()
        return self._token

    def _fetch_token(self) -> str:
        answer = self._send(
            "POST",
            TOKEN_PATH,
            body=urlencode(
                {
                    "grant_type": "client_credentials",
                    "client_id": self._credentials.client_id,
                    "client_secret": self._credentials.client_secret,
                }
            ).encode(),
            headers={
                "Accept": "application/json",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
            raise OutsideError(
                f"{self._instance.host} refuses the OAuth client in {self._credentials.source}; "
                "check both, and that client credentials are enabled "
                "(glide.oauth.inbound.client.credential.grant_type.enabled)."
            )
        said = answer.json()
        token = said.get("access_token") if isinstance(said, dict) else None
        if answer.status != HTTPStatus.OK or not isinstance(token, str) or not token:
            raise OutsideError(
                f"{self._instance.host} answered {answer.status} without an access token."
            )
        return token

    def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        parameters: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        seconds = min(self._limits.request, self._remaining())
        if seconds <= 0:
            raise self._late(self._limits.command)
        until = self._clock.monotonic() + seconds
        try:
            # A context manager, because a stream that is left half-read keeps its connection.
            with self._http.request(
                method,
                f"{self._instance.url}{path}",
                params=parameters,
                data=body,
                headers=headers,
                timeout=(min(_CONNECT_SECONDS, seconds), seconds),
                # Named here, because a session's own would lose against REQUESTS_CA_BUNDLE.
                verify=str(self._instance.ca_bundle) if self._instance.ca_bundle else True,
                allow_redirects=False,  # a redirect would carry the token elsewhere
                stream=True,
            ) as response:
                received = self._read(response, until, seconds)
        except requests.exceptions.SSLError:
            raise OutsideError(
                f"The certificate of {self._instance.host} is not trusted; name its authority with "
                "--ca-bundle."
            ) from None
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise self._late(seconds) from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise OutsideError(
                f"{self._instance.host} cannot be reached ({type(error).__name__}); check the host "
                "and the way to it."
            ) from None
        if response.is_redirect:
            raise OutsideError(
                f"{self._instance.host} redirects to another place; name the instance's own host."
            )
        return Answer(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            received,
        )

    def _read(self, response: requests.Response, until: float, seconds: float) -> bytes:
        received = bytearray()
        while True:
            # read1, because read waits for a whole chunk and a slow drip would never be late.
            chunk: bytes = response.raw.read1(_CHUNK, decode_content=True)
            if not chunk:
                return bytes(received)
            received += chunk
            if self._clock.monotonic() > until:
                raise self._late(seconds)
            if len(received) > _MAX_BODY:
                raise OutsideError(
                    f"{self._instance.host} sends more than {_MAX_BODY // 1024**2} MB at once; "
                    "ask for less."
                )

    def _remaining(self) -> float:
        return self._deadline - self._clock.monotonic()

    def _late(self, seconds: float) -> OutsideError:
        return OutsideError(
            f"{self._instance.host} did not answer within {seconds:.0f} s; try again, or with a "
            "longer --timeout."
        )


class _Gate(HTTPAdapter):
    """Lets through what was allowed, nothing else."""

    def __init__(self, allowed: tuple[Allowed, ...]) -> None:
        super().__init__()
        self._allowed = allowed

    def send(
        self, request: requests.PreparedRequest, *arguments: Any, **options: Any
    ) -> requests.Response:
        path = request.path_url
        if not any(
            request.method == kind.method and path.startswith(kind.path_prefix)
            for kind in self._allowed
        ):
            raise RuntimeError(f"{request.method} {path} was never allowed on this session")
        return super().send(request, *arguments, **options)


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _retry_after(text: str) -> float | None:
    """Seconds to wait (RFC 9110, section 10.2.3: seconds or a date); None where nobody says."""
    text = text.strip()
    if text.isdigit():
        return float(text)
    with contextlib.suppress(ValueError):
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    return None
