"""A Terraform plan as ``terraform show -json`` prints it, typed as far as rules need it.

The format: https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_FORMAT = "1."  # minor versions only add


class PlanError(ValueError):
    """This is not a plan that a verdict could be based on; the message is one sentence."""


class Action(StrEnum):
    """What would happen to a resource."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    READ = "read"
    FORGET = "forget"
    NO_OP = "no-op"


_ACTIONS = {
    ("no-op",): Action.NO_OP,
    ("create",): Action.CREATE,
    ("read",): Action.READ,
    ("update",): Action.UPDATE,
    ("delete",): Action.DELETE,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("forget",): Action.FORGET,
    ("create", "forget"): Action.FORGET,
}


@dataclass(frozen=True)
class ResourceChange:
    """What would happen to one instance of one resource.

    Args:
        before: its attributes now; None where it is yet to be made.
        after: its attributes then, without those known only after apply; None where it goes.
        after_unknown: true wherever a value is known only after apply, shaped as ``after``.
        before_sensitive: true wherever a value is sensitive, shaped as ``before``.
        after_sensitive: true wherever a value is sensitive, shaped as ``after``.
        replace_paths: the attributes that force a replacement.
        reason: Terraform's reason for a replacement or a deletion, in its words
            (``replace_because_cannot_update``, ``delete_because_no_resource_config`` …).
        deposed: the key of an object that a replacement left to be deleted, else None.
        imported: the id it is imported by, else None.
        previous_address: where it was, if it moves.
    """

    address: str
    module: str
    mode: str
    type: str
    name: str
    index: str | int | None
    provider: str
    action: Action
    before: Mapping[str, Any] | None = field(repr=False)
    after: Mapping[str, Any] | None = field(repr=False)
    after_unknown: Any = field(repr=False, default=False)
    before_sensitive: Any = field(repr=False, default=False)
    after_sensitive: Any = field(repr=False, default=False)
    replace_paths: tuple[tuple[str | int, ...], ...] = ()
    reason: str | None = None
    deposed: str | None = None
    imported: str | None = None
    previous_address: str | None = None

    @property
    def managed(self) -> bool:
        """Whether it is a resource rather than a data source."""
        return self.mode == "managed"

    @property
    def stays(self) -> bool:
        """Whether it is there once the plan is applied."""
        return self.action not in {Action.DELETE, Action.FORGET}


@dataclass(frozen=True)
class Plan:
    """A whole plan.

    Args:
        changes: every resource and data source of the plan, those without change included.
        drift: what was changed outside Terraform since the last apply.
        data: the JSON itself.
    """

    terraform_version: str
    changes: tuple[ResourceChange, ...]
    drift: tuple[ResourceChange, ...]
    data: Mapping[str, Any] = field(repr=False)

    @property
    def configuration(self) -> Mapping[str, Any]:
        """The configuration the plan was made from, as the plan holds it."""
        found: Mapping[str, Any] = self.data.get("configuration", {})
        return found

    def managed(self, *types: str) -> Iterator[ResourceChange]:
        """The resources of these types, or all, that are there once the plan is applied."""
        for change in self.changes:
            if change.managed and change.stays and (not types or change.type in types):
                yield change


def parse_plan(text: str | bytes) -> Plan:
    """A plan from the text that ``terraform show -json`` printed.

    Raises:
        PlanError: it is truncated, empty, of another format, or of a plan that failed.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise PlanError(
            "The plan's JSON is empty or cut off; make the plan again with make plan."
        ) from None
    return read_plan(data)


def read_plan(data: object) -> Plan:
    """A plan from its parsed JSON.

    Raises:
        PlanError: it is not a plan, is of another format, or of a plan that failed.
    """
    if not isinstance(data, dict):
        raise PlanError("The plan's JSON is not an object; make the plan again with make plan.")
    version = data.get("format_version")
    if not isinstance(version, str) or not version.startswith(_FORMAT):
        raise PlanError(
            f"The plan's format is {version!r} and not 1.x; make the plan again with make plan."
        )
    if data.get("errored") is not False:
        raise PlanError("The plan ended with an error, so it does not say all that would happen.")
    if data.get("complete") is not True:
        raise PlanError(
            "The plan leaves something for a later plan, so it does not say all that would happen."
        )
    for key in ("configuration", "planned_values"):
        if not isinstance(data.get(key), dict):
            raise PlanError(f"The plan's JSON lacks {key}; make the plan again with make plan.")
    try:
        return Plan(
            terraform_version=str(data["terraform_version"]),
            changes=_changes(data.get("resource_changes", [])),
            drift=_changes(data.get("resource_drift", [])),
            data=data,
        )
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise PlanError(
            "The plan's JSON does not have the shape Terraform gives it; make the plan again."
        ) from None


def _changes(entries: Sequence[Mapping[str, Any]]) -> tuple[ResourceChange, ...]:
    return tuple(_change(entry) for entry in entries)


def _change(entry: Mapping[str, Any]) -> ResourceChange:
    change = entry["change"]
    actions = tuple(change["actions"])
    if actions not in _ACTIONS:
        raise PlanError(
            f"The plan does {' and '.join(actions)} to {entry['address']}, which is not known "
            "here; use the release of this project that knows this Terraform."
        )
    importing = change.get("importing") or {}
    _check_shape(entry, change)
    return ResourceChange(
        address=entry["address"],
        module=entry.get("module_address", ""),
        mode=entry["mode"],
        type=entry["type"],
        name=entry["name"],
        index=entry.get("index"),
        provider=entry["provider_name"],
        action=_ACTIONS[actions],
        before=change.get("before"),
        after=change.get("after"),
        after_unknown=change.get("after_unknown", False),
        before_sensitive=change.get("before_sensitive", False),
        after_sensitive=change.get("after_sensitive", False),
        replace_paths=tuple(tuple(path) for path in change.get("replace_paths") or ()),
        reason=entry.get("action_reason"),
        deposed=entry.get("deposed"),
        imported=importing.get("id") or (json.dumps(importing) if importing else None),
        previous_address=entry.get("previous_address"),
    )


def _check_shape(entry: Mapping[str, Any], change: Mapping[str, Any]) -> None:
    """Refuse what would not be what its type here says."""
    texts = [entry[key] for key in ("address", "mode", "type", "name", "provider_name")]
    texts += [entry.get("module_address", "")]
    texts += [
        entry[key]
        for key in ("action_reason", "deposed", "previous_address")
        if entry.get(key) is not None
    ]
    sides = [change[key] for key in ("before", "after") if change.get(key) is not None]
    index = entry.get("index")
    if (
        not all(isinstance(text, str) for text in texts)
        or not all(isinstance(side, dict) for side in sides)
        or not (index is None or isinstance(index, str | int))
    ):
        raise TypeError(entry)
