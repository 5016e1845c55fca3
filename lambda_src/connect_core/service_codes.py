"""Codes for what a service on the other side of a request does, and the sentences for the log."""

from collections.abc import Mapping

from connect_core.fault import Fault
from connect_core.http import HttpFault, Kind, Response

_SENTENCES = {
    "TIMEOUT": "{0} did not answer in time.",
    "UNAVAILABLE": "{0} could not be reached or is overloaded.",
    "UNTRUSTED": "{0} showed a certificate we do not trust; check the host or CA_BUNDLE_PEM.",
    "DENIED": "{0} refused our credentials; check client, secret and its roles.",
    "REJECTED": "{0} answered with a status we cannot use; check host and path.",
    "INVALID": "{0} answered with something that is not what it documents.",
}
_REQUEST_TIMEOUT = 408
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_DENIED = frozenset({401, 403})
# A flow that repeats an invocation does so after a sentence; who asks for more than that is not
# to be asked again during this call.
SOON_SECONDS = 10.0
_OF_KIND = {
    Kind.TIMED_OUT: ("TIMEOUT", True),
    Kind.UNREACHABLE: ("UNAVAILABLE", True),
    Kind.CUT_OFF: ("UNAVAILABLE", True),
    Kind.UNTRUSTED: ("UNTRUSTED", False),
    Kind.OVERSIZED: ("INVALID", False),
}


def meanings(prefix: str, name: str) -> Mapping[str, str]:
    """The sentence of every code of a service.

    Args:
        prefix: The codes' prefix, e.g. CALL_CONTEXT.
        name: What the service is called in a sentence.
    """
    name = name[0].upper() + name[1:]
    return {f"{prefix}_{suffix}": text.format(name) for suffix, text in _SENTENCES.items()}


def of_no_reply(prefix: str, fault: HttpFault) -> Fault:
    """The fault when a service sent nothing usable.

    Args:
        prefix: The code's prefix, e.g. CALL_CONTEXT.
        fault: What the HTTP layer found.
    """
    suffix, retryable = _OF_KIND[fault.kind]
    return Fault(f"{prefix}_{suffix}", retryable=retryable)


def of_status(prefix: str, response: Response) -> Fault:
    """The fault when a service answered with a status that is no success.

    Args:
        prefix: The code's prefix, e.g. CALL_CONTEXT.
        response: Its reply.
    """
    status = response.status
    if status in _DENIED:
        return Fault(f"{prefix}_DENIED", retryable=False)
    if status in (_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS) or status >= _SERVER_ERROR:
        wait = response.retry_after
        soon = wait is None or wait <= SOON_SECONDS
        return Fault(f"{prefix}_UNAVAILABLE", retryable=soon, retry_after=wait)
    return Fault(f"{prefix}_REJECTED", retryable=False)


def invalid(prefix: str) -> Fault:
    """The fault when a service's success is not what it documents."""
    return Fault(f"{prefix}_INVALID", retryable=False)
