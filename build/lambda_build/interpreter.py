"""The Python that makes bytecode: one of the Lambdas' minor version, found on this machine.

Nothing is downloaded (docs/decisions/0012-bytecode.md). Looked at are the environment the Lambdas
run in locally, ``PATH``, and the folders in which version managers keep what ``PATH`` may not name.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lambda_build import target
from lambda_build.errors import BuildError

ANY: Final = "any"
NONE: Final = "none"
_POLICY: Final = re.compile(rf"{ANY}|{NONE}|{re.escape(target.PYTHON)}(\.\d+)?")

# Every final release of CPython 3.13 reads and writes this bytecode
# (https://github.com/python/cpython/blob/3.13/Lib/importlib/_bootstrap_external.py).
MAGIC: Final = (3571).to_bytes(2, "little") + b"\r\n"

_PROBE: Final = (
    "import importlib.util, sys; "
    "print('%d.%d.%d' % sys.version_info[:3], sys.version_info[3], "
    "sys.implementation.name, importlib.util.MAGIC_NUMBER.hex())"
)
_NAME: Final = f"python{target.PYTHON}"
# pyenv; asdf and mise; uv
_MANAGED: Final = tuple(
    f"{folder}{target.PYTHON}.*/bin/{_NAME}"
    for folder in ("versions/", "installs/python/", "cpython-")
)
_ROOTS: Final = (".pyenv", ".asdf", ".local/share/mise", ".local/share/uv/python")


@dataclass(frozen=True)
class Interpreter:
    """A CPython of the Lambdas' minor version.

    Attributes:
        path: its executable, links resolved.
        version: all three numbers. The third matters: a bug fix may change what is compiled.
    """

    path: Path
    version: str


def find(repo: Path, policy: str) -> Interpreter | None:
    """Return the interpreter to compile with, or nothing for a zip of sources alone.

    Args:
        repo: the clone; ``.cache/`` in it remembers versions, so that none is asked for twice.
        policy: ``any`` for one if there is one, ``none``, a minor version that must be there
            (``3.13``), or a full version that must be there (``3.13.7``).

    Raises:
        BuildError: the policy is none of these, or what it demands is not there.
    """
    if not _POLICY.fullmatch(policy):
        raise BuildError(
            f"Bytecode {policy!r} is not something this builds: ask for {ANY}, {NONE}, "
            f"{target.PYTHON} or a full version such as {target.PYTHON}.1."
        )
    if policy == NONE:
        return None
    known = _Known(repo.resolve() / ".cache" / "interpreters.json")
    for path in _candidates(repo):
        version = known.version(path)
        if version is not None and policy in {ANY, target.PYTHON, version}:
            return Interpreter(path, version)
    if policy == ANY:
        return None
    raise BuildError(
        f"Bytecode of Python {policy} is required and no such Python was found: install it, put "
        f"{_NAME} on PATH, and build again."
    )


def _candidates(repo: Path) -> Iterator[Path]:
    """Yield executables to try, each once, links resolved; the best first."""
    seen = set()
    for path in _places(repo):
        with suppress(OSError):
            real = path.resolve(strict=True)
            # A version manager's stand-in runs whatever Python the working directory asks for.
            if real not in seen and real.name.startswith("python") and not _is_script(real):
                seen.add(real)
                yield real


def _places(repo: Path) -> Iterator[Path]:
    yield repo / ".venv-lambda" / "bin" / "python"
    folders = [Path(folder) for folder in os.get_exec_path() if Path(folder).is_absolute()]
    yield from (folder / _NAME for folder in folders)
    roots = [folder.parent for folder in folders if folder.name == "shims"]
    home = _home()
    if home is not None:
        roots += [home / root for root in _ROOTS]
    for root in roots:
        found = [path for pattern in _MANAGED for path in root.glob(pattern)]
        yield from sorted(found, key=_numbers, reverse=True)


def _home() -> Path | None:
    """Return the user's own folder as the system knows it: HOME must not change what is built."""
    import pwd  # noqa: PLC0415 - slow, and not needed when the repository has its environment

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:  # a container's user without a name
        return None


def _numbers(path: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", path.parents[1].name)[:3])


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"#!"


class _Known:
    """Versions of executables, remembered for as long as these stay as they are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._versions: dict[str, str] = {}
        with suppress(OSError, ValueError):
            stored = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(stored, Mapping):
                self._versions = {str(key): str(value) for key, value in stored.items()}

    def version(self, path: Path) -> str | None:
        """Return the version of a usable interpreter; nothing for any other file."""
        stat = path.stat()
        key = f"{path} {stat.st_size} {stat.st_mtime_ns} {stat.st_ino}"
        if key not in self._versions:
            self._versions[key] = _ask(path)
            self._store()
        return self._versions[key] or None

    def _store(self) -> None:
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with suppress(OSError):  # it only saves time
            self._path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(self._versions), encoding="utf-8")
            beside.replace(self._path)


def _ask(path: Path) -> str:
    """Return the version of an executable if it is a final CPython of the right minor version."""
    import subprocess  # noqa: PLC0415 - slow, and seldom needed

    try:
        done = subprocess.run(
            [path, "-I", "-S", "-c", _PROBE],
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=30,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    version, *rest = [*done.stdout.split(), ""]
    right = version.startswith(f"{target.PYTHON}.") and rest[:3] == [
        "final",
        "cpython",
        MAGIC.hex(),
    ]
    return version if right and done.returncode == 0 else ""
