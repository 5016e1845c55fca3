"""Every errorCode, and the sentence that goes with it in the log."""

from collections.abc import Mapping
from types import MappingProxyType

from connect_core import service_codes

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
        "INTERACTION_CONTEXT_FOREIGN": (
            "ServiceNow sent another call's record; may its user read the fields of the query?"
        ),
        "TOKEN_REFUSED": "ServiceNow refused a token before its end; a new one was taken.",
        "TOKEN_COPY_UNAVAILABLE": "The token's shared copy could not be read or written in time.",
        "TOKEN_COPY_INVALID": "The token's shared copy is nothing that this function has written.",
        "TOKEN_COPY_TOO_LARGE": "The token is too long for a parameter of the tier TOKEN_COPY.",
        "REPLY_TOO_LARGE": "The reply exceeds what Connect takes.",
        "INTERNAL_ERROR": "The function has a fault of its own.",
        **service_codes.meanings("OAUTH", "ServiceNow's token endpoint"),
        **service_codes.meanings("CALL_CONTEXT", "the call context API"),
        **service_codes.meanings("INTERACTION_CONTEXT", "the Table API for interaction_context"),
    }
)
