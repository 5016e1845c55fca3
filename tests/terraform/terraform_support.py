"""The root module under Terraform's own test command, with a provider that only remembers."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
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
    "phone_numbers": {
        "service-desk": {"claim": {"country_code": "US"}, "leads_to": "servicenow_voice"},
        "support": {"claim": {"country_code": "US"}, "leads_to": "kore_agent_assist/support"},
    },
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
    "servicenow_client_ids": {"*": "a client id"},
    "servicenow_client_secrets": {"*": "a client secret"},
    "kore_bots": {
        "support": {
            "bot_id": "st-01234567-89ab-cdef-0123-456789abcdef",
            "client_id": "cs-fedcba98-7654-3210-fedc-ba9876543210",
            "account_id": "64f1c2a9b7e3d50012ab34cd",
            "sip_uri": "sip:1000@sbc.example.com",
            "queue": "people",
        },
    },
    "kore_endpoints": {"domain": "assist.example.com", "wss_url": "wss://media.example.com"},
    "kore_webhook_url": "https://crm.example.com/dispositions",
    "kore_client_secrets": {"support": "a bot's secret"},
    "kore_webhook_secret": "a webhook's secret",
}

# As much as possible unlike that, in one deployment: an apply takes seconds.
ANY_TEXT = 'She said "hello"\\ \n\tto ${you} & <me>: é 日本 %{ if }'
ANY_PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
DIFFERENT: Mapping[str, Any] = {
    "servicenow": None,
    "servicenow_endpoints": None,
    "phone_numbers": {"support": VARIABLES["phone_numbers"]["support"]},
    "media_streaming": {
        "enabled": False,
        "prefix": "theirs",
        "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/theirs",
    },
    "kore_bots": {
        "support": {
            **VARIABLES["kore_bots"]["support"],
            "language_code": "es-US",
            "voice": "Lupe",
            "voice_engine": "Generative",
            "greeting": ANY_TEXT,
            "handover_message": ANY_TEXT,
            "stream_from_customer": False,
        },
        "front-office": {
            **VARIABLES["kore_bots"]["support"],
            "queue": "default",
            "stream_to_customer": False,
        },
    },
    "kore_endpoints": {**VARIABLES["kore_endpoints"], "ca_bundle_pem": ANY_PEM},
    "kore_tokens": {"socket_minutes": 5, "widget_minutes": 30, "stream_access_minutes": 15},
    "kore_disposition": {
        "choices": [
            {"value": "sold", "label": 'It\'s "sold"'},
            {"value": "lost", "label": "Verloren"},
        ]
    },
    "kore_flow_logging": False,
    "kore_lambda": {"provisioned_concurrency": 2},
    "kore_client_secrets": {"*": "a secret of all"},
    "lambda_association": "function",
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
        # The provider mostly loads its schemas: less collecting of garbage saves a quarter of that.
        self._env = {**env, "TF_DATA_DIR": str(folder / "data"), "GOGC": "400"}
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

    def apply_file(self, text: str, variables: Mapping[str, Any]) -> Outcome:
        """Apply with the variables of a tfvars file and these."""
        file = self._root / "case.tfvars"
        file.write_text(text, encoding="utf-8")
        return _outcome(self._test(_case("case", "apply", "", variables), f"-var-file={file}"))

    def change(self, **changes: Any) -> dict[str, list[str]]:
        """Apply `VARIABLES`, then plan these changes: the actions by address, without no-ops."""
        done = self._test(
            _case("before", "apply", "", VARIABLES)
            + _case("after", "plan", "", {**VARIABLES, **changes})
        )
        events = _events(done)
        assert _errors(events) == ()
        plans = [event["test_plan"] for event in events if event["type"] == "test_plan"]
        return {
            resource["address"]: resource["change"]["actions"]
            for resource in plans[-1]["resource_changes"]
            if resource["mode"] == "managed" and resource["change"]["actions"] != ["no-op"]
        }

    def _run(self, command: str, override: str, variables: Mapping[str, Any]) -> Outcome:
        return _outcome(self._test(_case("case", command, override, variables)))

    def _test(self, runs: str, *options: str) -> subprocess.CompletedProcess[str]:
        test = self._root / "tests" / "case.tftest.hcl"
        provider = 'mock_provider "aws" {\n  source = "./tests/mocks"\n}\n'
        test.write_text(provider + runs, encoding="utf-8")
        return self._terraform("test", "-json", "-verbose", *options)

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


def _case(name: str, command: str, override: str, variables: Mapping[str, Any]) -> str:
    """A run block."""
    lines = "".join(
        f"    {name} = {_literal(value)}\n"
        for name, value in variables.items()
        if value is not None
    )
    return (
        f'\nrun "{name}" {{\n  command = {command}\n  variables {{\n{lines}  }}\n{override}\n}}\n'
    )


def _literal(value: object) -> str:
    """A value as HCL, which JSON is but for what a string may interpolate."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")


def _events(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def _errors(events: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(
        " ".join((event["diagnostic"].get("detail") or event["diagnostic"]["summary"]).split())
        for event in events
        if event["type"] == "diagnostic" and event["diagnostic"]["severity"] == "error"
    )


def _outcome(done: subprocess.CompletedProcess[str]) -> Outcome:
    events = _events(done)
    errors = _errors(events)
    if errors or done.returncode != 0:
        assert errors, done.stdout[-5000:] + done.stderr
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
