"""What must be in nothing that a plan leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from connect_voice.sealing import known_secrets

# AWS says that these have no longest length; those of a role have about a thousand characters.
SESSION_TOKEN = "IQoJb3JpZ2luX2VjE" + "x" * 1200


@pytest.mark.parametrize(
    "name",
    ["AWS_SESSION_TOKEN", "aws_secret_access_key", "GITHUB_TOKEN", "CONNECT_VOICE_APPROVAL_KEY"],
)
def test_a_value_that_the_environment_calls_a_secret_is_known(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, SESSION_TOKEN)
    assert SESSION_TOKEN in known_secrets({})


def test_a_secret_of_several_lines_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECT_VOICE_APPROVAL_KEY", "-----BEGIN\nabc\n-----END\n")
    assert "-----BEGIN\nabc\n-----END\n" in known_secrets({})


def test_where_a_secret_is_is_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path))
    assert str(tmp_path) not in known_secrets({})


def test_secrets_of_the_run_are_known_unless_they_would_be_found_in_anything() -> None:
    held = {"KORE_CLIENT_SECRET": "a-real-secret", "SERVICENOW_CLIENT_ID": "abc"}
    assert {"a-real-secret", "abc"} & known_secrets(held) == {"a-real-secret"}


def test_what_is_not_called_a_secret_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREETING", "Hello, and thank you for calling.")
    assert "Hello, and thank you for calling." not in known_secrets({})
