"""A receiver of dispositions, as the customer's CRM may have one: signed, in time, once."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from collections import OrderedDict
from datetime import datetime
from http import HTTPStatus

from local_aws.standins.https import Request
from local_aws.standins.kore import forms
from local_aws.standins.kore.answers import Answer, RefusedError, bad, denied, json_object, success
from local_aws.standins.kore.members import Members
from local_aws.standins.kore.tokens import Clock

_BODY = ("contactId", "disposition", "summary", "survey", "storedAt")
_KEY_HEADER = "idempotency-key"
_TIME_HEADER = "x-connect-voice-timestamp"
_SIGNATURE_HEADER = "x-connect-voice-signature"
_SIGNATURE = re.compile(r"v1=([0-9a-f]{64})")
_TOLERANCE_SECONDS = 300
_KEPT = 10_000

_Content = tuple[str, str, bool]


class Webhook:
    """Takes dispositions.

    Args:
        secret: what requests are signed with.
        clock: seconds since the epoch.
    """

    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret.encode()
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: OrderedDict[str, _Content] = OrderedDict()

    def answer(self, request: Request) -> Answer:
        """Take one disposition; taking it again changes nothing.

        Raises:
            RefusedError: 401 for what is not signed, 400 for what is malformed, 409 for another
                disposition under a key that is taken.
        """
        self._check_signature(request)
        if request.media_type != "application/json":
            raise bad("The content type is not application/json.")
        contact, content = _content(request.body)
        if request.headers.get(_KEY_HEADER) != contact:
            raise bad("Idempotency-Key is not the contactId of the body.")
        with self._lock:
            before = self._taken.setdefault(contact, content)
            if len(self._taken) > _KEPT:
                self._taken.popitem(last=False)
        if before != content:
            raise RefusedError(
                HTTPStatus.CONFLICT, "Another disposition has been taken under this key."
            )
        return success()

    def _check_signature(self, request: Request) -> None:
        told = request.headers.get(_TIME_HEADER, "")
        if not forms.DIGITS.fullmatch(told):
            raise denied("X-Connect-Voice-Timestamp is not a number of seconds.")
        if abs(self._clock() - int(told)) > _TOLERANCE_SECONDS:
            raise denied("X-Connect-Voice-Timestamp is more than five minutes off.")
        match = _SIGNATURE.fullmatch(request.headers.get(_SIGNATURE_HEADER, ""))
        if match is None:
            raise denied("X-Connect-Voice-Signature is not v1= and 64 hexadecimal digits.")
        signed = told.encode() + b"." + request.body
        expected = hmac.new(self._secret, signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, match[1]):
            raise denied("X-Connect-Voice-Signature is not by the webhook's secret.")


def _content(body: bytes) -> tuple[str, _Content]:
    members = Members(json_object(body), "", _BODY)
    stored = members.text("storedAt", forms.WORD, "a time")
    try:
        datetime.fromisoformat(stored)
    except ValueError:
        raise bad("storedAt is not a time in ISO 8601.") from None
    return members.text("contactId", forms.UUID, "a UUID"), (
        members.text("disposition", forms.WORD, "a word"),
        members.text("summary", forms.TEXT, "a text"),
        members.flag("survey"),
    )
