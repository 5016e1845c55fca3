"""What a rule sees: the resources as they will be, the configuration behind them, the context."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from plan_policy.context import Context
from plan_policy.plan import Plan, ResourceChange
from plan_policy.provenance import Configuration, Origin, without_indexes
from plan_policy.values import ABSENT, Step, Value, any_true, known, leaves, look_up

__all__ = ["Pointer", "Resource", "World"]

_IDENTITIES = ("arn", "id", "key_id", "name", "bucket", "function_name", "qualified_arn")


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

    def made(self, attribute: str) -> Value:
        """An attribute that AWS makes, such as the ARN; from the rehearsal if it is yet to be."""
        found = look_up(self.change.after, self.change.after_unknown, (attribute,))
        return self._rehearsed((attribute,), found) if found.unknown else found

    @property
    def reference(self) -> str:
        """Its address without indexes, as :class:`Origin` names it."""
        return without_indexes(self.address)

    def expression(self, *path: Step) -> Any:
        """What the configuration says of an attribute; None where it says nothing."""
        return self.world.configuration.expression(self.change.module, self.configured, path)

    def is_literal(self, *path: Step) -> bool:
        """Whether the value stands in the configuration itself."""
        found = self.expression(*path)
        return isinstance(found, Mapping) and "constant_value" in found

    def origin(self, *path: Step) -> Origin:
        """Where an attribute's value can come from."""
        return self.world.configuration.origin(self.change.module, self.expression(*path))

    def positions(self, *path: Step) -> range:
        """The positions of a known list, such as blocks of one name."""
        return range(len(self.value(*path).items))

    def names(self) -> Iterator[str]:
        """The names of its attributes, known and unknown."""
        mask = self.change.after_unknown
        yield from {**(self.change.after or {}), **(mask if isinstance(mask, Mapping) else {})}

    def values(self) -> Iterator[tuple[str, str, Any]]:
        """Every known text, number and switch within it: its place, its nearest key and itself.

        Text that is a JSON document is taken apart. What AWS makes of it is left out where the
        rehearsal made it up.
        """
        yield from leaves(self.change.after)
        rehearsed = self.world.context.rehearsed.get(self.address, {})
        unknown = self.change.after_unknown
        if isinstance(unknown, Mapping):
            for name, mask in unknown.items():
                if any_true(mask) and self.expression(name) is not None:
                    yield from leaves({name: rehearsed.get(name)})

    def _rehearsed(self, path: tuple[Step, ...], found: Value) -> Value:
        attributes = self.world.context.rehearsed.get(self.address)
        if attributes is None:
            return found
        there = look_up(attributes, False, path)  # noqa: FBT003 (a mask without a mark)
        return known(there.data, rehearsed=True) if there.known else there


@dataclass(frozen=True)
class Pointer:
    """What an attribute names.

    Attributes:
        found: the resources of the plan; several where it is one of them.
        known: the value where the plan says it.
        nothing: whether the attribute is not set.
        open: whether only the apply will tell.
        candidates: what it may come from where that is open.
    """

    found: tuple[Resource, ...] = ()
    known: str | None = None
    nothing: bool = False
    open: bool = False
    candidates: tuple[str, ...] = ()


class World:
    """A plan and its context, indexed for rules."""

    def __init__(self, plan: Plan, context: Context) -> None:
        self.plan = plan
        self.context = context
        self.configuration = Configuration(plan.configuration)
        self._by_type: dict[str, list[Resource]] = {}
        self._identities: dict[tuple[str, ...], dict[str, Resource]] = {}
        for change in plan.managed():
            self._by_type.setdefault(change.type, []).append(Resource(change, self))

    def managed(self, *types: str) -> Iterator[Resource]:
        """The resources of these types, or all, that are there once the plan is applied."""
        for kind in types or tuple(self._by_type):
            yield from self._by_type.get(kind, ())

    def by_identity(self, *types: str) -> Mapping[str, Resource]:
        """The resources of these types by every id and ARN that is known of them."""
        if types not in self._identities:
            self._identities[types] = {
                text: resource
                for resource in self.managed(*types)
                for name in _IDENTITIES
                if (text := resource.made(name).text)
            }
        return self._identities[types]

    def pointed_at(self, resource: Resource, path: tuple[Step, ...], *types: str) -> Pointer:
        """Which resource of these types an attribute names.

        Args:
            resource: the one with the attribute.
            path: the attribute.
            types: what it may name.
        """
        value = resource.value(*path)
        if value.absent or value.data == "":
            return Pointer(nothing=True)
        if value.known:
            found = self.by_identity(*types).get(str(value.data))
            return Pointer((found,) if found else (), known=str(value.data))
        origin = resource.origin(*path)
        found_all = tuple(
            each
            for each in self.managed(*types)
            if any(_names(reference, each.reference) for reference in origin.resources)
        )
        all_of_type = origin.resources and all(
            any(_names(reference, each.reference) for each in found_all)
            for reference in origin.resources
        )
        if origin.certain and all_of_type:
            return Pointer(found_all)
        return Pointer(open=True, candidates=tuple(sorted(origin.resources)))

    @cached_property
    def variables(self) -> Mapping[str, Any]:
        """The root's variables as the plan was given them, without ephemeral ones."""
        found = self.plan.data.get("variables")
        if not isinstance(found, Mapping):
            return {}
        return {
            name: each.get("value") for name, each in found.items() if isinstance(each, Mapping)
        }


def _names(reference: str, address: str) -> bool:
    return reference == address or reference.startswith(f"{address}.")
