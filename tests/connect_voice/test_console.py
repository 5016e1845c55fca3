"""What is said of the stages of a command."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from connect_voice.console import BegunAgain, Progress


def progress() -> tuple[Progress, io.StringIO]:
    said = io.StringIO()
    return Progress(Console(file=said, width=100)), said


def test_a_stage_ends_with_its_note_and_its_time() -> None:
    shown, said = progress()
    with shown.stage("plan") as stage:
        stage.note = "no changes"
    assert said.getvalue().split()[:4] == ["✓", "plan", "no", "changes"]
    assert [(done.name, done.note) for done in shown.finished] == [("plan", "no changes")]


def test_a_stage_that_fails_is_said_to() -> None:
    shown, said = progress()
    with pytest.raises(OSError, match="full"), shown.stage("plan"):
        raise OSError("full")
    assert said.getvalue().split()[:2] == ["✗", "plan"]
    assert shown.finished == []


def test_nothing_is_left_of_a_stage_that_is_begun_again() -> None:
    shown, said = progress()
    with pytest.raises(BegunAgain), shown.stage("plan"):
        raise BegunAgain
    assert not said.getvalue().strip()
    assert shown.finished == []
