"""What a vendor's stand-in is to the embedded AWS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from local_aws.control import Reply


class StandIn(Protocol):
    """One vendor's side of the calls on this machine."""

    @property
    def name(self) -> str:
        """The vendor's key, as in ``/_local/NAME/`` and in aws.json."""

    @property
    def host(self) -> str:
        """``localhost:PORT`` while it runs."""

    @property
    def ca_bundle(self) -> Path:
        """The certificate (PEM) that its clients must trust."""

    @property
    def secrets(self) -> Mapping[str, str]:
        """What it accepts, under the names that a deployment takes it from."""

    def start(self) -> None:
        """Answer requests from now on."""

    def stop(self) -> None:
        """End at once, also requests that wait, and remove what `start` has written."""

    def control(self, method: str, path: str, body: bytes) -> Reply:
        """Serve the control paths below ``/_local/NAME/``."""
