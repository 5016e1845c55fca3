"""The private tree that a plan is made in and applied in.

Terraform reads flow templates and zips when it plans and again when it applies, and rules read the
configuration. A copy that nobody else writes to is the same every time; what was hashed is what
was planned.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from connect_voice.errors import CheckFailed, OutsideError
from lambda_build import Manifest

_CHUNK = 2**20
_LOCK_FILE = "terraform/.terraform.lock.hcl"


@dataclass(frozen=True)
class Sources:
    """Where the files of a tree come from: the checkout, or for flows and Lambdas an older bundle.

    Args:
        terraform: a root module.
        flows: flow templates, a folder a vendor.
        built: what was built, and with it the zips.
    """

    terraform: Path
    flows: Path
    built: Manifest

    def files(self) -> Iterator[tuple[str, Path]]:
        """Every file by its path in the tree."""
        for pattern in ("*.tf", ".terraform.lock.hcl", "modules/**/*"):
            for path in sorted(self.terraform.glob(pattern)):
                if path.is_file():
                    yield f"terraform/{path.relative_to(self.terraform).as_posix()}", path
        for path in sorted(self.flows.glob("*/*.json")):
            yield f"flows/{path.relative_to(self.flows).as_posix()}", path
        yield f"dist/{self.built.path.name}", self.built.path
        for artifact in self.built:
            yield f"dist/{artifact.zip.name}", artifact.zip


@dataclass(frozen=True)
class Tree:
    """A private copy of all that Terraform reads.

    Args:
        files: SHA-256 of each by its path in the tree.
        lambdas: SHA-256 of each Lambda's zip by the Lambda's name.
    """

    folder: Path
    files: Mapping[str, str] = field(repr=False)
    lambdas: Mapping[str, str]

    @property
    def root(self) -> Path:
        """The root module in it."""
        return self.folder / "terraform"

    @property
    def lock_file(self) -> str:
        """SHA-256 of the provider lock file."""
        return self.files[_LOCK_FILE]

    def flow_templates(self) -> dict[str, str]:
        """The text of every flow template by its path in the tree."""
        return {
            path: (self.folder / path).read_text(encoding="utf-8")
            for path in self.files
            if path.startswith("flows/")
        }


@contextmanager
def private_folder(folder: Path) -> Iterator[Path]:
    """An empty folder of the owner's alone, gone afterwards; what a killed run left goes first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def assemble(sources: Sources, folder: Path) -> Tree:
    """Copy a tree, hashing what is copied.

    Raises:
        CheckFailed: the lock file is missing, or a zip is not the one that was built.
        OutsideError: a file cannot be read, or there is no room.
    """
    files = {path: copy_hashed(source, folder / path) for path, source in sources.files()}
    if _LOCK_FILE not in files:
        raise CheckFailed(
            f"{_LOCK_FILE} is missing, and with it the providers' checksums; restore it from git."
        )
    lambdas = {one.name: files[f"dist/{one.zip.name}"] for one in sources.built}
    for artifact in sources.built:
        if lambdas[artifact.name] != artifact.sha256:
            raise CheckFailed(
                f"{artifact.zip.name} is not what the build made ({artifact.zip}); run make build."
            )
    return Tree(folder, files, lambdas)


def copy_hashed(source: Path, target: Path) -> str:
    """Copy one regular file for its owner alone, and return the SHA-256 of what was written.

    Raises:
        CheckFailed: it is a link, a folder or a device.
        OutsideError: it cannot be read or written.
    """
    digest = hashlib.sha256()
    try:
        _make_private(target.parent)
        # Opened once and never by name again: what is hashed is what is copied.
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as reader:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise CheckFailed(f"{source} is not a regular file; put one in its place.")
            written = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(written, "wb") as writer:
                while chunk := reader.read(_CHUNK):
                    digest.update(chunk)
                    writer.write(chunk)
    except OSError as error:
        if source.is_symlink():
            raise CheckFailed(f"{source} is a link; put a regular file in its place.") from None
        raise OutsideError(f"{source} cannot be copied: {error.strerror or error}.") from None
    return digest.hexdigest()


def write_private(file: Path, text: str) -> Path:
    """Write a new file that only its owner may read, and return it."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    return file


def _make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, each for the owner alone."""
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700)


def listed(folder: Path) -> Iterator[str]:
    """Every file and link below a folder, by its path in it."""
    for parent, folders, names in os.walk(folder):
        for name in (*names, *(one for one in folders if Path(parent, one).is_symlink())):
            yield PurePosixPath(Path(parent, name).relative_to(folder)).as_posix()
