from __future__ import annotations

from pathlib import Path

import pytest

from connect_voice import tools
from connect_voice.errors import UsageError
from connect_voice.tools import (
    MIRROR_VARIABLE,
    cli_config,
    find_mirror,
    find_terraform,
    provider_platform,
    user_has_cli_config,
)


def program(folder: Path, name: str, body: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


def version(number: str) -> str:
    return f"""echo '{{"terraform_version": "{number}"}}'"""


def mirror(folder: Path) -> Path:
    package = folder / "registry.terraform.io" / "hashicorp" / "aws" / "5.100.0"
    (package / provider_platform()).mkdir(parents=True)
    return folder


def test_terraform_on_path_is_found(tmp_path: Path) -> None:
    file = program(tmp_path, "terraform", version("1.11.4"))
    found = find_terraform({"PATH": str(tmp_path)})
    assert (found.path, found.version) == (file, "1.11.4")


def test_opentofu_serves_where_there_is_no_terraform(tmp_path: Path) -> None:
    program(tmp_path, "tofu", version("1.11.0"))
    assert find_terraform({"PATH": str(tmp_path)}).path.name == "tofu"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (version("1.10.5"), r"Terraform 1.10.5 at .* is too old; install 1.11 or newer"),
        ("exit 1", "does not answer"),
        ("echo nothing", "does not answer"),
        (version("1.9.0-beta2"), "too old"),
    ],
)
def test_terraform_that_will_not_do_is_refused(tmp_path: Path, body: str, sentence: str) -> None:
    program(tmp_path, "terraform", body)
    with pytest.raises(UsageError, match=sentence):
        find_terraform({"PATH": str(tmp_path)})


def test_a_program_is_asked_for_its_version_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = program(tmp_path / "bin", "terraform", "")
    file.write_bytes(b"\x7fELF, the first")
    kept = tmp_path / "cache" / "version.json"
    answers = ["1.11.4", "1.12.0", "1.13.0"]
    monkeypatch.setattr(tools, "_version_of", lambda *_: answers.pop(0))

    def found() -> str:
        return find_terraform({"PATH": str(file.parent)}, kept).version

    assert [found(), found()] == ["1.11.4", "1.11.4"]
    file.write_bytes(b"\x7fELF, the second")
    assert [found(), found()] == ["1.12.0", "1.12.0"]
    kept.write_text("{")
    assert [found(), found()] == ["1.13.0", "1.13.0"]
    assert [each.name for each in kept.parent.iterdir()] == ["version.json"]


def test_a_version_managers_script_is_asked_each_time(tmp_path: Path) -> None:
    kept = tmp_path / "version.json"
    for number in ("1.11.4", "1.12.0"):
        program(tmp_path / number, "terraform", version(number))
        assert find_terraform({"PATH": str(tmp_path / number)}, kept).version == number
    assert not kept.exists()


def test_no_terraform_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"Terraform is not on PATH; install Terraform 1\.11"):
        find_terraform({"PATH": str(tmp_path)})


def test_the_named_mirror_comes_first(tmp_path: Path) -> None:
    named = mirror(tmp_path / "named")
    mirror(tmp_path / "home" / ".terraform.d" / "plugins")
    env = {"HOME": str(tmp_path / "home"), MIRROR_VARIABLE: str(named)}
    assert find_mirror(env) == named


def test_a_named_mirror_without_the_provider_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lacks hashicorp/aws"):
        find_mirror({"HOME": str(tmp_path), MIRROR_VARIABLE: str(tmp_path)})


def test_terraforms_own_mirror_folder_is_found(tmp_path: Path) -> None:
    plugins = mirror(tmp_path / ".terraform.d" / "plugins")
    assert find_mirror({"HOME": str(tmp_path)}) == plugins


def test_a_mirror_in_a_data_folder_is_found(tmp_path: Path) -> None:
    plugins = mirror(tmp_path / "share" / "terraform" / "plugins")
    env = {"HOME": str(tmp_path / "none"), "XDG_DATA_DIRS": str(tmp_path / "share")}
    assert find_mirror(env) == plugins


def test_with_a_mirror_the_provider_comes_from_nowhere_else(tmp_path: Path) -> None:
    text = cli_config(tmp_path, tmp_path / "plugins")
    assert "filesystem_mirror" in text
    assert 'exclude = ["registry.terraform.io/hashicorp/aws"]' in text


def test_a_configuration_of_the_users_counts_only_if_it_exists(tmp_path: Path) -> None:
    missing = {"HOME": str(tmp_path), "TF_CLI_CONFIG_FILE": str(tmp_path / "gone")}
    assert not user_has_cli_config(missing)
    (tmp_path / ".terraformrc").write_text("")
    assert user_has_cli_config({"HOME": str(tmp_path)})
