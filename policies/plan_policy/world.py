"""What a rule sees: the resources as they will be, the configuration behind them, the context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plan_policy.context import Context
from plan_policy.plan import Plan, ResourceChange
from plan_policy.provenance import Configuration, Origin
from plan_policy.values import ABSENT, Step, Value, known, look_up

__all__ = ["Resource", "World"]


@dataclass(frozen=True)
class Resource:
    """A managed resource that is there once the plan is applied."""

    change: ResourceChange
    world: World

    @property
    def address(self) -> str:
        """Its address."""
        return self.change.address

    @property
    def type(self) -> str:
        """Its type."""
        return self.change.type

    @property
    def configured(self) -> str:
        """Its name within its module's configuration."""
        return f"{self.change.type}.{self.change.name}"

    def value(self, *path: Step) -> Value:
        """An attribute as it will be.

        One that is known only after apply and that the configuration does not set is left to AWS,
        and absent. One that it does set is what it was in the rehearsal, if there was one.
        """
        found = look_up(self.change.after, self.change.after_unknown, path)
        if found.known and not found.whole:
            return self._rehearsed(path, found)
        if not found.unknown:
            return found
        if len(path) == 1 and self.expression(*path) is None:
            return ABSENT
        return self._rehearsed(path, found)

    def expression(self, *path: Step) -> Any:
        """What the configuration says of an attribute; None where it says nothing."""
        return self.world.configuration.expression(self.change.module, self.configured, path)

    def origin(self, *path: Step) -> Origin:
        """Where an attribute's value can come from."""
        return self.world.configuration.origin(self.change.module, self.expression(*path))

    def positions(self, *path: Step) -> range:
        """The positions of a known list, such as blocks of one name."""
        return range(len(self.value(*path).items))

    def _rehearsed(self, path: tuple[Step, ...], found: Value) -> Value:
        attributes = self.world.context.rehearsed.get(self.address)
        if attributes is None:
            return found
        there = look_up(attributes, False, path)  # noqa: FBT003 (a mask without a mark)
        return known(there.data, rehearsed=True) if there.known else there


class World:
    """A plan and its context, indexed for rules."""

    def __init__(self, plan: Plan, context: Context) -> None:
        self.plan = plan
        self.context = context
        self.configuration = Configuration(plan.configuration)
        self._by_type: dict[str, list[Resource]] = {}
        for change in plan.managed():
            self._by_type.setdefault(change.type, []).append(Resource(change, self))

    def managed(self, *types: str) -> Iterator[Resource]:
        """The resources of these types, or all, that are there once the plan is applied."""
        for kind in types or tuple(self._by_type):
            yield from self._by_type.get(kind, ())

    @cached_property
    def variables(self) -> Mapping[str, Any]:
        """The root's variables as the plan was given them, without ephemeral ones."""
        found = self.plan.data.get("variables")
        if not isinstance(found, Mapping):
            return {}
        return {
            name: each.get("value") for name, each in found.items() if isinstance(each, Mapping)
        }
