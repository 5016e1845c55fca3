"""Unpacks a deployment package into the folder a worker sees as its task root."""

from __future__ import annotations

import io
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from local_aws.lambda_runtime.spec import BadPackage

# Lambda quotas: "deployment package (.zip file archive) size", unzipped.
UNPACKED_LIMIT = 262_144_000


def unpack(code: bytes, sha256: str, into: Path) -> Path:
    """Unpack a zip once and return its folder, `into`/`sha256`.

    The folder appears complete or not at all, so two servers or threads may ask at once. Files
    are read-only; that the folders are too is the launcher's business, because a folder without
    write permission could not be removed with `rm -rf`.

    Raises:
        BadPackage: not a zip, too large, or an entry that leaves the folder.
    """
    root = into / sha256
    if root.is_dir():
        return root
    into.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{sha256[:12]}-", dir=into))
    try:
        _extract(code, part)
        part.chmod(0o755)
        try:
            part.rename(root)
        except OSError:
            if not root.is_dir():  # somebody else was quicker otherwise
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return root


def check_package(code: bytes) -> None:
    """Refuse what `unpack` would refuse, as far as the zip's directory tells.

    Raises:
        BadPackage: not a zip, too large, or an entry that leaves the folder.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(code)) as package:
            _check(package.infolist())
    except (zipfile.BadZipFile, OSError, EOFError) as fault:
        raise BadPackage(f"Could not unzip the deployment package: {fault}.") from fault


def _check(entries: list[zipfile.ZipInfo]) -> None:
    if sum(entry.file_size for entry in entries) > UNPACKED_LIMIT:
        raise BadPackage(
            f"Unzipped size must be smaller than {UNPACKED_LIMIT} bytes: "
            "leave out what the handler does not import."
        )
    for entry in entries:
        _inside(entry)


def _extract(code: bytes, into: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(code)) as package:
            entries = package.infolist()
            _check(entries)
            for entry in entries:
                target = into / _inside(entry)
                if entry.is_dir():
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                with package.open(entry) as source, target.open("xb") as sink:
                    shutil.copyfileobj(source, sink)
                executable = (entry.external_attr >> 16) & 0o111
                target.chmod(0o555 if executable else 0o444)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as fault:
        raise BadPackage(f"Could not unzip the deployment package: {fault}.") from fault


def _inside(entry: zipfile.ZipInfo) -> PurePosixPath:
    """The entry's relative path, once it is sure to stay below the task root."""
    path = PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or not path.parts:
        raise BadPackage(f"The deployment package has an entry outside itself: {entry.filename!r}.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BadPackage(
            f"The deployment package has a symbolic link, {entry.filename!r}: pack the file itself."
        )
    return path
