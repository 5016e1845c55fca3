"""Policies decide as AWS documents it. Pure: no server, no moto."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.iam import patterns, trust
from local_aws.iam.evaluation import Caller, Decision, Grants, Request, Standing, decide
from local_aws.iam.policy import Policy, PolicyError, parse

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
CALLER = Caller(f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/one", ROLE, ACCOUNT)
PARAMETER = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/a/b"


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> Policy:
    told = [{"Effect": "Allow", "Action": "*", "Resource": "*", **one} for one in statements]
    for one in told:
        if "NotAction" in one:
            del one["Action"]
        if "NotResource" in one:
            del one["Resource"]
    return parse(json.dumps({"Version": version, "Statement": told}))


def asked(
    action: str = "ssm:GetParameter", resource: str = PARAMETER, **context: tuple[str, ...]
) -> Request:
    keys = {key.replace("__", ":").lower(): values for key, values in context.items()}
    return Request(CALLER, action, resource, keys)


def allowed(*statements: dict[str, Any], request: Request | None = None) -> bool:
    return decide(Grants((policy(*statements),)), request or asked()).allowed


def test_nothing_is_allowed_without_a_policy() -> None:
    assert decide(Grants(), asked()) == Decision(
        allowed=False, why="because no identity-based policy allows the ssm:GetParameter action"
    )


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": "ssm:GetParameter"}, True),
        ({"Action": "SSM:getparameter"}, True),
        ({"Action": "ssm:Get*"}, True),
        ({"Action": ["s3:*", "ssm:GetParamete?"]}, True),
        ({"Action": "ssm:GetParameters"}, False),
        ({"Action": "ssm:GetParamete"}, False),
        ({"NotAction": "ssm:Put*"}, True),
        ({"NotAction": "ssm:Get*"}, False),
        ({"Resource": PARAMETER}, True),
        ({"Resource": PARAMETER.upper()}, False),
        ({"Resource": f"{PARAMETER}/c"}, False),
        ({"Resource": f"arn:aws:ssm:*:{ACCOUNT}:parameter/a/*"}, True),
        ({"Resource": f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/?/b"}, True),
        ({"NotResource": PARAMETER}, False),
        ({"NotResource": f"{PARAMETER}*", "Effect": "Deny"}, False),
    ],
)
def test_actions_and_resources(statement: dict[str, Any], *, expected: bool) -> None:
    assert allowed(statement) is expected


def test_an_explicit_deny_wins_in_any_layer() -> None:
    everything, nothing = policy({}), policy({"Effect": "Deny"})
    ends = {
        "identity": "with an explicit deny in an identity-based policy",
        "boundary": "with an explicit deny in a permissions boundary",
        "session": "with an explicit deny in a session policy",
    }
    layers = {
        "identity": Grants((everything, nothing)),
        "boundary": Grants((everything,), boundary=nothing),
        "session": Grants((everything,), session=(nothing,)),
    }
    for layer, grants in layers.items():
        expected = Decision(allowed=False, why=ends[layer], explicit=True)
        for said in (Standing.DELEGATED, Standing.GRANTED, Standing.NAMED):
            assert decide(grants, asked(), said) == expected


def test_a_resource_that_grants_replaces_as_much_as_it_names() -> None:
    nothing = policy({"Action": "kms:*"})
    bare, limited = Grants(), Grants((policy({}),), session=(nothing,))
    bounded = Grants((policy({}),), boundary=nothing)
    assert not decide(bare, asked(), Standing.DELEGATED).allowed
    assert decide(bare, asked(), Standing.GRANTED).allowed
    # A grant to a role does not reach through a session policy or a boundary ...
    assert not decide(limited, asked(), Standing.GRANTED).allowed
    assert not decide(bounded, asked(), Standing.GRANTED).allowed
    # ... a grant to the session itself does.
    assert decide(limited, asked(), Standing.NAMED).allowed
    assert decide(bounded, asked(), Standing.NAMED).allowed


def test_boundary_and_session_only_take_away() -> None:
    reads, all_of_it = policy({"Action": "ssm:Get*"}), policy({})
    for limited in (Grants((all_of_it,), boundary=reads), Grants((all_of_it,), session=(reads,))):
        assert decide(limited, asked()).allowed
        assert not decide(limited, asked("ssm:PutParameter")).allowed
    for granted in (Grants(boundary=all_of_it), Grants(session=(all_of_it,))):
        assert not decide(granted, asked()).allowed
    assert decide(Grants((all_of_it,), session=(reads,)), asked("ssm:PutParameter")).why == (
        "because no session policy allows the ssm:PutParameter action"
    )


CONTEXT = asked(
    aws__requestedregion=("us-east-1",),
    aws__principalarn=(ROLE,),
    aws__securetransport=("true",),
    aws__username=("anna",),
    aws__epochtime=("1700000000",),
    aws__currenttime=("2023-11-14T22:13:20Z",),
    aws__sourceip=("127.0.0.1",),
    aws__tagkeys=("team", "cost"),
)


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("StringEquals", "aws:RequestedRegion", "us-east-1", True),
        ("StringEquals", "AWS:requestedREGION", ["eu-west-1", "us-east-1"], True),
        ("StringEquals", "aws:RequestedRegion", "us-*", False),
        ("StringEquals", "aws:Absent", "x", False),
        ("StringEqualsIfExists", "aws:Absent", "x", True),
        ("StringEqualsIfExists", "aws:RequestedRegion", "x", False),
        ("StringEqualsIgnoreCase", "aws:RequestedRegion", "US-East-1", True),
        ("StringNotEquals", "aws:RequestedRegion", ["eu-west-1", "us-east-1"], False),
        ("StringNotEquals", "aws:RequestedRegion", "eu-west-1", True),
        ("StringNotEquals", "aws:Absent", "x", True),
        ("StringNotEqualsIgnoreCase", "aws:RequestedRegion", "US-EAST-1", False),
        ("StringLike", "aws:RequestedRegion", "us-*-?", True),
        ("StringNotLike", "aws:RequestedRegion", "us-*", False),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/*", True),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/read?", False),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/read*", True),
        # A wildcard does not reach over the colons of an ARN.
        ("ArnLike", "aws:PrincipalArn", "arn:*:role/reader", False),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", True),
        ("Bool", "aws:SecureTransport", True, True),
        ("Bool", "aws:SecureTransport", "false", False),
        ("Null", "aws:Absent", "true", True),
        ("Null", "aws:RequestedRegion", "true", False),
        ("Null", "aws:RequestedRegion", False, True),
        ("NumericLessThan", "aws:EpochTime", "1700000001", True),
        ("NumericGreaterThanEquals", "aws:EpochTime", 1700000001, False),
        ("NumericNotEquals", "aws:EpochTime", "1", True),
        ("DateLessThan", "aws:CurrentTime", "2024-01-01T00:00:00Z", True),
        ("DateGreaterThan", "aws:CurrentTime", "2024-01-01T00:00:00Z", False),
        ("IpAddress", "aws:SourceIp", "127.0.0.0/8", True),
        ("NotIpAddress", "aws:SourceIp", "127.0.0.0/8", False),
        ("ForAnyValue:StringEquals", "aws:TagKeys", ["cost", "x"], True),
        ("ForAnyValue:StringEquals", "aws:TagKeys", "x", False),
        ("ForAnyValue:StringEquals", "aws:Absent", "x", False),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["cost", "team", "x"], True),
        ("ForAllValues:StringEquals", "aws:TagKeys", "cost", False),
        ("ForAllValues:StringEquals", "aws:Absent", "x", True),
        ("StringEquals", "aws:username", "${aws:username}", True),
        ("StringEquals", "aws:username", "${aws:principaltag/x}", False),
        ("StringLike", "aws:username", "${aws:absent, 'anna'}", True),
    ],
)
def test_conditions(operator: str, key: str, values: object, *, expected: bool) -> None:
    assert allowed({"Condition": {operator: {key: values}}}, request=CONTEXT) is expected


def test_all_conditions_of_a_statement_must_hold() -> None:
    both = {"StringEquals": {"aws:RequestedRegion": "us-east-1", "aws:username": "anna"}}
    assert allowed({"Condition": both}, request=CONTEXT)
    both["StringEquals"]["aws:username"] = "bert"
    assert not allowed({"Condition": both}, request=CONTEXT)


def test_variables_are_filled_in_literally_and_only_in_the_current_version() -> None:
    mine = {"Resource": "arn:aws:s3:::home/${aws:username}/*"}
    for name, key, expected in [
        ("anna", "anna/x", True),
        ("anna", "bert/x", False),
        ("*", "bert/x", False),
    ]:
        request = asked("s3:GetObject", f"arn:aws:s3:::home/{key}", aws__username=(name,))
        assert allowed(mine, request=request) is expected
    old = Grants((policy(mine, version="2008-10-17"),))
    assert not decide(
        old, asked("s3:GetObject", "arn:aws:s3:::home/anna/x", aws__username=("anna",))
    ).allowed


@pytest.mark.parametrize(
    "document",
    [
        "no json",
        "[]",
        '{"Statement": "x"}',
        '{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}',
        '{"Statement": {"Effect": "Allow", "Action": {}, "Resource": "*"}}',
        '{"Statement": {"Effect": "Allow", "Condition": {"StringIs": {"a": "b"}}}}',
        '{"Statement": {"Effect": "Allow", "Condition": {"ForSome:StringEquals": {"a": "b"}}}}',
    ],
)
def test_a_policy_that_cannot_be_understood_is_an_error_not_a_guess(document: str) -> None:
    with pytest.raises(PolicyError):
        parse(document)


@given(st.text(), st.text())
def test_a_pattern_without_wildcards_matches_itself_alone(one: str, other: str) -> None:
    plain = one.replace("*", "").replace("?", "").replace("${", "")
    assert patterns.matches(plain, plain)
    assert patterns.matches(plain, other) is (plain == other)
    assert patterns.matches("*", other)
    assert patterns.matches(f"{plain}*", plain + other)


TRUST = {
    "session": (CALLER.arn, Standing.NAMED),
    "role": (ROLE, Standing.GRANTED),
    "account": (ACCOUNT, Standing.DELEGATED),
    "root": (f"arn:aws:iam::{ACCOUNT}:root", Standing.DELEGATED),
    "everybody": ("*", Standing.GRANTED),
    "another account": ("arn:aws:iam::999999999999:root", Standing.NONE),
    "another role": (f"{ROLE}-two", Standing.NONE),
}


@pytest.mark.parametrize(("principal", "expected"), TRUST.values(), ids=TRUST.keys())
def test_trust_names_its_principals(principal: str, expected: Standing) -> None:
    assert trusted({"Principal": {"AWS": principal}}) is expected


def test_trust_has_conditions_and_denials() -> None:
    with_id = {
        "Principal": {"AWS": ROLE},
        "Condition": {"StringEquals": {"sts:ExternalId": "42"}},
    }
    assert trusted(with_id) is Standing.NONE
    assert trusted(with_id, **{"sts:externalid": ("42",)}) is Standing.GRANTED
    denied = {"Effect": "Deny", "Principal": "*"}
    assert trusted({"Principal": {"AWS": ROLE}}, denied) is Standing.DENIED


def test_trust_in_a_service_is_no_trust_in_a_caller() -> None:
    lambdas = trust_policy({"Principal": {"Service": ["lambda.amazonaws.com"]}})
    assert trust.service_may_assume(lambdas, "lambda.amazonaws.com")
    assert not trust.service_may_assume(lambdas, "ec2.amazonaws.com")
    assert trust.trusted(lambdas, CALLER, ROLE, {}) is Standing.NONE
    assert not trust.service_may_assume(trust_policy({"Principal": {"AWS": ROLE}}), "x")
    assert not trust.service_may_assume("broken", "lambda.amazonaws.com")


def trust_policy(*statements: dict[str, Any]) -> str:
    told = [{"Effect": "Allow", "Action": "sts:AssumeRole", **one} for one in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": told})


def trusted(*statements: dict[str, Any], **context: tuple[str, ...]) -> Standing:
    return trust.trusted(trust_policy(*statements), CALLER, ROLE, context)
