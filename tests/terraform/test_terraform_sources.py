"""Rules over the configuration as it is written."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def sources(root: Path) -> dict[str, str]:
    found = {
        str(file.relative_to(root)): file.read_text(encoding="utf-8")
        for file in (root / "terraform").rglob("*.tf")
        if ".terraform" not in file.parts
    }
    assert found
    return found


@pytest.mark.parametrize(
    "forbidden",
    [
        r"\bprovisioner\b",
        r"\bnull_resource\b",
        r"\blocal-exec\b",
        r'data "external"',
        r"^\s*endpoints\s*\{",
        r"\bskip_(credentials|requesting|metadata)\w*",
        r"(?<!\d)\d{12}(?!\d)",
    ],
)
def test_forbidden_content_is_absent(sources: dict[str, str], forbidden: str) -> None:
    # Whole-line comments may speak of what the code must not hold.
    wrong = [
        f"{name}: {line.strip()}"
        for name, text in sources.items()
        for line in text.splitlines()
        if re.search(forbidden, line) and not line.lstrip().startswith("#")
    ]
    assert wrong == []


def test_modules_come_from_this_repository_and_providers_are_aws_alone(
    sources: dict[str, str],
) -> None:
    named = {
        (file.startswith("terraform/modules/"), match)
        for file, text in sources.items()
        for match in re.findall(r'\bsource\s*=\s*"([^"]+)"', text)
    }
    assert {
        name
        for in_module, name in named
        if not re.fullmatch(r"\.\./\w+" if in_module else r"\./modules/\w+", name)
    } == {"hashicorp/aws"}


def test_what_is_formatted_stays_formatted(root: Path) -> None:
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "-diff", "terraform"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_secret_is_ephemeral_wherever_it_comes_in(sources: dict[str, str]) -> None:
    secrets = [
        (name, label, body)
        for name, text in sources.items()
        for label, body in re.findall(
            r'^variable "([^"]+)" \{\n(.*?)^\}$', text, re.MULTILINE | re.DOTALL
        )
        if re.search(r"secrets?$|password|private_key|credential", label)
        and label != "manage_secrets"
    ]
    assert {label for name, label, _ in secrets if "modules" not in name} == {
        "servicenow_client_secrets",
        "kore_client_secrets",
        "kore_webhook_secret",
    }
    for name, label, body in secrets:
        assert re.search(r"^  ephemeral\s*= true$", body, re.MULTILINE), (name, label)
        assert re.search(r"^  sensitive\s*= true$", body, re.MULTILINE), (name, label)


def test_no_object_variable_hides_a_secret(sources: dict[str, str]) -> None:
    attributes = [
        (name, attribute)
        for name, text in sources.items()
        if "variables" in name
        for attribute in re.findall(r"^\s{4,}(\w+)\s*= (?:optional\()?string", text, re.MULTILINE)
    ]
    assert len(attributes) > 20
    wrong = [found for found in attributes if re.search(r"secret|password|token", found[1])]
    assert wrong == []


def test_secrets_are_written_and_never_read(sources: dict[str, str]) -> None:
    for name, text in sources.items():
        for body in re.findall(
            r'^resource "aws_ssm_parameter" "\w+" \{\n(.*?)^\}$', text, re.MULTILINE | re.DOTALL
        ):
            secure = '"SecureString"' in body
            assert bool(re.search(r"^  value_wo ", body, re.MULTILINE)) == secure, name
            assert not re.search(r"^  value ", body, re.MULTILINE), name
        assert "with_decryption = true" not in text, name


def test_variables_and_outputs_say_what_they_are(sources: dict[str, str]) -> None:
    blocks = [
        (name, kind, label, body)
        for name, text in sources.items()
        for kind, label, body in re.findall(
            r'^(variable|output) "([^"]+)" \{\n(.*?)^\}$', text, re.MULTILINE | re.DOTALL
        )
    ]
    assert blocks
    for name, kind, label, body in blocks:
        assert re.search(r"^  description\s*=", body, re.MULTILINE), (name, label)
        if kind == "variable":
            assert re.search(r"^  type\s*=", body, re.MULTILINE), (name, label)
            may_be_null = re.search(r"^  default\s*= null$|or null|null for", body, re.MULTILINE)
            assert may_be_null or "nullable" in body, (name, label)


def test_every_module_has_the_same_table_of_contents(root: Path) -> None:
    modules = sorted((root / "terraform" / "modules").iterdir())
    assert len(modules) >= 9
    for module in modules:
        files = {file.name for file in module.iterdir()}
        assert {"versions.tf", "variables.tf", "outputs.tf"} <= files, module.name
        assert "main.tf" not in files, f"{module.name}: one concern a file"


def test_the_lock_file_serves_the_platforms_people_work_on(root: Path) -> None:
    text = (root / "terraform" / ".terraform.lock.hcl").read_text(encoding="utf-8")
    assert text.count('provider "') == 1
    assert 'version     = "5.100.0"' in text
    # Each platform's zip as the registry publishes it, and linux_amd64's package unpacked.
    assert len(re.findall(r'"zh:[0-9a-f]{64}"', text)) == 15
    assert '"h1:edXOJWE4ORX8Fm+dpVpICzMZJat4AX0VRCAy/xkcOc0="' in text


def test_every_environment_has_both_its_files(root: Path) -> None:
    for folder in (root / "terraform" / "environments").iterdir():
        assert {"env.toml", "terraform.tfvars"} <= {file.name for file in folder.iterdir()}


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_nothing_is_deployed_until_somebody_says_where(root: Path, name: str) -> None:
    file = root / "terraform" / "environments" / name / "env.toml"
    environment = tomllib.loads(file.read_text("utf-8"))
    assert (environment["account_id"], environment["state_bucket"]) == ("", "")
    assert "embedded" not in environment
