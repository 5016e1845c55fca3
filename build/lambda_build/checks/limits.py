"""How large a Lambda may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Limits:
    """What Lambda takes, in bytes.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """

    zipped: int = 50 * 1024 * 1024
    unpacked: int = 250 * 1024 * 1024


LAMBDA: Final = Limits()
