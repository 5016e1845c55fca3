"""The Lambdas of a repository and the files that are theirs.

A Lambda is a folder under ``lambda_src/`` with a ``handler.py`` and a ``requirements.in``. Adding
one is adding such a folder; ``connect_core`` beside them travels with each.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from lambda_build.errors import BuildError
from lambda_build.target import PURE, TARGETS, Target

SOURCES: Final = "lambda_src"
SHARED: Final = "connect_core"
HANDLER: Final = "handler.py"
REQUIREMENTS: Final = "requirements.in"
LOCK: Final = "requirements.txt"

_ARCHITECTURE: Final = re.compile(r"^#\s*architecture:\s*(\S*)\s*$", re.MULTILINE)
# The folder's name is a Python package, a zip and a Terraform key.
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_LEFT_OUT_FOLDERS: Final = frozenset({"__pycache__", "tests", "test"})
_LEFT_OUT_SUFFIXES: Final = frozenset({".pyc", ".pyo", ".pyi"})


@dataclass(frozen=True)
class LambdaSource:
    """A Lambda's folder."""

    name: str
    folder: Path

    @property
    def requirements(self) -> Path:
        """What it asks for: ``requirements.in``."""
        return self.folder / REQUIREMENTS

    @property
    def lock(self) -> Path:
        """What it gets: ``requirements.txt``, with hashes."""
        return self.folder / LOCK

    @property
    def target(self) -> Target:
        """What its zip is for: pure Python, unless ``requirements.in`` names an architecture.

        Raises:
            BuildError: there is no such architecture.
        """
        named = _ARCHITECTURE.findall(self.requirements.read_text(encoding="utf-8"))
        for name in named:
            if name not in TARGETS:
                raise BuildError(
                    f"{self.requirements} names the architecture {name!r}, and the functions run "
                    f"on {' or '.join(sorted(TARGETS))}: name one of these, or none."
                )
        return TARGETS[named[-1]] if named else PURE

    @property
    def handler(self) -> str:
        """The handler as Lambda wants it named."""
        return f"{self.name}.{Path(HANDLER).stem}.handler"


def find(repo: Path) -> tuple[LambdaSource, ...]:
    """Return the Lambdas of ``repo``, by name.

    Raises:
        BuildError: there are none, or a folder is half of one.
    """
    root = repo / SOURCES
    if not root.is_dir():
        raise BuildError(f"{root} does not exist: run this from the repository's own clone.")
    found = []
    for folder in sorted(root.iterdir()):
        if not (folder / HANDLER).is_file():
            continue
        here = f"{SOURCES}/{folder.name}"
        if not _NAME.fullmatch(folder.name) or iskeyword(folder.name) or folder.name == SHARED:
            raise BuildError(
                f"{here} cannot name a Lambda: use lower-case letters, digits and underscores, "
                f"a letter first, no word of Python's own and not {SHARED}."
            )
        if not (folder / REQUIREMENTS).is_file():
            raise BuildError(
                f"{here} has a {HANDLER} but no {REQUIREMENTS}: add one, empty if it needs nothing."
            )
        found.append(LambdaSource(folder.name, folder))
    if not found:
        raise BuildError(
            f"{SOURCES} holds no Lambda: one is a folder with {HANDLER} and {REQUIREMENTS}."
        )
    return tuple(found)


def read(package: Path) -> Mapping[str, bytes]:
    """Return every file of a source package, hidden ones and locks included.

    Keys are paths as they would stand in the zip, ``<package>/…``. Caches of compiled code,
    type stubs and tests are not sources and are left out here already.

    Raises:
        BuildError: a file or the package is a link, which would make the zip depend on what lies
            elsewhere.
    """
    if package.is_symlink():
        raise BuildError(f"{package} is a symbolic link: put the folder itself in its place.")
    files = {}
    for folder, subfolders, names in os.walk(package):
        subfolders[:] = [name for name in subfolders if name not in _LEFT_OUT_FOLDERS]
        for name in (*names, *filter(_is_link(folder), subfolders)):
            if PurePath(name).suffix in _LEFT_OUT_SUFFIXES:
                continue
            path = Path(folder, name)
            if path.is_symlink():
                raise BuildError(
                    f"{path} is a symbolic link: put the file itself into the Lambda's folder."
                )
            files[_utf8(package.name, path.relative_to(package))] = path.read_bytes()
    return files


def belongs_in_zip(path: str) -> bool:
    """Say whether a file of :func:`read` goes into the zip: no hidden files, no requirements."""
    parts = path.split("/")
    hidden = any(part.startswith(".") for part in parts)
    return not hidden and parts[1:] not in ([REQUIREMENTS], [LOCK])


def _utf8(package: str, path: PurePath) -> str:
    """Return a path as zips write it, whatever encoding the locale would read it in."""
    name = PurePosixPath(package, path)
    try:
        return os.fsencode(name).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BuildError(
            f"{name} has a name that is not UTF-8, which a zip cannot hold: rename it."
        ) from error


def _is_link(folder: str) -> Callable[[str], bool]:
    return lambda name: Path(folder, name).is_symlink()
