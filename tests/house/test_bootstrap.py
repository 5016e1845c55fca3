"""What ``make`` does first, when it cannot: one sentence and the right exit code."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

METADATA = "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A checkout whose locks ask for one tiny package, which a folder offers."""
    folder = tmp_path / "checkout"
    (folder / "scripts").mkdir(parents=True)
    (folder / "local").mkdir()
    shutil.copy(root / "scripts" / "bootstrap.py", folder / "scripts")
    shutil.copy(root / "pyproject.toml", folder)
    (folder / "wheels").mkdir()
    wheel = folder / "wheels" / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny.py", "")
        archive.writestr("tiny-1.0.dist-info/METADATA", METADATA)
        archive.writestr("tiny-1.0.dist-info/WHEEL", WHEEL)
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    lock(folder, hashlib.sha256(wheel.read_bytes()).hexdigest())
    return folder


def lock(folder: Path, digest: str) -> None:
    text = f"tiny==1.0 \\\n    --hash=sha256:{digest}\n"
    (folder / "requirements.txt").write_text(text)
    (folder / "local" / "requirements-lambda-runtime.txt").write_text(text)
    (folder / "requirements-policy.txt").write_text(text)


def bootstrap(
    folder: Path, env: Mapping[str, str] | None = None, *arguments: str
) -> tuple[int, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    offer = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder / "wheels")}
    done = subprocess.run(
        [sys.executable, str(folder / "scripts" / "bootstrap.py"), *arguments],
        env={**kept, **offer, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_a_package_that_does_not_match_its_lock_is_refused(checkout: Path) -> None:
    lock(checkout, "0" * 64)
    exit_code, said = bootstrap(checkout)
    assert exit_code == 1
    assert "does not match the hash in its lock file" in said
    assert not (checkout / ".venv" / ".ready").exists()
    assert not list((checkout / ".venv").rglob("tiny.py"))


def test_an_index_out_of_reach_is_said(checkout: Path) -> None:
    shutil.rmtree(checkout / "wheels")
    (checkout / "wheels").mkdir()
    exit_code, said = bootstrap(checkout)
    assert exit_code == 3
    assert "index could not be reached" in said
    assert not (checkout / ".venv" / ".ready").exists()


def test_too_old_a_python_is_said(checkout: Path, tmp_path: Path) -> None:
    file = checkout / "scripts" / "bootstrap.py"
    text = file.read_text().replace("OLDEST = (3, 11)", "OLDEST = (99, 0)")
    file.write_text(text)
    exit_code, said = bootstrap(checkout, {"PATH": str(tmp_path)})
    assert exit_code == 2
    assert "Python 99.0 or newer is needed" in said


def policy_tools(folder: Path) -> tuple[int, str]:
    return bootstrap(folder, None, "--policy")


def installed(folder: Path) -> list[Path]:
    return list((folder / ".venv-policy").rglob("tiny.py"))


def test_the_policy_tools_are_made_once_and_again_only_when_incomplete_or_of_another_lock(
    checkout: Path,
) -> None:
    killed = checkout / ".venv-policy" / "half"
    killed.parent.mkdir()
    killed.write_text("what a killed run left")
    assert policy_tools(checkout) == (0, "")
    assert not killed.exists()
    assert not (checkout / ".venv").exists()
    (file,) = installed(checkout)
    before = file.stat()
    wheel = next((checkout / "wheels").iterdir())
    wheel.rename(checkout / "tiny-1.0.tar.gz")

    assert policy_tools(checkout) == (0, "")
    assert file.stat() == before

    lock(checkout, "0" * 64)
    exit_code, said = policy_tools(checkout)
    assert exit_code == 3
    assert "index could not be reached or lacks a package" in said
    assert not installed(checkout)


def test_policy_tools_are_wheels_that_match_their_lock(checkout: Path) -> None:
    lock(checkout, "0" * 64)
    exit_code, said = policy_tools(checkout)
    assert exit_code == 1
    assert "does not match the hash in its lock file" in said
    assert not (checkout / ".venv-policy" / ".ready").exists()
    wheel = next((checkout / "wheels").iterdir())
    wheel.rename(checkout / "wheels" / "tiny-1.0.tar.gz")
    exit_code, said = policy_tools(checkout)
    assert exit_code == 3
    assert "lacks a package" in said
    assert not installed(checkout)


def test_the_projects_code_is_compiled_where_python_is_told_not_to(
    checkout: Path, root: Path
) -> None:
    (checkout / ".venv").symlink_to(root / ".venv")
    (checkout / ".cache").mkdir()
    code = "import runpy; runpy.run_path('scripts/bootstrap.py')['_compile']().wait()"
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=checkout,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
    )
    assert list((checkout / "scripts" / "__pycache__").glob("bootstrap.*.pyc"))
