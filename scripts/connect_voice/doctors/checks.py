"""What a vendor's doctor is made of: checks in an order, each about one topic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Generic, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from connect_voice.doctors.aws import why_not
from connect_voice.doctors.look import Look
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

L = TypeVar("L", bound=Look)
L_contra = TypeVar("L_contra", bound=Look, contravariant=True)


@dataclass(frozen=True)
class Check(Generic[L_contra]):
    """One look at a topic.

    Args:
        topic: as the vendor's own, with the vendor's name.
        run: yields what it finds; what AWS refuses it may raise.
    """

    topic: Topic
    run: Callable[[L_contra], Iterator[Finding]]


def shared(
    vendor: str, topic: Topic, check: Callable[[Look, Topic], Iterator[Finding]]
) -> Check[Look]:
    """A check that several vendors have, as one vendor's."""
    own = topic.under(vendor)
    return Check(own, lambda look: check(look, own))


def run(checks: Iterable[Check[L]], look: L) -> list[Finding]:
    """Everything that the checks find; what could not be looked at is a finding as well."""
    with closing(look):
        return [finding for check in checks for finding in _findings(check, look)]


def _findings(check: Check[L], look: L) -> Iterator[Finding]:
    try:
        yield from check.run(look)
    except (ClientError, BotoCoreError) as error:
        yield check.topic.unknown(why_not(error))
