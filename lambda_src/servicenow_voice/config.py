"""The function's settings, read from its environment."""

import ssl
from collections.abc import Mapping

from connect_core import host, tls, url
from connect_core.environment import about, parameter_path, required
from connect_core.fault import Fault
from connect_core.value import Value, field
from servicenow_voice import phone_numbers, voice_services
from servicenow_voice.token_copy import CopySettings
from servicenow_voice.voice_services import VoiceService

_REQUIRED = (
    "SERVICENOW_PARAMETER_PATH",
    "SERVICENOW_INSTANCE_HOST",
    "SERVICENOW_INSTANCE_NAME",
    "VOICE_SERVICE_HOST",
    "CALL_CONTEXT_PATH",
)


class Settings(Value):
    """What Terraform tells the function.

    Args:
        parameter_path: Prefix of the SSM parameters, without a slash at the end.
        instance_host: The ServiceNow instance, ``host`` or ``host:port``.
        instance_name: What the call context API calls the instance.
        voice_service: Where the call context API is, unless a voice service has its own.
        voice_services: Voice services that have their own, by id.
        voice_service_id: Used when a flow names none; may be "".
        dnis_prefixes: Allow-list of numbers to transfer to; none means any.
        copies: How copies of tokens are kept, None where they are not.
        tls_context: Whom to trust.
    """

    parameter_path: str
    instance_host: str
    instance_name: str
    voice_service: VoiceService
    voice_services: Mapping[str, VoiceService]
    voice_service_id: str
    dnis_prefixes: tuple[str, ...]
    copies: CopySettings | None
    tls_context: ssl.SSLContext = field(shown=False, compared=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and check every setting.

        Raises:
            Fault: CONFIG_MISSING or CONFIG_INVALID.
        """
        given = required(environment, *_REQUIRED)
        with about("SERVICENOW_PARAMETER_PATH"):
            path = parameter_path(given["SERVICENOW_PARAMETER_PATH"])
        with about("CALL_CONTEXT_PATH"):
            call_context_path = url.check_path(given["CALL_CONTEXT_PATH"])
        with about("SERVICENOW_INSTANCE_HOST"):
            instance_host = host.normalise(given["SERVICENOW_INSTANCE_HOST"])
        with about("VOICE_SERVICE_HOST"):
            default = VoiceService(host.normalise(given["VOICE_SERVICE_HOST"]), call_context_path)
        with about("VOICE_SERVICES"):
            services = voice_services.parse(environment.get("VOICE_SERVICES", ""), default)
        with about("TOKEN_COPY"):
            copies = CopySettings.of(
                environment.get("TOKEN_COPY", ""), environment.get("TOKEN_COPY_KEY", "")
            )
        with about("DNIS_PREFIXES"):
            dnis_prefixes = phone_numbers.prefixes(environment.get("DNIS_PREFIXES", ""))
        with about("CA_BUNDLE_PEM"):
            tls_context = tls.client_context(environment.get("CA_BUNDLE_PEM", ""))
        return cls(
            parameter_path=path,
            instance_host=instance_host,
            instance_name=given["SERVICENOW_INSTANCE_NAME"],
            voice_service=default,
            voice_services=services,
            voice_service_id=environment.get("VOICE_SERVICE_ID", "").strip(),
            dnis_prefixes=dnis_prefixes,
            copies=copies,
            tls_context=tls_context,
        )

    def voice_service_of(self, named: str) -> str:
        """The voice service to use.

        Args:
            named: What the flow names, "" when it names none. The vendor's own flow names one in
                its first block and forgets it in its second, hence the default.

        Raises:
            Fault: VOICE_SERVICE_ID_MISSING or VOICE_SERVICE_ID_INVALID; the id becomes part of
                parameter names.
        """
        chosen = named or self.voice_service_id
        if not chosen:
            raise Fault("VOICE_SERVICE_ID_MISSING", retryable=False)
        if not voice_services.ID.fullmatch(chosen):
            raise Fault("VOICE_SERVICE_ID_INVALID", retryable=False)
        return chosen
