"""The Connect instance: is it there, and does it take calls?"""

from __future__ import annotations

from collections.abc import Iterator

from connect_voice.doctors.look import Look
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

INSTANCE = Topic("instance", "instance")


def takes_calls(look: Look, topic: Topic) -> Iterator[Finding]:
    """Active, with inbound calls."""
    at = look.deployed
    row = look.instance
    if row is None:
        yield topic.bad("exists", f"The instance {at.instance_id} does not exist; deploy again.")
        return
    status = row.get("InstanceStatus", "ACTIVE")
    if status == "ACTIVE":
        yield topic.good("active", f"{at.instance_alias} is active")
    else:
        yield topic.bad(
            "active",
            f"The instance {at.instance_alias} is {status}, not ACTIVE; wait, or look at it in the "
            "Connect console.",
        )
    if row.get("InboundCallsEnabled", False):
        yield topic.good("inbound", "inbound calls are switched on")
    else:
        yield topic.bad(
            "inbound",
            "Inbound calls are switched off, so that nobody can call; switch them on in the "
            "instance's settings under Telephony.",
        )
