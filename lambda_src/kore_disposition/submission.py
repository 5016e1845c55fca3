"""What the agent has filled in."""

from connect_core import text
from connect_core.event import ConnectEvent
from connect_core.fault import Fault
from connect_core.value import Value, field

# The value of a drop-down, as the environment lists them.
LONGEST_DISPOSITION = 128
# A summary is a few paragraphs; contact attributes hold 32 KB in all, a DynamoDB item 400 KB.
LONGEST_SUMMARY = 4000


class Submission(Value):
    """A disposition, ready to be stored.

    Args:
        contact_id: The call it is about.
        guide_contact_id: The contact in which the agent filled it in.
        disposition: The choice.
        summary: The agent's words, perhaps cut.
        summary_cut: Whether they were cut.
        survey: Whether the customer may be asked how it was.
    """

    contact_id: str
    guide_contact_id: str
    disposition: str = field(shown=False)
    summary: str = field(shown=False)
    summary_cut: bool
    survey: bool

    @classmethod
    def of(cls, event: ConnectEvent) -> "Submission":
        """Read the event of a guide, or of the call itself.

        Raises:
            Fault: DISPOSITION_MISSING.
        """
        given = event.parameters
        disposition = text.single(text.well_formed(given.get("disposition", "")))
        if not disposition:
            raise Fault("DISPOSITION_MISSING", retryable=False)
        whole = text.well_formed(given.get("summary", ""))
        summary = text.cut(whole, LONGEST_SUMMARY)
        return cls(
            # Two spellings of one UUID are one call.
            contact_id=(event.related_contact_id or event.contact_id).lower(),
            guide_contact_id=event.contact_id.lower(),
            disposition=text.cut(disposition, LONGEST_DISPOSITION),
            summary=summary,
            summary_cut=summary != whole,
            survey=text.is_true(given.get("survey", "")),
        )
