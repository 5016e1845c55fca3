"""What the checks of ServiceNow share: its deployment, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from connect_voice.doctors.deployed import Function
from connect_voice.doctors.look import Look, Vendor
from connect_voice.doctors.parameters import SHORTEST_SECRET, SecretParameter
from connect_voice.doctors.servicenow.deployment import LEADS_TO, ServiceNowDeployment
from connect_voice.doctors.servicenow.token import Token
from connect_voice.doctors.site import Site

_VENDOR = Vendor(
    title="ServiceNow",
    leads_to=LEADS_TO,
    leads_to_example=LEADS_TO,
    private_authority="servicenow_endpoints.ca_bundle_pem",
)


class ServiceNowLook(Look):
    """One examination of ServiceNow AI voice agents.

    Args:
        ca_bundle: PEM file with the authority of an embedded environment's stand-in.
        template: the flow's template; None leaves naming changed blocks out.
    """

    vendor = _VENDOR

    def __init__(
        self,
        site: Site,
        servicenow: ServiceNowDeployment,
        *,
        ca_bundle: Path | None = None,
        template: Path | None = None,
    ) -> None:
        super().__init__(site, ca_bundle=ca_bundle)
        self.servicenow = servicenow
        self.template = template
        self.token: Token | None = None  # once there is one; never to be shown

    @property
    def functions(self) -> tuple[Function, ...]:
        """The one Lambda."""
        return (self.servicenow.function,)

    def flows(self) -> Iterator[tuple[str, str]]:
        """The inbound flow."""
        yield "of the number", self.servicenow.flow_id

    @cached_property
    def secret_parameters(self) -> tuple[SecretParameter, ...]:
        """ServiceNow's OAuth client."""
        return tuple(
            SecretParameter(
                name,
                which,
                self.servicenow.function,
                settings="SERVICENOW_CLIENT_ID, SERVICENOW_CLIENT_SECRET",
                version="servicenow_secrets_version",
                key="servicenow_secrets_key_arn",
                least=least,
            )
            for name, which, least in (
                # An id may be chosen; ServiceNow's own are 32 hexadecimal digits.
                (self.servicenow.client_id, "client id", 2),
                (self.servicenow.client_secret, "client secret", SHORTEST_SECRET),
            )
        )

    @property
    def private_authorities(self) -> str:
        """Certificates of private authorities that the Lambda trusts, as PEM text."""
        return self.authorities(self.servicenow.function)

    @property
    def variables(self) -> Mapping[str, str]:
        """The Lambda's environment; empty where it cannot be read, which is its own finding."""
        environment = self.environment(self.servicenow.function)
        return {} if environment is None else environment.variables

    @property
    def instance_host(self) -> str | None:
        """The ServiceNow instance, None where neither Terraform nor the Lambda tells."""
        return self.servicenow.instance_host or self.variables.get("SERVICENOW_INSTANCE_HOST")

    @property
    def voice_service_host(self) -> str | None:
        """The host of the call context API, None where nobody tells."""
        return self.servicenow.voice_service_host or self.variables.get("VOICE_SERVICE_HOST")

    def declared(self, function: Function) -> Mapping[str, str]:
        """What Terraform declares of the Lambda's environment."""
        if function != self.servicenow.function:
            return {}
        of_service = PurePosixPath(self.servicenow.client_id).parent
        told = {
            "SERVICENOW_PARAMETER_PATH": str(of_service.parent),
            "VOICE_SERVICE_ID": of_service.name,
            "SERVICENOW_INSTANCE_HOST": self.servicenow.instance_host,
            "VOICE_SERVICE_HOST": self.servicenow.voice_service_host,
        }
        return {name: value for name, value in told.items() if value is not None}
