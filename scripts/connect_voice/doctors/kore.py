"""The doctor for Kore Agent AI: looks at everything deployed for it, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from connect_voice.doctors import (
    application,
    endpoints,
    flows,
    functions,
    instance,
    leftovers,
    numbers,
    parameters,
    reader_role,
    streams,
    tables,
)
from connect_voice.doctors.aws import Aws, why_not
from connect_voice.doctors.deployed import Deployed, KoreDeployment
from connect_voice.doctors.look import Look
from connect_voice.doctors.topic import Topic
from connect_voice.errors import CheckFailed
from connect_voice.findings import Finding

_DEPLOYED = Topic("kore.outputs", "kore outputs")

# In the order in which a reader wants to know: the call first, then what makes it an assisted one.
_CHECKS: tuple[tuple[Topic, Callable[[Look], Iterator[Finding]]], ...] = (
    (instance.INSTANCE, instance.instance),
    (numbers.CLAIMED, numbers.claimed),
    (numbers.LEADING, numbers.leading),
    (parameters.SETTINGS, parameters.settings),
    (parameters.SECRETS, parameters.secrets),
    (parameters.SECRET_VALUES, parameters.secret_values),
    (flows.PUBLISHED, flows.published),  # after the secrets, which must not stand in a flow
    (flows.NAMED, flows.named),
    (functions.READY, functions.ready),
    (functions.ENVIRONMENT, functions.environments),
    (functions.ASSOCIATION, functions.associations),
    (functions.INVOCATION, functions.invocations),
    (functions.LOGS, functions.logs),
    (flows.LIMITS, flows.limits),
    (streams.MEDIA, streams.media_streaming),
    (streams.STREAMS, streams.video_streams),
    (streams.DATA, streams.data_streaming),
    (reader_role.ROLE, reader_role.role),
    (reader_role.POLICY, reader_role.policy),
    (reader_role.ASSUMING, reader_role.assumed),
    (tables.TABLE, tables.tables),
    (tables.EXPIRY, tables.expiry),
    (tables.BACKUPS, tables.backups),
    (application.APPLICATION, application.application),
    (application.ASSOCIATION, application.association),
    (application.PERMISSION, application.permission),
    (application.ASSIGNED, application.assigned),
    (instance.WORKSPACE, instance.workspace),
    (endpoints.ENDPOINTS, endpoints.endpoints),
    (leftovers.FUNCTIONS, leftovers.functions),
    (leftovers.USERS, leftovers.users),
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
        look = _look(kore, outputs, session, endpoint_url, ca_bundle=ca_bundle, templates=templates)
    except CheckFailed as error:
        return [_DEPLOYED.bad("complete", str(error))]
    return [finding for topic, check in _CHECKS for finding in _findings(topic, check, look)]


def _look(
    kore: Mapping[str, object],
    outputs: Mapping[str, object],
    session: boto3.Session,
    endpoint_url: str | None,
    *,
    ca_bundle: Path | None,
    templates: Path | None,
) -> Look:
    deployed = Deployed.of(outputs)
    return Look(
        KoreDeployment.of(kore),
        deployed,
        Aws(session, deployed.region, endpoint_url),
        ca_bundle=ca_bundle,
        templates=templates,
    )


def _findings(
    topic: Topic, check: Callable[[Look], Iterator[Finding]], look: Look
) -> Iterator[Finding]:
    try:
        yield from check(look)
    except (ClientError, BotoCoreError) as error:
        yield topic.unknown(why_not(error))
