"""The function's settings, read from its environment."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from connect_core import host, tls, url
from connect_core.environment import about, parameter_path, required
from connect_core.fault import Fault
from servicenow_voice import phone_numbers

_REQUIRED = (
    "SERVICENOW_PARAMETER_PATH",
    "SERVICENOW_INSTANCE_HOST",
    "SERVICENOW_INSTANCE_NAME",
    "VOICE_SERVICE_HOST",
    "CALL_CONTEXT_PATH",
)
_VOICE_SERVICE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Settings:
    """What Terraform tells the function.

    Args:
        parameter_path: Prefix of the SSM parameters, without a slash at the end.
        instance_host: The ServiceNow instance, ``host`` or ``host:port``.
        instance_name: What the call context API calls the instance.
        voice_service_host: The host of the call context API.
        call_context_path: Its path.
        voice_service_id: Used when a flow names none; may be "".
        dnis_prefixes: Allow-list of numbers to transfer to; none means any.
        tls_context: Whom to trust.
    """

    parameter_path: str
    instance_host: str
    instance_name: str
    voice_service_host: str
    call_context_path: str
    voice_service_id: str
    dnis_prefixes: tuple[str, ...]
    tls_context: ssl.SSLContext = field(repr=False, compare=False)

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
            url.check_path(given["CALL_CONTEXT_PATH"])
        with about("SERVICENOW_INSTANCE_HOST"):
            instance_host = host.normalise(given["SERVICENOW_INSTANCE_HOST"])
        with about("VOICE_SERVICE_HOST"):
            voice_service_host = host.normalise(given["VOICE_SERVICE_HOST"])
        with about("DNIS_PREFIXES"):
            dnis_prefixes = phone_numbers.prefixes(environment.get("DNIS_PREFIXES", ""))
        with about("CA_BUNDLE_PEM"):
            tls_context = tls.client_context(environment.get("CA_BUNDLE_PEM", ""))
        return cls(
            parameter_path=path,
            instance_host=instance_host,
            instance_name=given["SERVICENOW_INSTANCE_NAME"],
            voice_service_host=voice_service_host,
            call_context_path=given["CALL_CONTEXT_PATH"],
            voice_service_id=environment.get("VOICE_SERVICE_ID", "").strip(),
            dnis_prefixes=dnis_prefixes,
            tls_context=tls_context,
        )

    def voice_service(self, named: str) -> str:
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
        if not _VOICE_SERVICE_ID.fullmatch(chosen):
            raise Fault("VOICE_SERVICE_ID_INVALID", retryable=False)
        return chosen
