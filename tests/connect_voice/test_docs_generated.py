"""What in docs/ is made from the code is what the code makes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from connect_voice.cli import Session, cli
from connect_voice.docs import commands_page, generated_docs, stale_docs
from connect_voice.project import Project, find_project

ROOT = Path(__file__).parents[2]


def test_the_generated_docs_are_up_to_date() -> None:
    stale = sorted(str(path.relative_to(ROOT)) for path in stale_docs(find_project(ROOT), cli))
    assert stale == [], "run `make docs`, which writes them anew"


def test_what_ran_before_does_not_show_in_the_reference() -> None:
    verb = click.Command("verb")  # of its own: those of the program have been asked by others
    CliRunner().invoke(verb, ["--help"])
    assert "-h, --help" in commands_page(verb)


def test_every_command_stands_in_the_reference_with_its_options() -> None:
    page = commands_page(cli)
    assert page.count("\n## ") == page.count("Usage: connect-voice")
    for heading in ("connect-voice", "connect-voice deploy", "connect-voice flow import"):
        assert f"\n## {heading}\n" in page
    assert "--withhold-secrets" in page
    assert max(map(len, page.splitlines())) <= 100


def test_the_reference_is_the_same_on_every_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    page = commands_page(cli)
    monkeypatch.setenv("COLUMNS", "40")
    assert commands_page(cli) == page


def test_docs_writes_what_is_stale_and_check_only_says_so(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "flows", tmp_path / "flows")
    (tmp_path / "terraform" / "environments").mkdir(parents=True)
    session = Session(tmp_path, debug=False)
    run = CliRunner().invoke
    checked = run(cli, ["--project", str(tmp_path), "docs", "--check", "--json"], obj=session)
    assert checked.exit_code == 1
    stale = json.loads(checked.output)["stale"]
    assert not (tmp_path / "docs").exists()
    written = run(cli, ["--project", str(tmp_path), "docs"], obj=session)
    assert written.exit_code == 0
    assert {f"written: {name}" for name in stale} == set(written.output.splitlines())
    made = {str(p.relative_to(tmp_path)) for p in generated_docs(Project(tmp_path), cli)}
    assert made == set(stale)
    again = run(cli, ["--project", str(tmp_path), "docs", "--check"], obj=session)
    assert (again.exit_code, again.output) == (0, "Everything is up to date.\n")
