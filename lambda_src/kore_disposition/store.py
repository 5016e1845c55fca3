"""Dispositions in DynamoDB, one for each call."""

from collections.abc import Callable
from enum import StrEnum

from connect_core import moments
from connect_core.aws.fault import AwsFault
from connect_core.aws.items import Condition, Item, Table
from connect_core.deadline import Clock, Deadline
from connect_core.fault import Fault
from connect_core.value import Value
from kore_disposition.submission import Submission

LIMIT_SECONDS = 2.5
NOTE_SECONDS = 1.0
# An invocation is over after this; what is still pending then was given up.
_LEASE_SECONDS = 15
_DAY_SECONDS = 24 * 3600


class Delivery(StrEnum):
    """What became of the webhook."""

    OFF = "off"
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


class Stored(Value):
    """A disposition that is in the table.

    Args:
        submission: What is stored.
        stored_at: Since when, ISO 8601.
        delivery: What became of the webhook.
        ours: Whether it is for this invocation to deliver.
    """

    submission: Submission
    stored_at: str
    delivery: Delivery
    ours: bool


class Store(Value):
    """The table.

    Args:
        table: Its items have the key ``contactId`` and end by ``expiresAt``.
        retention_days: How long they are kept.
        has_webhook: Whether they are to be delivered.
        wall_clock: Seconds since 1970.
        note: Told of a fault that is no reason to give up.
    """

    table: Table
    retention_days: int
    has_webhook: bool
    wall_clock: Clock
    note: Callable[[Fault], None]

    def keep(self, submission: Submission, owner: str, deadline: Deadline) -> Stored:
        """Store a disposition, once.

        The same again is what Connect does when it repeats an invocation, and no fault. A different
        one for the same call is: what an agent said is not overwritten without a word.

        Args:
            submission: What to store.
            owner: The invocation; it delivers what it has stored.
            deadline: The invocation's.

        Raises:
            Fault: STORE_* or DISPOSITION_CONFLICT.
        """
        now = self.wall_clock()
        delivery = Delivery.PENDING if self.has_webhook else Delivery.OFF
        item: Item = {
            "contactId": submission.contact_id,
            "guideContactId": submission.guide_contact_id,
            "disposition": submission.disposition,
            "summary": submission.summary,
            "summaryCut": submission.summary_cut,
            "survey": submission.survey,
            "storedAt": moments.iso(now),
            "expiresAt": int(now) + self.retention_days * _DAY_SECONDS,
            "delivery": delivery.value,
            "deliveringBy": owner,
            "deliveringUntil": int(now) + _LEASE_SECONDS,
        }
        new = Condition("attribute_not_exists(contactId)", {})
        try:
            there = self.table.put(item, new, deadline.at_most(LIMIT_SECONDS))
            if there is None:
                return Stored(submission, moments.iso(now), delivery, ours=True)
            return self._again(submission, there, owner, deadline)
        except AwsFault as fault:
            raise _fault(fault) from None

    def note_delivery(self, stored: Stored, delivery: Delivery, deadline: Deadline) -> None:
        """Write down what became of the webhook; a failed one may be tried again at once."""
        changes: Item = {"delivery": delivery.value, "deliveringUntil": 0}
        there = Condition("attribute_exists(contactId)", {})
        try:
            self.table.update(_key(stored.submission), changes, there, deadline)
        except AwsFault as fault:
            self.note(Fault("DELIVERY_UNNOTED", retryable=True, about=fault.about))

    def _again(self, submission: Submission, there: Item, owner: str, deadline: Deadline) -> Stored:
        """What is there already, and whether its delivery has fallen to us."""
        for name in ("disposition", "summary", "survey"):
            if there.get(name) != getattr(submission, name):
                raise Fault("DISPOSITION_CONFLICT", retryable=False)
        stored_at = str(there.get("storedAt", ""))
        try:
            delivery = Delivery(str(there.get("delivery")))
        except ValueError:
            delivery = Delivery.OFF
        if delivery in (Delivery.DONE, Delivery.OFF) or not self.has_webhook:
            return Stored(submission, stored_at, delivery, ours=False)
        ours = self._taken_over(submission, owner, deadline)
        return Stored(submission, stored_at, delivery, ours=ours)

    def _taken_over(self, submission: Submission, owner: str, deadline: Deadline) -> bool:
        """Take the delivery over, unless somebody else is at it.

        Oneself may be: the request that stored it was repeated after its answer was lost.
        """
        now = int(self.wall_clock())
        changes: Item = {
            "delivery": Delivery.PENDING.value,
            "deliveringBy": owner,
            "deliveringUntil": now + _LEASE_SECONDS,
        }
        free = Condition(
            "deliveringBy = :deliveringBy OR (delivery <> :done AND deliveringUntil < :now)",
            {"done": Delivery.DONE.value, "now": now},
        )
        there = self.table.update(_key(submission), changes, free, deadline.at_most(LIMIT_SECONDS))
        return there is None


def _key(submission: Submission) -> Item:
    return {"contactId": submission.contact_id}


def _fault(fault: AwsFault) -> Fault:
    if fault.denied:
        return Fault("STORE_DENIED", retryable=False, about=fault.about)
    if fault.passing:
        return Fault("STORE_UNAVAILABLE", retryable=True, about=fault.about)
    return Fault("STORE_INVALID", retryable=False, about=fault.about)
