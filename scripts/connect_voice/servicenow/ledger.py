"""The ledger: a JSON line for every write, each bound to the one before by its digest.

A line that is changed, removed or put in between later breaks the chain; one cut off the end does
not, which is why a copy belongs somewhere else too.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from connect_voice.errors import CheckFailed, OutsideError

_FIRST = "0" * 64


@dataclass(frozen=True)
class Ledger:
    """A ledger file."""

    file: Path

    def verify(self) -> int:
        """Follow the chain.

        Returns:
            how many lines there are.

        Raises:
            CheckFailed: it is broken.
        """
        return _follow(self.file, self.file.read_bytes() if self.file.exists() else b"")[0]

    def append(self, record: Mapping[str, str]) -> None:
        """Add a line and see it to the disk.

        Raises:
            CheckFailed: the chain is broken; nothing is added to it.
            OutsideError: it cannot be written; what was there is left as it was.
        """
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered, so that nothing is left to be written when the disk is full.
            with self.file.open("a+b", buffering=0) as file:
                # Two at once would both follow on the same line.
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0)
                text = file.read()
                _, previous = _follow(self.file, text)
                content = {**record, "previous": previous}
                line = json.dumps({**content, "digest": _digest(content)}, sort_keys=True) + "\n"
                try:
                    _write(file, line.encode())
                except OSError:
                    file.truncate(len(text))  # half a line would break the chain
                    raise
        except OSError as error:
            raise OutsideError(
                f"The ledger {self.file} cannot be written ({error.strerror}); make room, or name "
                "another with --ledger."
            ) from None


def _write(file: FileIO, line: bytes) -> None:
    while line:
        line = line[file.write(line) :]
    os.fsync(file.fileno())


def _follow(file: Path, text: bytes) -> tuple[int, str]:
    """The number of lines and the last digest."""
    previous = _FIRST
    lines = text.split(b"\n")
    if lines.pop():
        raise _broken(file, len(lines) + 1)  # cut short
    for number, line in enumerate(lines, 1):
        try:
            content = dict(json.loads(line))
            digest = content.pop("digest")
        except (ValueError, TypeError, KeyError):
            raise _broken(file, number) from None
        if content.get("previous") != previous or digest != _digest(content):
            raise _broken(file, number)
        previous = digest
    return len(lines), previous


def _digest(content: Mapping[str, object]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _broken(file: Path, line: int) -> CheckFailed:
    return CheckFailed(
        f"Line {line} of the ledger {file} does not follow from the one before; find out who "
        "changed it, then put it aside and start a new one."
    )
