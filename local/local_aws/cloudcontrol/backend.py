"""The requests Cloud Control remembers in one account and region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from moto.core.base_backend import BackendDict, BaseBackend


@dataclass(frozen=True, kw_only=True)
class Request:
    """One change of one resource, and what came of it.

    Args:
        token: names the request.
        type_name: the resource's type.
        operation: CREATE, UPDATE or DELETE.
        identifier: the resource's, ``None`` when it was never created.
        time: when it ended.
        model: the resource's properties after it, as JSON.
        error_code: the handler's error, ``None`` on success.
        message: what went wrong.
    """

    token: str
    type_name: str
    operation: str
    identifier: str | None
    time: datetime
    model: str | None = None
    error_code: str | None = None
    message: str | None = None

    def event(self, status: str | None = None) -> dict[str, object]:
        """Answer as a progress event.

        Args:
            status: pretend the request is only this far.
        """
        ended = "FAILED" if self.error_code else "SUCCESS"
        event: dict[str, object] = {
            "TypeName": self.type_name,
            "Identifier": self.identifier,
            "RequestToken": self.token,
            "Operation": self.operation,
            "OperationStatus": status or ended,
            "EventTime": self.time,
        }
        if status is None:
            event |= {
                "ResourceModel": self.model,
                "ErrorCode": self.error_code,
                "StatusMessage": self.message,
            }
        return event


class CloudControlBackend(BaseBackend):
    """Requests by token, and by what clients sent to make them idempotent."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.requests: dict[str, Request] = {}
        # Client token -> digest of the request it came with, and our token.
        self.client_tokens: dict[str, tuple[str, str]] = {}


cloudcontrol_backends = BackendDict(CloudControlBackend, "cloudcontrol")
