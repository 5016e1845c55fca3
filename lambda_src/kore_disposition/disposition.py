"""Storing what the agent says about a call, then telling a CRM."""

from collections.abc import Callable, Mapping

from connect_core.deadline import Deadline
from connect_core.event import ConnectEvent
from connect_core.fault import Fault
from connect_core.value import Value
from kore_disposition.store import NOTE_SECONDS, Delivery, Store, Stored
from kore_disposition.submission import Submission
from kore_disposition.webhook import Deliverer

FAILED: Mapping[str, str] = {"stored": "false", "delivered": "false"}

_DELIVERED = {
    Delivery.OFF: "off",
    Delivery.DONE: "true",
    Delivery.PENDING: "false",
    Delivery.FAILED: "false",
}


class Disposition(Value):
    """The operation.

    Args:
        store: The table.
        deliverer: The webhook.
        note: Told of a fault that is no reason to give up.
        new_id: An id that no other invocation has.
    """

    store: Store
    deliverer: Deliverer
    note: Callable[[Fault], None]
    new_id: Callable[[], str]

    def run(self, event: ConnectEvent, deadline: Deadline) -> Mapping[str, str]:
        """The reply's `stored` and `delivered`.

        Once a disposition is stored, no fault of the webhook makes the operation fail.

        Raises:
            Fault: DISPOSITION_* or STORE_*.
        """
        submission = Submission.of(event)
        stored = self.store.keep(submission, self.new_id(), deadline)
        delivery = stored.delivery
        if stored.ours and delivery is not Delivery.OFF:
            delivery = self._delivered(stored, deadline)
        return {"stored": "true", "delivered": _DELIVERED[delivery]}

    def _delivered(self, stored: Stored, deadline: Deadline) -> Delivery:
        posting = deadline.at_most(max(0.0, deadline.remaining() - NOTE_SECONDS))
        delivery = Delivery.FAILED
        try:
            self.deliverer.deliver(stored, posting)
            delivery = Delivery.DONE
        except Fault as fault:
            self.note(fault)
        self.store.note_delivery(stored, delivery, deadline)
        return delivery
