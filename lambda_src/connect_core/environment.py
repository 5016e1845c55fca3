"""Reading a function's environment variables."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from connect_core.fault import Fault

_PARAMETER_PATH = re.compile(r"(?:/[A-Za-z0-9_.-]+)+")


def required(environment: Mapping[str, str], *names: str) -> Mapping[str, str]:
    """The values of variables that must be there, trimmed.

    Raises:
        Fault: CONFIG_MISSING, about the first that is not.
    """
    given = {name: environment.get(name, "").strip() for name in names}
    for name in names:
        if not given[name]:
            raise Fault("CONFIG_MISSING", retryable=False, about=name)
    return given


@contextmanager
def about(variable: str) -> Iterator[None]:
    """Turn a ValueError inside into the fault CONFIG_INVALID about that variable."""
    try:
        yield
    except ValueError:
        raise Fault("CONFIG_INVALID", retryable=False, about=variable) from None


def matching(pattern: re.Pattern[str], text: str) -> str:
    """The text, if it has the form.

    Raises:
        ValueError: It has not.
    """
    if not pattern.fullmatch(text):
        raise ValueError("a setting has another form")
    return text


def parameter_path(text: str) -> str:
    """The path below which a function's parameters are, without a slash at the end.

    Raises:
        ValueError: It is no path in Parameter Store.
    """
    return matching(_PARAMETER_PATH, text.rstrip("/"))


def seconds(text: str, least: int, most: int) -> int:
    """A whole number of seconds within limits.

    Raises:
        ValueError: It is none.
    """
    if not (text.isascii() and text.isdigit()) or not least <= int(text[:9]) <= most:
        raise ValueError("a number of seconds is out of its limits")
    return int(text)
