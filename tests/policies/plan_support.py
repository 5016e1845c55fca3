"""Small plans, as ``terraform show -json`` would print them, made by what matters in a test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from plan_policy import Answer, Plan, Verdict, read_plan
from plan_policy.gate import Context, judge

ACCOUNT, REGION = "123456789012", "us-east-1"
TAGS = {"Environment": "prod", "ManagedBy": "terraform", "Project": "connect-voice"}
CHANGE = "c" * 64
CONTEXT = Context("prod", ACCOUNT, REGION, CHANGE, date(2026, 1, 31))
PROVIDER = "registry.terraform.io/hashicorp/aws"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111"
UNKNOWN = object()
"""Stands for a value that only the apply will tell."""


@dataclass(frozen=True)
class Resource:
    """A resource of a plan.

    Args:
        after: its attributes; `UNKNOWN` wherever only the apply will tell.
        refers: what attributes refer to by their path, ``storage_config.0.key_id``.
        unset: attributes that AWS or the provider's defaults decide.
        settings: anything else of the change, such as ``action_reason``.
    """

    type: str
    after: Mapping[str, Any] | None = field(default_factory=dict)
    name: str = "this"
    module: str = ""
    actions: Sequence[str] = ("create",)
    before: Mapping[str, Any] | None = None
    refers: Mapping[str, str] = field(default_factory=dict)
    unset: Sequence[str] = ("arn", "id", "key_id", "tags_all")
    mode: str = "managed"
    index: str | int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    configured: Mapping[str, Any] = field(default_factory=dict)
    provider: str = PROVIDER

    @property
    def local(self) -> str:
        data = "data." if self.mode == "data" else ""
        return f"{data}{self.type}.{self.name}"

    @property
    def address(self) -> str:
        key = "" if self.index is None else f"[{json.dumps(self.index)}]"
        return f"{self.module}{'.' if self.module else ''}{self.local}{key}"

    def change(self) -> dict[str, Any]:
        known, unknown = _split(dict(self.after)) if self.after is not None else (None, {})
        settings = dict(self.settings)
        details = {
            key: settings.pop(key) for key in ("replace_paths", "importing") if key in settings
        }
        return {
            "address": self.address,
            "module_address": self.module,
            "mode": self.mode,
            "type": self.type,
            "name": self.name,
            "index": self.index,
            "provider_name": self.provider,
            "change": {
                "actions": list(self.actions),
                "before": self.before,
                "after": known,
                "after_unknown": unknown,
                "before_sensitive": {},
                "after_sensitive": {},
                **details,
            },
            **settings,
        }

    def configuration(self) -> dict[str, Any]:
        expressions = {
            name: _expression(value, name, self.refers)
            for name, value in (self.after or {}).items()
            if name not in self.unset and value is not None
        }
        for path, reference in self.refers.items():
            if "." not in path:
                expressions[path] = {"references": _references(reference)}
        return {
            "address": self.local,
            "mode": self.mode,
            "type": self.type,
            "name": self.name,
            "provider_config_key": "aws",
            "expressions": expressions,
            **self.configured,
        }


def plan_data(
    *resources: Resource,
    modules: Mapping[str, Mapping[str, Any]] | None = None,
    **settings: Any,
) -> dict[str, Any]:
    """A plan's JSON.

    Args:
        modules: calls of modules in the root by name: ``source``, ``expressions``, ``outputs``.
        settings: anything else at the top, such as ``checks`` or ``provider_config``.
    """
    calls: dict[str, Any] = {}
    root: dict[str, Any] = {"resources": [], "module_calls": calls}
    for name, call in (modules or {}).items():
        calls[name] = {
            "source": call.get("source", f"./modules/{name}"),
            "expressions": call.get("expressions", {}),
            "module": {"resources": [], "outputs": call.get("outputs", {})},
        }
    for resource in resources:
        home = root
        if resource.module:
            home = calls.setdefault(
                resource.module.split(".")[1],
                {"source": "./modules/m", "module": {"resources": [], "outputs": {}}},
            )["module"]
        home["resources"].append(resource.configuration())
    provider = settings.pop(
        "provider_config",
        {
            "aws": {
                "name": "aws",
                "full_name": PROVIDER,
                "expressions": {"allowed_account_ids": {"references": ["var.account_id"]}},
            }
        },
    )
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {},
        "planned_values": {"root_module": {}},
        "resource_changes": [resource.change() for resource in resources],
        "configuration": {"provider_config": provider, "root_module": root},
        "checks": [],
        "timestamp": "2026-01-31T00:00:00Z",
        "applyable": True,
        "complete": True,
        "errored": False,
        **settings,
    }


def plan_of(*resources: Resource, **settings: Any) -> Plan:
    return read_plan(plan_data(*resources, **settings))


def judged(
    plan: Plan, rule: str, context: Context = CONTEXT, **more: Any
) -> dict[str, tuple[Answer, str]]:
    """What one rule says of a plan, by address."""
    verdicts = [each for each in judge(plan, context, **more) if each.rule == rule]
    worst: dict[str, Verdict] = {}
    for verdict in verdicts:
        before = worst.get(verdict.address)
        if before is None or before.answer is Answer.PASS:
            worst[verdict.address] = verdict
    return {address: (each.answer, each.message) for address, each in worst.items()}


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(
    actions: Any = "s3:GetObject", resources: Any = "arn:aws:s3:::ours/*", **more: Any
) -> dict:
    found = {"Effect": "Allow", "Action": actions, "Resource": resources, **more}
    return {key: value for key, value in found.items() if value is not None}


def the_key(**more: Any) -> Resource:
    """The stack's key, as it is there already."""
    after = {"arn": KEY, "key_id": KEY.rpartition("/")[2], "id": KEY.rpartition("/")[2]}
    return Resource(
        "aws_kms_key",
        {**after, "is_enabled": True, "enable_key_rotation": True, "tags_all": TAGS, **more},
        actions=("no-op",),
        before=after,
    )


