"""What a read-only look at an environment found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Args:
        detail: what was found; where not ok, also what to do.
        warning: it works, and somebody should know all the same.
    """

    name: str
    ok: bool
    detail: str
    warning: bool = False
