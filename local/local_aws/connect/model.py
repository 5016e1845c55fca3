"""What an instance holds: immutable resources, kept in tables that answer like the service."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import uuid4

from local_aws.connect.errors import (
    DuplicateResourceError,
    LimitExceededError,
    ResourceNotFoundError,
)

NO_TAGS: Mapping[str, str] = {}


def new_id() -> str:
    """Make an identifier of the form Connect uses."""
    return str(uuid4())


def now() -> datetime:
    """Tell the time with the milliseconds that Connect keeps."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def tail(identifier: str) -> str:
    """Reduce an ARN to the id it ends with; ids stay as they are."""
    return identifier.rsplit("/", 1)[-1]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What every resource of Connect has.

    Args:
        id: a UUID.
        arn: its ARN.
        name: unique among its kind in the instance.
        description: free text, ``None`` when never given.
        tags: user tags.
        modified: time of the last change.
        region: where the last change was made.
    """

    id: str
    arn: str
    name: str
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    modified: datetime = field(default_factory=now)
    region: str

    @property
    def stamp(self) -> dict[str, object]:
        """The members about its last change that most answers carry."""
        return {"LastModifiedTime": self.modified, "LastModifiedRegion": self.region}


R = TypeVar("R", bound=Resource)


class Table(Generic[R]):
    """The resources of one kind in one instance.

    Args:
        kind: what to call one of them in an error.
        limit: the service's default quota.
    """

    def __init__(self, kind: str, limit: int) -> None:
        self._kind = kind
        self._limit = limit
        self._rows: dict[str, R] = {}

    def __iter__(self) -> Iterator[R]:
        return iter(tuple(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, identifier: str) -> bool:
        return tail(identifier) in self._rows

    def get(self, identifier: str) -> R:
        """Find one by id or ARN.

        Raises:
            ResourceNotFoundError: there is none.
        """
        row = self._rows.get(tail(identifier))
        if row is None or ("/" in identifier and row.arn != identifier):
            raise ResourceNotFoundError(f"The {self._kind} {identifier} does not exist.")
        return row

    def named(self, name: str) -> R | None:
        """Find one by its name."""
        return next((row for row in self if row.name == name), None)

    def add(self, row: R) -> R:
        """Take a new one in.

        Raises:
            DuplicateResourceError: another one has that name.
            LimitExceededError: the quota is used up.
        """
        self._refuse_name(row.name, row.id)
        if len(self) >= self._limit:
            raise LimitExceededError(
                f"The instance has {self._limit} of kind {self._kind}, which is its quota."
            )
        self._rows[row.id] = row
        return row

    def change(self, identifier: str, **changes: Any) -> R:
        """Change fields of one; its modification time moves.

        Raises:
            ResourceNotFoundError: there is none.
            DuplicateResourceError: the new name is taken.
        """
        row = self.get(identifier)
        if "name" in changes:
            self._refuse_name(changes["name"], row.id)
        changed = replace(row, modified=now(), **changes)
        self._rows[row.id] = changed
        return changed

    def remove(self, identifier: str) -> R:
        """Forget one.

        Raises:
            ResourceNotFoundError: there is none.
        """
        return self._rows.pop(self.get(identifier).id)

    def where(self, wanted: Callable[[R], bool]) -> list[R]:
        """List those that satisfy a condition."""
        return [row for row in self if wanted(row)]

    def _refuse_name(self, name: str, own_id: str) -> None:
        other = self.named(name)
        if other is not None and other.id != own_id:
            raise DuplicateResourceError(f"A {self._kind} named {name} already exists: {other.id}.")
