import json
from typing import Any

import pytest

from connect_voice.lambda_permission import allows_connect, is_bound_to

INSTANCE = "arn:aws:connect:us-east-1:123456789012:instance/11111111-2222-3333-4444-555555555555"
ALIAS = "arn:aws:lambda:us-east-1:123456789012:function:voice:live"
CONDITION = {
    "ArnLike": {"AWS:SourceArn": INSTANCE},
    "StringEquals": {"AWS:SourceAccount": "123456789012"},
}
STATEMENT: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "connect.amazonaws.com"},
    "Action": "lambda:InvokeFunction",
    "Resource": ALIAS,
    "Condition": CONDITION,
}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_permission_for_this_instance_is_enough_and_bound() -> None:
    text = policy(STATEMENT)
    assert allows_connect(text, ALIAS, INSTANCE)
    assert is_bound_to(text, ALIAS, INSTANCE)


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": "Deny"},
        {"Principal": {"Service": "events.amazonaws.com"}},
        {"Principal": {"AWS": "123456789012"}},
        {"Action": "lambda:GetFunction"},
        {"Resource": ALIAS.removesuffix(":live")},
        {"Condition": {"ArnLike": {"AWS:SourceArn": INSTANCE.replace("1111", "9999")}}},
        {"Condition": {**CONDITION, "StringEquals": {"AWS:SourceAccount": "999999999999"}}},
        {"Condition": {**CONDITION, "StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {**CONDITION, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
    ],
)
def test_anything_else_is_not(changes: dict[str, Any]) -> None:
    assert not allows_connect(policy(STATEMENT | changes), ALIAS, INSTANCE)


def test_no_policy_allows_nothing() -> None:
    assert not allows_connect(None, ALIAS, INSTANCE)


def test_a_refusal_outweighs_a_permission() -> None:
    deny = {key: value for key, value in STATEMENT.items() if key != "Condition"}
    assert not allows_connect(policy(STATEMENT, deny | {"Effect": "Deny"}), ALIAS, INSTANCE)


@pytest.mark.parametrize(
    "changes",
    [
        {"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:connect:*"}}},
        {"Action": ["lambda:*"], "Resource": "*", "Condition": None},
        {"Principal": "*", "Condition": {}},
    ],
)
def test_a_permission_for_anybody_is_enough_but_not_bound(changes: dict[str, Any]) -> None:
    text = policy(STATEMENT | changes)
    assert allows_connect(text, ALIAS, INSTANCE)
    assert not is_bound_to(text, ALIAS, INSTANCE)
