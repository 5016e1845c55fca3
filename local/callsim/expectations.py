"""Holding a call against what its scenario expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from callsim.record import CallRecord
from callsim.scenario import Expectation
from callsim.world import Queue

DEFAULT_QUEUE = "default"


@dataclass(frozen=True)
class Queues:
    """The queues of an environment.

    Args:
        ids: key of a queue to its id or ARN.
        reasons: transfer reason of the vendor to the key of a queue.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def is_called(self, queue: Queue, wanted: str) -> bool:
        """Whether a queue has that key in the environment, or that name."""
        known = self.ids.get(wanted)
        if known is not None:
            return queue.arn.rpartition("/")[2] == known.rpartition("/")[2]
        return queue.name.casefold() == wanted.casefold()


def failures(record: CallRecord, expect: Expectation, queues: Queues) -> tuple[str, ...]:
    """Every expectation that the call did not meet, one sentence each."""
    return tuple(_failures(record, expect, queues))


def _failures(record: CallRecord, expect: Expectation, queues: Queues) -> Iterator[str]:
    if record.outcome is not expect.outcome:
        because = f" ({record.why.rstrip('.')})" if record.why else ""
        yield f"The call should end as {expect.outcome} and ended as {record.outcome}{because}."
    yield from _wrong_queue(record, expect, queues)
    yield from _unsaid(record, expect)
    for key, value in expect.attributes.items():
        actual = record.attributes.get(key)
        if actual != value:
            yield f"The attribute {key!r} should be {_shown(value)} and is {_shown(actual)}."
    for identifier in expect.visits:
        if not record.visited(identifier):
            yield f"The call should go through {identifier!r} and did not."
    for identifier in expect.not_visits:
        if record.visited(identifier):
            yield f"The call should not go through {identifier!r} and did."


def _wrong_queue(record: CallRecord, expect: Expectation, queues: Queues) -> Iterator[str]:
    wanted = expect.queue
    if expect.queue_of_reason is not None:
        wanted = queues.reasons.get(expect.queue_of_reason, DEFAULT_QUEUE)
    queue = record.queue
    if wanted is not None and queue is not None and not queues.is_called(queue, wanted):
        yield f"The caller should wait in the queue {wanted!r} and waits in {queue.name!r}."


def _unsaid(record: CallRecord, expect: Expectation) -> Iterator[str]:
    said = list(record.said())
    for text in expect.said:
        heard = next((i for i, line in enumerate(said) if text.casefold() in line.casefold()), None)
        if heard is None:
            yield f"The caller should hear {text!r} and did not, or not in that order."
        else:
            said = said[heard + 1 :]


def _shown(value: str | None) -> str:
    return "absent" if value is None else repr(value)
