"""The root module under Terraform's own test command, with a provider that only remembers."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MOCKS = Path(__file__).parent / "mocks"
BUILT = Path(__file__).parent / "built"

# A deployment in which nothing is left out; tests change one thing at a time.
VARIABLES: Mapping[str, Any] = {
    "environment": "test",
    "account_id": "123456789012",
    "region": "us-east-1",
    "connect_instance": {"alias": "test"},
    "data_streaming": {"enabled": True},
    "hours": {
        "time_zone": "Europe/Paris",
        "schedule": [{"days": ["MONDAY", "FRIDAY"], "start": "08:30", "end": "18:00"}],
    },
    "queues": {"default": {}, "people": {"name": "People"}},
    "phone_number": {"claim": {"country_code": "US"}},
    "servicenow": {
        "instance_id": "0123456789abcdef0123456789abcdef",
        "instance_name": "dev1",
        "voice_service_id": "fedcba9876543210fedcba9876543210",
        "call_context_path": "/api/call_context",
        "dnis_prefixes": ["+1", "+33"],
    },
    "servicenow_endpoints": {
        "instance_host": "dev1.example.com",
        "voice_service_host": "voice.example.com:8443",
    },
    "servicenow_flow": {
        "reason_queues": {"user_requested": "people", "angry": "people", "locked": "default"}
    },
    "servicenow_client_id": "a client id",
    "servicenow_client_secret": "a client secret",
}


@dataclass(frozen=True)
class Outcome:
    """What came of a run: the resources by address, or Terraform's errors."""

    resources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    def policy(self, address: str) -> Mapping[str, Any]:
        """The policy document of a resource."""
        document: Mapping[str, Any] = json.loads(self.resources[address]["policy"])
        return document

    def of_type(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """The managed resources of one type by address."""
        return {
            address: values
            for address, values in self.resources.items()
            if f".{kind}." in address and f".data.{kind}." not in address
        }


class MockedRoot:
    """A copy of the root, ready to be planned and applied without AWS."""

    def __init__(self, project: Path, folder: Path, env: Mapping[str, str]) -> None:
        self._root = folder / "terraform"
        self._env = {**env, "TF_DATA_DIR": str(folder / "data")}
        shutil.copytree(
            project / "terraform", self._root, ignore=shutil.ignore_patterns(".terraform")
        )
        shutil.copytree(project / "flows", folder / "flows")
        shutil.copytree(BUILT, folder / "dist")
        shutil.copytree(MOCKS, self._root / "tests" / "mocks")
        done = self._terraform("init", "-backend=false", "-lockfile=readonly", "-input=false")
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def dist(self) -> Path:
        """Where the root looks for what was built."""
        return self._root.parent / "dist"

    def validate(self) -> subprocess.CompletedProcess[str]:
        """``terraform validate``."""
        return self._terraform("validate")

    def apply(self, override: str = "", **changes: Any) -> Outcome:
        """Apply with `VARIABLES` and these changes.

        Args:
            override: a block for the provider, such as ``override_data {…}``.
            changes: variables; None leaves one out.
        """
        return self._run("apply", override, {**VARIABLES, **changes})

    def _run(self, command: str, override: str, variables: Mapping[str, Any]) -> Outcome:
        test = self._root / "tests" / "case.tftest.hcl"
        lines = [
            f"  {name} = {_literal(value)}"
            for name, value in variables.items()
            if value is not None
        ]
        test.write_text(
            'mock_provider "aws" {\n  source = "./tests/mocks"\n}\n\n'
            "variables {\n" + "\n".join(lines) + "\n}\n\n"
            f'run "case" {{\n  command = {command}\n{override}\n}}\n',
            encoding="utf-8",
        )
        done = self._terraform("test", "-json", "-verbose")
        return _outcome(done)

    def _terraform(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", *arguments, *(() if "-json" in arguments else ("-no-color",))],
            cwd=self._root,
            env=self._env,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def _literal(value: object) -> str:
    """A value as HCL, which JSON is but for what a string may interpolate."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")


def _outcome(done: subprocess.CompletedProcess[str]) -> Outcome:
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    errors = tuple(
        " ".join(event["diagnostic"].get("detail", event["diagnostic"]["summary"]).split())
        for event in events
        if event["type"] == "diagnostic" and event["diagnostic"]["severity"] == "error"
    )
    if errors or done.returncode != 0:
        assert errors, done.stdout + done.stderr
        return Outcome(errors=errors)
    state = next(event["test_state"] for event in events if event["type"] == "test_state")
    return Outcome(
        resources=dict(_resources(state["root_module"])),
        outputs={name: output.get("value") for name, output in state.get("outputs", {}).items()},
    )


def _resources(module: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", []):
        yield resource["address"], resource["values"]
    for child in module.get("child_modules", []):
        yield from _resources(child)
