"""A small stack and its plan, for checkov to look at."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from rich.console import Console

from connect_voice.checkov import TIMEOUT, at_work
from connect_voice.console import Progress
from connect_voice.policy import Gate, Judgement, read_gate
from connect_voice.project import Project
from plan_policy.gate import Context
from plan_policy.plan import parse_plan
from plan_policy.verdict import Source, Verdict


@contextmanager
def open_gate(project: Project, tree: Path, *, timeout: float = TIMEOUT) -> Iterator[Gate]:
    """checkov at work, and what a plan is judged by besides."""
    with at_work(project, tree, timeout=timeout) as worker:
        yield read_gate(project, worker)


CONTEXT = Context(
    environment="test",
    account_id="123456789012",
    region="us-east-1",
    change="0" * 64,
    today=date(2030, 1, 31),
)
CODE = {
    "main.tf": """
resource "aws_kms_key" "this" {
  enable_key_rotation = true
}

module "table" {
  source      = "./modules/table"
  for_each    = toset(["a", "b.c"])
  kms_key_arn = aws_kms_key.this.arn
}
""",
    "modules/table/main.tf": """
variable "kms_key_arn" { type = string }

resource "aws_dynamodb_table" "this" {
  name     = "calls"
  hash_key = "id"

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}
""",
}
AWS = "registry.terraform.io/hashicorp/aws"
KEY = {"enable_key_rotation": True, "is_enabled": True}
# Before the first apply the key's ARN is not known: it is in no planned value.
TABLE = {
    "name": "calls",
    "hash_key": "id",
    "point_in_time_recovery": [{"enabled": True}],
    "server_side_encryption": [{"enabled": True}],
}
ADDRESSES = ["aws_kms_key.this"] + [
    f'module.table["{key}"].aws_dynamodb_table.this' for key in ("a", "b.c")
]


def resource(address: str, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    name = address.rpartition(".")[2]
    return {
        "address": address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": AWS,
        "values": dict(values),
    }


def plan_of(key: Mapping[str, Any] = KEY, more: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """The plan that creates the stack, as ``terraform show -json`` prints it."""
    tables = [resource(address, "aws_dynamodb_table", TABLE) for address in ADDRESSES[1:]]
    planned = [resource(ADDRESSES[0], "aws_kms_key", key), *more]
    code = {
        "resources": [{**one, "expressions": {}} for one in planned],
        "module_calls": {
            "table": {
                "source": "./modules/table",
                "module": {
                    "resources": [
                        {
                            **resource("aws_dynamodb_table.this", "aws_dynamodb_table", {}),
                            "expressions": {
                                "server_side_encryption": [
                                    {"kms_key_arn": {"references": ["var.kms_key_arn"]}}
                                ]
                            },
                        }
                    ]
                },
            }
        },
    }
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {
            "root_module": {
                "resources": planned,
                "child_modules": [
                    {"address": table["address"].rpartition(".aws_")[0], "resources": [table]}
                    for table in tables
                ],
            }
        },
        "resource_changes": [
            {
                **{name: value for name, value in one.items() if name != "values"},
                "change": {
                    "actions": ["create"],
                    "before": None,
                    "after": one["values"],
                    "after_unknown": {},
                },
            }
            for one in (*planned, *tables)
        ],
        "configuration": {"root_module": code},
        "complete": True,
        "errored": False,
    }


@dataclass(frozen=True)
class Stack:
    """A checkout with the small stack and the shipped policies."""

    project: Project
    plan_json: Path

    @classmethod
    def make(cls, root: Path, folder: Path) -> Stack:
        shutil.copytree(root / "policies" / "checkov", folder / "policies" / "checkov")
        for name in ("waivers.toml", "overrides.toml"):
            (folder / "policies" / name).write_text("", encoding="utf-8")
        for name, text in CODE.items():
            file = folder / "terraform" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        stack = cls(Project(folder), folder / "shown.json")
        stack.write_plan(plan_of())
        return stack

    @property
    def code(self) -> Path:
        return self.project.terraform

    @property
    def policies(self) -> Path:
        return self.project.root / "policies" / "checkov"

    def write_plan(self, plan: Mapping[str, Any]) -> None:
        self.plan_json.write_text(json.dumps(plan), encoding="utf-8")

    def edit(self, file: Path, old: str, new: str) -> None:
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def judge(self, between: Callable[[], object] = lambda: None) -> Judgement:
        """Open the gate, plan (which takes no time), and judge."""
        with open_gate(self.project, self.project.root) as gate:
            between()
            plan = parse_plan(self.plan_json.read_bytes())
            return gate.judge(plan, self.plan_json, CONTEXT, quiet())


def load_worker(root: Path) -> ModuleType:
    """The script that runs under another interpreter; it needs no checkov until it scans."""
    spec = importlib.util.spec_from_file_location("worker", root / "policies/checkov/worker.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "worker", module)  # dataclasses look it up
        spec.loader.exec_module(module)
    return module


def quiet() -> Progress:
    return Progress(Console(file=StringIO()))


def refused(judgement: Judgement) -> list[Verdict]:
    """What checkov refuses; our own rules have tests of their own."""
    return [one for one in judgement.refusing if one.source is Source.CHECKOV]
