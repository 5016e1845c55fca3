"""getInteractionContext: learn from ServiceNow how the conversation with the AI agent ended."""

import json
from collections.abc import Callable, Mapping

from connect_core import service_codes
from connect_core.deadline import Deadline
from connect_core.event import ConnectEvent
from connect_core.fault import Fault
from connect_core.http import WORTHWHILE_SECONDS, Request
from connect_core.value import Value
from servicenow_voice.api import Api
from servicenow_voice.text import short_text

SERVICE = "INTERACTION_CONTEXT"
# The record is stored when the agent's leg has ended, which is also when the flow resumes; two
# seconds between the two are nothing unusual.
FIRST_PAUSE_SECONDS = 0.5
PAUSE_GROWTH = 1.2
# Asking again sooner than this after the last answer is not worth a request.
SHORTEST_PAUSE_SECONDS = 0.2
# Where the contact's id is: Connect calls it session id towards ServiceNow.
_SESSION = "interaction.client_session_id"
_NAME = "bot_context_data"


class InteractionContext(Value):
    """The operation.

    Args:
        api: Sends the requests.
        host: The ServiceNow instance.
        pause: Waits that many seconds.
    """

    api: Api
    host: str
    pause: Callable[[float], None]

    def run(
        self, event: ConnectEvent, voice_service_id: str, deadline: Deadline
    ) -> Mapping[str, str]:
        """The reply's `transferRequested`, `snTransferReason` and `interactionId`.

        While the record is absent, or the Table API is passingly out of reach, it is asked for
        again until the deadline.

        Raises:
            Fault: SECRET_*, OAUTH_* or INTERACTION_CONTEXT_*; INTERACTION_CONTEXT_MISSING, which is
                worth another invocation, when the record did not come in time;
                INTERACTION_CONTEXT_FOREIGN when the record is another call's.
        """
        pause = FIRST_PAUSE_SECONDS
        while True:
            fault = Fault(f"{SERVICE}_MISSING", retryable=True)
            try:
                record = self._record(event.contact_id, voice_service_id, deadline)
            except Fault as problem:
                if not problem.retryable or not problem.code.startswith(SERVICE):
                    raise
                fault, record = problem, None
            if record is not None:
                return outcome(record)
            # The last question comes as late as it can still be answered, and none before the
            # time for which the instance asked to be left alone.
            asked = fault.retry_after or 0.0
            wait = min(max(pause, asked), deadline.remaining() - WORTHWHILE_SECONDS)
            if wait < max(SHORTEST_PAUSE_SECONDS, asked):
                raise fault
            self.pause(wait)
            pause *= PAUSE_GROWTH

    def _record(
        self, contact_id: str, voice_service_id: str, deadline: Deadline
    ) -> Mapping[str, object] | None:
        request = Request(
            name="interaction_context",
            method="GET",
            host=self.host,
            path="/api/now/table/interaction_context",
            query={
                "sysparm_query": f"{_SESSION}={contact_id}^name={_NAME}",
                "sysparm_fields": f"name,value,{_SESSION}",
                "sysparm_limit": "1",
            },
        )
        # One attempt: the loop around this is the retry.
        answer = self.api.call(SERVICE, request, voice_service_id, deadline, attempts=1)
        records = answer.get("result")
        if not isinstance(records, list):
            raise service_codes.invalid(SERVICE)
        if not records:
            return None
        record: object = records[0]
        if not isinstance(record, dict):
            raise service_codes.invalid(SERVICE)
        if not _belongs(record, contact_id):
            raise Fault(f"{SERVICE}_FOREIGN", retryable=False)
        return record


def _belongs(record: Mapping[str, object], contact_id: str) -> bool:
    """Whether the record is what was asked for.

    ServiceNow leaves out a condition that it cannot evaluate and answers with whatever the rest of
    the query finds, unless its property glide.invalid_query.returns_no_rows is true, and it is not
    by default: then the record is somebody else's.
    """
    session = record.get(_SESSION)
    mine = isinstance(session, str) and session.strip().lower() == contact_id.lower()
    return mine and record.get("name") == _NAME


def outcome(record: Mapping[str, object]) -> Mapping[str, str]:
    """What a stored record says.

    A record without an interaction id is incomplete, and an error: it is no proof that the caller
    has been served. A transfer reason in it is acted upon all the same, because a caller who asked
    for a person must reach one whatever else is missing.

    Args:
        record: A row of interaction_context with `value`, JSON as text.

    Raises:
        Fault: INTERACTION_CONTEXT_INVALID.
    """
    value = record.get("value")
    try:
        context: object = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        context = None
    if not isinstance(context, dict):
        raise service_codes.invalid(SERVICE)
    variables = context.get("sessionVariables")
    reason = variables.get("snTransferReason") if isinstance(variables, dict) else None
    interaction_id = short_text(context.get("interactionId"))
    # Something other than a text or number is a reason nobody knows: a transfer, reason unnamed.
    requested = bool(short_text(reason)) if isinstance(reason, str) else bool(reason)
    if not interaction_id and not requested:
        raise service_codes.invalid(SERVICE)
    return {
        "transferRequested": "true" if requested else "false",
        "snTransferReason": short_text(reason) if requested else "",
        "interactionId": interaction_id,
    }
