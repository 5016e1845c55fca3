"""Reading settings that stand as a JSON object in Parameter Store."""

import re
from collections.abc import Mapping

from connect_core.fault import Fault


def text(settings: Mapping[str, object], name: str, pattern: re.Pattern[str]) -> str:
    """A setting that is a text of a certain form.

    Raises:
        Fault: SETTINGS_INVALID, about the setting's name.
    """
    value = settings.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise invalid(name)
    return value


def switch(settings: Mapping[str, object], name: str) -> bool:
    """A setting that is true or false.

    Raises:
        Fault: SETTINGS_INVALID, about the setting's name.
    """
    value = settings.get(name)
    if not isinstance(value, bool):
        raise invalid(name)
    return value


def invalid(name: str) -> Fault:
    """The fault of a setting that cannot be used."""
    return Fault("SETTINGS_INVALID", retryable=False, about=name)
