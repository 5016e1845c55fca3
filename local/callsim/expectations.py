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


@dataclass(frozen=True)
class Traces:
    """What a call left behind outside of Connect.

    Args:
        requests: how many requests of each name each vendor had for the call.
        disposition: what is stored for the call, None where nothing is.
    """

    requests: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    disposition: Mapping[str, object] | None = None


def failures(
    record: CallRecord, expect: Expectation, queues: Queues, traces: Traces
) -> tuple[str, ...]:
    """Every expectation that the call did not meet, one sentence each."""
    return tuple(_failures(record, expect, queues, traces))


def _failures(
    record: CallRecord, expect: Expectation, queues: Queues, traces: Traces
) -> Iterator[str]:
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
    yield from _wrong_caller_id(record, expect)
    yield from _wrong_requests(expect, traces)
    if expect.disposition is not None:
        yield from _wrong_disposition(expect.disposition.fields, traces.disposition)


def _wrong_queue(record: CallRecord, expect: Expectation, queues: Queues) -> Iterator[str]:
    wanted = expect.queue
    if expect.queue_of_reason is not None:
        wanted = queues.reasons.get(expect.queue_of_reason, DEFAULT_QUEUE)
    queue = record.queue
    if wanted is not None and queue is not None and not queues.is_called(queue, wanted):
        who = "The caller" if record.callback is None else "The call back"
        yield f"{who} should wait in the queue {wanted!r} and waits in {queue.name!r}."


def _unsaid(record: CallRecord, expect: Expectation) -> Iterator[str]:
    said = list(record.said())
    for text in expect.said:
        heard = next((i for i, line in enumerate(said) if text.casefold() in line.casefold()), None)
        if heard is None:
            yield f"The caller should hear {text!r} and did not, or not in that order."
        else:
            said = said[heard + 1 :]


def _wrong_caller_id(record: CallRecord, expect: Expectation) -> Iterator[str]:
    if expect.caller_id is None:
        return
    if not record.dialled:
        yield f"A third party should see the number {expect.caller_id!r}, and none was called."
    for dialled in record.dialled:
        if expect.caller_id not in (dialled.whose, dialled.caller_id):
            yield (
                f"{dialled.target} should see the number {expect.caller_id!r} and saw "
                f"{_shown(dialled.caller_id)}."
            )


def _wrong_requests(expect: Expectation, traces: Traces) -> Iterator[str]:
    for vendor, counts in expect.requests.items():
        had = traces.requests.get(vendor, {})
        for name, wanted in counts.items():
            if had.get(name, 0) != wanted:
                yield (
                    f"The call's requests {name!r} at {vendor} should be {wanted} and are "
                    f"{had.get(name, 0)}."
                )


def _wrong_disposition(
    wanted: Mapping[str, object] | None, stored: Mapping[str, object] | None
) -> Iterator[str]:
    if wanted is None and stored is not None:
        yield "No disposition should be stored for the call, and one is."
    elif wanted is not None and stored is None:
        yield "A disposition should be stored for the call, and none is."
    elif wanted is not None and stored is not None:
        for key, value in wanted.items():
            if stored.get(key) != value:
                yield (
                    f"The stored {key!r} should be {_shown(value)} and is "
                    f"{_shown(stored.get(key))}."
                )


def _shown(value: object) -> str:
    return "absent" if value is None else repr(value)
