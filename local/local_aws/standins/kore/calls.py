"""The calls the stand-in was asked to transcribe, and what came of each."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime

_KEPT = 100


@dataclass(frozen=True)
class Call:
    """One call.

    Args:
        contact_id: the contact.
        language_code: what is spoken.
        heard_at: when the stand-in was asked, in seconds since the epoch.
        done: whether the stand-in has read the stream and tried everything else.
        bytes_read: of the stream.
        error: why the stream could not be read.
        refused: what the credentials were refused beyond the stream.
        allowed: what they were allowed beyond the stream, which should be nothing.
    """

    contact_id: str
    language_code: str
    heard_at: float
    done: bool = False
    bytes_read: int = 0
    error: str | None = None
    refused: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The form in which the control path hands it out."""
        return {
            "contact_id": self.contact_id,
            "language_code": self.language_code,
            "stream_read": {"done": self.done, "bytes": self.bytes_read, "error": self.error},
            "refused": list(self.refused),
            "allowed_beyond_the_stream": list(self.allowed),
        }

    def as_listed(self) -> dict[str, object]:
        """The form in which the widget's page shows it."""
        return {
            "contactId": self.contact_id,
            "languageCode": self.language_code,
            "heardAt": datetime.fromtimestamp(self.heard_at, UTC).isoformat(timespec="seconds"),
            "done": self.done,
            "bytes": self.bytes_read,
            "error": self.error,
        }


class Calls:
    """The latest calls, by contact id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: OrderedDict[str, Call] = OrderedDict()

    def begin(self, call: Call) -> None:
        """Take a call in; asked again for the same contact, start over."""
        with self._lock:
            self._calls.pop(call.contact_id, None)
            self._calls[call.contact_id] = call
            if len(self._calls) > _KEPT:
                self._calls.popitem(last=False)

    def finish(
        self,
        contact_id: str,
        *,
        bytes_read: int,
        error: str | None,
        refused: tuple[str, ...],
        allowed: tuple[str, ...],
    ) -> None:
        """Note what came of a call."""
        with self._lock:
            call = self._calls.get(contact_id)
            if call is not None:
                self._calls[contact_id] = replace(
                    call,
                    done=True,
                    bytes_read=bytes_read,
                    error=error,
                    refused=refused,
                    allowed=allowed,
                )

    def find(self, contact_id: str) -> Call | None:
        """Find a call."""
        with self._lock:
            return self._calls.get(contact_id)

    def latest(self) -> tuple[Call, ...]:
        """All that are kept, the latest first."""
        with self._lock:
            return tuple(reversed(self._calls.values()))
