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
        "NO_MEDIA_STREAM": "The contact has no media stream: is live media streaming enabled, and"
        " does the flow start it before this function?",
        "STREAM_INVALID": "The contact's media stream is none of this instance's.",
        "STREAM_ACCESS_DENIED": "The reader role refuses this function; check its trust policy.",
        "STREAM_ACCESS_INVALID": "STS does not take the session policy or its duration.",
        "STREAM_ACCESS_UNAVAILABLE": "STS did not answer in time or is throttling.",
        "ALREADY_STARTED": "Connect asks again; the contact is claimed, so nothing is sent.",
        "CLAIM_DENIED": "The function's role may not write to the table of claims; it went on.",
        "CLAIM_UNAVAILABLE": "The table of claims is out of reach; went on without a claim.",
        "CLAIM_KEPT": "The claim could not be given back; a repeat will start nothing.",
        "TRANSCRIBER_TIMEOUT": "Kore's transcriber did not answer in time; it may have begun.",
        "TRANSCRIBER_UNREACHABLE": "Kore's transcriber could not be reached.",
        "TRANSCRIBER_UNTRUSTED": "Kore's transcriber showed a certificate we do not trust; check"
        " TRANSCRIBER_URL or CA_BUNDLE_PEM.",
        "TRANSCRIBER_DENIED": "Kore's transcriber refused the bot; check its client id and secret.",
        "TRANSCRIBER_REJECTED": "Kore's transcriber refused the request; check TRANSCRIBER_URL and"
        " the bot's settings.",
        "TRANSCRIBER_FAILED": "Kore's transcriber has a fault of its own or is overloaded.",
        "TRANSCRIBER_INVALID": "Kore's transcriber answered with something very large.",
        "REPLY_TOO_LARGE": "The reply exceeds what Connect takes.",
        "INTERNAL_ERROR": "The function has a fault of its own.",
    }
)
