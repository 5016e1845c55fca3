"""Advisories from a file at hand: no network, the same answer every time."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lambda_build.audit.advisory import ECOSYSTEM, Advisory, parse
from lambda_build.errors import BuildError
from lambda_build.lockfile import Pin, canonical

# Most of a database is about other packages, and a look is cheaper than parsing.
_MARK = ECOSYSTEM.encode()


@dataclass(frozen=True)
class Database:
    """A database in the OSV format: a ``.json`` file, a folder of them or a ``.zip`` of them.

    OSV publishes its whole one for PyPI at
    https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip.
    """

    path: Path

    def about(self, pins: Iterable[Pin]) -> tuple[Advisory, ...]:
        """Return the advisories about packages by these names, whatever the version.

        Raises:
            BuildError: the database cannot be read, or holds no advisory at all.
        """
        names = {canonical(pin.name) for pin in pins}
        found, seen = [], 0
        try:
            for text in self._texts():
                document = json.loads(text)
                for one in document if isinstance(document, list) else [document]:
                    advisory = parse(one)
                    seen += 1
                    if advisory and any(part.name in names for part in advisory.affected):
                        found.append(advisory)
        except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError) as error:
            raise BuildError(
                f"{self.path} is not an advisory database in the OSV format "
                f"({type(error).__name__}: {error}): give a .json file, a folder or a .zip of them."
            ) from error
        if not seen:
            raise BuildError(
                f"{self.path} holds no advisory about {ECOSYSTEM}: give a database that does, for "
                "an empty one finds nothing."
            )
        return tuple(found)

    def _texts(self) -> Iterator[bytes]:
        if self.path.is_dir():
            texts: Iterable[bytes] = (file.read_bytes() for file in self.path.rglob("*.json"))
            yield from (text for text in texts if _MARK in text)
        elif zipfile.is_zipfile(self.path):
            with zipfile.ZipFile(self.path) as archive:
                for name in archive.namelist():
                    text = archive.read(name) if name.endswith(".json") else b""
                    if _MARK in text:
                        yield text
        else:
            text = self.path.read_bytes()
            yield text if _MARK in text else b"[]"
