"""Takes secrets out of a plan's JSON, finds those that should not be there, and fingerprints it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from flowkit.secrets import holds_secret, secrets_in

__all__ = ["HIDDEN", "canonical_digest", "looks_like_secret", "redact", "secrets_in_plan"]

HIDDEN = "(sensitive)"

# A known secret that is shorter says nothing: it would be found in every other word.
_SHORTEST_KNOWN = 4
# What flowkit looks at; longer text is looked at piece by piece.
_PIECE = 20_000
_OVERLAP = 4_000
_DEEPEST = 200
# Digests and ids are as random as keys, and no secrets.
_DIGESTS = re.compile(
    r"(?:.*_)?(?:hash|sha\d+|sha\d+_base64|digest|etag|md5|fingerprint|ids?|arns?)", re.IGNORECASE
)
_RANDOM_KIND = "what looks like a key"
# Attributes that are about a key or a secret and hold none.
_ABOUT = re.compile(
    r"customer_master_key_spec|key_spec|hash_key|range_key|partition_key|(?:.*_)?token_copy"
)
# Text that names a secret's place, its size or its type.
_NO_SECRET = re.compile(
    r"/[\w./-]*"  # a parameter's path
    r"|[\d.]{1,9}"
    r"|https?://[^\s@]*"
    r"|off|Standard|Advanced|Intelligent-Tiering"
    r"|string|number|bool|object|list|map|set|tuple|dynamic"
)
# A name in it may end in "token", and what follows a colon is then its version.
_ARN = re.compile(r"arn:aws[\w-]*:[\w-]+:[\w-]*:[\w/-]*:[\w.:/$*+@=-]+")
_BLOCKS = ("resource_changes", "resource_drift")
_SECTIONS = ("variables", "resource_changes", "output_changes", "configuration")
# Terraform writes these in the order in which it came upon them.
_UNORDERED = frozenset(
    {
        *("checks", "child_modules", "relevant_attributes"),
        *("resource_changes", "resource_drift", "resources"),
    }
)
_ABOVE_RESOURCES = frozenset(("root_module", "values"))
_PROVIDER_SECRETS = re.compile(
    r"(?:.*_)?(?:secret_key|access_key|token|password|secret|private_key)"
)


def redact(data: Mapping[str, Any], known_secrets: Collection[str] = ()) -> dict[str, Any]:
    """The plan's JSON in the same shape, every sensitive value replaced by ``(sensitive)``.

    By structure (what Terraform marks as sensitive, sensitive and ephemeral variables and what
    they are given, credentials of providers), by known value wherever it stands, and by the looks.

    Args:
        data: what ``terraform show -json`` printed, parsed.
        known_secrets: values that must not be seen, in clear or as JSON writes them.
    """
    marked = _without_marked(data)
    known = _known(known_secrets)
    cleaned = _clean(marked, "", known)
    return cleaned if isinstance(cleaned, dict) else {}


def secrets_in_plan(
    data: Mapping[str, Any], known_secrets: Collection[str] = (), *, by_looks: bool = True
) -> tuple[str, ...]:
    """Where the plan holds a secret that it should not hold, one sentence each.

    A known secret must not be there at all, not even as a sensitive value, because the plan file
    keeps those in clear; anything else is looked for in what is not marked as sensitive.

    Args:
        data: what ``terraform show -json`` printed, parsed, not redacted.
        known_secrets: values that must not be there.
        by_looks: whether to look for others too.
    """
    found: list[str] = []
    known = _known(known_secrets)
    for place, _, text in _texts(data):
        if any(secret in text for secret in known):
            found.append(
                f"{place} holds a secret of this run; hand it over as an ephemeral variable to a "
                "write-only argument."
            )
    marked = _without_marked(data) if by_looks else {}
    for section in _SECTIONS:
        for place, name, text in _texts({section: marked.get(section)}):
            # What is there already is not of this plan's making.
            if ".change.before." not in place and _holds(name, text):
                found.append(
                    f"{place} holds what looks like a secret in clear; hand it over as an "
                    "ephemeral variable to a write-only argument."
                )
    return tuple(dict.fromkeys(found))


def canonical_digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of the plan's JSON, the same for every plan that would do the same.

    Without the time it was made at, and with lists that have no order put in one.

    Args:
        data: what ``terraform show -json`` printed, parsed, not redacted.
    """
    kept = {key: value for key, value in data.items() if key != "timestamp"}
    for key in kept.keys() - {"configuration", "variables"}:
        kept[key] = _ordered(kept[key], key)
    return hashlib.sha256(_compact(kept).encode("utf-8", "surrogatepass")).hexdigest()


