"""The state directory: who owns it, and the file that says where the embedded AWS is."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO


class StateDirTakenError(Exception):
    """Another embedded AWS owns the directory; the text says which."""


@dataclass(frozen=True)
class StateDir:
    """A directory this process owns until it ends, however it ends.

    Args:
        path: the directory.
        lock: the open lock file; the kernel drops the lock with the process.
        inode: tells the directory from another one made in its place.
    """

    path: Path
    lock: IO[str]
    inode: int

    @classmethod
    def take(cls, path: Path) -> StateDir:
        """Own a directory, made if need be for this user's eyes only.

        Raises:
            StateDirTakenError: a live process owns it.
            OSError: it cannot be made or written.
        """
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = path.resolve()
        lock = (path / "aws.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise StateDirTakenError(
                f"Another embedded AWS{_owner(path)} owns {path}: stop it, or use another folder."
            ) from error
        (path / "aws.json").unlink(missing_ok=True)  # a killed predecessor's
        (path / "logs").mkdir(mode=0o700, exist_ok=True)
        return cls(path=path, lock=lock, inode=path.stat().st_ino)

    @property
    def log_file(self) -> Path:
        """Where the log goes."""
        return self.path / "logs" / "aws.log"

    def exists(self) -> bool:
        """Tell whether the directory is still the one that was taken."""
        try:
            return self.path.stat().st_ino == self.inode
        except OSError:
            return False

    def announce(self, document: Mapping[str, object]) -> None:
        """Write aws.json at one stroke, readable by this user alone."""
        draft = self.path / f".aws.json.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(document, file, indent=2)
        draft.replace(self.path / "aws.json")

    def withdraw(self) -> None:
        """Remove aws.json, before anything stops answering."""
        if self.exists():
            (self.path / "aws.json").unlink(missing_ok=True)

    def release(self) -> None:
        """Give the directory up."""
        self.lock.close()


def _owner(path: Path) -> str:
    try:
        pid = json.loads((path / "aws.json").read_text())["pid"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return f" (process {pid})"
