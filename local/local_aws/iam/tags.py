"""Tags as condition keys: those a request brings."""

from __future__ import annotations

from collections.abc import Mapping

from local_aws.iam.calls import Call

Context = dict[str, tuple[str, ...]]
_NAMES = ("Tags", "tags", "TagList")
_KEYS = ("Key", "key", "TagKey")
_VALUES = ("Value", "value", "TagValue")


def request_tags(call: Call) -> Context:
    """``aws:RequestTag/…`` and ``aws:TagKeys`` of a call, in any of the shapes services use."""
    tags: dict[str, str] = {}
    for name in _NAMES:
        told = call.params.get(name)
        if isinstance(told, Mapping):
            tags |= {str(key): str(value) for key, value in told.items()}
        elif isinstance(told, list):
            tags |= dict(_pair(one) for one in told if isinstance(one, Mapping))
    return tag_context("aws:requesttag", tags) | ({"aws:tagkeys": tuple(tags)} if tags else {})


def tag_context(prefix: str, tags: Mapping[str, str]) -> Context:
    """A condition key a tag."""
    return {f"{prefix}/{key.lower()}": (value,) for key, value in tags.items()}


def _pair(tag: Mapping[str, object]) -> tuple[str, str]:
    key = next((tag[name] for name in _KEYS if name in tag), "")
    value = next((tag[name] for name in _VALUES if name in tag), "")
    return str(key), str(value)
