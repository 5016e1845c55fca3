"""Every errorCode, and the sentence that goes with it in the log."""

from collections.abc import Mapping
from types import MappingProxyType

from connect_core.fault import Fault
from connect_core.http import HttpFault, Kind, Response

# What three of the vendor's services have in common: prefix, and what it is called in a sentence.
_SERVICES = {
    "OAUTH": "ServiceNow's token endpoint",
    "CALL_CONTEXT": "the call context API",
    "INTERACTION_CONTEXT": "the Table API for interaction_context",
}
_OF_A_SERVICE = {
    "TIMEOUT": "{0} did not answer in time.",
    "UNAVAILABLE": "{0} could not be reached or is overloaded.",
    "UNTRUSTED": "{0} showed a certificate we do not trust; check the host or CA_BUNDLE_PEM.",
    "DENIED": "{0} refused our credentials; check client, secret and its roles.",
    "REJECTED": "{0} answered with a status we cannot use; check host and path.",
    "INVALID": "{0} answered with something that is not what it documents.",
}

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "EVENT_INVALID": "The event has no contact id; is this function invoked by a flow?",
        "OPERATION_UNKNOWN": "Parameters.operation names no operation of this function.",
        "CONFIG_MISSING": "A setting is missing in the function's environment.",
        "CONFIG_INVALID": "A setting in the function's environment cannot be used.",
        "VOICE_SERVICE_ID_MISSING": "Neither the flow nor VOICE_SERVICE_ID names a voice service.",
        "VOICE_SERVICE_ID_INVALID": "The voice service id has characters that no sys_id has.",
        "SECRET_MISSING": "client_id or client_secret does not exist in Parameter Store.",
        "SECRET_DENIED": "The function's role may not read or decrypt its parameters.",
        "SECRET_UNAVAILABLE": "Parameter Store did not answer in time or is throttling.",
        "DNIS_MISSING": "The call context names no number: no AI agent is free or set up.",
        "DNIS_INVALID": "The call context's number is not E.164, so it is not dialled.",
        "DNIS_NOT_ALLOWED": "The call context's number matches no prefix in DNIS_PREFIXES.",
        "INTERACTION_CONTEXT_MISSING": "The agent's context was not stored in time.",
        "REPLY_TOO_LARGE": "The reply exceeds what Connect takes.",
        "INTERNAL_ERROR": "The function has a fault of its own.",
        **{
            f"{prefix}_{suffix}": (sentence := text.format(name))[0].upper() + sentence[1:]
            for prefix, name in _SERVICES.items()
            for suffix, text in _OF_A_SERVICE.items()
        },
    }
)

_REQUEST_TIMEOUT = 408
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
_DENIED = frozenset({401, 403})
_OF_KIND = {
    Kind.TIMED_OUT: ("TIMEOUT", True),
    Kind.UNREACHABLE: ("UNAVAILABLE", True),
    Kind.UNTRUSTED: ("UNTRUSTED", False),
    Kind.OVERSIZED: ("INVALID", False),
}


def of_no_reply(service: str, fault: HttpFault) -> Fault:
    """The fault when a service sent nothing usable.

    Args:
        service: The code's prefix, e.g. CALL_CONTEXT.
        fault: What the HTTP layer found.
    """
    suffix, retryable = _OF_KIND[fault.kind]
    return Fault(f"{service}_{suffix}", retryable=retryable)


def of_status(service: str, response: Response) -> Fault:
    """The fault when a service answered with anything but 200.

    Args:
        service: The code's prefix, e.g. CALL_CONTEXT.
        response: Its reply.
    """
    status = response.status
    if status in _DENIED:
        return Fault(f"{service}_DENIED", retryable=False)
    if status in (_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS) or status >= _SERVER_ERROR:
        return Fault(f"{service}_UNAVAILABLE", retryable=True)
    return Fault(f"{service}_REJECTED", retryable=False)


def invalid(service: str) -> Fault:
    """The fault when a service's 200 is not what it documents."""
    return Fault(f"{service}_INVALID", retryable=False)
