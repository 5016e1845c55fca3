"""A small repository, small wheels and a package index, all made by the test itself."""

from __future__ import annotations

import hashlib
import shutil
import textwrap
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lambda_build import Manifest, build, lockfile
from lambda_build.sources import LambdaSource

HANDLER = """
def handler(event, context):
    return {"status": "ok"}
"""


@dataclass(frozen=True)
class Wheel:
    """A wheel on disk."""

    name: str
    version: str
    path: Path

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


@dataclass
class Index:
    """A package index in the simple layout, at a file:// address."""

    root: Path
    wheels: list[Wheel] = field(default_factory=list)

    @property
    def url(self) -> str:
        return (self.root / "simple").as_uri()

    def add(
        self,
        name: str,
        version: str,
        files: Mapping[str, str | bytes] | None = None,
        *,
        requires: tuple[str, ...] = (),
        metadata: tuple[str, ...] = (),
        tag: str = "py3-none-any",
        says: str | None = None,
    ) -> Wheel:
        folder = self.root / "files"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}-{version}-{tag}.whl"
        info = f"{name}-{version}.dist-info"
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata]
        lines += [f"Requires-Dist: {item}" for item in requires]
        members: dict[str, str | bytes] = dict(
            files if files is not None else {f"{name}/__init__.py": f'V = "{version}"'}
        )
        members[f"{info}/METADATA"] = "\n".join(lines) + "\n\nWhat it is for.\n"
        members[f"{info}/WHEEL"] = (
            f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {says or tag}\n"
        )
        members[f"{info}/RECORD"] = "".join(f"{item},,\n" for item in members)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for item, content in members.items():
                archive.writestr(item, content)
        wheel = Wheel(name, version, path)
        self.wheels.append(wheel)
        self.publish()
        return wheel

    def publish(self) -> None:
        """Write the pages anew, with the digests the files have now."""
        shutil.rmtree(self.root / "simple", ignore_errors=True)
        for wheel in self.wheels:
            page = self.root / "simple" / wheel.name.replace("_", "-") / "index.html"
            page.parent.mkdir(parents=True, exist_ok=True)
            with page.open("a") as file:
                file.write(
                    f'<a href="../../files/{wheel.path.name}#sha256={wheel.sha256}">'
                    f"{wheel.path.name}</a>\n"
                )


@dataclass(frozen=True)
class Clone:
    """A repository with Lambdas in it."""

    root: Path

    @property
    def dist(self) -> Path:
        return self.root / "dist"

    @property
    def cache(self) -> Path:
        return self.root / ".cache"

    def write(self, path: str, text: str) -> Path:
        file = self.root / "lambda_src" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))
        return file

    def add(
        self,
        name: str,
        *wheels: Wheel,
        handler: str = HANDLER,
        cached: bool = True,
        architecture: str = "",
    ) -> None:
        """Add a Lambda that needs ``wheels``; ``cached`` ones need no index any more."""
        self.write(f"{name}/handler.py", handler)
        lines = [f"# architecture: {architecture}"] * bool(architecture)
        lines += [wheel.name for wheel in wheels]
        self.write(f"{name}/requirements.in", "\n".join(lines) + "\n")
        self.lock(name, *wheels)
        if cached:
            for wheel in wheels:
                self.keep(wheel)

    def lock(self, name: str, *wheels: Wheel) -> None:
        """Write the lock that `make lock` would write."""
        source = LambdaSource(name, self.root / "lambda_src" / name)
        digest = lockfile.inputs_digest(source.requirements, source.target.description)
        pins = "".join(
            f"{wheel.name}=={wheel.version} \\\n    --hash=sha256:{wheel.sha256}\n"
            for wheel in wheels
        )
        header = lockfile.header(digest, source.target.description)
        self.write(f"{name}/requirements.txt", header + pins)

    def keep(self, wheel: Wheel) -> None:
        (self.cache / "wheels").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(wheel.path, self.cache / "wheels" / f"{wheel.sha256}.whl")

    def build(self, bytecode: str = "any") -> Manifest:
        return build(self.root, dist=self.dist, bytecode=bytecode)
