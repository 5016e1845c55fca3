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
from pathlib import Path

from connect_voice.errors import CheckFailed

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
        text = self.file.read_text(encoding="utf-8") if self.file.exists() else ""
        return _follow(self.file, text)[0]

    def append(self, record: Mapping[str, str]) -> None:
        """Add a line and see it to the disk.

        Raises:
            CheckFailed: the chain is broken; nothing is added to it.
        """
        self.file.parent.mkdir(parents=True, exist_ok=True)
        # Two at once would both follow on the same line.
        with self.file.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            _, previous = _follow(self.file, file.read())
            content = {**record, "previous": previous}
            line = {**content, "digest": _digest(content)}
            file.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _follow(file: Path, text: str) -> tuple[int, str]:
    """The number of lines and the last digest."""
    previous = _FIRST
    lines = text.splitlines()
    if text and not text.endswith("\n"):
        raise _broken(file, len(lines))
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
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _broken(file: Path, line: int) -> CheckFailed:
    return CheckFailed(
        f"Line {line} of the ledger {file} does not follow from the one before; find out who "
        "changed it, then put it aside and start a new one."
    )
