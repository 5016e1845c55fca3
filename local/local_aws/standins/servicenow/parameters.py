"""What a request to the Table API or the Aggregate API asks for, from its query string."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs

# ServiceNow's documented default of sysparm_limit.
_DEFAULT_LIMIT = 10_000

Display = Literal["false", "true", "all"]


@dataclass(frozen=True)
class Parameters:
    """The parameters that are understood; others are ignored, as ServiceNow ignores them.

    Args:
        sent: all of them.
    """

    sent: Mapping[str, str]

    @property
    def query(self) -> str:
        """The encoded query."""
        return self.sent.get("sysparm_query", "")

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are wanted; none means all."""
        return self.names("sysparm_fields")

    @property
    def limit(self) -> int:
        """How many records at most."""
        return _number(self.sent.get("sysparm_limit"), _DEFAULT_LIMIT)

    @property
    def offset(self) -> int:
        """How many to leave out first."""
        return _number(self.sent.get("sysparm_offset"), 0)

    @property
    def display(self) -> Display:
        """Whether values are wanted, what people see of them, or both."""
        asked = self.sent.get("sysparm_display_value")
        if asked == "all":
            return "all"
        return "true" if asked == "true" else "false"

    @property
    def plain(self) -> bool:
        """Whether references come without a link."""
        return self.flag("sysparm_exclude_reference_link")

    def flag(self, name: str) -> bool:
        """Whether something is wanted."""
        return self.sent.get(name) == "true"

    def names(self, name: str) -> tuple[str, ...]:
        """A list of names, separated by commas."""
        parts = (part.strip() for part in self.sent.get(name, "").split(","))
        return tuple(part for part in parts if part)


def parse(query: str) -> Parameters:
    """Read a query string; as in a servlet container, the first of several values counts."""
    sent = parse_qs(query, keep_blank_values=True)
    return Parameters({name: values[0] for name, values in sent.items()})


def _number(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else default
