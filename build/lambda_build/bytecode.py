"""Bytecode beside the sources: what Lambda would otherwise compile anew at every cold start.

Lambda unpacks a zip to a read-only folder, so Python cannot keep there what it compiles. A Python
of another minor version ignores these files and reads the sources.
"""

from __future__ import annotations

import errno
import math
import os
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

from lambda_build import archive, target
from lambda_build.archive import Member
from lambda_build.errors import BuildError
from lambda_build.interpreter import Interpreter

_CHILD: Final = Path(__file__).with_name("compile_sources.py")
_TAG: Final = f"cpython-{target.PYTHON.replace('.', '')}"
_PASSING: Final = frozenset({errno.EAGAIN, errno.EFAULT, errno.ENOMEM})
"""What starting a process fails with while a machine is short of memory or of processes."""
_PAUSE: Final = 0.2  # seconds before a second attempt
_WORTH_A_PROCESS: Final = 100  # sources; starting Python costs about as much as compiling these


@dataclass(frozen=True)
class NotPython:
    """Why a source could not be compiled, as the end of a sentence."""

    why: str


Source = tuple[str, bytes]
"""A path in the zip, and what is there."""


def is_module(path: str) -> bool:
    """Say whether a file can be imported by its path: all that bytecode is good for."""
    return path.endswith(".py") and all(
        part.isidentifier() for part in path.removesuffix(".py").split("/")
    )


def is_compiled(path: str) -> bool:
    """Say whether a file of a zip is bytecode; what else is called so is left out of zips."""
    return path.startswith("__pycache__/") or "/__pycache__/" in path


def name_of(path: str) -> str:
    """Return where the bytecode of the source at ``path`` belongs (PEP 3147)."""
    folder, _, name = path.rpartition("/")
    cached = f"__pycache__/{name.removesuffix('.py')}.{_TAG}.pyc"
    return f"{folder}/{cached}" if folder else cached


class Compilation:
    """Compiles in the background; a context, so that no process outlives it.

    How the work is spread over processes does not show in its results.

    Args:
        interpreter: what compiles; without one, nothing has bytecode.
    """

    def __init__(self, interpreter: Interpreter | None) -> None:
        self._interpreter = interpreter
        self._workers = os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._workers)
        self._known: dict[Source, Member | NotPython] = {}
        self._wanted: dict[Source, None] = {}
        self._running: list[Future[dict[Source, Member | NotPython]]] = []

    def __enter__(self) -> Compilation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def want(self, path: str, source: bytes) -> None:
        """Ask for the bytecode of a source; what is no module has none."""
        if self._interpreter is not None and (path, source) not in self._known and is_module(path):
            self._wanted[path, source] = None

    def know(self, path: str, source: bytes, compiled: Member) -> None:
        """Take bytecode that this interpreter made of this source before."""
        self._known[path, source] = compiled

    def start(self) -> None:
        """Begin to compile everything that is wanted."""
        # The largest first and then in turn, so that all processes end at about the same time.
        sources = sorted(self._wanted, key=lambda source: -len(source[1]))
        self._wanted.clear()
        processes = min(self._workers, math.ceil(len(sources) / _WORTH_A_PROCESS))
        for first in range(processes):
            self._running.append(self._pool.submit(self._compile, sources[first::processes]))

    def result(self, path: str, source: bytes) -> Member | NotPython | None:
        """Wait for the bytecode of a source, compressed; nothing if it is not to have any.

        Raises:
            BuildError: the interpreter failed.
        """
        while self._running:
            self._known |= self._running.pop().result()
        return self._known.get((path, source))

    def _compile(self, sources: Sequence[Source]) -> dict[Source, Member | NotPython]:
        assert self._interpreter is not None  # noqa: S101 - else nothing is wanted
        header = "".join(f"{len(source)} {path}\n" for path, source in sources)
        done = _run(
            self._interpreter.path,
            f"{header}\n".encode() + b"".join(source for _, source in sources),
        )
        lines, _, rest = done.stdout.partition(b"\n\n")
        if done.returncode or not lines:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise BuildError(
                f"{self._interpreter.path} could not compile ({said[-1] if said else 'it died'}): "
                "mend or remove it, and build again."
            )
        results: dict[Source, Member | NotPython] = {}
        start = 0
        for key, answer in zip(sources, lines.decode().split("\n"), strict=True):
            if answer.startswith("-"):
                results[key] = NotPython(answer[1:])
            else:
                end = start + int(answer)
                results[key] = archive.compress(name_of(key[0]), rest[start:end])
                start = end
        return results


def _run(python: Path, said: bytes, *, again: bool = True) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            [python, "-I", "-S", "-B", _CHILD], input=said, check=False, capture_output=True
        )
    except OSError as error:
        if again and error.errno in _PASSING:
            time.sleep(_PAUSE)
            return _run(python, said, again=False)
        raise BuildError(
            f"{python} cannot be started ({error.strerror}): mend or remove it, and build again."
        ) from error
