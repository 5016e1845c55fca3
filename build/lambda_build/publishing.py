"""Putting what was built into ``dist``, so that its manifest is true whenever this is killed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lambda_build import manifest
from lambda_build.manifest import LambdaArtifact

_WORK: Final = ".building-"


def publish(
    dist: Path, files: Mapping[str, bytes], artifacts: Mapping[str, LambdaArtifact]
) -> None:
    """Put files and a manifest into ``dist``.

    Everything is written out beside its place first, so that a full disk is found before anything
    is touched. Then the old manifest goes, the files come, and the manifest comes last: whenever
    this is killed, no manifest says anything that is not so. A machine that loses power may lose
    what was not on its disk yet, so every build holds what lies here against its digest.

    Args:
        dist: the folder; made if need be.
        files: what is new, by name.
        artifacts: what the manifest is to say, by name; other files of earlier manifests go.
    """
    dist.mkdir(parents=True, exist_ok=True)
    leftovers = [folder / manifest.FILE for folder in dist.glob(f"{_WORK}*")]
    named = {
        name
        for path in (dist / manifest.FILE, *leftovers)
        for artifact in manifest.previous_manifest(path.parent) or ()
        for name in _names(artifact)
    }
    kept = {name for artifact in artifacts.values() for name in _names(artifact)}
    work = Path(tempfile.mkdtemp(prefix=_WORK, dir=dist))
    try:
        for name, content in files.items():
            (work / name).write_bytes(content)
        (work / "new.json").write_bytes(manifest.render(artifacts).encode())
        if (dist / manifest.FILE).exists():
            (dist / manifest.FILE).replace(work / manifest.FILE)
        for name in files:
            (work / name).replace(dist / name)
        for stale in named - kept:
            (dist / stale).unlink(missing_ok=True)
        (work / "new.json").replace(dist / manifest.FILE)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for leftover in leftovers:
        shutil.rmtree(leftover.parent, ignore_errors=True)


def _names(artifact: LambdaArtifact) -> tuple[str, str]:
    return artifact.zip.name, artifact.sbom.name
