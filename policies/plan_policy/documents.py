"""Policy documents as data: statements with lists where AWS takes a text or a list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from plan_policy.values import Value

__all__ = ["Document", "Statement", "read_document"]


@dataclass(frozen=True)
class Statement:
    """A statement of a policy.

    Attributes:
        name: its Sid, or its number.
        negated: the keys of it that say what is *not* meant, such as ``NotAction``.
        principals: whom it is about by kind, ``AWS``, ``Service``, ``Federated``; anybody is ``*``.
        conditions: by key in lower case: the operators in lower case, and the values.
    """

    name: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    conditions: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    negated: tuple[str, ...] = ()

    @property
    def public(self) -> bool:
        """Whether its principal is anybody."""
        return any(
            kind == "*" or (kind == "AWS" and "*" in names)
            for kind, names in self.principals.items()
        )

    def bound_by(self, *keys: str) -> bool:
        """Whether a condition on one of these keys says which values it takes, and not just any."""
        return any(
            _narrows(operator, values)
            for key in keys
            for operator, values in self.conditions.get(key.lower(), ())
        )


@dataclass(frozen=True)
class Document:
    """A policy.

    Attributes:
        problem: why it could not be read, as the start of a sentence; else None.
        open: whether only the apply will tell what it says.
    """

    statements: tuple[Statement, ...] = ()
    problem: str | None = None
    open: bool = False
    allowing: tuple[Statement, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        allowing = tuple(each for each in self.statements if each.allows)
        object.__setattr__(self, "allowing", allowing)


def read_document(value: Value) -> Document:
    """The policy that an attribute holds, as text or as an object."""
    if value.unknown:
        return Document(open=True)
    if value.absent or value.data == "":
        return Document()
    try:
        data = _parsed(value.data) if isinstance(value.data, str) else value.data
    except _SaidTwiceError as error:
        return Document(problem=f"It says {error} twice, and AWS may take either")
    if not isinstance(data, Mapping):
        return Document(problem="It is no JSON object")
    entries = _lower(data).get("statement")
    if isinstance(entries, Mapping):
        entries = [entries]
    if not isinstance(entries, list) or not all(isinstance(each, Mapping) for each in entries):
        return Document(problem="It has no list of statements")
    return Document(tuple(_statement(each, number) for number, each in enumerate(entries, 1)))


class _SaidTwiceError(ValueError):
    """A JSON object has a key twice, whatever its case."""


def _parsed(text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: set[str] = set()
        for key, _ in pairs:
            if key.lower() in seen:
                raise _SaidTwiceError(key)
            seen.add(key.lower())
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except _SaidTwiceError:
        raise
    except (ValueError, RecursionError):
        return None


def _lower(data: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in data.items()}


def _statement(data: Mapping[str, Any], number: int) -> Statement:
    # IAM reads these names in whatever case.
    entry = _lower(data)
    negated = tuple(
        f"Not{name.title()}"
        for name in ("action", "resource", "principal")
        if f"not{name}" in entry
    )
    return Statement(
        name=str(entry.get("sid") or f"statement {number}"),
        # What is not plainly a denial is taken to allow.
        allows=entry.get("effect") != "Deny",
        actions=_texts(entry.get("action")),
        resources=_texts(entry.get("resource")),
        principals=_principals(entry.get("principal")),
        conditions=_conditions(entry.get("condition")),
        negated=negated,
    )


def _principals(value: Any) -> dict[str, tuple[str, ...]]:
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return {str(kind): _texts(names) for kind, names in value.items()}
    return {"*" if "*" in _texts(value) else "AWS": _texts(value)}


def _conditions(value: Any) -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    found: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {}
    for operator, tests in _items(value):
        for key, values in _items(tests):
            each = (operator.lower(), _texts(values))
            found[key.lower()] = (*found.get(key.lower(), ()), each)
    return found


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key), item


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(each if isinstance(each, str) else repr(each) for each in value)
    return (value if isinstance(value, str) else repr(value),)


def _narrows(operator: str, values: tuple[str, ...]) -> bool:
    name = operator.removeprefix("forallvalues:").removeprefix("foranyvalue:")
    if operator.startswith("forallvalues:") or name.endswith("ifexists"):
        return False  # both hold where the key is missing
    if name.startswith(("stringnot", "arnnot")) or name == "null":
        return False
    return bool(values) and not any(set(value) <= {"*", "?", ":"} for value in values)
