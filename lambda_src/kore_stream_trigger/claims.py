"""Which contacts have a transcription already (docs/decisions/0009-one-transcription.md)."""

from collections.abc import Callable

from connect_core import moments
from connect_core.aws.fault import AwsFault
from connect_core.aws.items import Condition, Item, Table
from connect_core.deadline import Clock, Deadline
from connect_core.fault import Fault
from connect_core.value import Value

# Connect repeats within seconds; the rest is for whoever reads the table.
KEEP_SECONDS = 24 * 3600
LIMIT_SECONDS = 1.0


class Claims(Value):
    """The table of claims.

    Args:
        table: Its items have the key ``contactId`` and end by ``expiresAt``.
        wall_clock: Seconds since 1970.
        note: Told of a fault that is no reason to give up.
    """

    table: Table
    wall_clock: Clock
    note: Callable[[Fault], None]

    def take(self, contact_id: str, owner: str, deadline: Deadline) -> bool:
        """Claim the contact; say whether it was free, or whether nobody can tell.

        A request to AWS may be repeated after its answer was lost, hence the owner: one's own
        claim is no other's.

        Args:
            contact_id: The contact.
            owner: The invocation.
            deadline: The invocation's.
        """
        now = self.wall_clock()
        item: Item = {
            "contactId": contact_id,
            "claimedAt": moments.iso(now),
            "claimedBy": owner,
            "expiresAt": int(now) + KEEP_SECONDS,
        }
        free = Condition("attribute_not_exists(contactId) OR claimedBy = :owner", {"owner": owner})
        try:
            return self.table.put(item, free, deadline.at_most(LIMIT_SECONDS)) is None
        except AwsFault as fault:
            code = "CLAIM_DENIED" if fault.denied else "CLAIM_UNAVAILABLE"
            self.note(Fault(code, retryable=True, about=fault.about))
            return True

    def give_back(self, contact_id: str, owner: str, deadline: Deadline) -> None:
        """Let a repeat try: nothing was started."""
        mine = Condition("claimedBy = :owner", {"owner": owner})
        try:
            self.table.delete({"contactId": contact_id}, mine, deadline.at_most(LIMIT_SECONDS))
        except AwsFault as fault:
            # Without an item, or with another's, there is nothing to give back.
            self.note(Fault("CLAIM_KEPT", retryable=True, about=fault.about))
