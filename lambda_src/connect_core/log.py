"""What is written down about a call: codes, durations and ids, never content.

There is no way to log a free text, an event or an exception's message here. That, and not a filter,
is what keeps numbers, tokens and secrets out of the log.
"""

import logging
import os
import traceback

from aws_lambda_powertools import Logger

from connect_core.fault import Fault
from connect_core.http import Exchange

# At DEBUG these write whole requests and replies, secrets included. The level of Lambda's own
# logging settings would reach them through the root logger.
_TALKATIVE = ("boto3", "botocore", "requests", "urllib3")
_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"})


class CallLog:
    """Structured log lines that carry the contact's id.

    The service name is POWERTOOLS_SERVICE_NAME, the level LOG_LEVEL (INFO when absent or unknown).
    """

    def __init__(self) -> None:
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        level = os.environ.get("LOG_LEVEL", "").strip().upper()
        self._logger = Logger(level=level if level in _LEVELS else "INFO", utc=True)

    def begin(self, *, contact_id: str, request_id: str, operation: str) -> None:
        """Name the call that the following lines are about.

        Args:
            contact_id: The contact's UUID, "" when the event has none.
            request_id: Lambda's id of the invocation.
            operation: A known operation, "" for any other.
        """
        self._logger.append_keys(
            contactId=contact_id, requestId=request_id, operation=operation or "unknown"
        )

    def exchange(self, exchange: Exchange) -> None:
        """One HTTP attempt at a vendor."""
        self._logger.info(
            "vendor answered",
            extra={
                "request": exchange.name,
                "outcome": exchange.outcome,
                "attempt": exchange.attempt,
                "milliseconds": exchange.milliseconds,
            },
        )

    def succeeded(self, *, milliseconds: int) -> None:
        """The operation did its work."""
        self._logger.info(
            "operation done",
            extra={"status": "ok", "errorCode": "", "milliseconds": milliseconds},
        )

    def failed(self, fault: Fault, meaning: str, *, milliseconds: int) -> None:
        """The operation ended with a fault.

        Args:
            fault: What the reply says.
            meaning: A sentence of our own for whoever reads the log.
            milliseconds: How long it took.
        """
        self._logger.warning(
            meaning,
            extra={
                "status": "error",
                "errorCode": fault.code,
                "about": fault.about,
                "milliseconds": milliseconds,
            },
        )

    def unexpected(self, error: BaseException) -> None:
        """A programming error: its type and where it arose, not its text, which may hold values."""
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in frames]  # noqa: PTH119 - pathlib is not needed for a name
        self._logger.error(
            "unexpected error; this is a fault of the function",
            extra={"errorType": type(error).__name__, "trace": places[-8:]},
        )
