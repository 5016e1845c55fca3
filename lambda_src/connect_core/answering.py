"""What every handler does around its work: answer, whatever happens, and write down how it went."""

import time
from collections.abc import Callable, Mapping

from connect_core import event as events
from connect_core import reply as replies
from connect_core.deadline import Clock, Deadline, InvocationContext
from connect_core.event import ConnectEvent
from connect_core.fault import Fault
from connect_core.log import CallLog

Work = Callable[[ConnectEvent, Deadline], Mapping[str, str]]


class Answering:
    """Answers a flow, always: an expected fault is a reply, and an unexpected one is too.

    Raising would make Connect invoke again, up to three times within the caller's wait, and tell
    the flow nothing.

    Args:
        meanings: A sentence for each code that the work can raise.
        clock: A clock that never runs backwards.
    """

    def __init__(self, meanings: Mapping[str, str], *, clock: Clock = time.monotonic) -> None:
        self.log = CallLog()
        self._meanings = meanings
        self._clock = clock

    def note(self, fault: Fault) -> None:
        """Write down a fault that the work can live with."""
        self.log.noted(fault, self._meanings.get(fault.code, ""))

    def answer(
        self,
        event: object,
        context: InvocationContext,
        work: Work,
        *,
        operation: str,
        when_failed: Mapping[str, str],
    ) -> replies.Reply:
        """Answer one invocation.

        Args:
            event: What Connect sends.
            context: Lambda's context object.
            work: Gives the reply's own keys, or raises a Fault.
            operation: What the log calls the work, "" when it is nothing known.
            when_failed: The reply's own keys when the work failed.
        """
        started = self._clock()
        self.log.start()
        request_id = context.aws_request_id
        try:
            deadline = Deadline.of_invocation(context, clock=self._clock)
            self.log.begin(contact_id="", request_id=request_id, operation=operation)
            parsed = events.parse(event)
            self.log.begin(contact_id=parsed.contact_id, request_id=request_id, operation=operation)
            reply = replies.succeeded(work(parsed, deadline))
        except Fault as fault:
            return self._failed(fault, when_failed, started)
        except Exception as error:  # noqa: BLE001 - see the class: the flow must get an answer
            self.log.unexpected(error)
            unknown = Fault("INTERNAL_ERROR", retryable=False)
            return self._failed(unknown, when_failed, started)
        self.log.succeeded(milliseconds=self._since(started))
        return reply

    def _failed(
        self, fault: Fault, when_failed: Mapping[str, str], started: float
    ) -> replies.Reply:
        meaning = self._meanings.get(fault.code, "")
        self.log.failed(fault, meaning, milliseconds=self._since(started))
        return replies.failed(fault, when_failed)

    def _since(self, started: float) -> int:
        return round((self._clock() - started) * 1000)
