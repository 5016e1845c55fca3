"""Every errorCode, and the sentence that goes with it in the log."""

from collections.abc import Mapping
from types import MappingProxyType

from connect_core import service_codes

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "EVENT_INVALID": "The event has no contact id; is this function invoked by a flow?",
        "CONFIG_MISSING": "A setting is missing in the function's environment.",
        "CONFIG_INVALID": "A setting in the function's environment cannot be used.",
        "DISPOSITION_MISSING": "The flow's block passes no disposition.",
        "DISPOSITION_CONFLICT": "Another disposition is stored for this contact already.",
        "STORE_DENIED": "The function's role may not write to the table of dispositions.",
        "STORE_INVALID": "The table of dispositions does not exist or has another key.",
        "STORE_UNAVAILABLE": "The table of dispositions did not answer in time or is throttling.",
        "DELIVERY_UNNOTED": "What became of the webhook could not be noted on the item.",
        "SECRET_MISSING": "The webhook's secret does not exist in Parameter Store, or is blank.",
        "SECRET_INVALID": "The webhook's secret is a placeholder or holds spaces.",
        "SECRET_DENIED": "The function's role may not read or decrypt its parameters.",
        "SECRET_UNAVAILABLE": "Parameter Store did not answer in time or is throttling.",
        **service_codes.meanings("WEBHOOK", "the webhook"),
        "REPLY_TOO_LARGE": "The reply exceeds what Connect takes.",
        "INTERNAL_ERROR": "The function has a fault of its own.",
    }
)
