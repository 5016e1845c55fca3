"""What finders share: AWS, what is known to be ours, and when something counts as ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import boto3
from botocore.exceptions import ClientError

from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.in_doubt import Doubt
from connect_voice.leftovers import Leftover

# This machine's clock against AWS's, which counts some creations in whole seconds.
_CLOCKS_DIFFER_BY = timedelta(minutes=5)
# A Connect instance takes one or two minutes to become active.
SETTLE_SECONDS = 300.0
_POLL_SECONDS = 2.0

PARAMETER = "AWS::SSM::Parameter"

T = TypeVar("T")


class Unsure(CheckFailed):
    """More than one object could be the one; taking any would be a guess."""


@dataclass(frozen=True)
class Found:
    """An object that exists.

    Args:
        id: what the provider imports it by.
    """

    id: str
    arn: str = ""


@dataclass
class Lookup:
    """Where finders look.

    Args:
        known: what is ours already, by type and address: in the state, or found before.
        tainted: ids of what is in the state and about to be replaced.
        leftovers: what was found and cannot be adopted, in the order in which it can go.
        wait: called with what is being waited for.
    """

    session: boto3.Session
    known: dict[str, dict[str, Found]] = field(default_factory=dict)
    tainted: set[str] = field(default_factory=set)
    leftovers: list[Leftover] = field(default_factory=list)
    wait: Callable[[str], None] = lambda _what: None

    def ids(self, kind: str) -> set[str]:
        """The ids of that type that are ours."""
        return {found.id for found in self.known.get(kind, {}).values()}

    def arns(self, kind: str, beside: Doubt | None = None) -> set[str]:
        """The ARNs of that type that are ours.

        Args:
            beside: take only what is in the same module as this.
        """
        return {
            found.arn
            for address, found in self.known.get(kind, {}).items()
            if beside is None or _module(address) == _module(beside.address)
        }

    def add(self, kind: str, address: str, found: Found) -> None:
        """From here on this is ours."""
        self.known.setdefault(kind, {})[address] = found

    def instance_id(self, doubt: Doubt) -> str | None:
        """The Connect instance that the doubt is about, or None while there is none."""
        given = doubt.identity.get("instance_id")
        for name in ("target_arn", "InstanceArn"):
            if given is None and name in doubt.identity:
                given = doubt.identity[name].rpartition("/")[2]
        # The root has one instance; where the plan did not know its id, it was to make it. One that
        # was adopted is known by what is in it.
        inside = {id_.partition(":")[0] for id_ in self.ids("aws_connect_hours_of_operation")}
        return given or next(iter(self.ids("aws_connect_instance") | inside), None)

    def settle(self, what: str, status: Callable[[], str], pending: Collection[str]) -> str:
        """Wait until something that is being made is made.

        Returns:
            the first status that is not a pending one.

        Raises:
            OutsideError: it took too long.
        """
        deadline = time.monotonic() + SETTLE_SECONDS
        while (now := status()) in pending:
            if time.monotonic() > deadline:
                raise OutsideError(
                    f"{what}, which an interrupted run began to make, is still {now}; run the "
                    "same command again in a few minutes."
                )
            self.wait(f"waiting for {what}")
            time.sleep(_POLL_SECONDS)
        return now


def _module(address: str) -> str:
    return address.rpartition(".aws_")[0]


def made_for(doubt: Doubt, tags: Mapping[str, str], created: datetime | None = None) -> bool:
    """Whether an object of the right name is the one that the run made, rather than another's.

    Args:
        tags: its tags; AWS gives them to it as it makes it.
        created: when it was made, or changed last, where AWS tells.
    """
    return not_older(doubt, created) and bool(doubt.tags) and doubt.tags.items() <= tags.items()


def not_older(doubt: Doubt, created: datetime | None) -> bool:
    """Whether it may have been made since the run began."""
    return created is None or created >= doubt.since - _CLOCKS_DIFFER_BY


def only(doubt: Doubt, candidates: Sequence[Found]) -> Found | None:
    """The one candidate, or None.

    Raises:
        Unsure: there are several.
    """
    if len(candidates) > 1:
        raise Unsure(
            f"An interrupted run may have made {doubt.address}, and "
            f"{' and '.join(found.id for found in candidates)} could each be it; remove those that "
            "nobody needs, or `terraform import` the right one, and run the same command again."
        )
    return candidates[0] if candidates else None


def none_if_absent(call: Callable[[], T], *codes: str) -> T | None:
    """The answer, or None where AWS says with one of the codes that there is no such thing."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] in codes:
            return None
        raise
