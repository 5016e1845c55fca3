"""The doctor for Kore Agent AI: looks at everything deployed for it, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import boto3

from connect_voice.doctors import flows, functions, instance, numbers, parameters
from connect_voice.doctors.aws import Aws
from connect_voice.doctors.checks import Check, run, shared
from connect_voice.doctors.deployed import Deployed
from connect_voice.doctors.kore import (
    application,
    endpoints,
    leftovers,
    reader_role,
    settings,
    streams,
    tables,
    workspace,
)
from connect_voice.doctors.kore import flows as own_flows
from connect_voice.doctors.kore.deployment import KoreDeployment
from connect_voice.doctors.kore.look import KoreLook
from connect_voice.doctors.site import Site
from connect_voice.doctors.topic import Topic
from connect_voice.errors import CheckFailed
from connect_voice.findings import Finding

_DEPLOYED = Topic("kore.outputs", "kore outputs")

# In the order in which a reader wants to know: the call first, then what makes it an assisted one.
_CHECKS: tuple[Check[KoreLook], ...] = (
    shared("kore", instance.INSTANCE, instance.takes_calls),
    Check(workspace.SERVICE_ROLE, workspace.service_role),
    shared("kore", numbers.CLAIMED, numbers.claimed),
    shared("kore", numbers.LEADING, numbers.leading),
    Check(settings.SETTINGS, settings.settings),
    shared("kore", parameters.SECRETS, parameters.secrets),
    shared("kore", parameters.SECRET_VALUES, parameters.secret_values),
    shared("kore", flows.FLOW, flows.published),
    Check(own_flows.FLOWS, own_flows.as_deployed),
    shared("kore", flows.NAMED, flows.named),
    shared("kore", functions.READY, functions.ready),
    shared("kore", functions.ENVIRONMENT, functions.environments),
    shared("kore", functions.ASSOCIATION, functions.associations),
    shared("kore", functions.INVOCATION, functions.invocations),
    shared("kore", functions.LOGS, functions.logs),
    shared("kore", flows.LIMITS, flows.limits),
    Check(streams.MEDIA, streams.media_streaming),
    Check(streams.STREAMS, streams.video_streams),
    Check(streams.DATA, streams.data_streaming),
    Check(reader_role.ROLE, reader_role.role),
    Check(reader_role.POLICY, reader_role.policy),
    Check(reader_role.ASSUMING, reader_role.assumed),
    Check(tables.TABLE, tables.tables),
    Check(tables.EXPIRY, tables.expiry),
    Check(tables.BACKUPS, tables.backups),
    Check(application.APPLICATION, application.application),
    Check(application.ASSOCIATION, application.association),
    Check(application.PERMISSION, application.permission),
    Check(application.ASSIGNED, application.assigned),
    Check(workspace.WORKSPACE, workspace.workspace),
    Check(endpoints.ENDPOINTS, endpoints.endpoints),
    Check(leftovers.FUNCTIONS, leftovers.functions),
    Check(leftovers.USERS, leftovers.users),
)


def examine(
    kore: Mapping[str, object],
    outputs: Mapping[str, object],
    session: boto3.Session,
    *,
    endpoint_url: str | None = None,
    ca_bundle: Path | None = None,
    templates: Path | None = None,
) -> list[Finding]:
    """Look at a deployed Kore Agent AI; read-only, see `connect_voice.doctors.permissions`.

    Args:
        kore: Terraform's output ``kore``, not null.
        outputs: all outputs of the environment.
        session: credentials of whoever looks.
        endpoint_url: of an embedded AWS. From there only hosts of this machine are asked.
        ca_bundle: PEM file with the authority of an embedded environment's stand-ins.
        templates: the folder ``flows/kore_agent_assist``; without it nobody sees whether a
            published flow was changed by hand.

    Returns:
        findings in a fixed order; whatever could not be looked at is one as well.
    """
    try:
        deployed = Deployed.of(outputs)
    except CheckFailed as error:
        return [_DEPLOYED.bad("complete", str(error))]
    site = Site(deployed, Aws(session, deployed.region, endpoint_url))
    return examine_at(site, kore, ca_bundle=ca_bundle, templates=templates)


def examine_at(
    site: Site,
    kore: Mapping[str, object],
    *,
    ca_bundle: Path | None = None,
    templates: Path | None = None,
) -> list[Finding]:
    """As `examine`, at a site that other doctors look at as well."""
    try:
        deployment = KoreDeployment.of(kore)
    except CheckFailed as error:
        return [_DEPLOYED.bad("complete", str(error))]
    look = KoreLook(site, deployment, ca_bundle=ca_bundle, templates=templates)
    return run(_CHECKS, look)
