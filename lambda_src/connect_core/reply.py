"""Replies that a Connect flow can read: flat, all strings, small."""

import json
import re
from collections.abc import Mapping

from connect_core.fault import Fault

# "Invoke AWS Lambda function" block, administrator guide: a reply holds at most 32 KB.
LIMIT_BYTES = 32 * 1024
# A flow refers to a key as $.External.<key>; AWS advises letters and digits only.
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]*")

Reply = dict[str, str]


def succeeded(fields: Mapping[str, str]) -> Reply:
    """The reply of an operation that did its work.

    Raises:
        Fault: REPLY_TOO_LARGE when the reply exceeds what Connect takes.
        ValueError: A key that a flow could not refer to.
    """
    return _flat({"status": "ok", "errorCode": "", "retryable": "false", **fields})


def failed(fault: Fault, fields: Mapping[str, str]) -> Reply:
    """The reply of an operation that could not do its work.

    Args:
        fault: What went wrong.
        fields: The operation's other keys, so that a flow never meets an absent one.

    Raises:
        ValueError: A key that a flow could not refer to.
    """
    retryable = "true" if fault.retryable else "false"
    return _flat({"status": "error", "errorCode": fault.code, "retryable": retryable, **fields})


def _flat(reply: Reply) -> Reply:
    for key in reply:
        if not _KEY.fullmatch(key):
            raise ValueError("a reply's keys are letters and digits, starting with a letter")
    # Escaped to ASCII, as the runtime may send it: the longest form the reply can take.
    if len(json.dumps(reply).encode()) > LIMIT_BYTES:
        raise Fault("REPLY_TOO_LARGE", retryable=False)
    return reply
