"""The tables of checkov's HCL parser are computed once, whoever scans meanwhile."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from checkov_support import load_worker

Kept = Callable[[Path], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def kept_grammar(root: Path) -> Kept:
    """Out of the script that another interpreter runs."""
    kept: Kept = load_worker(root).kept_grammar
    return kept


def test_what_the_first_computes_the_next_finds(kept_grammar: Kept, tmp_path: Path) -> None:
    folder = tmp_path / "environment" / "grammar"
    folder.parent.mkdir()
    before = tempfile.gettempdir()
    with kept_grammar(folder):
        assert not folder.exists()
        (Path(tempfile.gettempdir()) / "tables").write_text("first")
    assert tempfile.gettempdir() == before
    assert [file.name for file in folder.parent.iterdir()] == ["grammar"]
    with kept_grammar(folder):
        assert (Path(tempfile.gettempdir()) / "tables").read_text() == "first"


def test_of_two_that_begin_together_one_is_kept(kept_grammar: Kept, tmp_path: Path) -> None:
    folder = tmp_path / "grammar"
    with kept_grammar(folder):
        (Path(tempfile.gettempdir()) / "tables").write_text("slower")
        with kept_grammar(folder):
            (Path(tempfile.gettempdir()) / "tables").write_text("faster")
    assert (folder / "tables").read_text() == "faster"
    assert [file.name for file in tmp_path.iterdir()] == ["grammar"]


def test_an_environment_that_cannot_be_written_is_used_as_it_is(
    kept_grammar: Kept, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with kept_grammar(tmp_path / "file" / "grammar"):
        (Path(tempfile.gettempdir()) / "tables").write_text("computed")
    assert (tmp_path / "file").read_text() == ""
