"""The doctors of all vendors that an environment has, at one site."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import boto3

from connect_voice.doctors import kore, servicenow
from connect_voice.doctors.aws import Aws
from connect_voice.doctors.deployed import Deployed
from connect_voice.doctors.servicenow.deployment import is_deployed
from connect_voice.doctors.site import Site
from connect_voice.errors import CheckFailed
from connect_voice.findings import Finding


def examine_vendors(
    outputs: Mapping[str, object],
    session: boto3.Session,
    *,
    flows: Path,
    endpoint_url: str | None = None,
    ca_bundles: Mapping[str, Path] | None = None,
) -> list[Finding]:
    """Look at every vendor that is deployed; read-only.

    Args:
        outputs: all outputs of the environment.
        session: credentials of whoever looks.
        flows: the folder with the templates of all flows.
        endpoint_url: of an embedded AWS. From there only hosts of this machine are asked.
        ca_bundles: PEM files with the authorities of an embedded environment's stand-ins, by
            the vendors' names.

    Returns:
        findings, one vendor after the other; what could not be looked at is one as well.
    """
    own_kore = outputs.get("kore")
    has_servicenow = is_deployed(outputs)
    if not isinstance(own_kore, Mapping) and not has_servicenow:
        return []
    try:
        deployed = Deployed.of(outputs)
    except CheckFailed as error:
        return [Finding("deployed", ok=False, detail=str(error))]
    site = Site(deployed, Aws(session, deployed.region, endpoint_url))
    trusted = ca_bundles or {}
    findings: list[Finding] = []
    if has_servicenow:
        findings += servicenow.examine_at(
            site,
            outputs,
            ca_bundle=trusted.get("servicenow"),
            template=flows / "servicenow_voice" / "inbound.json",
        )
    if isinstance(own_kore, Mapping):
        findings += kore.examine_at(
            site, own_kore, ca_bundle=trusted.get("kore"), templates=flows / "kore_agent_assist"
        )
    return findings
