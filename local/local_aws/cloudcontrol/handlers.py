"""What a resource type's handler does, and which types have one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from local_aws.cloudcontrol.schemas import Model


@dataclass(frozen=True)
class Place:
    """The account and region a request is for."""

    account_id: str
    region: str


class Handler(Protocol):
    """The five operations of a resource type.

    Models are in the schema's terms. Errors are those of the service behind it.
    """

    def create(self, place: Place, desired: Model) -> str:
        """Create a resource and return its identifier."""

    def read(self, place: Place, identifier: str) -> Model:
        """Describe a resource, read-only properties included."""

    def update(self, place: Place, identifier: str, before: Model, desired: Model) -> None:
        """Bring a resource from one state to another."""

    def delete(self, place: Place, identifier: str) -> None:
        """Delete a resource."""

    def identifiers(self, place: Place, given: Model) -> list[str]:
        """List the resources of the type; ``given`` may name the parent."""


def to_map(tags: object) -> dict[str, str]:
    """Turn CloudFormation's list of tags into the map that APIs take."""
    if not isinstance(tags, list):
        return {}
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags}


def to_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Turn a map of tags into CloudFormation's list."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def without_gaps(model: Mapping[str, object]) -> Model:
    """Leave out what is absent: ``None`` and empty collections."""
    return {key: value for key, value in model.items() if value not in (None, [], {}, ())}
