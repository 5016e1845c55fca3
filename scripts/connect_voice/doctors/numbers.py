"""Whether the numbers lead to the bots' flows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from connect_voice.doctors.aws import found
from connect_voice.doctors.deployed import PhoneNumber
from connect_voice.doctors.look import Look, tail
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

CLAIMED = Topic("kore.number", "kore number")
LEADING = Topic("kore.number-flow", "kore number to flow")

_VENDOR = "kore_agent_assist/"


def claimed(look: Look) -> Iterator[Finding]:
    """Whether each number can be called."""
    numbers = _numbers(look)
    if not numbers:
        yield CLAIMED.warn(
            "none",
            "No number leads to a bot; give one leads_to = "
            f'"{_VENDOR}<bot>" in phone_numbers and deploy again.',
        )
    for number in numbers:
        topic = CLAIMED.of(number.number)
        answer = found(partial(look.aws.connect.describe_phone_number, PhoneNumberId=number.id))
        summary = None if answer is None else answer["ClaimedPhoneNumberSummary"]
        if summary is None:
            yield topic.bad("claimed", f"{number.number} is not claimed any more; deploy again.")
            continue
        status = summary.get("PhoneNumberStatus", {}).get("Status")
        if status == "CLAIMED":
            yield topic.good("claimed", "is claimed")
        else:
            yield topic.bad(
                "claimed",
                f"{number.number} cannot be called: its status is {status}; wait, or look at it in "
                "the Connect console.",
            )


def leading(look: Look) -> Iterator[Finding]:
    """Whether each number leads to the flow of its bot."""
    pages = look.aws.connect.get_paginator("list_flow_associations").paginate(
        InstanceId=look.deployed.instance_id, ResourceType="VOICE_PHONE_NUMBER"
    )
    flows = {
        tail(row.get("ResourceId", "")): tail(row.get("FlowId", ""))
        for page in pages
        for row in page["FlowAssociationSummaryList"]
    }
    for number in _numbers(look):
        topic = LEADING.of(number.number)
        wanted = look.deployed.inbound_flows.get(number.leads_to)
        if wanted is not None and flows.get(tail(number.id)) == tail(wanted):
            yield topic.good("leads", f"leads to {number.leads_to}")
        else:
            where = "to another flow" if tail(number.id) in flows else "nowhere"
            yield topic.bad(
                "leads",
                f"{number.number} leads {where} instead of to {number.leads_to}; deploy again.",
            )


def _numbers(look: Look) -> list[PhoneNumber]:
    return [
        number
        for number in look.deployed.phone_numbers.values()
        if number.leads_to.startswith(_VENDOR)
    ]
