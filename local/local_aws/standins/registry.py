"""The stand-ins of one embedded AWS: started together, announced together, ended together."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from local_aws.control import Control
from local_aws.standins.served import remove_own
from local_aws.standins.stand_in import StandIn

SECRETS_FILE = "secrets.json"
"""The file in the state directory that says what the stand-ins accept, readable by its owner."""


class StandIns:
    """A list of stand-ins.

    Args:
        members: the stand-ins, under different names.
        state_dir: where the secrets file goes.
    """

    def __init__(self, members: Sequence[StandIn], state_dir: Path) -> None:
        self._members = tuple(members)
        self._secrets_file = state_dir / SECRETS_FILE
        self._written = b""

    def start(self) -> None:
        """Start all of them, or none.

        Raises:
            OSError: there is no free port, or the state directory cannot be written.
        """
        with contextlib.ExitStack() as undo:
            for member in self._members:
                member.start()
                undo.callback(member.stop)
            self._written = _write(self._secrets_file, self._secrets)
            undo.pop_all()

    def stop(self) -> None:
        """Stop all of them and remove the secrets."""
        with contextlib.ExitStack() as ends:
            ends.callback(remove_own, self._secrets_file, self._written)
            for member in self._members:
                ends.callback(member.stop)

    @property
    def announcement(self) -> dict[str, dict[str, str]]:
        """Where they are, by name."""
        return {
            member.name: {"host": member.host, "ca_bundle": str(member.ca_bundle)}
            for member in self._members
        }

    @property
    def controls(self) -> dict[str, Control]:
        """Their control paths, by the first segment."""
        return {member.name: member.control for member in self._members}

    @property
    def _secrets(self) -> dict[str, str]:
        return {key: value for member in self._members for key, value in member.secrets.items()}


def _write(path: Path, content: Mapping[str, str]) -> bytes:
    """Write secrets at one stroke (mode 0600), replacing what an earlier run has left."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    written = json.dumps(content, indent=2).encode()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(written)
    draft.replace(path)
    return written
