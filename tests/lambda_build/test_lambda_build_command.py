"""The build as the commands use it."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from build_fixtures import Clone, Wheel
from click.testing import CliRunner, Result

from connect_voice.cli import cli
from connect_voice.errors import CheckFailed, OutsideError
from lambda_build import interpreter, load_manifest, pip

RUN = """
import sys
from pathlib import Path
from connect_voice.build import build_lambdas
from connect_voice.project import Project
build_lambdas(Project(Path(sys.argv[1])))
"""


def _build(clone: Clone, *arguments: str, rule: str = "") -> Result:
    """Run the verb for the environment `laptop`, whose env.toml ends in ``rule``."""
    folder = clone.root / "terraform" / "environments" / "laptop"
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        'account_id = "123456789012"',
        'region = "us-east-1"',
        'state_bucket = "made-up-state"',
        "embedded = true",
        rule,
    ]
    (folder / "env.toml").write_text("\n".join(lines))
    (folder / "terraform.tfvars").touch()
    return CliRunner().invoke(cli, ["--project", str(clone.root), "build", "laptop", *arguments])


def test_an_environment_can_ask_for_sources_alone(clone: Clone) -> None:
    clone.add("greeter")
    assert _build(clone, rule='bytecode = "none"').exit_code == 0
    assert load_manifest(clone.dist).lambdas["greeter"].bytecode == "none"


def test_an_environment_can_require_bytecode(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    clone.add("greeter")
    monkeypatch.setattr(interpreter, "_places", lambda _: iter(()))
    assert _build(clone).exit_code == 0
    assert load_manifest(clone.dist).lambdas["greeter"].bytecode == "none"
    refused = _build(clone, rule='bytecode = "3.13"')
    assert isinstance(refused.exception, CheckFailed)
    assert str(refused.exception).startswith("Bytecode of Python 3.13 is required")


def test_the_table_says_what_was_built_and_what_it_is(clone: Clone) -> None:
    clone.add("greeter")
    clone.add("parter")
    _build(clone, rule='bytecode = "none"')
    clone.write("parter/more.py", "")
    table = _build(clone, rule='bytecode = "none"').output
    made = load_manifest(clone.dist).lambdas
    assert re.search(
        rf"^greeter +reused +\d+ kB +{made['greeter'].sha256[:16]} +none +arm64 x86_64 +0\.\d\d$",
        table,
        re.MULTILINE,
    )
    assert re.search(rf"^parter +built +\d+ kB +{made['parter'].sha256[:16]} ", table, re.MULTILINE)
    assert "1 built, 1 reused" in table


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("ERROR: Exception:\nOSError: [Errno 28] No space left on device", "make room"),
        ("WARNING: Retrying after connection broken by 'x'", "could not reach the package index"),
    ],
)
def test_what_fails_outside_is_no_verdict(
    clone: Clone, colour: Wheel, monkeypatch: pytest.MonkeyPatch, said: str, sentence: str
) -> None:
    clone.add("greeter", colour, cached=False)

    def fail(*_: object, target: str, **__: object) -> None:
        raise pip.explain(said, target)

    monkeypatch.setattr(pip, "run", fail)
    failed = _build(clone)
    assert isinstance(failed.exception, OutsideError)
    assert sentence in str(failed.exception)


def test_a_dist_that_cannot_be_written_is_no_verdict(clone: Clone) -> None:
    clone.add("greeter")
    clone.dist.touch()
    assert isinstance(_build(clone).exception, OutsideError)


def test_a_program_gets_the_same(clone: Clone) -> None:
    clone.add("greeter")
    told = json.loads(_build(clone, "--json").output)["lambdas"]["greeter"]
    made = load_manifest(clone.dist).lambdas["greeter"]
    assert told["outcome"] == "built"
    assert told["seconds"] > 0
    assert told["architectures"] == ["arm64", "x86_64"]
    for name in ("sha256", "sha256_base64", "size", "unpacked_size", "python", "bytecode"):
        assert told[name] == getattr(made, name)
    assert told["bytecode_python"] == made.bytecode_python
    assert Path(told["zip"]) == made.zip


def test_a_build_without_a_change_imports_nothing_slow(clone: Clone) -> None:
    clone.add("greeter")
    _build(clone)
    run = [sys.executable, "-X", "importtime", "-m", "connect_voice"]
    done = subprocess.run(
        [*run, "--project", str(clone.root), "build", "laptop"],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    slow = {"boto3", "lambda_build.assembly", "rich.console", "subprocess"}
    assert "lambda_build.builder" in imported
    assert imported.isdisjoint(slow)


def _run(root: Path, stderr: int) -> None:
    env = {**os.environ, "TERM": "xterm-256color"}
    subprocess.run([sys.executable, "-c", RUN, str(root)], stderr=stderr, env=env, check=True)


def test_a_terminal_shows_what_the_build_is_at(clone: Clone) -> None:
    clone.add("greeter")
    ours, theirs = pty.openpty()
    try:
        _run(clone.root, theirs)
        shown = os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)
    assert b"greeter" in shown
    assert b"packing" in shown


def test_a_log_is_not_filled_with_progress(clone: Clone, tmp_path: Path) -> None:
    clone.add("greeter")
    with (tmp_path / "log").open("wb") as log:
        _run(clone.root, log.fileno())
    assert (tmp_path / "log").read_bytes() == b""
