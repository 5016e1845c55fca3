"""The pipelines as they are written: valid, safe, and nothing in them but calls of make."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

PIN = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
MAKE = re.compile(r"make ([a-z-]+)((?: [A-Z]+=[\w.-]+)*)")
WRITES = {
    ("plan.yml", "plan"): {"id-token", "pull-requests"},
    ("deploy.yml", "dev"): {"id-token"},
    ("deploy.yml", "staging"): {"id-token"},
    ("deploy.yml", "prod"): {"id-token"},
    ("environment.yml", "plan"): {"id-token"},
    ("environment.yml", "apply"): {"id-token"},
    ("drift.yml", "drift"): {"id-token", "issues"},
}


@pytest.fixture(scope="module")
def workflows(root: Path) -> dict[str, Any]:
    found = {
        file.name: yaml.safe_load(file.read_text(encoding="utf-8"))
        for file in (root / ".github" / "workflows").glob("*.yml")
    }
    assert set(found) == {"checks.yml", "plan.yml", "deploy.yml", "environment.yml", "drift.yml"}
    return found


@pytest.fixture(scope="module")
def gitlab(root: Path) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((root / ".gitlab-ci.yml").read_text(encoding="utf-8"))
    return told


def jobs(workflows: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for file, workflow in workflows.items():
        for name, job in workflow["jobs"].items():
            yield file, name, job


def steps(workflows: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for file, name, job in jobs(workflows):
        for step in job.get("steps", ()):
            yield f"{file}: {name}: {step['name']}", step


def tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_workflows_hold_to_githubs_schema(root: Path) -> None:
    files = [str(file) for file in sorted((root / ".github" / "workflows").glob("*.yml"))]
    schema = ("--builtin-schema", "vendor.github-workflows")
    run(tool("check-jsonschema"), *schema, *files, cwd=root)


def test_the_pipeline_holds_to_gitlabs_schema(root: Path) -> None:
    schema = ("--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")
    run(tool("check-jsonschema"), *schema, ".gitlab-ci.yml", cwd=root)


def test_the_linter_for_security_finds_nothing(root: Path) -> None:
    options = ("--offline", "--no-progress", "--strict-collection", "--persona=pedantic")
    config = ("--config", ".github/zizmor.yml")
    run(tool("zizmor"), *options, *config, ".github", cwd=root)


def test_the_linter_would_find_something(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "bad.yml").write_text(
        "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n",
        encoding="utf-8",
    )
    command = [tool("zizmor"), "--offline", "--no-progress", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode > 10, done.stdout + done.stderr
    assert "template-injection" in done.stdout


def test_every_action_is_pinned_by_its_commit(root: Path) -> None:
    used = [
        line.split("uses:", 1)[1].strip()
        for file in (root / ".github").rglob("*.yml")
        for line in file.read_text(encoding="utf-8").splitlines()
        if "uses:" in line
    ]
    assert len(used) > 10
    other = {one for one in used if not PIN.fullmatch(one)}
    assert other == {"./.github/workflows/environment.yml"}
    # One commit an action: two would be two things to keep up to date.
    assert len({one.split("@")[0] for one in used}) == len(set(used))


def test_every_line_that_runs_is_a_call_of_make(
    root: Path, workflows: dict[str, Any], gitlab: dict[str, Any]
) -> None:
    lines = [step["run"].strip() for _, step in steps(workflows) if "run" in step]
    for job in gitlab.values():
        if isinstance(job, dict):
            scripts = (job.get(part, []) for part in ("before_script", "script", "after_script"))
            lines += [line for script in scripts for line in script]
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    found = [MAKE.fullmatch(line) for line in lines]
    assert all(found), lines
    used = {match[1] for match in found if match}
    assert used == {"test", "plan", "comment", "approve", "apply", "drift"}
    assert used <= targets
    for match in found:
        for setting in (match[2] if match else "").split():
            assert f"$({setting.split('=')[0]})" in makefile or setting == "YES=1", setting


def test_permissions_are_the_least(workflows: dict[str, Any]) -> None:
    for file, workflow in workflows.items():
        assert workflow["permissions"] == {}, file
    for file, name, job in jobs(workflows):
        permissions = dict(job["permissions"])
        assert permissions.pop("contents") == "read"
        wanted = dict.fromkeys(WRITES.get((file, name), set()), "write")
        assert permissions == wanted, (file, name)


def test_jobs_end_and_check_out_without_credentials(workflows: dict[str, Any]) -> None:
    for file, name, job in jobs(workflows):
        assert "uses" in job or job["timeout-minutes"] <= 90, (file, name)
    checkouts = [step for _, step in steps(workflows) if "checkout@" in step.get("uses", "")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_a_fresh_copy_deploys_nothing(workflows: dict[str, Any], gitlab: dict[str, Any]) -> None:
    for file in ("plan.yml", "drift.yml"):
        for job in workflows[file]["jobs"].values():
            assert "vars.DEPLOYS == 'on'" in job["if"]
    deploy = workflows["deploy.yml"]["jobs"]
    assert "vars.DEPLOYS == 'on'" in deploy["dev"]["if"]
    assert (deploy["staging"]["needs"], deploy["prod"]["needs"]) == ("dev", "staging")
    assert set(workflows["environment.yml"][True]) == {"workflow_call"}
    for name, job in gitlab.items():
        if isinstance(job, dict) and "script" in job and name != "test":
            assert all('$DEPLOYS == "on"' in rule["if"] for rule in job["rules"]), name


def test_forks_get_no_credentials(workflows: dict[str, Any], gitlab: dict[str, Any]) -> None:
    for workflow in workflows.values():
        assert "pull_request_target" not in workflow[True]
    condition = workflows["plan.yml"]["jobs"]["plan"]["if"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    [rule] = gitlab["plan"]["rules"]
    assert "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID" in rule["if"]


def test_pull_requests_see_no_secret(workflows: dict[str, Any]) -> None:
    for file in ("checks.yml", "plan.yml"):
        assert "secrets." not in yaml.safe_dump(workflows[file])


def test_one_apply_at_a_time_and_none_is_cut_off(
    workflows: dict[str, Any], gitlab: dict[str, Any]
) -> None:
    for file in ("plan.yml", "deploy.yml", "environment.yml", "drift.yml"):
        assert workflows[file]["concurrency"]["cancel-in-progress"] is False
    assert "inputs.environment" in workflows["environment.yml"]["concurrency"]["group"]
    assert gitlab["default"]["interruptible"] is False
    for environment in ("dev", "staging", "prod"):
        for job in ("plan", "apply"):
            assert gitlab[f"{job}-{environment}"]["resource_group"] == f"state-{environment}"


def test_only_prod_waits_for_an_approval_as_its_env_toml_says(
    root: Path, workflows: dict[str, Any], gitlab: dict[str, Any]
) -> None:
    for name in ("dev", "staging", "prod"):
        text = (root / "terraform" / "environments" / name / "env.toml").read_text("utf-8")
        required = "required = true" in text
        given = workflows["deploy.yml"]["jobs"][name]["with"]
        assert given.get("approval", False) is required
        assert (f"approve-{name}" in gitlab) is required
    [rule] = gitlab["approve-prod"]["rules"]
    assert (rule["when"], rule["allow_failure"]) == ("manual", False)
    assert gitlab["apply-prod"]["needs"] == ["approve-prod"]


def test_the_apply_job_alone_names_the_environment_that_the_apply_role_trusts(
    workflows: dict[str, Any],
) -> None:
    named = {name: job.get("environment") for _, name, job in jobs(workflows) if "steps" in job}
    assert named["apply"] == "${{ inputs.environment }}"
    others = {name: one for name, one in named.items() if name != "apply" and one}
    assert all(one != "${{ inputs.environment }}" for one in others.values())
