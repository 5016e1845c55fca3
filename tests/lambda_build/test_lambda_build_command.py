"""The build as the commands use it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from build_fixtures import Clone

from connect_voice.build import build_lambdas
from connect_voice.errors import CheckFailed
from connect_voice.project import Project
from lambda_build import interpreter

RUN = """
import sys
from pathlib import Path
from connect_voice.build import build_lambdas
from connect_voice.project import Project
build_lambdas(Project(Path(sys.argv[1])))
"""


def test_the_environment_can_ask_for_sources_alone(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter")
    monkeypatch.setenv("CONNECT_VOICE_BYTECODE", "none")
    assert build_lambdas(Project(clone.root)).lambdas["greeter"].bytecode == "none"


def test_the_environment_can_require_bytecode(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter")
    monkeypatch.setattr(interpreter, "_places", lambda _: iter(()))
    assert build_lambdas(Project(clone.root)).lambdas["greeter"].bytecode == "none"
    monkeypatch.setenv("CONNECT_VOICE_BYTECODE", "3.13")
    with pytest.raises(CheckFailed, match=r"Bytecode of Python 3\.13 is required"):
        build_lambdas(Project(clone.root))


def test_what_a_caller_asks_for_wins_over_the_environment(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter")
    monkeypatch.setenv("CONNECT_VOICE_BYTECODE", "3.12")
    made = build_lambdas(Project(clone.root), bytecode="none")
    assert made.lambdas["greeter"].bytecode == "none"


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
