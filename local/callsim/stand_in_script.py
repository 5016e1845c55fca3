"""Which keys a stand-in's script can have, so that a typing mistake in a scenario is not silent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _status(value: object) -> bool:
    return _whole(value) and isinstance(value, int) and 100 <= value <= 599  # noqa: PLR2004


def _text(value: object) -> bool:
    return isinstance(value, str)


def _text_or_null(value: object) -> bool:
    return value is None or isinstance(value, str)


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _token_format(value: object) -> bool:
    return value in {"jwt", "opaque"}


_Check = tuple[Callable[[object], bool], str]
_NUMBER: _Check = (_number, "a number that is not negative")
_WHOLE: _Check = (_whole, "a whole number that is not negative")
_TEXT: _Check = (_text, "text")
_TEXT_OR_NULL: _Check = (_text_or_null, "text or null")

# What every endpoint of a stand-in can be told: `times` limits the script to its first requests.
_ANY: Mapping[str, _Check] = {
    "status": (_status, "an HTTP status"),
    "delay_seconds": _NUMBER,
    "times": _WHOLE,
}

_SCRIPTS: Mapping[str, Mapping[str, Mapping[str, _Check]]] = {
    "servicenow": {
        "oauth": {
            **_ANY,
            "expires_in": _WHOLE,
            "token_format": (_token_format, "jwt or opaque"),
        },
        "call_context": {**_ANY, "dnis": _TEXT_OR_NULL, "tracing_id": _TEXT},
        "interaction_context": {
            **_ANY,
            "available_after_seconds": _NUMBER,
            "transfer_reason": _TEXT_OR_NULL,
            "interaction_id": _TEXT,
            "present": (_flag, "true or false"),
        },
    }
}

VENDORS = tuple(_SCRIPTS)


def problem(vendor: str, script: object) -> str | None:
    """What is wrong with a vendor's script, beginning with the place, or None."""
    if not isinstance(script, Mapping):
        return f"{vendor} must be keys and values."
    endpoints = _SCRIPTS[vendor]
    for endpoint, answer in script.items():
        place = f"{vendor}.{endpoint}"
        if endpoint not in endpoints:
            return _unknown(place, str(endpoint), tuple(endpoints))
        if not isinstance(answer, Mapping):
            return f"{place} must be keys and values."
        known = endpoints[endpoint]
        for key, value in answer.items():
            if key not in known:
                return _unknown(f"{place}.{key}", str(key), tuple(known))
            check, wanted = known[key]
            if not check(value):
                return f"{place}.{key} must be {wanted}."
    return None


def _unknown(place: str, key: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}."
    return f"{place} is an unknown key; {hint}"