def _ordered(value: Any, key: str, depth: int = 0) -> Any:
    """Lists that have no order, put in one; within resources every list has its order."""
    if depth > _DEEPEST or (isinstance(value, Mapping) and "provider_name" in value):
        return value
    if isinstance(value, Mapping):
        return {
            name: _ordered(item, name, depth + 1)
            if name in _UNORDERED or name in _ABOVE_RESOURCES
            else item
            for name, item in value.items()
        }
    if isinstance(value, list) and key in _UNORDERED:
        return sorted((_ordered(item, "", depth + 1) for item in value), key=_compact)
    return value


def looks_like_secret(name: str, text: str) -> bool:
    """Whether a value looks like a secret, by the name of what holds it or by its form.

    Args:
        name: the attribute, variable or key that holds it.
        text: the value.
    """
    return _holds(name, text)


def _compact(data: object) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _known(secrets: Collection[str]) -> tuple[str, ...]:
    forms = {
        form
        for secret in secrets
        if len(secret) >= _SHORTEST_KNOWN
        for form in (secret, json.dumps(secret)[1:-1], json.dumps(json.dumps(secret)[1:-1])[1:-1])
    }
    return tuple(sorted(forms, key=len, reverse=True))


# By structure.


def _without_marked(data: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = dict(data)
    for key in _BLOCKS:
        if isinstance(kept.get(key), list):
            kept[key] = [_entry(entry) for entry in kept[key]]
    if isinstance(kept.get("output_changes"), Mapping):
        kept["output_changes"] = {
            name: _change(change) for name, change in kept["output_changes"].items()
        }
    for key in ("planned_values", "prior_state"):
        if isinstance(kept.get(key), Mapping):
            kept[key] = _values(kept[key])
    configuration = kept.get("configuration")
    if isinstance(configuration, Mapping):
        kept["variables"] = _variables(kept.get("variables"), configuration)
        kept["configuration"] = _configuration(configuration)
    if kept.get("variables") is None:
        kept.pop("variables", None)
    return kept


def _entry(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    return {**entry, "change": _change(entry.get("change"))}


def _change(change: Any) -> Any:
    if not isinstance(change, Mapping):
        return change
    kept = dict(change)
    for side in ("before", "after"):
        if side in kept:
            kept[side] = _masked(kept[side], kept.get(f"{side}_sensitive", False))
    return kept


def _values(part: Any, depth: int = 0) -> Any:
    """State values: resources with ``sensitive_values`` beside ``values``, and outputs."""
    if depth > _DEEPEST:
        return HIDDEN
    if isinstance(part, Mapping):
        kept = {key: _values(value, depth + 1) for key, value in part.items()}
        if "values" in part and "sensitive_values" in part:
            kept["values"] = _masked(part["values"], part["sensitive_values"])
        if part.get("sensitive") is True and "value" in part:
            kept["value"] = HIDDEN
        return kept
    if isinstance(part, list):
        return [_values(item, depth + 1) for item in part]
    return part


def _masked(value: Any, mask: Any, depth: int = 0) -> Any:
    if mask is True or depth > _DEEPEST:
        return None if value is None else HIDDEN
    if isinstance(mask, Mapping) and isinstance(value, Mapping):
        return {key: _masked(item, mask.get(key, False), depth + 1) for key, item in value.items()}
    if isinstance(mask, list) and isinstance(value, list):
        masks = [*mask, *([_any_marked(mask)] * (len(value) - len(mask)))]
        return [_masked(item, masks[at], depth + 1) for at, item in enumerate(value)]
    return value if not _any_marked(mask) else HIDDEN


def _any_marked(mask: Any) -> bool:
    """Whether anything of a mask is marked: where shapes differ, all of it is taken out."""
    pending = [mask]
    while pending:
        each = pending.pop()
        if each is True:
            return True
        if isinstance(each, Mapping):
            pending += each.values()
        elif isinstance(each, list):
            pending += each
    return False


def _variables(variables: Any, configuration: Mapping[str, Any]) -> Any:
    if not isinstance(variables, Mapping):
        return variables
    declared = _mapping(_mapping(configuration.get("root_module")).get("variables"))
    return {
        name: {**value, "value": HIDDEN}
        if isinstance(value, Mapping) and _is_secret_variable(declared.get(name))
        else value
        for name, value in variables.items()
    }


def _is_secret_variable(declared: Any) -> bool:
    found = _mapping(declared)
    return found.get("sensitive") is True or found.get("ephemeral") is True


def _configuration(configuration: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(configuration)
    kept["root_module"] = _module(_mapping(configuration.get("root_module")), 0)
    providers = configuration.get("provider_config")
    if isinstance(providers, Mapping):
        kept["provider_config"] = {
            key: _constants_hidden(config, lambda name: bool(_PROVIDER_SECRETS.fullmatch(name)))
            for key, config in providers.items()
        }
    return kept


def _module(module: Mapping[str, Any], depth: int) -> dict[str, Any]:
    kept = dict(module)
    if depth > _DEEPEST:
        return {}
    if isinstance(module.get("variables"), Mapping):
        kept["variables"] = {
            name: {**each, "default": HIDDEN}
            if isinstance(each, Mapping) and each.get("default") and _is_secret_variable(each)
            else each
            for name, each in module["variables"].items()
        }
    if isinstance(module.get("module_calls"), Mapping):
        kept["module_calls"] = {
            name: _call(_mapping(call), depth) for name, call in module["module_calls"].items()
        }
    return kept


def _call(call: Mapping[str, Any], depth: int) -> dict[str, Any]:
    kept = dict(call)
    inner = _mapping(call.get("module"))
    declared = _mapping(inner.get("variables"))
    if "module" in call:
        kept["module"] = _module(inner, depth + 1)
    if isinstance(call.get("expressions"), Mapping):
        kept["expressions"] = {
            name: _constants_hidden(each, lambda _: True, under=True)
            if _is_secret_variable(declared.get(name))
            else each
            for name, each in call["expressions"].items()
        }
    return kept


def _constants_hidden(
    part: Any, secret: Callable[[str], bool], *, under: bool = False, depth: int = 0
) -> Any:
    if depth > _DEEPEST:
        return HIDDEN
    if isinstance(part, Mapping):
        return {
            key: HIDDEN
            if key == "constant_value" and under and value not in (None, "", {}, [])
            else _constants_hidden(value, secret, under=under or secret(key), depth=depth + 1)
            for key, value in part.items()
        }
    if isinstance(part, list):
        return [_constants_hidden(item, secret, under=under, depth=depth + 1) for item in part]
    return part


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


# By value and by looks.


def _clean(value: Any, name: str, known: Sequence[str], depth: int = 0) -> Any:
    if depth > _DEEPEST:
        return HIDDEN
    if isinstance(value, str):
        return _clean_text(value, name, known)
    if isinstance(value, Mapping):
        return {
            _without_known(str(key), known): _clean(item, _name(key, name), known, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_clean(item, name, known, depth + 1) for item in value]
    return value


def _clean_text(text: str, name: str, known: Sequence[str]) -> str:
    inner = _as_json(text)
    if inner is not None:
        cleaned = _clean(inner, name, known)
        if cleaned != inner:
            text = json.dumps(cleaned, separators=(",", ":"), ensure_ascii=False)
        return _without_known(text, known)
    text = _without_known(text, known)
    if _named_secret(name, text):
        return HIDDEN
    for start, end in reversed(_spans(name, text)):
        text = text[:start] + HIDDEN + text[end:]
    return text


def _without_known(text: str, known: Sequence[str]) -> str:
    for secret in known:
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return text


def _as_json(text: str) -> Any:
    """What a text holds if it is a JSON object or list."""
    if not text.startswith(("{", "[")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _named_secret(name: str, text: str) -> bool:
    return (
        HIDDEN not in text
        and holds_secret(name, text)
        and not _ABOUT.fullmatch(name)
        and not _NO_SECRET.fullmatch(text)
    )


def _spans(name: str, text: str) -> list[tuple[int, int]]:
    """Where secrets stand in a text of whatever length; in order, without overlaps."""
    if _ARN.fullmatch(text):
        return []
    digest = _DIGESTS.fullmatch(name) is not None
    found = sorted(
        (secret.span[0] + at, secret.span[1] + at)
        for at in range(0, max(len(text) - _OVERLAP, 1), _PIECE - _OVERLAP)
        for secret in secrets_in(text[at : at + _PIECE])
        if not (digest and secret.kind == _RANDOM_KIND)
    )
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _holds(name: str, text: str) -> bool:
    inner = _as_json(text)
    if inner is not None:
        return any(_holds(key, each) for _, key, each in _texts(inner))
    return HIDDEN not in text and (_named_secret(name, text) or bool(_spans(name, text)))


def _texts(data: Any) -> Iterator[tuple[str, str, str]]:
    """Every text of a document: its place, the nearest key, and itself."""
    pending: list[tuple[str, str, Any, int]] = [("", "", data, 0)]
    while pending:
        place, name, value, depth = pending.pop()
        if isinstance(value, str):
            yield place, name, value
        elif depth > _DEEPEST:
            continue
        elif isinstance(value, Mapping):
            pending += [
                (f"{place}.{key}" if place else str(key), _name(key, name), item, depth + 1)
                for key, item in reversed(list(value.items()))
            ]
        elif isinstance(value, list):
            pending += [
                (_numbered(place, at, item), name, item, depth + 1)
                for at, item in reversed(list(enumerate(value)))
            ]


def _name(key: object, above: str) -> str:
    """What a value is known by: not that it is a value."""
    return above if key in {"constant_value", "default", "value"} else str(key)


def _numbered(place: str, at: int, item: Any) -> str:
    """A list's place, by the address of what stands there where it has one."""
    if isinstance(item, Mapping) and isinstance(item.get("address"), str):
        return str(item["address"])
    return f"{place}[{at}]"
