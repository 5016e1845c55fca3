"""Whether agents see the widget: the four things that must hold, each a finding of its own.

The fifth, a workspace that shows no applications, is `connect_voice.doctors.instance`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from connect_voice.doctors.aws import found
from connect_voice.doctors.kore.look import KoreLook
from connect_voice.doctors.look import listed
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

if TYPE_CHECKING:
    from mypy_boto3_appintegrations.type_defs import GetApplicationResponseTypeDef
    from mypy_boto3_connect.type_defs import UserSearchSummaryTypeDef

APPLICATION = Topic("kore.widget.application", "kore widget: application")
ASSOCIATION = Topic("kore.widget.association", "kore widget: association")
PERMISSION = Topic("kore.widget.permission", "kore widget: permission")
ASSIGNED = Topic("kore.widget.assigned", "kore widget: assigned")
STAFFED = Topic("kore.agents", "kore agents")

# Without them the workspace tells the application nothing of the contact and the agent: AWS,
# adminguide/3p-apps, "Events and requests".
PERMISSIONS = ("Contact.Attributes.View", "Contact.Details.View", "User.Details.View")
_COPYING = "clipboard-write"
_SCOPES = ("CROSS_CONTACTS", "PER_CONTACT")


def application(look: KoreLook) -> Iterator[Finding]:
    """The application, its URL and what it may know and do."""
    row = _application(look)
    if row is None:
        yield APPLICATION.bad(
            "exists",
            "The third-party application does not exist, so that agents have nothing to open; "
            "deploy again.",
        )
        return
    problems = list(_wrong(look, row))
    yield from problems or [
        APPLICATION.good("exists", f"{row.get('Name')} shows {look.kore.access_url}")
    ]


def association(look: KoreLook) -> Iterator[Finding]:
    """Whether the instance offers the application at all."""
    pages = look.aws.connect.get_paginator("list_integration_associations").paginate(
        InstanceId=look.deployed.instance_id, IntegrationType="APPLICATION"
    )
    arns = {
        row.get("IntegrationArn")
        for page in pages
        for row in page["IntegrationAssociationSummaryList"]
    }
    if look.kore.application_arn in arns:
        yield ASSOCIATION.good("exists", "the application is associated with the instance")
    elif _application(look) is not None:  # that there is none is a finding of its own
        yield ASSOCIATION.bad(
            "exists",
            "The application is not associated with this instance, so that no agent is offered it; "
            "deploy again.",
        )


def permission(look: KoreLook) -> Iterator[Finding]:
    """Whether our security profile opens the application."""
    grants = _grants(look, look.kore.security_profile_id)
    if grants:
        yield PERMISSION.good("granted", "the security profile grants ACCESS to the application")
    else:
        yield PERMISSION.bad(
            "granted",
            "The security profile "
            + ("does not exist" if grants is None else "does not grant ACCESS to the application")
            + ", so that whoever has it sees no widget; deploy again.",
        )


def assigned(look: KoreLook) -> Iterator[Finding]:
    """Which agents take the bots' calls and have no profile that opens the application."""
    agents = _agents(look)
    opening = {
        profile: bool(_grants(look, profile))
        for profile in {
            look.kore.security_profile_id,
            *(profile for agent in agents for profile in agent.get("SecurityProfileIds", [])),
        }
    }
    # Where our own profile opens nothing, having it is still right: that fault has its own finding.
    opening[look.kore.security_profile_id] = True
    without = [
        agent.get("Username", "")
        for agent in agents
        if not any(opening[profile] for profile in agent.get("SecurityProfileIds", []))
    ]
    if without:
        yield ASSIGNED.bad(
            "agents",
            f"{len(without)} of the {len(agents)} agents who take these calls have no security "
            f"profile that opens the widget ({listed(without)}); add the profile that this "
            "deployment made to each of them, under Users in the Connect console or in `agents`.",
        )
    elif agents:
        yield ASSIGNED.good("agents", f"all {len(agents)} agents who take these calls may open it")
    else:
        yield STAFFED.warn(
            "none",
            "No agent's routing profile has a queue of a bot for voice, so that callers wait for "
            "nobody; add the queue to a routing profile in the Connect console.",
        )


def _application(look: KoreLook) -> GetApplicationResponseTypeDef | None:
    arn = look.kore.application_arn
    return found(lambda: look.aws.app_integrations.get_application(Arn=arn))


def _wrong(look: KoreLook, row: GetApplicationResponseTypeDef) -> Iterator[Finding]:
    source = row.get("ApplicationSourceConfig", {})
    url = source.get("ExternalUrlConfig", {"AccessUrl": ""})["AccessUrl"]
    if url != look.kore.access_url:
        yield APPLICATION.bad(
            "url", f"The application shows {url} instead of {look.kore.access_url}; deploy again."
        )
    if row.get("Namespace") != look.kore.application_namespace:
        yield APPLICATION.bad(
            "namespace",
            f"The application's namespace is {row.get('Namespace')}, and security profiles grant "
            f"{look.kore.application_namespace}; deploy again.",
        )
    lacking = [name for name in PERMISSIONS if name not in row.get("Permissions", [])]
    if lacking:
        yield APPLICATION.bad(
            "permissions",
            f"The application may not know of the contact: it lacks {', '.join(lacking)}, and the "
            "widget stays empty; add them to kore_application.permissions and deploy again.",
        )
    if _COPYING not in _iframe(row):
        yield APPLICATION.bad(
            "iframe",
            f"The application's frame lacks {_COPYING}, so that agents cannot copy a summary; "
            "deploy again.",
        )
    scope = row.get("ApplicationConfig", {}).get("ContactHandling", {}).get("Scope")
    if scope not in _SCOPES:
        yield APPLICATION.bad(
            "scope",
            f"The application's contact scope is {scope or 'not set'} instead of one of "
            f"{' and '.join(_SCOPES)}; deploy again.",
        )


def _iframe(row: GetApplicationResponseTypeDef) -> list[str]:
    config: Mapping[str, list[str]] = row.get("IframeConfig", {})  # type: ignore[assignment]
    return list(config.get("Allow", []))


def _grants(look: KoreLook, profile_id: str) -> bool | None:
    """Whether a security profile opens the application; None when there is no such profile."""

    def read() -> bool:
        pages = look.aws.connect.get_paginator("list_security_profile_applications").paginate(
            InstanceId=look.deployed.instance_id, SecurityProfileId=profile_id
        )
        return any(
            row.get("Namespace") == look.kore.application_namespace
            and "ACCESS" in row.get("ApplicationPermissions", [])
            for page in pages
            for row in page["Applications"]
        )

    if profile_id not in look.openings:
        look.openings[profile_id] = found(read)
    return look.openings[profile_id]


def _agents(look: KoreLook) -> list[UserSearchSummaryTypeDef]:
    """Users whose routing profile has a queue of a bot for voice."""
    queues = {look.queue_arn(bot) for bot in look.kore.bots}
    instance, connect = look.deployed.instance_id, look.aws.connect
    users = [
        user
        for page in connect.get_paginator("search_users").paginate(InstanceId=instance)
        for user in page["Users"]
    ]
    taking = {
        profile
        for profile in {user["RoutingProfileId"] for user in users if "RoutingProfileId" in user}
        for page in connect.get_paginator("list_routing_profile_queues").paginate(
            InstanceId=instance, RoutingProfileId=profile
        )
        for row in page["RoutingProfileQueueConfigSummaryList"]
        if row["Channel"] == "VOICE" and queues & {row["QueueArn"], row["QueueId"]}
    }
    return [user for user in users if user.get("RoutingProfileId") in taking]
