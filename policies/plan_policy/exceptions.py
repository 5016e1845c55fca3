"""Waivers and overrides: why a verdict that does not pass does not count, as data with an end."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from plan_policy.plan import Action

__all__ = [
    "EVERYTHING",
    "Override",
    "PolicyError",
    "Waiver",
    "check_environments",
    "overrides_from",
    "waivers_from",
]

EVERYTHING = "*"
PROTECTION = "destroy-protection"
_CHECKOV = re.compile(r"CKV\d*_[A-Z]\w*_\d+")
_CHANGE = re.compile(r"[0-9a-f]{64}")
_DESTROYING = (Action.DELETE, Action.REPLACE, Action.FORGET)


class PolicyError(ValueError):
    """Waivers or overrides are not usable as they stand; the message is one sentence."""


@dataclass(frozen=True)
class Waiver:
    """Lets a rule not count for some resources until a day.

    Args:
        resource: an address in which ``*`` stands for anything, or ``plan`` for a verdict about
            the plan as a whole.
        owner: the role that answers for it, such as ``platform``.
        expires: the last day it counts.
        environments: where it counts; everywhere if empty.
    """

    rule: str
    resource: str
    reason: str
    owner: str
    expires: date
    environments: tuple[str, ...] = ()

    def covers(self, rule: str, address: str) -> bool:
        """Whether it is about this verdict."""
        if rule != self.rule:
            return False
        if not address:
            return self.resource == "plan"
        pattern = ".*".join(re.escape(part) for part in self.resource.split("*"))
        return re.fullmatch(pattern, address, re.DOTALL) is not None

    @property
    def excuse(self) -> str:
        """What stands beside a verdict that it excuses."""
        return f"waived by {self.owner} until {self.expires}: {self.reason}"


@dataclass(frozen=True)
class Override:
    """Lets one change destroy one thing.

    Args:
        change: ``BundleManifest.change`` of the one plan it is for.
        address: the resource, exactly; ``*`` for everything a destroy removes.
        action: delete, replace or forget.
        expires: the last day it counts.
    """

    environment: str
    change: str
    address: str
    action: Action
    owner: str
    reason: str
    expires: date

    @property
    def excuse(self) -> str:
        """What stands beside a verdict that it excuses."""
        return f"overridden by {self.owner} until {self.expires}: {self.reason}"


def waivers_from(text: str, rules: Collection[str]) -> tuple[Waiver, ...]:
    """The waivers of a TOML text, ``[[waiver]]`` by ``[[waiver]]``.

    Args:
        rules: the ids of the rules that can be waived; checkov's can as well.

    Raises:
        PolicyError: it is not TOML, or a waiver lacks something or names no rule.
    """
    waivers = tuple(_waiver(entry, where) for entry, where in _entries(text, "waiver"))
    for waiver in waivers:
        if not set(waiver.resource) - set("*."):
            raise PolicyError(
                f"The waiver of {waiver.rule} in waivers.toml is for everything; name resources."
            )
        if waiver.rule == PROTECTION:
            raise PolicyError(
                f"waivers.toml waives {PROTECTION}, which no waiver can; put an override for the "
                "one change into overrides.toml."
            )
        if waiver.rule not in rules and not _CHECKOV.fullmatch(waiver.rule):
            close = get_close_matches(waiver.rule, rules, n=1)
            hint = f"; did you mean {close[0]}?" if close else "."
            raise PolicyError(f"waivers.toml waives {waiver.rule!r}, which no rule is{hint}")
    return waivers


def overrides_from(text: str) -> tuple[Override, ...]:
    """The overrides of a TOML text, ``[[override]]`` by ``[[override]]``.

    Raises:
        PolicyError: it is not TOML, or an override lacks something.
    """
    return tuple(_override(entry, where) for entry, where in _entries(text, "override"))


def check_environments(named: Collection[str], there: Collection[str], file: str) -> None:
    """Refuse the name of an environment that there is not: what it is for would never count.

    Args:
        there: the names of those that there are; any name will do without.

    Raises:
        PolicyError: there is no environment of a name.
    """
    for name in named:
        if there and name not in there:
            close = get_close_matches(name, there, n=1)
            hint = f"; did you mean {close[0]}?" if close else "."
            raise PolicyError(f"{file} names the environment {name!r}, which does not exist{hint}")


def _entries(text: str, kind: str) -> list[tuple[Mapping[str, Any], str]]:
    file = f"{kind}s.toml"
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{file} is not TOML: {error}.") from None
    _refuse_unknown(data, {kind}, file)
    entries = data.get(kind, [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise PolicyError(f"Write each {kind} in {file} as a table, [[{kind}]].")
    return [(entry, f"{kind} {number} in {file}") for number, entry in enumerate(entries, 1)]


def _waiver(entry: Mapping[str, Any], where: str) -> Waiver:
    _refuse_unknown(entry, {each.name for each in fields(Waiver)}, where)
    environments = entry.get("environments", [])
    if not isinstance(environments, list) or not all(
        isinstance(name, str) for name in environments
    ):
        raise PolicyError(f"Set environments of {where} to a list of names, or leave it out.")
    return Waiver(
        rule=_text(entry, "rule", where),
        resource=_text(entry, "resource", where),
        reason=_text(entry, "reason", where),
        owner=_text(entry, "owner", where),
        expires=_date(entry, "expires", where),
        environments=tuple(environments),
    )


def _override(entry: Mapping[str, Any], where: str) -> Override:
    _refuse_unknown(entry, {each.name for each in fields(Override)}, where)
    change = _text(entry, "change", where)
    if not _CHANGE.fullmatch(change):
        raise PolicyError(
            f"Set change of {where} to the 64 hexadecimal digits that the brief shows."
        )
    action = _text(entry, "action", where)
    if action not in _DESTROYING:
        raise PolicyError(f"Set action of {where} to delete, replace or forget; it is {action!r}.")
    return Override(
        environment=_text(entry, "environment", where),
        change=change,
        address=_text(entry, "address", where),
        action=Action(action),
        owner=_text(entry, "owner", where),
        reason=_text(entry, "reason", where),
        expires=_date(entry, "expires", where),
    )


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise PolicyError(f"Give {where} a {key}, as text.")
    return value


def _date(entry: Mapping[str, Any], key: str, where: str) -> date:
    value = entry.get(key)
    if not isinstance(value, date) or isinstance(value, datetime):
        raise PolicyError(f"Set {key} of {where} to a day such as 2030-01-31, without quotes.")
    return value


def _refuse_unknown(data: Mapping[str, Any], known: Collection[str], where: str) -> None:
    for key in data.keys() - set(known):
        close = get_close_matches(key, known, n=1)
        hint = f"; did you mean {close[0]}?" if close else "."
        raise PolicyError(f"There is an unknown key {key!r} in {where}{hint}")
