"""The Connect instance: is it there, does it take calls, may applications be shown in it?"""

from __future__ import annotations

from collections.abc import Iterator

from connect_voice.doctors.look import Look
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

INSTANCE = Topic("kore.instance", "kore instance")
WORKSPACE = Topic("kore.widget.workspace", "kore widget: workspace")

_SERVICE_LINKED = "/AWSServiceRoleForAmazonConnect_"


def instance(look: Look) -> Iterator[Finding]:
    """Active, taking calls, with its service-linked role."""
    at = look.deployed
    row = look.instance
    if row is None:
        yield INSTANCE.bad("exists", f"The instance {at.instance_id} does not exist; deploy again.")
        return
    status = row.get("InstanceStatus", "ACTIVE")
    if status == "ACTIVE":
        yield INSTANCE.good("active", f"{at.instance_alias} is active")
    else:
        yield INSTANCE.bad(
            "active",
            f"The instance {at.instance_alias} is {status}, not ACTIVE; wait, or look at it in the "
            "Connect console.",
        )
    if row.get("InboundCallsEnabled", False):
        yield INSTANCE.good("inbound", "inbound calls are switched on")
    else:
        yield INSTANCE.bad(
            "inbound",
            "Inbound calls are switched off, so that nobody can call; switch them on in the "
            "instance's settings under Telephony.",
        )
    role = row.get("ServiceRole", "")
    if _SERVICE_LINKED in role:
        yield INSTANCE.good("service-role", "the instance has its service-linked role")
    else:
        yield INSTANCE.bad(
            "service-role",
            "The instance has no service-linked role (AWSServiceRoleForAmazonConnect_…), without "
            "which no third-party application can be integrated; migrate it as the administrator "
            "guide says under service-linked roles.",
        )


def workspace(look: Look) -> Iterator[Finding]:
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
