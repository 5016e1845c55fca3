"""Wheels by their hashes: a cache in the repository, filled by pip.

Every path to a wheel ends in the same comparison with the lock: what pip downloads is hashed
again here, and so is what the cache returns.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lambda_build import pip
from lambda_build.errors import BuildError, NoWheel
from lambda_build.lockfile import Pin, canonical
from lambda_build.target import Target

_SCRATCH: Final = "scratch-"


class WheelCache:
    """Wheels under ``<repo>/.cache/wheels``, each stored under its SHA-256.

    Everything but :meth:`get` needs :meth:`alone`.
    """

    def __init__(self, repo: Path) -> None:
        self.root = repo.resolve() / ".cache"  # pip runs elsewhere
        self._wheels = self.root / "wheels"

    def get(self, pin: Pin) -> tuple[str, bytes] | None:
        """Return the digest and the bytes of the wheel for ``pin``, if the cache has it.

        A file that is not what its name says counts as absent and is fetched again.
        """
        for digest in pin.hashes:
            try:
                content = self._path(digest).read_bytes()
            except OSError:
                continue
            if hashlib.sha256(content).hexdigest() == digest:
                return digest, content
        return None

    def missing(self, pins: Iterable[Pin]) -> tuple[Pin, ...]:
        """Return the pins that :meth:`fetch` would download, each once."""
        return tuple(dict.fromkeys(pin for pin in pins if self.get(pin) is None))

    def fetch(self, pins: Iterable[Pin], target: Target) -> Mapping[str, str]:
        """Download wheels for ``pins``; all of them or, on an error, none.

        Returns:
            the digest of each wheel, by its package's canonical name.

        Raises:
            NoWheel: there is no wheel for the target.
            BuildError: a wheel does not match the lock, or the index cannot be reached.
        """
        digests: dict[str, str] = {}
        self._wheels.mkdir(parents=True, exist_ok=True)
        with self.scratch() as folder:
            for number, wave in enumerate(_waves(pins)):
                digests |= self._download(wave, target, folder / str(number))
            for wheel in sorted(folder.glob("*/wheels/*.whl")):
                digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
                wheel.replace(self._path(digest))
        return digests

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody else fills or reads this cache, and keep others out meanwhile.

        The lock is on the folder itself and ends with the process, however that ends. What a
        killed process left half done is removed.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            for leftover in self.root.glob(f"{_SCRATCH}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Give a folder in the cache for the time of the context."""
        folder = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=self.root))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _path(self, digest: str) -> Path:
        return self._wheels / f"{digest}.whl"

    def _download(self, pins: Iterable[Pin], target: Target, folder: Path) -> Mapping[str, str]:
        destination = folder / "wheels"
        destination.mkdir(parents=True)
        listing = folder / "wanted.txt"
        wanted = {canonical(pin.name): pin for pin in pins}
        listing.write_text("".join(f"{pin.line}\n" for pin in wanted.values()))
        pip.run(
            [
                *("-m", "lambda_build.pip_download", "--no-deps", "--require-hashes"),
                *target.pip_arguments,
                *("--no-input", "--disable-pip-version-check", "--progress-bar=off", "--quiet"),
                *("--dest", str(destination), "--requirement", str(listing)),
            ],
            cwd=folder,
            target=target.description,
        )
        digests = {}
        for wheel in sorted(destination.iterdir()):
            pin = wanted.pop(canonical(wheel.name.split("-")[0]), None)
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            if pin is None or digest not in pin.hashes or wheel.suffix != ".whl":
                raise BuildError(
                    f"{wheel.name}, which pip downloaded, does not match its hash in the lock: "
                    "nothing was written."
                )
            digests[canonical(pin.name)] = digest
        if wanted:
            names = ", ".join(str(pin) for pin in wanted.values())
            raise NoWheel(
                f"There is no wheel of {names} for {target.description}: choose another version, "
                "or do without the package."
            )
        return digests


def _waves(pins: Iterable[Pin]) -> Iterator[list[Pin]]:
    """Split pins so that no package is twice in one pip run: two Lambdas may lock two versions."""
    left = list(pins)
    while left:
        wave: dict[str, Pin] = {}
        for pin in left:
            wave.setdefault(canonical(pin.name), pin)
        yield list(wave.values())
        left = [pin for pin in left if wave[canonical(pin.name)] != pin]
