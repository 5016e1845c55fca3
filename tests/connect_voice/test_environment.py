from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from connect_voice.environment import environment_names, load_environment
from connect_voice.errors import UsageError
from connect_voice.project import Project

GOOD = """
account_id   = "123456789012"
region       = "eu-central-1"
state_bucket = "voice-state"
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("local", "prod"):
        folder = tmp_path / "terraform" / "environments" / name
        folder.mkdir(parents=True)
        (folder / "env.toml").write_text(GOOD)
        (folder / "terraform.tfvars").write_text("")
    return Project(tmp_path)


def write(project: Project, text: str) -> None:
    (project.environments / "prod" / "env.toml").write_text(text)


def test_reads_what_the_file_says(project: Project) -> None:
    environment = load_environment(project, "prod")
    assert environment.account_id == "123456789012"
    assert environment.region == "eu-central-1"
    assert environment.state_key == "connect-voice/prod/terraform.tfstate"
    assert not environment.embedded


def test_unknown_environment_names_those_there_are(project: Project) -> None:
    with pytest.raises(UsageError, match="has local, prod; did you mean prod"):
        load_environment(project, "prd")


def test_a_path_is_no_environment(project: Project) -> None:
    with pytest.raises(UsageError, match="There is no environment"):
        load_environment(project, "../environments/prod")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD.replace("123456789012", ""), "Set account_id in .* to the 12 digits"),
        (GOOD.replace('"123456789012"', "123456789012"), "Set account_id"),
        (GOOD.replace("eu-central-1", "Frankfurt"), "Set region .* an AWS region"),
        (GOOD.replace("voice-state", "No_Bucket"), "Set state_bucket"),
        (GOOD + 'acount = "x"\n', "unknown key 'acount'"),
        (GOOD + 'embedded = "yes"\n', "Set embedded"),
        ("account_id =", "is not TOML"),
    ],
)
def test_a_file_that_is_not_usable_is_refused(project: Project, text: str, sentence: str) -> None:
    write(project, text)
    with pytest.raises(UsageError, match=sentence):
        load_environment(project, "prod")


def test_missing_variables_are_refused(project: Project) -> None:
    (project.environments / "prod" / "terraform.tfvars").unlink()
    with pytest.raises(UsageError, match=r"terraform\.tfvars is missing"):
        load_environment(project, "prod")


def test_the_shipped_environments_are_refused_until_filled_in(root: Path) -> None:
    project = Project(root)
    assert environment_names(project) == ["dev", "local", "prod", "staging"]
    assert load_environment(project, "local").embedded
    for name in ("dev", "staging", "prod"):
        with pytest.raises(
            UsageError, match=rf"^Set account_id in terraform/environments/{name}/env\.toml"
        ):
            load_environment(project, name)


def test_prod_wants_approval_and_what_staging_runs(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "terraform" / "environments", tmp_path / "terraform" / "environments")
    project = Project(tmp_path)
    for name in ("dev", "staging", "prod"):
        file = project.environments / name / "env.toml"
        text = file.read_text(encoding="utf-8")
        text = text.replace('account_id = ""', 'account_id = "123456789012"')
        file.write_text(text.replace('state_bucket = ""', f'state_bucket = "{name}-state"'))
    dev, staging, prod = (load_environment(project, name) for name in ("dev", "staging", "prod"))
    assert (dev.promotes_from, staging.promotes_from) == (None, "dev")
    assert prod.promotes_from == "staging"
    assert [one.approval.required for one in (dev, staging, prod)] == [False, False, True]
