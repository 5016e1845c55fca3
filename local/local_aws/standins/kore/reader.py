"""Uses the credentials that come with a call: reads its stream, and tries what it must not do."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.session import Session

from local_aws.standins.kore.calls import Calls
from local_aws.standins.kore.payload import Access, Payload
from local_aws.standins.kore.trespasses import TRESPASSES

_log = logging.getLogger(__name__)

_CHUNK = 16 * 1024
_TIMEOUT_SECONDS = 5
_STOP_SECONDS = 10

# How AWS says no to somebody, whatever was asked.
_REFUSALS = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "NotAuthorizedException"),
        *("ExpiredToken", "ExpiredTokenException"),
        *("InvalidClientTokenId", "UnrecognizedClientException"),
        *("SignatureDoesNotMatch", "InvalidSignatureException"),
    }
)


class StoppedError(Exception):
    """The stand-in ends; the call is left as it is."""


class StreamReader:
    """Reads streams in the background, one call at a time, in a thread of its own.

    Args:
        endpoint: of the embedded AWS.
        calls: where results are noted.
    """

    def __init__(self, endpoint: str, calls: Calls) -> None:
        self._endpoint = endpoint
        self._calls = calls
        self._stopping = threading.Event()
        self._waiting: queue.SimpleQueue[Payload | None] = queue.SimpleQueue()
        self._vendors: dict[str, _Vendor] = {}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Wait for calls from now on."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="kore-reader", daemon=True)
        self._thread.start()

    def read(self, payload: Payload) -> None:
        """Read a call's stream as soon as those before it are read."""
        self._waiting.put(payload)

    def stop(self) -> None:
        """End after the request that is under way."""
        if self._thread is None:
            return
        self._stopping.set()
        self._waiting.put(None)
        self._thread.join(_STOP_SECONDS)
        self._thread = None

    def _run(self) -> None:
        while (payload := self._waiting.get()) is not None:
            try:
                self._use(payload)
            except StoppedError:
                return
            except Exception as error:  # noqa: BLE001  one call's failure ends that call alone
                _log.warning("The Kore stand-in cannot use a call's credentials: %s", error)
                self._calls.finish(
                    payload.contact_id,
                    bytes_read=0,
                    error=type(error).__name__,
                    refused=(),
                    allowed=(),
                )

    def _use(self, payload: Payload) -> None:
        vendor = self._vendor(payload.region)
        vendor.take(payload.access)
        count, error = self._read(vendor, payload)
        refused: list[str] = []
        allowed: list[str] = []
        for trespass in TRESPASSES:
            self._go_on()
            code = vendor.attempt(lambda: trespass.attempt(vendor.client, payload))  # noqa: B023
            (refused if code in _REFUSALS else allowed).append(trespass.action)
        self._calls.finish(
            payload.contact_id,
            bytes_read=count,
            error=error,
            refused=tuple(refused),
            allowed=tuple(allowed),
        )

    def _read(self, vendor: _Vendor, payload: Payload) -> tuple[int, str | None]:
        count = 0

        def read() -> None:
            nonlocal count
            for chunk in vendor.media(payload):
                self._go_on()
                count += len(chunk)

        error = vendor.attempt(read)
        return count, error

    def _vendor(self, region: str) -> _Vendor:
        if region not in self._vendors:
            self._vendors[region] = _Vendor.in_region(self._endpoint, region)
        return self._vendors[region]

    def _go_on(self) -> None:
        if self._stopping.is_set():
            raise StoppedError


@dataclass(frozen=True)
class _Vendor:
    """Clients of one region; making them takes longer than using them, so all calls share them."""

    endpoint: str
    region: str
    session: Any
    credentials: Credentials
    clients: dict[tuple[str, str], Any]

    @classmethod
    def in_region(cls, endpoint: str, region: str) -> _Vendor:
        # No profile of the user's has a say in whom the vendor is.
        session = Session(session_vars={"profile": (None, None, None, None)})
        session.set_credentials("none", "none", "none")
        return cls(endpoint, region, session, cast(Credentials, session.get_credentials()), {})

    def take(self, access: Access) -> None:
        """Sign with a call's credentials from now on."""
        self.credentials.access_key = access.access_key_id
        self.credentials.secret_key = access.secret_access_key
        self.credentials.token = access.session_token

    def client(self, service: str, endpoint: str | None = None) -> Any:
        """The client for a service."""
        key = (service, endpoint or self.endpoint)
        if key not in self.clients:
            self.clients[key] = self.session.create_client(
                service,
                region_name=self.region,
                endpoint_url=key[1],
                config=Config(
                    connect_timeout=_TIMEOUT_SECONDS,
                    read_timeout=_TIMEOUT_SECONDS,
                    retries={"total_max_attempts": 1},
                    proxies={},  # a proxy has no business with the loopback
                ),
            )
        return self.clients[key]

    def media(self, payload: Payload) -> Iterator[bytes]:
        """Read the call's stream from where it starts."""
        told = self.client("kinesisvideo").get_data_endpoint(
            StreamARN=payload.stream_arn, APIName="GET_MEDIA"
        )
        answer = self.client("kinesis-video-media", told["DataEndpoint"]).get_media(
            StreamARN=payload.stream_arn,
            StartSelector={
                "StartSelectorType": "FRAGMENT_NUMBER",
                "AfterFragmentNumber": payload.start_fragment,
            },
        )
        with contextlib.closing(answer["Payload"]) as body:
            yield from body.iter_chunks(_CHUNK)

    @staticmethod
    def attempt(call: Any) -> str | None:
        """Make a call; returns AWS's code when it fails."""
        try:
            call()
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return None
