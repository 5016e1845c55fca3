"""Rehearsing what a plan leaves open: what is run, with what, and what is made of the answer."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from plan_support import CONTEXT, KEY, UNKNOWN, Resource, new_key, plan_data, plan_of, the_key
from rule_fixtures import log_group

from connect_voice.console import Progress
from connect_voice.errors import CheckFailed
from connect_voice.rehearsal import rehearse
from connect_voice.terraform import Completed, Interrupted
from connect_voice.workspace import Workspace
from plan_policy import read_plan
from plan_policy.rehearsal import is_open, rehearsal, rehearsed_attributes
from plan_policy.rules.supply import KNOWN

OPEN = plan_of(new_key(), log_group(UNKNOWN, refers={"kms_key_id": "aws_kms_key.this.arn"}))
CLOSED = plan_of(the_key(), log_group(KEY))


def test_is_open_where_the_configuration_sets_what_only_the_apply_will_tell() -> None:
    assert is_open(OPEN)
    assert not is_open(CLOSED)
    computed = Resource("aws_kms_key", {"arn": UNKNOWN}, unset=("arn",))
    assert not is_open(plan_of(computed))


def test_ids_are_made_up_alike_every_time_and_each_its_own() -> None:
    text = rehearsal(OPEN, CONTEXT)
    assert text == rehearsal(OPEN, CONTEXT)
    other = plan_of(
        new_key(), Resource("aws_kms_key", {"arn": UNKNOWN}, name="other", unset=("arn",))
    )
    arns = [word for word in rehearsal(other, CONTEXT).split('"') if word.startswith("arn:aws:kms")]
    assert len(set(arns)) == 2
    assert all(arn.startswith("arn:aws:kms:us-east-1:123456789012:key/") for arn in arns)


def test_what_is_there_keeps_its_ids() -> None:
    text = rehearsal(CLOSED, CONTEXT)
    assert KEY in text
    assert 'mock_provider "aws"' in text
    assert "command = plan" in text


def test_nothing_sensitive_is_written_into_a_rehearsal() -> None:
    data = plan_data(the_key())
    change = data["resource_changes"][0]["change"]
    change["before"]["token"] = "hunter2-and-more"
    change["before_sensitive"] = {"token": True}
    data["prior_state"] = {
        "values": {
            "root_module": {
                "resources": [
                    {
                        "address": "data.aws_ssm_parameters_by_path.x",
                        "mode": "data",
                        "values": {"names": ["n"], "values": ["hunter2-and-more"]},
                        "sensitive_values": {"values": True},
                    }
                ]
            }
        }
    }
    text = rehearsal(read_plan(data), CONTEXT)
    assert "hunter2" not in text
    assert "aws_ssm_parameters_by_path" not in text


@pytest.mark.parametrize(
    "name", ['x"]\n}\nrun "y" {', "x\n", 'a" "b', "a { b", "x = 1"], ids=str.strip
)
def test_an_address_cannot_write_more_than_itself(name: str) -> None:
    data = plan_data(new_key())
    data["resource_changes"][0]["address"] = f"aws_kms_key.{name}"
    assert rehearsal(read_plan(data), CONTEXT) == rehearsal(plan_of(), CONTEXT)


def test_values_of_a_rehearsal_are_not_templates() -> None:
    data = plan_data(the_key())
    data["resource_changes"][0]["change"]["before"]["id"] = '${file("/etc/passwd")}%{ if true }'
    text = rehearsal(read_plan(data), CONTEXT)
    assert "$${file" in text
    assert "%%{ if" in text


@pytest.mark.parametrize(
    "output",
    ["", "{", "[]", "null", '{"test_plan": 7}', '{"test_plan": {"resource_changes": []}}', "x" * 9],
)
def test_what_terraform_does_not_say_is_not_known(output: str) -> None:
    assert rehearsed_attributes(output) == {}


def test_what_the_rehearsal_leaves_open_is_no_absence() -> None:
    change = {
        "address": "aws_x.this",
        "mode": "managed",
        "change": {"after": {"a": "1", "b": None}, "after_unknown": {"b": True}},
    }
    line = json.dumps({"type": "test_plan", "test_plan": {"resource_changes": [change]}})
    assert rehearsed_attributes(line) == {"aws_x.this": {"a": "1"}}


@dataclass
class FakeTerraform:
    """Remembers what it was run with; answers, or fails."""

    root: Path
    secrets: Mapping[str, str]
    answer: str | Exception
    ran: list[dict[str, Any]] = field(default_factory=list)

    def run(self, command: str, **options: Any) -> Completed:
        file = self.root / str(options["filter"])
        mode = stat.S_IMODE(file.stat().st_mode)
        self.ran.append({"command": command, "mode": mode, "text": file.read_text(), **options})
        if isinstance(self.answer, Exception):
            raise self.answer
        return Completed(0, self.answer)


@dataclass
class FakeWorkspace:
    root: Path
    answer: str | Exception = ""
    terraforms: list[FakeTerraform] = field(default_factory=list)

    def terraform(self, secrets: Mapping[str, str]) -> FakeTerraform:
        self.terraforms.append(FakeTerraform(self.root, secrets, self.answer))
        return self.terraforms[-1]

    def variables(self) -> dict[str, Any]:
        return {"var_file": ["a.tfvars"]}


def workspace(folder: Path, answer: str | Exception = "") -> FakeWorkspace:
    (folder / "modules" / "m").mkdir(parents=True)
    (folder / "main.tf").write_text("# root\n")
    (folder / "modules" / "m" / "x.tf.json").write_text("{}")
    (folder / "notes.txt").write_text("no code")
    return FakeWorkspace(folder, answer)


def test_a_plan_that_says_everything_is_not_rehearsed(tmp_path: Path) -> None:
    fake = workspace(tmp_path)
    context = rehearse(cast(Workspace, fake), CLOSED, CONTEXT, (), Progress())
    assert fake.terraforms == []
    assert context.rehearsed == {}
    assert context.sources == {"main.tf": "# root\n", "modules/m/x.tf.json": "{}"}


def test_a_rehearsal_has_no_secret_and_leaves_nothing_behind(tmp_path: Path) -> None:
    change = {
        "address": "aws_kms_key.this",
        "mode": "managed",
        "change": {"after": {"arn": KEY}, "after_unknown": {}},
    }
    line = json.dumps({"type": "test_plan", "test_plan": {"resource_changes": [change]}})
    fake = workspace(tmp_path, line)
    context = rehearse(cast(Workspace, fake), OPEN, CONTEXT, ["OURS"], Progress())
    assert context.rehearsed == {"aws_kms_key.this": {"arn": KEY}}
    (terraform,) = fake.terraforms
    assert set(terraform.secrets.values()) == {"rehearsed"}
    assert {"OURS", "SERVICENOW_CLIENT_SECRET"} <= set(terraform.secrets)
    (ran,) = terraform.ran
    assert ran["command"] == "test"
    assert ran["mode"] == 0o600
    assert ran["var_file"] == ["a.tfvars"]
    assert ran["text"] == rehearsal(OPEN, CONTEXT)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["main.tf", "modules", "notes.txt"]


def test_a_rehearsal_that_fails_proves_nothing(tmp_path: Path) -> None:
    fake = workspace(tmp_path, CheckFailed("No."))
    context = rehearse(cast(Workspace, fake), OPEN, CONTEXT, (), Progress())
    assert context.rehearsed == {}
    assert context.sources
    assert not (tmp_path / "rehearsal.tftest.hcl").exists()


def test_a_signal_ends_a_rehearsal_and_the_command(tmp_path: Path) -> None:
    fake = workspace(tmp_path, Interrupted("Interrupted."))
    with pytest.raises(Interrupted):
        rehearse(cast(Workspace, fake), OPEN, CONTEXT, (), Progress())
    assert not (tmp_path / "rehearsal.tftest.hcl").exists()


def test_the_rules_know_every_type_of_the_modules(root: Path) -> None:
    code = [*(root / "terraform").glob("*.tf"), *(root / "terraform" / "modules").rglob("*.tf")]
    lines = [line for file in code for line in file.read_text(encoding="utf-8").splitlines()]
    types = {line.split('"')[1] for line in lines if line.startswith('resource "')}
    assert len(types) > 20
    assert types <= KNOWN
