"""Where an unknown value comes from: through modules and their outputs, and no further."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from plan_support import (
    CONTEXT,
    KEY,
    UNKNOWN,
    Resource,
    judged,
    new_key,
    plan_data,
    plan_of,
    the_key,
)
from rule_fixtures import log_group, table

from plan_policy import Answer, read_plan
from plan_policy.provenance import Configuration, Origin
from plan_policy.values import look_up

ADDRESS = "aws_cloudwatch_log_group.this"
IN_MODULE = "module.vendor.aws_cloudwatch_log_group.this"


def said(*resources: Resource, address: str = ADDRESS, **more: Any) -> tuple[Answer, str]:
    return judged(plan_of(*resources, **more), "log-group-encrypted")[address]


def test_a_reference_to_the_key_is_proven_before_the_key_is_made() -> None:
    group = log_group(UNKNOWN, refers={"kms_key_id": "aws_kms_key.this.arn"})
    answer, message = said(new_key(), group)
    assert answer is Answer.PASS
    assert message == "The log group is encrypted by aws_kms_key.this."


def test_a_reference_is_followed_through_inputs_and_outputs_of_modules() -> None:
    key = replace(new_key(), module="module.encryption")
    group = log_group(UNKNOWN, module="module.vendor", refers={"kms_key_id": "var.logs_key_arn"})
    answer, message = said(
        key,
        group,
        address=IN_MODULE,
        modules={
            "encryption": {
                "outputs": {
                    "key_arn": {
                        "expression": {"references": ["aws_kms_key.this.arn", "aws_kms_key.this"]}
                    }
                }
            },
            "vendor": {
                "expressions": {
                    "logs_key_arn": {
                        "references": ["module.encryption.key_arn", "module.encryption"]
                    }
                }
            },
        },
    )
    assert (answer, message) == (
        Answer.PASS,
        "The log group is encrypted by module.encryption.aws_kms_key.this.",
    )


@pytest.mark.parametrize(
    "reference",
    [
        "local.key_arn",
        "each.value.key_arn",
        "each.key",
        "module.encryption",
        "module.nowhere.key_arn",
        "aws_iam_role.this.arn",
        "data.aws_kms_key.theirs.arn",
        "aws_kms_key.this.arn local.other",
        "aws_kms_key.this.arn aws_iam_role.this.arn",
        "aws_kms_key.another.arn",
        "",
    ],
)
def test_what_cannot_be_followed_to_the_key_alone_is_not_proven(reference: str) -> None:
    group = log_group(UNKNOWN, refers={"kms_key_id": reference})
    assert said(new_key(), group)[0] is Answer.CANNOT_PROVE


def test_a_value_that_the_plan_knows_counts_whatever_it_refers_to() -> None:
    group = log_group(KEY, refers={"kms_key_id": "local.key_arn"})
    assert said(the_key(), group)[0] is Answer.PASS


def test_nested_blocks_are_followed_and_dynamic_ones_are_not() -> None:
    path = "server_side_encryption.0.kms_key_arn"
    nested = table(UNKNOWN, refers={path: "aws_kms_key.this.arn"})
    assert judged(plan_of(new_key(), nested), "table-encrypted")[nested.address][0] is Answer.PASS
    data = plan_data(new_key(), nested)
    expressions = data["configuration"]["root_module"]["resources"][1]["expressions"]
    del expressions["server_side_encryption"]  # a dynamic block is not in the configuration
    found = judged(read_plan(data), "table-encrypted")[nested.address]
    assert found[0] is Answer.CANNOT_PROVE


def test_the_rehearsal_tells_what_the_configuration_does_not() -> None:
    group = log_group(UNKNOWN, refers={"kms_key_id": "local.key_arn"})
    plan = plan_of(new_key(), group)
    for arn, answer in ((KEY, Answer.PASS), (f"{KEY}-of-theirs", Answer.FAIL), (None, Answer.FAIL)):
        rehearsed = {"aws_kms_key.this": {"arn": KEY}, ADDRESS: {"kms_key_id": arn}}
        context = replace(CONTEXT, rehearsed=rehearsed)
        assert judged(plan, "log-group-encrypted", context)[ADDRESS][0] is answer


def test_the_rehearsal_goes_before_what_the_configuration_seems_to_say() -> None:
    # "${substr(aws_kms_key.this.arn, 0, 0)}alias/aws/logs" refers to nothing but our key.
    group = log_group(UNKNOWN, refers={"kms_key_id": "aws_kms_key.this.arn"})
    rehearsed = {"aws_kms_key.this": {"arn": KEY}, ADDRESS: {"kms_key_id": "alias/aws/logs"}}
    context = replace(CONTEXT, rehearsed=rehearsed)
    plan = plan_of(new_key(), group)
    assert judged(plan, "log-group-encrypted", context)[ADDRESS][0] is Answer.FAIL


def test_what_the_plan_knows_goes_before_the_rehearsal() -> None:
    context = replace(CONTEXT, rehearsed={ADDRESS: {"kms_key_id": KEY, "retention_in_days": 1}})
    plan = plan_of(the_key(), log_group("alias/aws/logs", days=4000))
    assert judged(plan, "log-group-encrypted", context)[ADDRESS][0] is Answer.FAIL
    assert judged(plan, "log-retention", context)[ADDRESS][0] is Answer.FAIL


def test_what_aws_decides_is_not_taken_from_the_rehearsal() -> None:
    group = Resource(
        "aws_cloudwatch_log_group", {"name": "g", "kms_key_id": UNKNOWN}, unset=("kms_key_id",)
    )
    rehearsed = {"aws_kms_key.this": {"arn": KEY}, ADDRESS: {"kms_key_id": KEY}}
    context = replace(CONTEXT, rehearsed=rehearsed)
    plan = plan_of(new_key(), group)
    assert judged(plan, "log-group-encrypted", context)[ADDRESS][0] is Answer.FAIL


def test_an_alias_stands_for_the_key_that_it_names() -> None:
    alias = Resource(
        "aws_kms_alias", {"name": "alias/ours", "target_key_id": KEY.rpartition("/")[2]}
    )
    assert said(the_key(), alias, log_group("alias/ours"))[0] is Answer.PASS
    theirs = Resource("aws_kms_alias", {"name": "alias/ours", "target_key_id": "theirs"})
    assert said(the_key(), theirs, log_group("alias/ours"))[0] is Answer.CANNOT_PROVE


def test_circles_and_depths_of_a_configuration_end() -> None:
    circle = {
        "root_module": {
            "module_calls": {
                name: {
                    "expressions": {"x": {"references": [f"module.{other}.y"]}},
                    "module": {"outputs": {"y": {"expression": {"references": ["var.x"]}}}},
                }
                for name, other in (("a", "b"), ("b", "a"))
            }
        }
    }
    origin = Configuration(circle).origin("module.a", {"references": ["var.x"]})
    assert origin == Origin(certain=False)
    deep: dict[str, Any] = {}
    for _ in range(500):
        deep = {"module_calls": {"m": {"module": deep}}}
    assert Configuration({"root_module": deep}).too_deep


@pytest.mark.parametrize(
    ("unknown", "state"),
    [
        (False, "known"),
        (True, "unknown"),
        ({"a": True}, "unknown"),
        ({"a": [{"b": True}]}, "unknown"),
        ({"a": [{"c": True}]}, "known"),
    ],
)
def test_a_value_is_known_or_unknown(unknown: Any, state: str) -> None:
    found = look_up({"a": [{"b": 1}]}, unknown, ("a", 0, "b"))
    assert [name for name in ("known", "unknown", "absent") if getattr(found, name)] == [state]


def test_what_is_not_there_is_absent() -> None:
    for data in ({}, {"a": None}, {"a": []}, {"a": "text"}, [], None, 7):
        assert look_up(data, {}, ("a", 0, "b")).absent
