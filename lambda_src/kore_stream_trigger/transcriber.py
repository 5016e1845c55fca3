"""Kore's transcriber: told of a stream once, it reads and transcribes it by itself."""

from connect_core.deadline import Deadline
from connect_core.fault import Fault
from connect_core.http import HttpClient, HttpFault, Kind, Request, Response
from connect_core.url import Url
from connect_core.value import Value

_SUCCESS = range(200, 300)
_DENIED = frozenset({401, 403})
# The service behind a gateway, or the service itself, took too long; it may still be at it.
_TIMEOUT = frozenset({408, 504})
_OVERLOADED = 429
_SERVER_ERROR = 500
_OF_KIND = {
    Kind.TIMED_OUT: Fault("TRANSCRIBER_TIMEOUT", retryable=False),
    Kind.CUT_OFF: Fault("TRANSCRIBER_TIMEOUT", retryable=False),
    Kind.UNREACHABLE: Fault("TRANSCRIBER_UNREACHABLE", retryable=True),
    Kind.UNTRUSTED: Fault("TRANSCRIBER_UNTRUSTED", retryable=False),
    Kind.OVERSIZED: Fault("TRANSCRIBER_INVALID", retryable=False),
}
# After these nobody knows whether transcription has begun.
_OPEN = frozenset({"TRANSCRIBER_TIMEOUT", "TRANSCRIBER_INVALID"})


class Transcriber(Value):
    """The endpoint.

    Args:
        http: Sends the requests.
        url: Where it is.
    """

    http: HttpClient
    url: Url

    def start(self, body: bytes, deadline: Deadline) -> None:
        """Have a stream transcribed.

        Starting twice gives two transcriptions, so the request is sent again only when it was
        certainly not begun.

        Raises:
            Fault: TRANSCRIBER_*.
        """
        request = Request(
            name="transcriber",
            method="POST",
            host=self.url.host,
            path=self.url.path,
            headers={"Content-Type": "application/json"},
            body=body,
        )
        try:
            response = self.http.send(request, deadline, repeatable=False)
        except HttpFault as fault:
            of_kind = _OF_KIND[fault.kind]
            raise Fault(of_kind.code, retryable=of_kind.retryable) from None
        if response.status not in _SUCCESS:
            raise _fault(response)


def may_have_begun(fault: Fault) -> bool:
    """Whether transcription may be under way in spite of the fault."""
    return fault.code in _OPEN


def _fault(response: Response) -> Fault:
    status = response.status
    if status in _DENIED:
        return Fault("TRANSCRIBER_DENIED", retryable=False)
    if status in _TIMEOUT:
        return Fault("TRANSCRIBER_TIMEOUT", retryable=False)
    if status == _OVERLOADED or status >= _SERVER_ERROR:
        return Fault("TRANSCRIBER_FAILED", retryable=True)
    return Fault("TRANSCRIBER_REJECTED", retryable=False)
