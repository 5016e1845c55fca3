"""``dist/manifest.json``: what was built, as Terraform and the other commands read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeVar, cast

from lambda_build.errors import BuildError

FILE: Final = "manifest.json"
VERSION: Final = 1

Outcome = Literal["built", "reused"]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Package:
    """A distribution in a zip, as its own metadata describes it; ``sha256`` is its wheel's."""

    name: str
    version: str
    licence: str
    sha256: str


@dataclass(frozen=True)
class LambdaArtifact:
    """A built Lambda.

    Attributes:
        name: the Lambda's folder, package and Terraform key.
        zip: the archive.
        handler: what Lambda calls, ``<module>.<function>``.
        sha256: digest of the archive, in hex.
        sha256_base64: the same as Lambda and Terraform write it (``source_code_hash``).
        size: bytes of the archive.
        unpacked_size: bytes of its files.
        python: minor version of the runtime it is built for.
        architectures: Lambda instruction sets it runs on.
        bytecode: minor version of Python whose bytecode it holds, or ``none``.
        bytecode_python: full version of the Python that compiled it, or ``none``.
        packages: its dependencies, by name.
        sbom: its bill of materials (CycloneDX, JSON).
        sbom_sha256: digest of that file, in hex.
        rules: digest of the build's own code and tools, in hex.
        lock: digest of its requirements and their lock, in hex.
        inputs: digest of everything the archive is made from, in hex.
        outcome: what this build did; ``reused`` for a manifest that was merely loaded.
        seconds: how long that took.
    """

    name: str
    zip: Path
    handler: str
    sha256: str
    sha256_base64: str
    size: int
    unpacked_size: int
    python: str
    architectures: tuple[str, ...]
    bytecode: str
    bytecode_python: str
    packages: tuple[Package, ...]
    sbom: Path
    sbom_sha256: str
    rules: str
    lock: str
    inputs: str
    outcome: Outcome = "reused"
    seconds: float = 0.0


@dataclass(frozen=True)
class Manifest:
    """Every Lambda of the repository, by name."""

    path: Path
    lambdas: Mapping[str, LambdaArtifact]

    def __iter__(self) -> Iterator[LambdaArtifact]:
        """Iterate over the artefacts, by name."""
        return iter(self.lambdas.values())


def load_manifest(dist: Path) -> Manifest:
    """Read the manifest in ``dist``.

    Raises:
        BuildError: there is none, or it is not one that this version writes.
    """
    path = dist / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BuildError(f"{path} cannot be read ({error.strerror}): run make build.") from error
    try:
        document = json.loads(text)
        if document["version"] != VERSION:
            raise BuildError(
                f"{path} has version {document['version']} and this reads {VERSION}: "
                "run make build."
            )
        lambdas = {
            name: _artifact(dist, name, entry)
            for name, entry in sorted(_mapping(document["lambdas"]).items())
        }
    except (KeyError, TypeError, ValueError) as error:
        raise BuildError(f"{path} is not a manifest of this build: run make build.") from error
    return Manifest(path, lambdas)


def previous_manifest(dist: Path) -> Manifest | None:
    """Return the manifest in ``dist`` if there is one that can be read."""
    with suppress(BuildError):
        return load_manifest(dist)
    return None


def render(artifacts: Mapping[str, LambdaArtifact]) -> str:
    """Return the manifest's text. It names no path, time or machine: equal builds, equal text."""
    document = {
        "version": VERSION,
        "lambdas": {name: _entry(artifact) for name, artifact in artifacts.items()},
    }
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _entry(artifact: LambdaArtifact) -> Mapping[str, object]:
    return {
        "zip": artifact.zip.name,
        "handler": artifact.handler,
        "sha256": artifact.sha256,
        "sha256_base64": artifact.sha256_base64,
        "size": artifact.size,
        "unpacked_size": artifact.unpacked_size,
        "python": artifact.python,
        "architectures": list(artifact.architectures),
        "bytecode": artifact.bytecode,
        "bytecode_python": artifact.bytecode_python,
        "packages": [
            {
                "name": package.name,
                "version": package.version,
                "licence": package.licence,
                "sha256": package.sha256,
            }
            for package in artifact.packages
        ],
        "sbom": artifact.sbom.name,
        "sbom_sha256": artifact.sbom_sha256,
        "rules": artifact.rules,
        "lock": artifact.lock,
        "inputs": artifact.inputs,
    }


def _artifact(dist: Path, name: str, value: object) -> LambdaArtifact:
    entry = _mapping(value)
    return LambdaArtifact(
        name=name,
        # A manifest names a file beside it, never one elsewhere.
        zip=dist / Path(_of(str, entry["zip"])).name,
        handler=_of(str, entry["handler"]),
        sha256=_of(str, entry["sha256"]),
        sha256_base64=_of(str, entry["sha256_base64"]),
        size=_of(int, entry["size"]),
        unpacked_size=_of(int, entry["unpacked_size"]),
        python=_of(str, entry["python"]),
        architectures=_tuple(entry["architectures"], lambda item: _of(str, item)),
        bytecode=_of(str, entry["bytecode"]),
        bytecode_python=_of(str, entry["bytecode_python"]),
        packages=_tuple(entry["packages"], _package),
        sbom=dist / Path(_of(str, entry["sbom"])).name,
        sbom_sha256=_of(str, entry["sbom_sha256"]),
        rules=_of(str, entry["rules"]),
        lock=_of(str, entry["lock"]),
        inputs=_of(str, entry["inputs"]),
    )


def _package(value: object) -> Package:
    entry = _mapping(value)
    name, version, licence, sha256 = (
        _of(str, entry[key]) for key in ("name", "version", "licence", "sha256")
    )
    return Package(name, version, licence, sha256)


def _of(kind: type[_T], value: object) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return value


def _tuple(value: object, parse: Callable[[object], _T]) -> tuple[_T, ...]:
    return tuple(parse(item) for item in _of(list, value))


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", _of(dict, value))
