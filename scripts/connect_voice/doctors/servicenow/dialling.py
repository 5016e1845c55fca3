"""Whether the instance may dial the AI agents' numbers, as far as anybody can tell."""

from __future__ import annotations

from collections.abc import Iterator

from connect_voice.doctors.servicenow.look import ServiceNowLook
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

OUTBOUND = Topic("servicenow.outbound", "servicenow outbound calls")


def outbound(look: ServiceNowLook) -> Iterator[Finding]:
    """Outbound calls are switched on; which countries may be dialled no API tells.

    Source: the countries are a service quota of the instance that support raises (adminguide,
    "Countries that call centers using Amazon Connect can call by default").
    """
    row = look.instance
    if row is None:
        return  # a finding of its own
    if row.get("OutboundCallsEnabled", False):
        numbers = look.variables.get("DNIS_PREFIXES", "").strip() or "any number"
        yield OUTBOUND.good(
            "enabled",
            "outbound calls are switched on; that the instance may dial the countries of "
            f"{numbers} no program can read: place a call, and ask AWS Support if it fails",
        )
    else:
        yield OUTBOUND.bad(
            "enabled",
            "Outbound calls are switched off, so that no caller can be transferred to an AI agent; "
            "switch them on in the instance's settings under Telephony.",
        )
