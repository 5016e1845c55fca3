"""The vendors: what the commands must know of each, in one record.

A third vendor is one more record here, beside its folders under ``flows``, ``lambda_src``,
``terraform/modules`` and ``local/local_aws/standins``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

CaBundle = str  # PEM


@dataclass(frozen=True)
class StandIn:
    """A running stand-in of a vendor.

    Args:
        host: ``name:port``; it answers over TLS only.
        ca_bundle: a PEM file with the authority of its certificate.
    """

    host: str
    ca_bundle: Path


@dataclass(frozen=True)
class Secret:
    """A secret on its way from a pipeline's store to Terraform.

    Args:
        environment: the environment variable that the pipeline fills.
        variable: Terraform's ephemeral variable.
        keyed: the variable is a map; the environment variable itself fills its ``*``, and the one
            with ``_SOME_KEY`` behind it fills ``some-key``.
    """

    environment: str
    variable: str
    keyed: bool = False


@dataclass(frozen=True)
class Vendor:
    """One vendor.

    Args:
        name: of its stand-in, and what its environment variables begin with.
        leads_to: what ``leads_to`` of a phone number begins with where the vendor answers.
        secrets: what only the vendor's console knows.
        deploy_call: the scenario that crosses the most of what is deployed for it.
        stand_in_variables: Terraform variables that make the stand-in the vendor, from its host and
            its authority.
    """

    name: str
    leads_to: str
    secrets: tuple[Secret, ...]
    deploy_call: str
    stand_in_variables: Callable[[str, CaBundle], Mapping[str, object]]


def _servicenow(host: str, ca_bundle: CaBundle) -> Mapping[str, object]:
    return {
        "servicenow_endpoints": {
            "instance_host": host,
            "voice_service_host": host,
            "ca_bundle_pem": ca_bundle,
        }
    }


def _kore(host: str, ca_bundle: CaBundle) -> Mapping[str, object]:
    return {
        "kore_endpoints": {
            "domain": host,
            "wss_url": f"wss://{host}",
            "ca_bundle_pem": ca_bundle,
        },
        "kore_webhook_url": f"https://{host}/crm/dispositions",
    }


VENDORS = (
    Vendor(
        name="servicenow",
        leads_to="servicenow_voice",
        secrets=(
            Secret("SERVICENOW_CLIENT_ID", "servicenow_client_ids", keyed=True),
            Secret("SERVICENOW_CLIENT_SECRET", "servicenow_client_secrets", keyed=True),
        ),
        deploy_call="caller-asks-for-a-person",
        stand_in_variables=_servicenow,
    ),
    Vendor(
        name="kore",
        leads_to="kore_agent_assist",
        secrets=(
            Secret("KORE_CLIENT_SECRET", "kore_client_secrets", keyed=True),
            Secret("KORE_WEBHOOK_SECRET", "kore_webhook_secret"),
        ),
        deploy_call="assisted-call-with-disposition",
        stand_in_variables=_kore,
    ),
)
