"""Rules over the configuration as it is written."""

from __future__ import annotations

import re
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
        match
        for text in sources.values()
        for match in re.findall(r'\bsource\s*=\s*"([^"]+)"', text)
    }
    assert {name for name in named if not name.startswith("./modules/")} == {"hashicorp/aws"}


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
            may_be_null = "default     = null" in body or "or null" in body or "null for" in body
            assert may_be_null or "nullable" in body, (name, label)


def test_every_module_has_the_same_table_of_contents(root: Path) -> None:
    modules = sorted((root / "terraform" / "modules").iterdir())
    assert len(modules) >= 6
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


def test_prod_deploys_nowhere_until_somebody_says_where(root: Path) -> None:
    prod = tomllib.loads((root / "terraform/environments/prod/env.toml").read_text("utf-8"))
    assert prod["account_id"] == ""
    assert "embedded" not in prod
