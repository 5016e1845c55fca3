"""The transcriber: told of a call's stream, it reads it by itself."""

from __future__ import annotations

import json

from local_aws.contacts import is_contact_id
from local_aws.standins.https import Request
from local_aws.standins.kore import payload
from local_aws.standins.kore.answers import Answer, bad, json_object, success
from local_aws.standins.kore.calls import Call, Calls
from local_aws.standins.kore.reader import StreamReader
from local_aws.standins.kore.tokens import Clock, Tokens


class Transcriber:
    """Takes calls.

    Args:
        tokens: verifies the tokens in payloads.
        calls: where calls are noted.
        reader: reads their streams.
        clock: seconds since the epoch.
    """

    def __init__(self, tokens: Tokens, calls: Calls, reader: StreamReader, clock: Clock) -> None:
        self._tokens = tokens
        self._calls = calls
        self._reader = reader
        self._clock = clock

    def answer(self, request: Request) -> Answer:
        """Take one call.

        Raises:
            RefusedError: 400 for what is malformed, 401 for a token that does not hold.
        """
        if request.media_type != "application/json":
            raise bad("The content type is not application/json.")
        told = payload.read(json_object(request.body), self._tokens, self._clock)
        self._calls.begin(Call(told.contact_id, told.language_code, self._clock()))
        self._reader.read(told)
        return success()


def contact_id(body: bytes, member: str) -> str | None:
    """The contact that a body says it is about, whether or not the rest of it holds."""
    try:
        told: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    value = told.get(member) if isinstance(told, dict) else None
    return value.lower() if isinstance(value, str) and is_contact_id(value) else None
