"""What a read-only look at an environment found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Args:
        detail: what was found; where not ok, also what to do.
        warning: it works, and somebody should know all the same.
        check: a stable id of what was looked at, such as ``kore.application.permissions``, for
            programs; empty where there is none.
    """

    name: str
    ok: bool
    detail: str
    warning: bool = False
    check: str = ""
