"""Drift: what a refresh-only plan of Terraform says, and what it keeps to itself."""

from __future__ import annotations

from typing import Any

from connect_voice.brief.drift import drifted
from connect_voice.drift import failed_conditions, with_resources
from plan_policy import read_plan

POLICY = '{"Statement": [{"Action": "kms:Decrypt", "Effect": "Allow", "Resource": "*"}]}'
PROVIDER = "registry.terraform.io/hashicorp/aws"


def check(kind: str, status: str, *messages: str) -> dict[str, Any]:
    return {
        "address": {"kind": kind, "to_display": "aws_cloudcontrolapi_resource.this"},
        "status": status,
        "instances": [
            {
                "address": {"to_display": 'aws_cloudcontrolapi_resource.this["a"]'},
                "status": status,
                "problems": [{"message": message} for message in messages],
            }
        ],
    }


def test_postconditions_that_do_not_hold_are_told() -> None:
    data = {
        "checks": [
            check("resource", "fail", "Set the name\n back.", "Set the scope back."),
            check("resource", "pass"),
            check("resource", "error", "It cannot be told."),
        ]
    }
    assert [(one.address, one.message) for one in failed_conditions(data)] == [
        ('aws_cloudcontrolapi_resource.this["a"]', "Set the name back."),
        ('aws_cloudcontrolapi_resource.this["a"]', "Set the scope back."),
        ('aws_cloudcontrolapi_resource.this["a"]', "It cannot be told."),
    ]


def test_checks_of_the_configuration_are_no_drift() -> None:
    data = {"checks": [check("check", "fail", "x"), check("var", "fail", "y"), {"address": {}}]}
    assert list(failed_conditions(data)) == []
    assert list(failed_conditions({})) == []


def plan(*inline: dict[str, str]) -> dict[str, Any]:
    named = {"mode": "managed", "provider_name": PROVIDER}
    role = {"type": "aws_iam_role", "name": "this", "address": "module.a.aws_iam_role.this"}
    before = {"name": "reader", "inline_policy": []}
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.0",
        "errored": False,
        "complete": True,
        "configuration": {},
        "planned_values": {},
        "resource_drift": [
            {
                **named,
                **role,
                "module_address": "module.a",
                "change": {
                    "actions": ["update"],
                    "before": before,
                    "after": {**before, "inline_policy": list(inline)},
                },
            }
        ],
        "prior_state": {
            "values": {
                "root_module": {
                    "child_modules": [
                        {
                            "address": "module.a",
                            "resources": [
                                {
                                    **named,
                                    "type": "aws_iam_role_policy",
                                    "name": "read",
                                    "address": "module.a.aws_iam_role_policy.read",
                                    "values": {"role": "reader", "name": "read", "policy": POLICY},
                                    "sensitive_values": {},
                                }
                            ],
                        }
                    ]
                }
            }
        },
    }


def test_a_policy_of_ours_is_no_drift_of_its_role() -> None:
    data = plan({"name": "read", "policy": POLICY})
    assert drifted(read_plan(data))  # as Terraform tells it
    assert not drifted(read_plan(with_resources(data)))


def test_a_policy_that_somebody_added_is() -> None:
    data = plan({"name": "read", "policy": POLICY}, {"name": "more", "policy": POLICY})
    assert drifted(read_plan(with_resources(data)))
