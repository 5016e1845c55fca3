"""What Terraform says is deployed of ServiceNow, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connect_voice.doctors.deployed import Deployed, Function, Outputs
from connect_voice.errors import CheckFailed

LEADS_TO = "servicenow_voice"


@dataclass(frozen=True)
class ServiceNowDeployment:
    """ServiceNow AI voice agents as deployed.

    Args:
        client_id: name of the parameter with the OAuth client's id.
        client_secret: name of the parameter with its secret.
        flow_sha256: digest of the flow as it was deployed, see `fingerprint` in
            `connect_voice.doctors.servicenow.flow`; None where nobody says.
        instance_host: ``host`` or ``host:port``; None where only the Lambda is told.
        voice_service_host: the same of the call context API.
    """

    function: Function
    client_id: str
    client_secret: str
    flow_id: str
    flow_sha256: str | None = None
    instance_host: str | None = None
    voice_service_host: str | None = None

    @classmethod
    def of(cls, outputs: Mapping[str, object], deployed: Deployed) -> ServiceNowDeployment:
        """Read Terraform's outputs ``servicenow_…``.

        Raises:
            CheckFailed: one is missing, as after a deploy that did not end.
        """
        root = Outputs("of this environment", outputs)
        names = root.object("servicenow_parameter_names")
        flow_id = deployed.inbound_flows.get(LEADS_TO)
        if flow_id is None:
            raise CheckFailed(f"The output inbound_flows has no {LEADS_TO}; deploy again.")
        return cls(
            function=Function(
                name=root.text("servicenow_lambda_name"),
                arn=root.text("servicenow_lambda_arn"),
                alias_arn=root.text("servicenow_lambda_alias_arn"),
                log_group=root.text("servicenow_log_group"),
            ),
            client_id=names.text("client_id"),
            client_secret=names.text("client_secret"),
            flow_id=flow_id,
            flow_sha256=root.maybe("servicenow_flow_sha256"),
            instance_host=root.maybe("servicenow_instance_host"),
            voice_service_host=root.maybe("servicenow_voice_service_host"),
        )


def is_deployed(outputs: Mapping[str, object]) -> bool:
    """Whether the environment has ServiceNow at all."""
    return bool(outputs.get("servicenow_lambda_name"))
