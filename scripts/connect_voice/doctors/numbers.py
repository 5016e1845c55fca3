"""Whether the numbers lead to the vendor's flows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from connect_voice.doctors.aws import found
from connect_voice.doctors.look import Look
from connect_voice.doctors.site import tail
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

CLAIMED = Topic("number", "number")
LEADING = Topic("number-flow", "number to flow")


def claimed(look: Look, topic: Topic) -> Iterator[Finding]:
    """Whether each number can be called."""
    if not look.numbers:
        yield topic.warn(
            "none",
            f"No number leads to {look.vendor.title}; give one leads_to = "
            f'"{look.vendor.leads_to_example}" in phone_numbers and deploy again.',
        )
    for number in look.numbers:
        one = topic.of(number.number)
        answer = found(partial(look.aws.connect.describe_phone_number, PhoneNumberId=number.id))
        summary = None if answer is None else answer["ClaimedPhoneNumberSummary"]
        if summary is None:
            yield one.bad("claimed", f"{number.number} is not claimed any more; deploy again.")
            continue
        status = summary.get("PhoneNumberStatus", {}).get("Status")
        if status == "CLAIMED":
            yield one.good("claimed", "is claimed")
        else:
            yield one.bad(
                "claimed",
                f"{number.number} cannot be called: its status is {status}; wait, or look at it in "
                "the Connect console.",
            )


def leading(look: Look, topic: Topic) -> Iterator[Finding]:
    """Whether each number leads to the flow that Terraform declares for it."""
    flows = look.site.flows_of_numbers
    for number in look.numbers:
        one = topic.of(number.number)
        wanted = look.deployed.inbound_flows.get(number.leads_to)
        if wanted is not None and flows.get(tail(number.id)) == tail(wanted):
            yield one.good("leads", f"leads to {number.leads_to}")
        else:
            where = "to another flow" if tail(number.id) in flows else "nowhere"
            yield one.bad(
                "leads",
                f"{number.number} leads {where} instead of to {number.leads_to}; deploy again.",
            )
