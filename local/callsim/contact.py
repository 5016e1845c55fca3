"""The contact a call begins with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# E.164: a plus, a country code that does not begin with 0, at most 15 digits in all.
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def is_e164(number: str) -> bool:
    """Whether Connect could dial that text as a phone number."""
    return _E164.fullmatch(number) is not None


@dataclass(frozen=True)
class Endpoint:
    """One end of a call: the caller's number, or the number that was called."""

    address: str
    type: str = "TELEPHONE_NUMBER"


@dataclass(frozen=True)
class Contact:
    """What Connect knows about a contact before the first block of a flow runs.

    Args:
        contact_id: a UUID, as Connect gives one to every contact.
        instance_arn: of the Connect instance that took the call.
        customer: the caller; None when the number is withheld.
        system: the claimed number that was called.
        attributes: contact attributes that exist already.
        subtype: the kind of the channel, as Connect writes it into the segment attributes.
        related_contact_id: the contact this one belongs to, such as the call of a guide.
    """

    contact_id: str
    instance_arn: str
    customer: Endpoint | None
    system: Endpoint | None
    attributes: Mapping[str, str] = field(default_factory=dict)
    channel: str = "VOICE"
    initiation_method: str = "INBOUND"
    language_code: str = "en-US"
    subtype: str = "connect:Telephony"
    related_contact_id: str | None = None

    @property
    def instance_id(self) -> str:
        """The last part of the instance's ARN."""
        return self.instance_arn.rpartition("/")[2]

    @property
    def region(self) -> str:
        """The region named in the instance's ARN, "" when it is no ARN."""
        parts = self.instance_arn.split(":")
        return parts[3] if len(parts) > 3 else ""  # noqa: PLR2004 - arn:partition:service:region
