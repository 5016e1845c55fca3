"""The Lambdas of this repository, as built."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from lambda_build import LambdaArtifact, Manifest, build, lock, sources

IMPORT = """
import importlib, sys
sys.path[:0] = sys.argv[2:]
module, _, name = sys.argv[1].rpartition(".")
assert callable(getattr(importlib.import_module(module), name))
"""
RUNTIME = ("boto3", "botocore", "s3transfer", "dateutil", "six", "jmespath", "urllib3")


@pytest.fixture(scope="module")
def manifest(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return build(root, dist=tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the Lambda runtime brings, and nothing else of the tooling's."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def _names(root: Path) -> list[str]:
    return [item.name for item in sources.find(root)]


def test_every_folder_with_a_handler_is_built(root: Path, manifest: Manifest) -> None:
    assert list(manifest.lambdas) == _names(root)
    assert {"phone_number_flow", "servicenow_voice"} <= set(manifest.lambdas)


def test_every_lock_is_current(root: Path) -> None:
    lock(root, check=True)


@pytest.mark.parametrize("name", ["phone_number_flow", "servicenow_voice"])
def test_a_zip_imports_with_nothing_but_the_runtime(
    manifest: Manifest, runtime: Path, lambda_python: str, tmp_path: Path, name: str
) -> None:
    artifact = manifest.lambdas[name]
    unpacked = tmp_path / "task"
    with zipfile.ZipFile(artifact.zip) as archive:
        archive.extractall(unpacked)
    for python in (sys.executable, lambda_python):
        done = subprocess.run(
            [python, "-I", "-S", "-c", IMPORT, artifact.handler, str(unpacked), str(runtime)],
            env={"AWS_DEFAULT_REGION": "us-east-1"},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["phone_number_flow", "servicenow_voice"])
def test_a_zip_leaves_the_sdk_to_the_runtime(manifest: Manifest, name: str) -> None:
    artifact: LambdaArtifact = manifest.lambdas[name]
    assert not {"boto3", "botocore"} & {item.name for item in artifact.packages}
    assert all(item.licence != "unknown" for item in artifact.packages)
