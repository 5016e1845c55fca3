"""The house rules that a program can check."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

FIRST_PARTY = {
    "callsim": "local/callsim",
    "connect_core": "lambda_src/connect_core",
    "connect_voice": "scripts/connect_voice",
    "flowkit": "scripts/flowkit",
    "kore_disposition": "lambda_src/kore_disposition",
    "kore_stream_trigger": "lambda_src/kore_stream_trigger",
    "kore_widget_token": "lambda_src/kore_widget_token",
    "lambda_build": "build/lambda_build",
    "local_aws": "local/local_aws",
    "phone_number_flow": "lambda_src/phone_number_flow",
    "plan_policy": "policies/plan_policy",
    "servicenow_voice": "lambda_src/servicenow_voice",
}
# Who may know whom; a package always knows itself.
ALLOWED: dict[str, set[str]] = {
    "callsim": {"flowkit"},
    "connect_core": set(),
    "connect_voice": {"lambda_build", "flowkit", "callsim", "plan_policy"},
    "flowkit": set(),
    "kore_disposition": {"connect_core"},
    "kore_stream_trigger": {"connect_core"},
    "kore_widget_token": {"connect_core"},
    "lambda_build": set(),
    "local_aws": {"flowkit"},
    "phone_number_flow": {"connect_core"},
    "plan_policy": {"flowkit"},
    "servicenow_voice": {"connect_core"},
}
# Pure packages: data in, data out.
NO_EDGES = {"flowkit", "callsim", "plan_policy"}
EDGES = {"boto3", "botocore", "http", "os", "requests", "shutil", "socket", "subprocess", "urllib3"}


def _run(*command: str, cwd: Path) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing(root: Path) -> None:
    _run(sys.executable, "-m", "ruff", "check", "--output-format=concise", ".", cwd=root)


def test_python_is_formatted(root: Path) -> None:
    _run(sys.executable, "-m", "ruff", "format", "--check", ".", cwd=root)


def test_types_hold(root: Path) -> None:
    _run(sys.executable, "-m", "mypy", cwd=root)


def test_terraform_is_formatted(root: Path, terraform_env: dict[str, str]) -> None:
    done = subprocess.run(
        ["terraform", "fmt", "-check", "-recursive", "-diff", "terraform"],
        cwd=root,
        env=terraform_env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_lock_files_are_fresh(root: Path) -> None:
    _run(sys.executable, "-m", "connect_voice", "lock", "--check", cwd=root)


@pytest.mark.parametrize("package", sorted(FIRST_PARTY))
def test_imports_keep_to_the_house(root: Path, package: str) -> None:
    allowed = ALLOWED[package] | {package}
    wrong = [
        f"{file.relative_to(root)} imports {name}"
        for file, name in _imports(root / FIRST_PARTY[package])
        if (name in FIRST_PARTY and name not in allowed) or (package in NO_EDGES and name in EDGES)
    ]
    assert wrong == []


def test_every_package_is_looked_at(root: Path) -> None:
    folders = {
        str(path.parent.relative_to(root))
        for parent in ("build", "lambda_src", "local", "policies", "scripts")
        for path in (root / parent).glob("*/__init__.py")
    }
    assert folders == set(FIRST_PARTY.values())


def test_help_knows_every_target(root: Path) -> None:
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    phony = makefile.split(".PHONY:", 1)[1].split("\n", 1)[0].split()
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split()[1] for line in shown.stdout.splitlines()] == phony


def test_readme_starts_with_the_two_commands(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    deploy, test = text.find("make deploy"), text.find("make test")
    assert 0 < deploy < test < 1500


def test_the_program_starts_without_what_only_some_verbs_need() -> None:
    heavy = {"boto3", "botocore", "rich", "yaml", "requests", "jwt", "moto", "python_terraform"}
    heavy |= {"callsim", "lambda_build", "flowkit"}
    listed = subprocess.run(
        [sys.executable, "-c", "import sys, connect_voice.cli; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert heavy & set(listed.stdout.split()) == set()


def _imports(folder: Path) -> list[tuple[Path, str]]:
    found = []
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found += [(file, alias.name.split(".")[0]) for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.append((file, node.module.split(".")[0]))
    return found
