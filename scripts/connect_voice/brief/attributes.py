"""What differs between two versions of a resource, leaf by leaf, without what is sensitive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connect_voice.brief.document import Code, Item, Line, Strong
from connect_voice.brief.words import as_object, short
from flowkit.secrets import withheld
from plan_policy.plan import ResourceChange

SENSITIVE: Final = "(sensitive)"
UNKNOWN: Final = "(known after apply)"
NOTHING: Final = "(none)"
_LONGEST = 160
_DEEPEST = 40
# Random by nature and no secrets.
_DIGESTS = frozenset(
    {"source_code_hash", "code_sha256", "sha256", "etag", "id", "arn", "content_hash"}
)


@dataclass(frozen=True)
class _Mark:
    """Stands for a value that is not shown."""

    text: str


_UNKNOWN = _Mark(UNKNOWN)
_SENSITIVE = _Mark(SENSITIVE)


@dataclass(frozen=True)
class AttributeChange:
    """One leaf before and after, as it may be shown; ``(none)`` where there is none.

    Args:
        path: ``environment[0].variables.LOG_LEVEL``.
        forces: whether Terraform must replace the resource for it.
    """

    path: str
    before: str
    after: str
    forces: bool = False

    @property
    def line(self) -> Line:
        """``path: before → after``."""
        forces: Line = (" ", Strong("forces the replacement")) if self.forces else ()
        return (Code(self.path), ": ", *_value(self.before), " → ", *_value(self.after), *forces)


def attribute_changes(
    change: ResourceChange, leave_out: Sequence[str] = ()
) -> tuple[AttributeChange, ...]:
    """Every leaf that differs, those first that force a replacement.

    What a provider writes as null, an empty text, list or map counts as the same: nothing.

    Args:
        change: the resource.
        leave_out: attributes that are told elsewhere.
    """
    before = _marked(change.before or {}, None, change.before_sensitive)
    after = _marked(change.after or {}, change.after_unknown, change.after_sensitive)
    forcing = {_path(path) for path in change.replace_paths}
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ()
    if before.get("tags") != after.get("tags"):
        leave_out = (*leave_out, "tags_all")  # the same again, with the provider's own
    found = []
    for name in sorted({*before, *after} - set(leave_out)):
        for path, old, new in _differences(name, before.get(name), after.get(name)):
            forces = any(
                path == each or path.startswith((f"{each}.", f"{each}[")) for each in forcing
            )
            found.append(AttributeChange(path, _shown(path, old), _shown(path, new), forces))
    return tuple(sorted(found, key=lambda each: not each.forces))


def value_changes(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[AttributeChange, ...]:
    """Every leaf that differs between two maps of values."""
    return tuple(
        AttributeChange(path, _shown(path, old), _shown(path, new))
        for name in sorted({*before, *after})
        for path, old, new in _differences(name, before.get(name), after.get(name))
    )


def without_computed(
    changes: Sequence[AttributeChange], configured: frozenset[str] | None
) -> tuple[AttributeChange, ...]:
    """The changes without values that only AWS decides and that it may decide anew.

    Args:
        changes: of one resource.
        configured: the attributes that its configuration sets, if that is known.
    """
    if configured is None:
        return tuple(changes)
    return tuple(
        each
        for each in changes
        if each.after != UNKNOWN or each.forces or _top(each.path) in configured
    )


def _top(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def attribute_items(changes: Sequence[AttributeChange], most: int = 40) -> tuple[Item, ...]:
    """The changes as lines of a list, and how many more there are."""
    items = tuple(Item(change.line) for change in changes[:most])
    if len(changes) > most:
        return (*items, Item((f"and {len(changes) - most:,} more attributes",)))
    return items


def shown_value(name: str, value: object) -> str:
    """A value of an attribute as it may be shown, in one piece."""
    return _shown(name, value)


def values_of(change: ResourceChange) -> tuple[tuple[str, str], ...]:
    """Every attribute that a resource to be made is given, as it may be shown."""
    after = _marked(change.after or {}, change.after_unknown, change.after_sensitive)
    if not isinstance(after, dict):
        return ()
    return tuple(
        (name, _shown(name, value))
        for name, value in sorted(after.items())
        if name != "tags_all" and value is not _UNKNOWN and not _is_nothing(value)
    )


def _value(text: str) -> Line:
    return (text,) if text in {SENSITIVE, UNKNOWN, NOTHING} else (Code(text),)


def _marked(value: Any, unknown: Any, sensitive: Any, depth: int = 0) -> Any:
    """The value with marks where it is unknown or sensitive, and with what is unknown added."""
    if unknown is True:
        return _UNKNOWN
    if sensitive is True and value is not None:
        return _SENSITIVE
    if depth > _DEEPEST:
        return value
    if isinstance(value, Mapping) or (value is None and isinstance(unknown, Mapping)):
        inner: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        keys = {*inner, *(key for key, known in _entries(unknown) if _any(known))}
        return {
            key: _marked(inner.get(key), _at(unknown, key), _at(sensitive, key), depth + 1)
            for key in sorted(keys)
        }
    if isinstance(value, list):
        return [
            _marked(item, _at(unknown, n), _at(sensitive, n), depth + 1)
            for n, item in enumerate(value)
        ]
    return value


def _entries(shape: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(shape, Mapping):
        yield from shape.items()


def _at(shape: Any, key: Any) -> Any:
    if isinstance(shape, bool):
        return shape
    if isinstance(shape, Mapping):
        return shape.get(key, False)
    if isinstance(shape, list) and isinstance(key, int) and key < len(shape):
        return shape[key]
    return False


def _any(shape: Any) -> bool:
    if isinstance(shape, bool):
        return shape
    inner = (
        shape.values() if isinstance(shape, Mapping) else shape if isinstance(shape, list) else ()
    )
    return any(_any(each) for each in inner)


def _differences(path: str, old: Any, new: Any, depth: int = 0) -> Iterator[tuple[str, Any, Any]]:
    if old == new or (_is_nothing(old) and _is_nothing(new)):
        return
    old, new = _opened(old, new)
    if depth < _DEEPEST and _both(dict, old, new):
        old, new = old or {}, new or {}
        for key in sorted({*old, *new}, key=str):
            yield from _differences(_inside(path, key), old.get(key), new.get(key), depth + 1)
    elif depth < _DEEPEST and _both(list, old, new) and _has_objects(old or [], new or []):
        old, new = old or [], new or []
        for number in range(max(len(old), len(new))):
            was, will = (each[number] if number < len(each) else None for each in (old, new))
            yield from _differences(f"{path}[{number}]", was, will, depth + 1)
    else:
        yield path, old, new


def _opened(old: Any, new: Any) -> tuple[Any, Any]:
    """Both as objects where both are objects in JSON, one of them perhaps missing."""
    objects = as_object(old), as_object(new)
    if all(objects) or (any(objects) and (_is_nothing(old) or _is_nothing(new))):
        return objects[0] or {}, objects[1] or {}
    return old, new


def _both(kind: type, old: Any, new: Any) -> bool:
    ends = [each for each in (old, new) if not _is_nothing(each)]
    return bool(ends) and all(isinstance(each, kind) for each in ends)


def _has_objects(*lists: Any) -> bool:
    return any(isinstance(item, dict | list | _Mark) for each in lists for item in each)


def _is_nothing(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_nothing(each) for each in value.values())
    return value is None or value in ("", [])


def _inside(path: str, key: object) -> str:
    text = str(key)
    return f"{path}.{text}" if text.isidentifier() else f'{path}["{text}"]'


def _path(parts: Sequence[str | int]) -> str:
    shown = str(parts[0]) if parts else ""
    for part in parts[1:]:
        shown = f"{shown}[{part}]" if isinstance(part, int) else _inside(shown, part)
    return shown


def _shown(path: str, value: Any) -> str:
    if isinstance(value, _Mark):
        return value.text
    if _is_nothing(value):
        return NOTHING
    name = path.rpartition(".")[2]
    text = value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False)
    if value == SENSITIVE or (name not in _DIGESTS and withheld(name, text) != text):
        return SENSITIVE
    return short(text, _LONGEST)


def _plain(value: Any) -> Any:
    if isinstance(value, _Mark):
        return value.text
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
