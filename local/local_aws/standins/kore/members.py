"""Reading a JSON object member by member, as strictly as a contract is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from local_aws.standins.kore.answers import bad

_LONGEST = 8192


class Members:
    """The members of one object; all that are read must be there, and no others may be.

    Args:
        value: what should be an object.
        prefix: what its members begin with in reasons.
        names: of its members.

    Raises:
        RefusedError: it is no object, lacks a member, or has one that is unknown.
    """

    def __init__(self, value: object, prefix: str, names: tuple[str, ...]) -> None:
        if not isinstance(value, dict):
            raise bad(f"{prefix.rstrip('.') or 'The body'} is not an object.")
        self._prefix = prefix
        self._values = cast(Mapping[str, object], value)
        for name in names:
            if name not in self._values:
                raise bad(f"{prefix}{name} is missing.")
        unknown = sorted(self._values.keys() - set(names))
        if unknown:
            raise bad(f"{prefix}{unknown[0][:64]} is not a member that is known.")

    def text(self, name: str, pattern: re.Pattern[str], wanted: str) -> str:
        """A string of a form.

        Args:
            name: of the member.
            pattern: the form.
            wanted: the form in words, for the reason: "a UUID".
        """
        value = self._values[name]
        if not isinstance(value, str):
            raise bad(f"{self._prefix}{name} is not a string.")
        if len(value) > _LONGEST or not pattern.fullmatch(value):
            raise bad(f"{self._prefix}{name} is not {wanted}.")
        return value

    def flag(self, name: str) -> bool:
        """True or false, and no string that says so."""
        value = self._values[name]
        if not isinstance(value, bool):
            raise bad(f"{self._prefix}{name} is not true or false.")
        return value

    def members(self, name: str, names: tuple[str, ...]) -> Members:
        """An object."""
        return Members(self._values[name], f"{self._prefix}{name}.", names)
