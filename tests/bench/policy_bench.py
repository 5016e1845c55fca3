"""What holding a plan of 500 resources against the project's own rules costs.

The plan is made of what the shipped stack is made of, many vendors over: functions with role,
policies, log group, alias and permission, flows, parameters, tables. Time is the
processor's, the best of several rounds, because the machine is shared. Reading the plan's JSON is
the peer: what nobody can go below. Prints where the time goes, rule by rule.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from plan_policy import parse_plan
from plan_policy.gate import RULES, Context, judge
from plan_policy.redaction import canonical_digest, redact
from plan_policy.rules import flows
from plan_policy.world import World

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = 500
VENDOR = 13  # resources of one
LONGEST = 0.5  # seconds for the rules over all of them
ROUNDS = 5
SHOWN = 6
ACCOUNT, REGION = "123456789012", "us-east-1"
CONTEXT = Context("prod", ACCOUNT, REGION, "c" * 64, date(2026, 1, 31))
TAGS = {"Environment": "prod", "ManagedBy": "terraform", "Project": "connect-voice"}
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111"
INSTANCE = f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/22222222-2222-2222-2222-222222222222"
PROVIDER = "registry.terraform.io/hashicorp/aws"


def main() -> int:
    """Measure and print.

    Returns:
        1 when the promise is missed.
    """
    text = json.dumps(large_plan(RESOURCES))
    plan = parse_plan(text)
    refusing = [verdict for verdict in judge(plan, CONTEXT) if verdict.refuses]
    assert not refusing, refusing[:3]
    floor = _best(lambda: json.loads(text))
    whole = _best(lambda: _afresh(lambda: judge(plan, CONTEXT)))
    works: dict[str, Callable[[], object]] = {
        f"{len(RULES)} rules": lambda: _afresh(lambda: judge(plan, CONTEXT)),
        "redact": lambda: redact(plan.data),
        "canonical digest": lambda: canonical_digest(plan.data),
    }
    table = Table(title=f"{len(plan.changes)} resources, best processor time", header_style="bold")
    for column in ("", "seconds", "x json"):
        table.add_column(column, no_wrap=True, justify="right" if column else "left")
    table.add_row("json.loads", f"{floor:.3f}", "1.0")
    for name, work in works.items():
        seconds = _best(work)
        table.add_row(name, f"{seconds:.3f}", f"{seconds / floor:.1f}")
    world = World(plan, CONTEXT)
    costs = {
        rule.id: _best(lambda rule=rule: _afresh(lambda: list(rule.judge(world)))) for rule in RULES
    }
    for name in sorted(costs, key=lambda each: -costs[each])[:SHOWN]:
        table.add_row(f"  {name}", f"{costs[name]:.3f}", f"{costs[name] / floor:.1f}")
    Console(highlight=False, width=100).print(table)
    if whole > LONGEST:
        say = Console(stderr=True, highlight=False)
        say.print(f"The rules took {whole:.2f} s for {RESOURCES} resources; {LONGEST} promised.")
        return 1
    return 0


def large_plan(resources: int) -> dict[str, Any]:
    """A plan of that many resources that every rule passes."""
    changes: list[dict[str, Any]] = [
        _change("aws_kms_key", "key", {"arn": KEY, "id": KEY, "enable_key_rotation": True})
    ]
    queue = f"{INSTANCE}/queue/33333333-3333-3333-3333-333333333333"
    changes.append(_change("aws_connect_queue", "default", {"arn": queue}))
    templates = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("flows/*/*.json"))]
    number = 0
    while len(changes) + VENDOR <= resources:
        changes += _vendor(f"vendor-{number}", templates[number % len(templates)], queue)
        number += 1
    rest = range(resources - len(changes))
    changes += [_change("aws_kms_alias", f"a{at}", {"name": f"alias/{at}"}) for at in rest]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"account_id": {"value": ACCOUNT}, "region": {"value": REGION}},
        "planned_values": {"root_module": {}},
        "resource_changes": changes,
        "prior_state": {
            "values": {
                "root_module": {
                    "resources": [
                        {"address": change["address"], "values": change["change"]["after"]}
                        for change in changes
                    ]
                }
            }
        },
        "configuration": {
            "provider_config": {
                "aws": {
                    "name": "aws",
                    "full_name": PROVIDER,
                    "expressions": {"allowed_account_ids": {"references": ["var.account_id"]}},
                }
            },
            "root_module": {"resources": [_configured(change) for change in changes]},
        },
        "errored": False,
        "complete": True,
        "timestamp": "2026-01-31T00:00:00Z",
    }


def _vendor(name: str, template: str, queue: str) -> list[dict[str, Any]]:
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    secret = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{name}/client_secret"
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    read = [
        {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": [secret]},
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": {"StringEquals": {"kms:EncryptionContext:PARAMETER_ARN": secret}},
        },
    ]
    made: list[tuple[str, dict[str, Any]]] = [
        (
            "aws_lambda_function",
            {
                "function_name": name,
                "arn": function,
                "role": role,
                "timeout": 7,
                "runtime": "python3.13",
                "source_code_hash": "q7IkNqmXXFQs5GtHieONJjeRpzYuS83d5Gf7yYbSgHA=",
                "reserved_concurrent_executions": 10,
                "kms_key_arn": KEY,
                "environment": [
                    {"variables": {f"SETTING_{at}": f"value {at}" for at in range(12)}}
                ],
                "logging_config": [{"log_group": f"/aws/lambda/{name}"}],
            },
        ),
        ("aws_lambda_alias", {"function_name": name, "name": "live", "arn": f"{function}:live"}),
        (
            "aws_lambda_permission",
            {
                "function_name": name,
                "action": "lambda:InvokeFunction",
                "principal": "connect.amazonaws.com",
                "source_arn": INSTANCE,
                "source_account": ACCOUNT,
            },
        ),
        ("aws_connect_lambda_function_association", {"function_arn": f"{function}:live"}),
        (
            "aws_cloudwatch_log_group",
            {"name": f"/aws/lambda/{name}", "retention_in_days": 90, "kms_key_id": KEY},
        ),
        (
            "aws_iam_role",
            {"arn": role, "assume_role_policy": _policy({**trust, "Action": "sts:AssumeRole"})},
        ),
        *(("aws_iam_role_policy", {"name": f"p{at}", "policy": _policy(*read)}) for at in range(3)),
        (
            "aws_ssm_parameter",
            {
                "name": f"/{name}/client_secret",
                "type": "SecureString",
                "tier": "Standard",
                "key_id": KEY,
                "value_wo_version": 1,
            },
        ),
        (
            "aws_ssm_parameter",
            {"name": f"/{name}/settings", "type": "String", "insecure_value": '{"botId":"st-1"}'},
        ),
        (
            "aws_dynamodb_table",
            {
                "name": name,
                "server_side_encryption": [{"enabled": True, "kms_key_arn": KEY}],
                "attribute": [{"name": "contactId", "type": "S"}],
            },
        ),
        (
            "aws_connect_contact_flow",
            {"name": name, "type": "CONTACT_FLOW", "content": _filled(template, queue, function)},
        ),
    ]
    return [_change(kind, f"{name}-{at}", after) for at, (kind, after) in enumerate(made)]


def _filled(template: str, queue: str, function: str) -> str:
    """A flow as it would be published: placeholders take what they stand for."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if "lambda_arn" in name:
            return function
        if name.endswith("_arn"):
            return f"arn:aws:connect:{REGION}:aws:view/form:1" if "view" in name else queue
        return {"flow_logging": "Enabled", "voice": "Joanna", "language_code": "en-US"}.get(
            name,
            "+12065550100"
            if "number" in name
            else "30"
            if "seconds" in name or "attempts" in name
            else "Neural",
        )

    return re.sub(r"\$\{(\w+)\}", value, template)


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _change(kind: str, name: str, after: dict[str, Any]) -> dict[str, Any]:
    tagged = {**after, "tags_all": TAGS}
    return {
        "address": f"{kind}.{name}",
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_name": PROVIDER,
        "change": {
            "actions": ["no-op"],
            "before": tagged,
            "after": tagged,
            "after_unknown": {},
            "before_sensitive": {},
            "after_sensitive": {},
        },
    }


def _configured(change: dict[str, Any]) -> dict[str, Any]:
    expressions = {
        name: {"references": [f"var.{name}"]}
        for name in (*change["change"]["after"], "value_wo")
        if name not in {"arn", "id", "tags_all"}
    }
    return {key: change[key] for key in ("address", "mode", "type", "name")} | {
        "expressions": expressions
    }


def _afresh(work: Callable[[], object]) -> object:
    """Without what was remembered of flows from the round before."""
    flows.forget()
    return work()


def _best(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


if __name__ == "__main__":
    sys.exit(main())
