"""What is written down about a call: codes, durations and ids, never content.

There is no way to log a free text, an event or an exception's message here. That, and not a filter,
is what keeps numbers, tokens and secrets out of the log. Lines are JSON with the keys that Lambda's
own JSON logs have, written to stdout; a logging library would cost a cold start more than all the
rest (docs/decisions/0011-light-lambdas.md).

The last line but one of an invocation is its metrics (connect_core.metrics), whatever the level.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Mapping

from connect_core import metrics
from connect_core.fault import Fault
from connect_core.http import Exchange

_LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}


class CallLog:
    """Structured log lines that carry the contact's id.

    The service name is POWERTOOLS_SERVICE_NAME, the level LOG_LEVEL (INFO when absent or unknown).
    """

    def __init__(self) -> None:
        self._least = _LEVELS.get(os.environ.get("LOG_LEVEL", "").strip().upper(), _LEVELS["INFO"])
        self._service = os.environ.get("POWERTOOLS_SERVICE_NAME", "").strip()
        self._call = _Call()
        self._cold = True

    def begin(self, *, contact_id: str, request_id: str, operation: str) -> None:
        """Name the call that the following lines of this thread are about.

        Args:
            contact_id: The contact's UUID, "" when the event has none.
            request_id: Lambda's id of the invocation.
            operation: A known operation, "" for any other.
        """
        self._call.keys = {
            "contactId": contact_id,
            "requestId": request_id,
            "operation": operation or "unknown",
        }

    def start(self) -> None:
        """An invocation begins on this thread: nothing is known of it, nothing counted."""
        self._call.keys = {}
        self._call.tally = metrics.Tally()

    def exchange(self, exchange: Exchange) -> None:
        """One HTTP attempt at a vendor or AWS."""
        self._call.tally.exchange(exchange)
        self._write(
            "INFO",
            "request answered",
            request=exchange.name,
            outcome=exchange.outcome,
            attempt=exchange.attempt,
            milliseconds=exchange.milliseconds,
        )

    def succeeded(self, *, milliseconds: int) -> None:
        """The operation did its work."""
        self._count("", milliseconds)
        self._write("INFO", "operation done", status="ok", errorCode="", milliseconds=milliseconds)

    def noted(self, fault: Fault, meaning: str) -> None:
        """A fault that the operation can live with.

        Args:
            fault: What happened.
            meaning: A sentence of our own for whoever reads the log.
        """
        self._call.tally.fallbacks += 1
        self._write("WARNING", meaning, errorCode=fault.code, about=fault.about)

    def failed(self, fault: Fault, meaning: str, *, milliseconds: int) -> None:
        """The operation ended with a fault.

        Args:
            fault: What the reply says.
            meaning: A sentence of our own for whoever reads the log.
            milliseconds: How long it took.
        """
        self._count(fault.code, milliseconds)
        self._write(
            "WARNING",
            meaning,
            status="error",
            errorCode=fault.code,
            about=fault.about,
            milliseconds=milliseconds,
        )

    def unexpected(self, error: BaseException) -> None:
        """A programming error: its type and where it arose, not its text, which may hold values."""
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in frames]  # noqa: PTH119 - pathlib is not needed for a name
        self._write(
            "ERROR",
            "unexpected error; this is a fault of the function",
            errorType=type(error).__name__,
            trace=places[-8:],
        )

    def _count(self, error_code: str, milliseconds: int) -> None:
        keys = self._call.keys
        outcome = metrics.Outcome(
            service=self._service,
            operation=keys.get("operation", ""),
            error_code=error_code,
            milliseconds=milliseconds,
            cold=self._cold,
        )
        self._cold = False
        counted = metrics.document(outcome, self._call.tally, now=time.time())
        _print({"message": "metrics", **keys, **counted})

    def _write(self, level: str, message: str, **fields: object) -> None:
        if _LEVELS[level] < self._least:
            return
        now = time.time()
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        line = {
            "timestamp": f"{seconds}.{int(now * 1000) % 1000:03}Z",
            "level": level,
            "message": message,
            "service": self._service,
            **self._call.keys,
            **fields,
        }
        _print(line)


def _print(line: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


class _Call(threading.local):
    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.tally = metrics.Tally()
