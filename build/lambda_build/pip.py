"""Running pip, and saying in one sentence what it could not do."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lambda_build.errors import BuildError, NoWheel, Unavailable

_HASH_MISMATCH: Final = "DO NOT MATCH THE HASHES"
_MISMATCHED_PACKAGE: Final = re.compile(r"^\s{4}(\S+?)==(\S+)", re.MULTILINE)
_NOT_FOUND: Final = re.compile(r"No matching distribution found for (.+?)\s*$", re.MULTILINE)
_DISK: Final = re.compile(
    r"\[Errno \d+\] (No space left on device|Disk quota exceeded|Read-only file system)"
)
_CONFLICT: Final = "ResolutionImpossible"
# pip-tools lets pip's exception through, and its text holds what could not be reconciled.
_DEMAND: Final = re.compile(r"Requirement\('([^']+)'\)")
# pip retries a dead index, warns, and then says that the package has no versions.
_UNREACHABLE: Final = re.compile(
    r"after connection broken by|Could not fetch URL|Could not install packages due to an OSError"
)


def run(arguments: Sequence[str], *, cwd: Path, target: str) -> None:
    """Run ``python <arguments>`` for a pip command and wait for it.

    The user's pip configuration applies, so that mirrors and proxies work as they do elsewhere;
    ``-I`` keeps ``PYTHONPATH`` and the working directory from supplying modules.

    Args:
        arguments: what follows the interpreter, such as ``-m lambda_build.pip_download``.
        cwd: where relative paths start.
        target: the Python and wheels that are wanted, for messages.

    Raises:
        NoWheel: the index has no wheel for the target.
        Unavailable: the index could not be reached, or there is no room on the disk.
        BuildError: pip failed otherwise.
    """
    done = subprocess.run(
        [sys.executable, "-I", *arguments],
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise explain(done.stdout + "\n" + done.stderr, target)


def explain(output: str, target: str) -> BuildError:
    """Turn what pip printed into an error of one sentence."""
    if _HASH_MISMATCH in output:
        after = output[output.index(_HASH_MISMATCH) :]
        match = _MISMATCHED_PACKAGE.search(after)
        package = f"{match[1]} {match[2]}" if match else "a package"
        return BuildError(
            f"The file the package index gives for {package} does not match its hash in the lock: "
            "it was altered or replaced, so nothing was written; find out which of the two is "
            "right before running make lock."
        )
    if match := _DISK.search(output):
        return Unavailable(
            f"pip cannot write what it downloads ({match[1]}): make room where .cache/ and the "
            "system's temporary files are, and try again."
        )
    if _UNREACHABLE.search(output):
        return Unavailable(
            "pip could not reach the package index: check the network and the pip configuration; "
            "what is in .cache/ builds without it."
        )
    if match := _NOT_FOUND.search(output):
        package = " ".join(match[1].split(" (from")[0].split("=="))
        return NoWheel(
            f"There is no wheel of {package} for {target}: choose a version that has one, do "
            "without the package, or see docs/lambda-builds.md for code that must be compiled."
        )
    if _CONFLICT in output:
        demands = " and ".join(dict.fromkeys(_DEMAND.findall(output))) or "somewhere"
        return BuildError(
            f"The requirements contradict each other ({demands}): loosen one or choose other "
            "versions."
        )
    said = _last(output, "ERROR") or _last(output, "") or "it said nothing"
    return BuildError(f"pip failed: {said}.")


def _last(output: str, marker: str) -> str:
    """Return the last line that holds ``marker``, without pip's level and full stop."""
    lines = [line.strip() for line in output.splitlines() if line.strip() and marker in line]
    return lines[-1].removeprefix("ERROR: ").rstrip(".") if lines else ""
