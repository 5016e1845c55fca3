"""Whatever a plan's JSON holds, the gate answers: it never falls over, and never passes by that."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_support import CONTEXT, judged, plan_data
from rule_fixtures import FAILING, PASSING

from plan_policy import Answer, PlanError, read_plan
from plan_policy.gate import judge
from plan_policy.protection import losses
from plan_policy.redaction import canonical_digest, redact, secrets_in_plan
from plan_policy.rehearsal import is_open, rehearsal

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from(["", "*", "arn:aws:s3:::x", "{", "[]", '{"Statement": 7}', "${x}", "a\n\x00"]),
    st.text(max_size=20),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "values", "constant_value", "*"]), inner, max_size=3),
    ),
    max_leaves=6,
)
PLANS = [plan.data for plan in PASSING.values()]
PLANS += [case.plan.data for cases in FAILING.values() for case in cases[:2]]
RULES_FALL = "could not be judged"


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, item in value.items():
            found += places(item, (*path, key))
    if isinstance(value, list):
        for at, item in enumerate(value):
            found += places(item, (*path, at))
    return found


@pytest.mark.parametrize("key", ["action_reason", "deposed", "previous_address"])
@pytest.mark.parametrize("value", [[], {}, 0, False, 7])
def test_what_should_be_a_text_and_is_none_is_no_plan(key: str, value: object) -> None:
    plan = copy.deepcopy(PLANS[0])
    assert read_plan(plan)
    plan["resource_changes"][0][key] = value
    with pytest.raises(PlanError, match="shape"):
        read_plan(plan)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_value_anywhere_makes_a_rule_fall_over(data: st.DataObject) -> None:
    plan = copy.deepcopy(data.draw(st.sampled_from(PLANS)))
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(places(plan)))
        target: Any = plan
        try:
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = data.draw(JSON)
        except (KeyError, IndexError, TypeError):
            continue
    redact(plan)
    secrets_in_plan(plan)
    canonical_digest(plan)
    try:
        read = read_plan(plan)
    except PlanError:
        return
    fallen = [verdict for verdict in judge(read, CONTEXT) if RULES_FALL in verdict.message]
    assert fallen == []
    list(losses(read))
    is_open(read)
    rehearsal(read, CONTEXT)


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_what_is_no_plan_is_refused(value: Any) -> None:
    with pytest.raises(PlanError):
        read_plan(value)


@pytest.mark.parametrize(
    ("rule", "data"),
    [(rule, case.plan.data) for rule, cases in FAILING.items() for case in cases],
)
def test_what_was_refused_is_still_refused_beside_five_hundred_others(
    rule: str, data: dict[str, Any]
) -> None:
    many = copy.deepcopy(data)
    one = {
        "address": "aws_kms_alias.many",
        "mode": "managed",
        "type": "aws_kms_alias",
        "name": "many",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": ["create"], "before": None, "after": {"name": "alias/x"}},
    }
    many["resource_changes"] += [
        {**one, "address": f"{one['address']}[{at}]", "index": at} for at in range(30)
    ]
    answers = {answer for answer, _ in judged(read_plan(many), rule).values()}
    assert answers & {Answer.FAIL, Answer.CANNOT_PROVE}


def test_depth_is_borne() -> None:
    deep: Any = "x"
    for _ in range(400):
        deep = {"a": [deep]}
    data = plan_data()
    data["variables"] = {"deep": {"value": deep}}
    data["resource_changes"] = [
        {
            "address": "aws_lambda_function.this",
            "mode": "managed",
            "type": "aws_lambda_function",
            "name": "this",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {
                "actions": ["create"],
                "before": None,
                "after": {"environment": [{"variables": deep}], "policy": json.dumps(deep)},
                "after_unknown": deep,
                "after_sensitive": deep,
            },
        }
    ]
    redact(data)
    plan = read_plan(data)
    assert not [verdict for verdict in judge(plan, CONTEXT) if RULES_FALL in verdict.message]
