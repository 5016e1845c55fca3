"""This machine and this process, so that a later run on it can tell whether a run still lives."""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import uuid
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def host() -> str:
    """What this machine is called."""
    return socket.gethostname()


def machine() -> str:
    """The same for all processes that see each other's numbers, until the next start.

    Containers share a kernel and often a host name, and yet not their process numbers.
    """
    parts = [host()]
    try:
        parts.append((_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
        parts.append(str((_PROC / "self/ns/pid").readlink()))
    except OSError:  # no Linux, and so no containers either
        parts.append(f"{uuid.getnode():x}")
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def started(pid: int) -> str:
    """When a process started, in the system's own words; empty where there is none.

    Numbers of processes are used again, their starts are not.
    """
    if (_PROC / "self/stat").exists():
        try:
            told = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        fields = told.rpartition(")")[2].split()  # man 5 proc: the name in brackets may have spaces
        return "" if fields[0] in {"Z", "X"} else fields[19]
    with suppress(OSError, subprocess.TimeoutExpired):
        return subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)],  # noqa: S607 (wherever the system has it)
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        ).stdout.strip()
    return ""


def this_process() -> dict[str, str | int]:
    """What :func:`lives` wants to know."""
    pid = os.getpid()
    return {"machine": machine(), "process": pid, "process_started": started(pid)}


def lives(told: dict[str, object]) -> bool | None:
    """Whether a process lives; None where that cannot be told from here.

    Args:
        told: what :func:`this_process` gave it.
    """
    if told.get("machine") != machine() or not told.get("process_started"):
        return None
    pid = told.get("process")
    return isinstance(pid, int) and started(pid) == told["process_started"]
