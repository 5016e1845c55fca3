"""What resources of a plan refer to, where the values themselves are not known yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from plan_policy.plan import Plan, ResourceChange

_INDEX = re.compile(r"\[(?:[0-9]+|\"(?:[^\"\\]|\\.)*\")\]")
_STEP = re.compile(r"module\.([^.\[]+)")


class Names:
    """Names of the roles and keys that resources belong to, in an account."""

    def __init__(self, plan: Plan, account_id: str) -> None:
        self._plan = plan
        self.account_id = account_id

    @cached_property
    def _resources(self) -> Mapping[tuple[str, str], ResourceChange]:
        return {
            (each.module, f"{each.type}.{each.name}"): each
            for each in self._plan.changes
            if each.managed
        }

    @cached_property
    def _by_id(self) -> Mapping[str, ResourceChange]:
        return {
            str(values[name]): each
            for each in self._plan.changes
            if each.managed
            for values in (each.before, each.after)
            if values and values.get("arn")  # policies of a key have the key's id
            for name in ("id", "arn")
            if isinstance(values.get(name), str)
        }

    def by_id(self, value: object) -> ResourceChange | None:
        """The resource that has this id or ARN."""
        return self._by_id.get(value) if isinstance(value, str) else None

    def referred(self, change: ResourceChange, attribute: str) -> ResourceChange | None:
        """The resource of the same module that an attribute refers to."""
        for reference in self.references(change, attribute):
            parts = _INDEX.sub("", reference).split(".")
            found = self._resources.get((change.module, ".".join(parts[:2])))
            if found is not None:
                return found
        return None

    def references(self, change: ResourceChange, attribute: str) -> tuple[str, ...]:
        """What the configuration says an attribute refers to."""
        expression = self._expressions(change).get(attribute)
        if not isinstance(expression, Mapping):
            return ()
        return tuple(str(each) for each in expression.get("references", ()))

    def configured(self, change: ResourceChange) -> frozenset[str] | None:
        """The attributes that the configuration sets; None where it says nothing of the resource.

        AWS decides the others.
        """
        expressions = self._expressions(change)
        return frozenset(expressions) if expressions else None

    def _expressions(self, change: ResourceChange) -> Mapping[str, Any]:
        module: Any = self._plan.configuration.get("root_module", {})
        for name in _STEP.findall(_INDEX.sub("", change.module)):
            module = module.get("module_calls", {}).get(name, {}).get("module", {})
        for resource in module.get("resources", ()):
            if (resource.get("type"), resource.get("name")) == (change.type, change.name):
                found: Mapping[str, Any] = resource.get("expressions") or {}
                return found
        return {}

    def owner(self, change: ResourceChange, attribute: str) -> str:
        """The name of the role or user that a policy belongs to, as far as it is known."""
        for values in (change.after, change.before):
            name = (values or {}).get(attribute)
            if isinstance(name, str) and name:
                return name.rpartition("/")[2]
        found = self.referred(change, attribute)
        name = ((found.after or found.before or {}).get("name")) if found else None
        return name if isinstance(name, str) and name else f"of {change.address}"

    def key(self, change: ResourceChange) -> str:
        """The key that a key policy or a grant is about."""
        values = change.before or change.after or {}
        found = self.by_id(values.get("key_id")) or self.referred(change, "key_id")
        described = (found.after or found.before or {}).get("description") if found else None
        if isinstance(described, str) and described:
            return f"the key “{described}”"
        return f"key {values.get('key_id') or '(known after apply)'}"
