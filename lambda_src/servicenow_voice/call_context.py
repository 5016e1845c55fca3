"""getCallContext: announce the call to ServiceNow and learn which number to transfer it to."""

import json
from collections.abc import Mapping

from connect_core.deadline import Deadline
from connect_core.event import ConnectEvent
from connect_core.http import Request
from connect_core.value import Value
from servicenow_voice import phone_numbers
from servicenow_voice.api import Api
from servicenow_voice.text import short_text
from servicenow_voice.voice_services import VoiceService

SERVICE = "CALL_CONTEXT"


class CallContext(Value):
    """The operation.

    Asking twice for the same contact is harmless: the contact's id is the correlation id, so
    Connect's own repeats name the same call.

    Args:
        api: Sends the request.
        service: Where the call context API is, unless a voice service has its own.
        services: Voice services that have their own, by id.
        instance_name: What the API calls the instance.
        dnis_prefixes: Allow-list of numbers.
    """

    api: Api
    service: VoiceService
    services: Mapping[str, VoiceService]
    instance_name: str
    dnis_prefixes: tuple[str, ...]

    def run(
        self, event: ConnectEvent, voice_service_id: str, deadline: Deadline
    ) -> Mapping[str, str]:
        """The reply's `dnis` and `tracingId`.

        Raises:
            Fault: SECRET_*, OAUTH_*, CALL_CONTEXT_* or DNIS_*.
        """
        body = {
            "call_correlation_id": event.contact_id,
            "voice_service_id": voice_service_id,
            "ani": event.caller_number,
            "instance_name": self.instance_name,
        }
        service = self.services.get(voice_service_id, self.service)
        request = Request(
            name="call_context",
            method="POST",
            host=service.host,
            path=service.call_context_path,
            headers={"Content-Type": "application/json"},
            body=json.dumps(body).encode(),
        )
        answer = self.api.call(SERVICE, request, voice_service_id, deadline)
        return {
            "dnis": phone_numbers.dialable(answer.get("dnis"), self.dnis_prefixes),
            "tracingId": short_text(answer.get("tracing_id")),
        }
