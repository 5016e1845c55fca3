"""Telling a CRM: one signed POST for each disposition.

A receiver computes the HMAC-SHA256 of ``timestamp + "." + body`` with the shared secret, compares
it in constant time, refuses timestamps that are old, and answers a key it knows with success.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping

from connect_core import service_codes
from connect_core.deadline import Clock, Deadline
from connect_core.fault import Fault
from connect_core.http import HttpClient, HttpFault, Request
from connect_core.parameters import SecretCache
from connect_core.secret import Secret
from connect_core.value import Value, field
from kore_disposition.config import Webhook, webhook_of
from kore_disposition.store import Stored

SERVICE = "WEBHOOK"
SECRET_SECONDS = 1.5
_SUCCESS = range(200, 300)


class Deliverer(Value):
    """Posts dispositions.

    Args:
        environment: The function's environment; it names the receiver.
        secrets: Where the secret comes from.
        http: Sends the requests.
        wall_clock: Seconds since 1970.
    """

    environment: Mapping[str, str] = field(shown=False)
    secrets: SecretCache
    http: HttpClient
    wall_clock: Clock

    def deliver(self, stored: Stored, deadline: Deadline) -> None:
        """Post a disposition. The receiver knows a repeat by its key.

        Raises:
            Fault: CONFIG_*, SECRET_* or WEBHOOK_*.
        """
        webhook = webhook_of(self.environment)
        names = (webhook.secret_parameter,)
        (secret,) = self.secrets.get(names, deadline.at_most(SECRET_SECONDS))
        if not secret.is_usable():
            self.secrets.forget(names)
            raise Fault("SECRET_INVALID", retryable=False, about=webhook.secret_parameter)
        try:
            self._post(webhook, secret, stored, deadline)
        except Fault as fault:
            # The secret may have been rotated since it was read; the next delivery will know.
            if fault.code == f"{SERVICE}_DENIED":
                self.secrets.forget(names)
            raise

    def _post(self, webhook: Webhook, secret: Secret, stored: Stored, deadline: Deadline) -> None:
        submission = stored.submission
        body = json.dumps(
            {
                "contactId": submission.contact_id,
                "disposition": submission.disposition,
                "summary": submission.summary,
                "survey": submission.survey,
                "storedAt": stored.stored_at,
            }
        ).encode()
        timestamp = str(int(self.wall_clock()))
        request = Request(
            name="webhook",
            method="POST",
            host=webhook.url.host,
            path=webhook.url.path,
            headers={
                "Content-Type": "application/json",
                "Idempotency-Key": submission.contact_id,
                "X-Connect-Voice-Timestamp": timestamp,
                "X-Connect-Voice-Signature": f"v1={signature(secret, timestamp, body)}",
            },
            body=body,
        )
        try:
            response = self.http.send(request, deadline)
        except HttpFault as fault:
            raise service_codes.of_no_reply(SERVICE, fault) from None
        if response.status not in _SUCCESS:
            raise service_codes.of_status(SERVICE, response)


def signature(secret: Secret, timestamp: str, body: bytes) -> str:
    """Hexadecimal HMAC-SHA256 of ``timestamp + "." + body``."""
    message = timestamp.encode() + b"." + body
    return hmac.new(secret.reveal().encode(), message, hashlib.sha256).hexdigest()
