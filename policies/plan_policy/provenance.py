"""Where a value comes from that is known only after apply: back through the configuration.

A plan's configuration holds no formulas, but for each attribute what it refers to, longest first:
``["module.encryption.key_arn", "module.encryption"]``. Module inputs and outputs can be followed;
locals cannot, because a plan does not hold them, and neither can ``dynamic`` blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plan_policy.values import Step

__all__ = ["Configuration", "Origin", "module_path", "without_indexes"]

_DEEPEST = 50
_INDEX = re.compile(r"\[(?:\"(?:[^\"\\]|\\.)*\"|[^\]]*)\]")
_ROOTS = {"path", "terraform", "count"}  # say nothing that could be a resource


@dataclass(frozen=True)
class Origin:
    """Where a value can come from.

    Attributes:
        resources: attributes of resources, ``aws_kms_key.this.arn`` after the module they are in
            and without indexes.
        certain: whether these are all; else something could not be followed.
    """

    resources: frozenset[str] = frozenset()
    certain: bool = True

    def __or__(self, other: Origin) -> Origin:
        return Origin(self.resources | other.resources, self.certain and other.certain)


_UNTRACEABLE = Origin(certain=False)


def module_path(address: str) -> tuple[str, ...]:
    """The names of the modules of an address, without indexes."""
    parts = _INDEX.sub("", address).split(".")
    return tuple(parts[at + 1] for at in range(0, len(parts) - 1, 2) if parts[at] == "module")


def without_indexes(address: str) -> str:
    """An address without the keys and numbers of count and for_each."""
    return _INDEX.sub("", address)


class Configuration:
    """A plan's configuration, to be asked where values come from.

    Args:
        data: ``configuration`` of the plan's JSON.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._modules: dict[tuple[str, ...], Mapping[str, Any]] = {}
        self._calls: dict[tuple[str, ...], Mapping[str, Any]] = {}
        self._resources: dict[tuple[tuple[str, ...], str], Mapping[str, Any]] = {}
        self.too_deep = False
        self._add((), _mapping(data.get("root_module")))

    def _add(self, path: tuple[str, ...], module: Mapping[str, Any]) -> None:
        if len(path) > _DEEPEST:
            self.too_deep = True
            return
        self._modules[path] = module
        for resource in _list(module.get("resources")):
            each = _mapping(resource)
            self._resources[path, str(each.get("address"))] = each
        for name, call in _mapping(module.get("module_calls")).items():
            inner = (*path, str(name))
            self._calls[inner] = _mapping(call)
            self._add(inner, _mapping(_mapping(call).get("module")))

    def modules(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every module by its address; the root's is empty."""
        for path, module in self._modules.items():
            yield ".".join(f"module.{name}" for name in path), module

    def calls(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every module call by the address of the module that it makes."""
        for path, call in self._calls.items():
            yield ".".join(f"module.{name}" for name in path), call

    def resources(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every resource and data source by its address, without indexes."""
        for (path, name), resource in self._resources.items():
            yield ".".join((*(f"module.{each}" for each in path), name)), resource

    def expression(self, module: str, resource: str, path: tuple[Step, ...]) -> Any:
        """What the configuration says of an attribute, None where it says nothing.

        Args:
            module: the module's address.
            resource: the resource within it, ``aws_kms_key.this``.
            path: keys and positions; a single block may be one without its list.
        """
        found: Any = _mapping(self._resources.get((module_path(module), resource))).get(
            "expressions"
        )
        for step in path:
            if isinstance(step, str):
                found = _mapping(found).get(step)
            elif isinstance(found, list):
                found = found[step] if -len(found) <= step < len(found) else None
        return found

    def origin(self, module: str, expression: Any) -> Origin:
        """Where the value of an expression can come from.

        Args:
            module: the address of the module that the expression stands in.
        """
        return self._expression(module_path(module), expression, frozenset())

    def _expression(
        self, path: tuple[str, ...], expression: Any, seen: frozenset[tuple[Any, ...]]
    ) -> Origin:
        if not isinstance(expression, Mapping):
            return _UNTRACEABLE
        if "constant_value" in expression:
            return Origin()
        found = Origin()
        for reference in _longest(_list(expression.get("references"))):
            found |= self._reference(path, reference, seen)
        return found

    def _reference(
        self, path: tuple[str, ...], reference: str, seen: frozenset[tuple[Any, ...]]
    ) -> Origin:
        step = (path, reference)
        if step in seen or len(seen) > _DEEPEST:
            return _UNTRACEABLE
        seen |= {step}
        parts = _INDEX.sub("", reference).split(".")
        root, name = parts[0], parts[1] if len(parts) > 1 else ""
        if root in _ROOTS:
            return Origin()
        if root == "var":
            return self._variable(path, name, seen)
        if root == "module":
            return self._output((*path, name), parts[2:], seen)
        if root in {"local", "each", "self", ""} or not name:
            return _UNTRACEABLE
        where = [f"module.{each}" for each in path]
        return Origin(frozenset({".".join((*where, *parts))}))

    def _variable(
        self, path: tuple[str, ...], name: str, seen: frozenset[tuple[Any, ...]]
    ) -> Origin:
        if not path:
            return Origin()  # what a root is given is known
        call = self._calls.get(path, {})
        expressions = _mapping(call.get("expressions"))
        if name not in expressions:
            return Origin()  # its default, which is known
        return self._expression(path[:-1], expressions[name], seen)

    def _output(
        self, path: tuple[str, ...], rest: list[str], seen: frozenset[tuple[Any, ...]]
    ) -> Origin:
        outputs = _mapping(_mapping(self._modules.get(path)).get("outputs"))
        if not rest:
            return _UNTRACEABLE
        return self._expression(path, _mapping(outputs.get(rest[0])).get("expression"), seen)


def _longest(references: list[Any]) -> Iterator[str]:
    """The references themselves: each is followed by what it begins with."""
    last = ""
    for reference in references:
        if not isinstance(reference, str):
            yield ""
        elif not (last.startswith(reference) and last[len(reference) :][:1] in {".", "["}):
            last = reference
            yield reference


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
