"""The doctor for ServiceNow AI voice agents: looks at all that is deployed, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import boto3

from connect_voice.doctors import flows, functions, instance, numbers, parameters
from connect_voice.doctors.aws import Aws
from connect_voice.doctors.checks import Check, run, shared
from connect_voice.doctors.deployed import Deployed
from connect_voice.doctors.servicenow import access, dialling, endpoints, flow, function
from connect_voice.doctors.servicenow.deployment import ServiceNowDeployment
from connect_voice.doctors.servicenow.look import ServiceNowLook
from connect_voice.doctors.site import Site
from connect_voice.doctors.topic import Topic
from connect_voice.errors import CheckFailed
from connect_voice.findings import Finding

_DEPLOYED = Topic("servicenow.outputs", "servicenow outputs")

# In the order of a call: the number, the flow, the Lambda, and what it asks of ServiceNow.
_CHECKS: tuple[Check[ServiceNowLook], ...] = (
    shared("servicenow", instance.INSTANCE, instance.takes_calls),
    Check(dialling.OUTBOUND, dialling.outbound),
    shared("servicenow", numbers.CLAIMED, numbers.claimed),
    shared("servicenow", numbers.LEADING, numbers.leading),
    shared("servicenow", flows.FLOW, flows.published),
    Check(flow.INBOUND, flow.as_deployed),
    shared("servicenow", flows.NAMED, flows.named),
    shared("servicenow", functions.READY, functions.ready),
    shared("servicenow", functions.ENVIRONMENT, functions.environments),
    Check(function.SETTINGS, function.settings),
    shared("servicenow", functions.ASSOCIATION, functions.associations),
    shared("servicenow", functions.INVOCATION, functions.invocations),
    shared("servicenow", functions.LOGS, functions.logs),
    shared("servicenow", flows.LIMITS, flows.limits),
    shared("servicenow", parameters.SECRETS, parameters.secrets),
    shared("servicenow", parameters.SECRET_VALUES, parameters.secret_values),
    Check(function.ROLE, function.role),
    Check(endpoints.ENDPOINTS, endpoints.endpoints),
    Check(access.TOKEN, access.token),
    Check(access.READING, access.reading),  # with the token
)


def examine(
    outputs: Mapping[str, object],
    session: boto3.Session,
    *,
    endpoint_url: str | None = None,
    ca_bundle: Path | None = None,
    template: Path | None = None,
) -> list[Finding]:
    """Look at a deployed ServiceNow; read-only, see `connect_voice.doctors.permissions`.

    Of ServiceNow it asks for one token and for rows of no call.

    Args:
        outputs: all outputs of the environment.
        session: credentials of whoever looks.
        endpoint_url: of an embedded AWS. From there only hosts of this machine are asked.
        ca_bundle: PEM file with the authority of an embedded environment's stand-in.
        template: ``flows/servicenow_voice/inbound.json``, to name the blocks of a flow that
            somebody changed by hand.

    Returns:
        findings in a fixed order; whatever could not be looked at is one as well.
    """
    try:
        deployed = Deployed.of(outputs)
    except CheckFailed as error:
        return [_DEPLOYED.bad("complete", str(error))]
    site = Site(deployed, Aws(session, deployed.region, endpoint_url))
    return examine_at(site, outputs, ca_bundle=ca_bundle, template=template)


def examine_at(
    site: Site,
    outputs: Mapping[str, object],
    *,
    ca_bundle: Path | None = None,
    template: Path | None = None,
) -> list[Finding]:
    """As `examine`, at a site that other doctors look at as well."""
    try:
        deployment = ServiceNowDeployment.of(outputs, site.deployed)
    except CheckFailed as error:
        return [_DEPLOYED.bad("complete", str(error))]
    look = ServiceNowLook(site, deployment, ca_bundle=ca_bundle, template=template)
    return run(_CHECKS, look)
