"""What an instance needs for agents to see applications in it."""

from __future__ import annotations

from collections.abc import Iterator

from connect_voice.doctors.instance import INSTANCE
from connect_voice.doctors.kore.look import KoreLook
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

SERVICE_ROLE = INSTANCE.under("kore")
WORKSPACE = Topic("kore.widget.workspace", "kore widget: workspace")

_SERVICE_LINKED = "/AWSServiceRoleForAmazonConnect_"


def service_role(look: KoreLook) -> Iterator[Finding]:
    """Whether applications can be integrated with the instance at all."""
    row = look.instance
    if row is None:
        return
    if _SERVICE_LINKED in row.get("ServiceRole", ""):
        yield SERVICE_ROLE.good("service-role", "the instance has its service-linked role")
    else:
        yield SERVICE_ROLE.bad(
            "service-role",
            "The instance has no service-linked role (AWSServiceRoleForAmazonConnect_…), without "
            "which no third-party application can be integrated; migrate it as the administrator "
            "guide says under service-linked roles.",
        )


def workspace(look: KoreLook) -> Iterator[Finding]:
    """Whether agents can be working where third-party applications do not appear.

    AWS: third-party applications exist in Connect's own agent workspace and not in a custom CCP
    (adminguide/3p-apps); its page on single sign-on for them uses SAML (adminguide/3p-apps-sso).
    Kore: not on instances with SAML.
    """
    row = look.instance
    if row is None:
        return
    if row.get("IdentityManagementType") == "SAML":
        yield WORKSPACE.warn(
            "identity",
            "The instance signs its users in by SAML: Kore's guide says that its widget does not "
            "work there, AWS's describes third-party applications with SAML; try it with one "
            "agent, in Connect's own agent workspace and not in a custom CCP.",
        )
    else:
        yield WORKSPACE.good(
            "identity",
            f"users are {row.get('IdentityManagementType')}; applications show up at "
            f"{look.origin}/agent-app-v2/, never in a custom CCP",
        )
