"""The shipped stack passes, planned by Terraform; what its first plan leaves open is rehearsed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from planned_root import ACCOUNT, PlannedRoot, planned_root

from plan_policy import Answer, Plan, parse_plan
from plan_policy.context import Context
from plan_policy.gate import judge, read_overrides, read_waivers
from plan_policy.redaction import redact, secrets_in_plan
from plan_policy.rehearsal import is_open, rehearsal, rehearsed_attributes

TERRAFORM_TESTS = Path(__file__).parents[1] / "terraform"
CONTEXT = Context("test", ACCOUNT, "us-east-1", "c" * 64, date(2026, 1, 31))


@pytest.fixture(scope="module")
def shipped(
    root: Path, tmp_path_factory: pytest.TempPathFactory, terraform_env: dict[str, str]
) -> Iterator[PlannedRoot]:
    variables, _ = _variables()
    folder = tmp_path_factory.mktemp("planned")
    with planned_root(root, folder, terraform_env, variables, TERRAFORM_TESTS / "built") as planned:
        yield planned


def _variables() -> tuple[dict[str, Any], dict[str, Any]]:
    """The variables of a deployment that leaves nothing out, and of one as unlike as possible."""
    sys.path.insert(0, str(TERRAFORM_TESTS))
    try:
        from terraform_support import DIFFERENT, VARIABLES  # noqa: PLC0415
    finally:
        sys.path.remove(str(TERRAFORM_TESTS))
    reserved = {"reserved_concurrency": 10}
    all_of_it = {**VARIABLES, "servicenow_lambda": reserved, "kore_lambda": reserved}
    unlike = {**all_of_it, **DIFFERENT, "kore_lambda": {**DIFFERENT["kore_lambda"], **reserved}}
    return all_of_it, {name: value for name, value in unlike.items() if value is not None}


@pytest.fixture(scope="module")
def plan(shipped: PlannedRoot) -> Plan:
    return parse_plan(shipped.plan())


@pytest.fixture(scope="module")
def rehearsed(shipped: PlannedRoot, plan: Plan) -> Mapping[str, Mapping[str, Any]]:
    return rehearsed_attributes(shipped.rehearse(rehearsal(plan, CONTEXT)))


def test_the_shipped_stack_passes_with_the_shipped_waivers(
    root: Path, shipped: PlannedRoot, plan: Plan, rehearsed: Mapping[str, Mapping[str, Any]]
) -> None:
    sources = {"main.tf": (shipped.root / "main.tf").read_text(encoding="utf-8")}
    policies = root / "policies"
    verdicts = judge(
        plan,
        replace(CONTEXT, rehearsed=rehearsed, sources=sources),
        waivers=read_waivers((policies / "waivers.toml").read_text(encoding="utf-8")),
        overrides=read_overrides((policies / "overrides.toml").read_text(encoding="utf-8")),
    )
    assert [verdict for verdict in verdicts if verdict.refuses] == []
    assert len(verdicts) > 150


def test_a_deployment_in_which_every_choice_is_another_one_passes_too(shipped: PlannedRoot) -> None:
    _, unlike = _variables()
    other = replace(shipped, variables=unlike)
    plan = parse_plan(other.plan())
    rehearsed = rehearsed_attributes(other.rehearse(rehearsal(plan, CONTEXT)))
    verdicts = judge(plan, replace(CONTEXT, rehearsed=rehearsed))
    assert [verdict for verdict in verdicts if verdict.refuses] == []


def test_without_a_rehearsal_what_is_open_is_not_proven_and_nothing_fails(plan: Plan) -> None:
    assert is_open(plan)
    refusing = [verdict for verdict in judge(plan, CONTEXT) if verdict.refuses]
    assert {verdict.answer for verdict in refusing} == {Answer.CANNOT_PROVE}
    assert {"iam-no-wildcard", "flow-sound"} <= {verdict.rule for verdict in refusing}


def test_the_rehearsal_is_of_every_resource(
    plan: Plan, rehearsed: Mapping[str, Mapping[str, Any]]
) -> None:
    assert {change.address for change in plan.managed()} == set(rehearsed)
    policy = rehearsed["module.kore_agent_assist[0].aws_iam_role_policy.stream_reader"]["policy"]
    key = rehearsed["module.encryption.aws_kms_key.this"]["arn"]
    assert key in json.dumps(json.loads(policy))
    assert key.startswith(f"arn:aws:kms:us-east-1:{ACCOUNT}:key/")


def test_what_the_rehearsal_shows_is_held_against_the_rules(
    plan: Plan, rehearsed: Mapping[str, Mapping[str, Any]]
) -> None:
    address = "module.kore_agent_assist[0].aws_iam_role_policy.stream_reader"
    statement = {"Effect": "Allow", "Action": "kinesisvideo:*", "Resource": "*"}
    wide = {**rehearsed, address: {"policy": json.dumps({"Statement": [statement]})}}
    refusing = [
        (verdict.rule, verdict.address, verdict.answer)
        for verdict in judge(plan, replace(CONTEXT, rehearsed=wide))
        if verdict.refuses
    ]
    assert refusing == [("iam-no-wildcard", address, Answer.FAIL)]


def test_nothing_of_the_secrets_is_in_the_plan(plan: Plan) -> None:
    secrets = ["a client secret", "a bot's secret", "a webhook's secret"]
    assert secrets_in_plan(plan.data, secrets) == ()
    shown = json.dumps(redact(plan.data, secrets))
    assert not [secret for secret in secrets if secret in shown]
