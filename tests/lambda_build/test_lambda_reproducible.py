"""One digest, wherever and whenever a zip is built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from build_fixtures import Clone, Index

from lambda_build import target

BUILD = """
import sys
from pathlib import Path
from lambda_build import build
root = Path(sys.argv[1])
artifact = build(root, dist=root / "dist", bytecode=sys.argv[2]).lambdas["greeter"]
print(artifact.sha256, artifact.sbom_sha256)
"""


def _digest(root: Path, environment: Mapping[str, str] | None = None, umask: int = 0o022) -> str:
    """Build with bytecode in a process of its own; what is digested is the zip and its bill."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(root), target.PYTHON],
        env={**os.environ, **(environment or {})},
        cwd="/",
        umask=umask,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def made(clone: Clone, index: Index, lambda_python: str) -> Clone:
    assert lambda_python
    wheels = [
        index.add(f"part{n}", "1", {f"part{n}/m{m}.py": f"x = {n * m}\n" * 9 for m in range(9)})
        for n in range(5)
    ]
    clone.add("greeter", *wheels)
    for name in ("zebra", "apple", "mango"):
        clone.write(f"greeter/{name}/__init__.py", f"# {name}\n")
    clone.write("greeter/größe.txt", "ä\n")
    return clone


@pytest.mark.parametrize(
    ("environment", "umask"),
    [
        ({"TZ": "Pacific/Kiritimati"}, 0o022),
        ({"PYTHONHASHSEED": "1"}, 0o022),
        ({"PYTHONHASHSEED": "2", "SOURCE_DATE_EPOCH": "1"}, 0o022),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, 0o022),
        ({"LC_ALL": "tr_TR.UTF-8"}, 0o022),
        ({"USER": "somebody", "HOME": "/nonexistent"}, 0o022),
        ({"PYTHONOPTIMIZE": "2", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONMALLOC": "debug"}, 0o022),
        ({}, 0o000),
        ({}, 0o077),
    ],
)
def test_the_environment_does_not_show(
    made: Clone, environment: Mapping[str, str], umask: int
) -> None:
    first = _digest(made.root)
    shutil.rmtree(made.dist)
    shutil.rmtree(made.cache / "compressed")
    assert _digest(made.root, environment, umask) == first


def test_neither_path_nor_dates_nor_modes_nor_the_order_of_files_shows(
    made: Clone, tmp_path: Path
) -> None:
    first = _digest(made.root)
    elsewhere = tmp_path / "another clone, of a longer name"
    # Made in the opposite order, which is what most file systems list them in.
    for path in sorted(made.root.rglob("*"), reverse=True):
        if path.is_file() and made.dist not in path.parents:
            copy = elsewhere / path.relative_to(made.root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
            copy.chmod(0o600 if path.suffix == ".txt" else 0o755)
            os.utime(copy, (86400, 86400))
    shutil.rmtree(elsewhere / ".cache/compressed")
    assert _digest(elsewhere) == first


def test_compressed_files_from_the_cache_give_the_bytes_of_fresh_ones(made: Clone) -> None:
    first = _digest(made.root)
    assert (made.cache / "compressed").is_dir()
    shutil.rmtree(made.dist)
    assert _digest(made.root) == first


def test_the_manifest_of_equal_builds_is_equal(made: Clone, tmp_path: Path) -> None:
    made.build(target.PYTHON)
    other = tmp_path / "other"
    shutil.copytree(made.root, other, ignore=shutil.ignore_patterns("dist", ".cache"))
    shutil.copytree(made.cache / "wheels", other / ".cache/wheels")
    _digest(other)
    assert (other / "dist/manifest.json").read_bytes() == (made.dist / "manifest.json").read_bytes()
