"""What checkov said of the same code is not asked again; anything else is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from checkov_support import load_worker

SAID = {
    name: {"resources": [], "unreadable": [], "answers": [], "raised": [], "skipped": []}
    for name in ("code", "code canary")
}


@pytest.fixture
def kept(root: Path, tmp_path: Path) -> Callable[..., Any]:
    """What is kept of a small job, as it stands in its folders now."""
    for name in ("environment", "code", "canary", "policies"):
        (tmp_path / name).mkdir()
    (tmp_path / "environment" / ".ready").write_text("digest of the lock")
    (tmp_path / "code" / "main.tf").write_text('variable "a" {}')
    (tmp_path / "code" / "environments").mkdir()
    (tmp_path / "code" / "environments" / "terraform.tfvars").write_text("a = 1")

    worker = load_worker(root)

    def make(**checks: list[str]) -> Any:
        job = {name: str(tmp_path / name) for name in ("code", "canary", "policies")}
        return worker.KeptScans(tmp_path / "environment", {**job, "checks": checks})

    return make


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_the_same_code_is_not_looked_at_again(kept: Callable[..., Any], tmp_path: Path) -> None:
    assert kept().read() is None
    kept().write(SAID)
    assert kept().read() == SAID
    write(tmp_path / "code" / "environments" / "terraform.tfvars", "a = 2")
    assert kept().read() == SAID  # no module lies beside it
    write(tmp_path / "policies" / "__pycache__" / "check.pyc", "not used")
    assert kept().read() == SAID


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("code/main.tf", 'variable "b" {}'),
        ("code/more.tf", ""),
        ("code/terraform.tfvars", "a = 2"),
        ("code/environments/main.tf", ""),
        ("canary/main.tf", ""),
        ("policies/check.py", ""),
        ("environment/.ready", "digest of another lock"),
    ],
)
def test_whatever_could_change_an_answer_is_asked_anew(
    kept: Callable[..., Any], tmp_path: Path, file: str, text: str
) -> None:
    kept().write(SAID)
    write(tmp_path / file, text)
    assert kept().read() is None


def test_other_checks_are_asked(kept: Callable[..., Any]) -> None:
    kept().write(SAID)
    assert kept(CKV_AWS_7=["code"]).read() is None


def test_what_a_file_says_counts_where_it_lies(kept: Callable[..., Any], tmp_path: Path) -> None:
    write(tmp_path / "canary" / "same.tf", "")
    kept().write(SAID)
    (tmp_path / "canary" / "same.tf").rename(tmp_path / "policies" / "same.tf")
    assert kept().read() is None


@pytest.mark.parametrize("what", ["link", "modules", "no stamp", "unreadable", "raised"])
def test_nothing_is_kept_where_it_cannot_be_told_or_was_not_answered(
    kept: Callable[..., Any], tmp_path: Path, what: str
) -> None:
    said = json.loads(json.dumps(SAID))
    if what == "link":
        (tmp_path / "code" / "link.tf").symlink_to(tmp_path / "elsewhere.tf")
        write(tmp_path / "elsewhere.tf", "")
    elif what == "modules":
        write(tmp_path / "code" / ".terraform" / "modules" / "main.tf", "")
    elif what == "no stamp":
        (tmp_path / "environment" / ".ready").unlink()
    else:
        said["code"][what] = [["CKV_AWS_7", "aws_kms_key.this", "KeyError"]]
    kept().write(said)
    assert kept().read() is None
    assert not (tmp_path / "environment" / "scans").exists()


@pytest.mark.parametrize("damage", ["", '{"code"', "[]", "{}", '{"code": {}}', "\udcff"])
def test_what_is_damaged_is_asked_anew(
    kept: Callable[..., Any], tmp_path: Path, damage: str
) -> None:
    kept().write(SAID)
    (file,) = (tmp_path / "environment" / "scans").iterdir()
    file.write_bytes(damage.encode(errors="surrogateescape"))
    assert kept().read() is None


def test_the_oldest_go(kept: Callable[..., Any], tmp_path: Path) -> None:
    for number in range(25):
        write(tmp_path / "code" / "main.tf", f"# {number}")
        kept().write(SAID)
        for age, file in enumerate(sorted((tmp_path / "environment" / "scans").iterdir())):
            assert age < 20, file
        newest = kept()._file
        os.utime(newest, (number, number))
    assert kept().read() == SAID
