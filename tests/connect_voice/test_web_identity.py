"""GitLab's token as text becomes the file that boto3 and Terraform look for."""

from __future__ import annotations

import stat
from pathlib import Path

from connect_voice.web_identity import with_token_file


def test_a_token_becomes_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    settings = with_token_file({"AWS_WEB_IDENTITY_TOKEN": "a.b.c", "OTHER": "1"}, tmp_path / "new")
    file = Path(settings["AWS_WEB_IDENTITY_TOKEN_FILE"])
    assert file.read_text(encoding="ascii") == "a.b.c"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "AWS_WEB_IDENTITY_TOKEN" not in settings
    assert settings["OTHER"] == "1"


def test_the_next_token_takes_the_place_of_the_last(tmp_path: Path) -> None:
    with_token_file({"AWS_WEB_IDENTITY_TOKEN": "old"}, tmp_path)
    settings = with_token_file({"AWS_WEB_IDENTITY_TOKEN": "new"}, tmp_path)
    assert Path(settings["AWS_WEB_IDENTITY_TOKEN_FILE"]).read_text(encoding="ascii") == "new"


def test_a_file_that_is_named_already_is_left_alone(tmp_path: Path) -> None:
    given = {"AWS_WEB_IDENTITY_TOKEN": "a", "AWS_WEB_IDENTITY_TOKEN_FILE": "/theirs"}
    assert with_token_file(given, tmp_path) == {"AWS_WEB_IDENTITY_TOKEN_FILE": "/theirs"}
    assert list(tmp_path.iterdir()) == []
