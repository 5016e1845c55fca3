"""Values: objects that are their fields, like frozen dataclasses and cheaper to define.

`dataclasses` imports `inspect`, then writes and compiles methods for each class. That was half of
what importing one of these functions took, with a caller waiting
(docs/decisions/0011-light-lambdas.md). Here all classes share the same methods. Type checkers hold
calls and fields as they do with a dataclass.
"""

from collections.abc import Callable, Mapping
from typing import Any, Never, TypeVar, dataclass_transform

_T = TypeVar("_T")


class _Missing:
    """Stands where a field has no default."""


_MISSING = _Missing()


class _Field:
    def __init__(
        self, default: object, make: Callable[[], object] | None, *, shown: bool, compared: bool
    ) -> None:
        self.default = default
        self.make = make
        self.shown = shown
        self.compared = compared


def field(
    *,
    default: _T | _Missing = _MISSING,
    default_factory: Callable[[], _T] | None = None,
    shown: bool = True,
    compared: bool = True,
) -> Any:
    """Say more about a field than its type.

    Args:
        default: What it is when nothing is given.
        default_factory: What makes that, each time anew.
        shown: Whether the text form shows it; secrets do not want to be shown.
        compared: Whether two values that differ in it alone are different.
    """
    return _Field(default, default_factory, shown=shown, compared=compared)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Value:
    """Base of values: its subclasses' annotated names are their fields, in order.

    A value is equal to another of its class with equal fields, and cannot be changed.
    A subclass has no subclasses of its own.
    """

    _fields: Mapping[str, _Field]

    def __init_subclass__(cls) -> None:
        found = {}
        for name in cls.__annotations__:
            given = cls.__dict__.get(name, _MISSING)
            if isinstance(given, _Field):
                delattr(cls, name)
                found[name] = given
            else:
                found[name] = _Field(given, None, shown=True, compared=True)
        cls._fields = found

    def __init__(self, *args: object, **named: object) -> None:
        fields = self._fields
        if len(args) > len(fields):
            raise TypeError(f"{type(self).__name__} has {len(fields)} fields, not {len(args)}")
        values = dict(zip(fields, args, strict=False))
        for name in named:
            if name not in fields or name in values:
                raise TypeError(f"{type(self).__name__} takes {name} not at all or once")
        values |= named
        for name, one in fields.items():
            if name not in values:
                if one.make is None and one.default is _MISSING:
                    raise TypeError(f"{type(self).__name__} needs {name}")
                values[name] = one.default if one.make is None else one.make()
        self.__dict__.update(values)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Refuse values that make no sense; for subclasses."""

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"{type(self).__name__} cannot be changed ({name})")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"{type(self).__name__} cannot be changed ({name})")

    def __repr__(self) -> str:
        shown = (
            f"{name}={getattr(self, name)!r}" for name, one in self._fields.items() if one.shown
        )
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash(self._compared())

    def _compared(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name, one in self._fields.items() if one.compared)
