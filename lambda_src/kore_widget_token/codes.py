"""Every errorCode, and the sentence that goes with it in the log."""

from collections.abc import Mapping
from types import MappingProxyType

from connect_core import bots

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "EVENT_INVALID": "The event has no contact id; is this function invoked by a flow?",
        "CONFIG_MISSING": "A setting is missing in the function's environment.",
        "CONFIG_INVALID": "A setting in the function's environment cannot be used.",
        **bots.MEANINGS,
        "REPLY_TOO_LARGE": "The reply exceeds what Connect takes.",
        "INTERNAL_ERROR": "The function has a fault of its own.",
    }
)