def new_key() -> Resource:
    """The stack's key, yet to be made."""
    return Resource(
        "aws_kms_key",
        {"arn": UNKNOWN, "key_id": UNKNOWN, "id": UNKNOWN, "enable_key_rotation": True}
        | {"tags_all": TAGS},
    )


def _split(value: Any) -> tuple[Any, Any]:
    """A value as ``after`` and ``after_unknown`` say it."""
    if value is UNKNOWN:
        return None, True
    if isinstance(value, dict):
        pairs = {key: _split(item) for key, item in value.items()}
        known = {key: pair[0] for key, pair in pairs.items() if value[key] is not UNKNOWN}
        return known, {key: pair[1] for key, pair in pairs.items() if pair[1]}
    if isinstance(value, list):
        pairs_of = [_split(item) for item in value]
        return [pair[0] for pair in pairs_of], [pair[1] for pair in pairs_of]
    return value, False


def _expression(value: Any, path: str, refers: Mapping[str, str]) -> Any:
    if path in refers:
        return {"references": _references(refers[path])}
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return [
            {
                key: _expression(inner, f"{path}.{at}.{key}", refers)
                for key, inner in item.items()
                if inner is not None
            }
            for at, item in enumerate(value)
        ]
    if _is_open(value):
        return {"references": ["local.somewhere"]}
    return {"constant_value": value}


def _is_open(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_is_open(item) for item in value.values())
    if isinstance(value, list):
        return any(_is_open(item) for item in value)
    return value is UNKNOWN


def _references(text: str) -> list[str]:
    """As Terraform lists them: each, then what it begins with."""
    found = []
    for reference in text.split(" "):
        found.append(reference)
        parts = reference.split(".")
        shortest = {"module": 2, "data": 3}.get(parts[0], 2)
        while len(parts) > shortest:
            parts = parts[:-1]
            found.append(".".join(parts))
    return found
