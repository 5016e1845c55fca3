"""What an interrupted run made and Terraform cannot adopt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Leftover:
    """An object that exists and that Terraform cannot adopt, so that it must go to be made again.

    Args:
        address: where Terraform would have it.
        type_name: its type, as Cloud Control calls it.
        identifier: its identifier there.
    """

    address: str
    type_name: str
    identifier: str
