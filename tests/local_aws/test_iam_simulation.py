"""SimulatePrincipalPolicy, which decides as the gate does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from connect_support import refused
from embedded import Embedded, embedded_aws
from runtime_helpers import ACCOUNT

STREAMS = f"arn:aws:kinesisvideo:us-east-1:{ACCOUNT}:stream"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k-1"
VIA = "kinesisvideo.us-east-1.amazonaws.com"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded_aws(tmp_path_factory.mktemp("simulation") / "state") as embedded:
        yield embedded


@pytest.fixture(scope="module")
def reader(aws: Embedded) -> str:
    return aws.role(
        "reader",
        {
            "Effect": "Allow",
            "Action": "kinesisvideo:GetMedia",
            "Resource": f"{STREAMS}/voice-*/*",
        },
        {"Effect": "Deny", "Action": "kinesisvideo:*", "Resource": f"{STREAMS}/voice-locked/*"},
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": {"StringEquals": {"kms:ViaService": VIA}},
        },
    )


def simulate(aws: Embedded, role: str, **request: Any) -> dict[tuple[str, str], dict[str, Any]]:
    answer = aws.client("iam").simulate_principal_policy(PolicySourceArn=role, **request)
    assert answer["IsTruncated"] is False
    return {
        (one["EvalActionName"], one["EvalResourceName"]): one for one in answer["EvaluationResults"]
    }


def test_every_action_is_decided_on_every_resource(aws: Embedded, reader: str) -> None:
    ours, locked, others = (f"{STREAMS}/{name}/1" for name in ("voice-a", "voice-locked", "x"))
    found = simulate(
        aws,
        reader,
        ActionNames=["kinesisvideo:GetMedia", "kinesisvideo:PutMedia"],
        ResourceArns=[ours, locked, others],
    )
    decisions = {key: result["EvalDecision"] for key, result in found.items()}
    assert decisions == {
        ("kinesisvideo:GetMedia", ours): "allowed",
        ("kinesisvideo:GetMedia", locked): "explicitDeny",
        ("kinesisvideo:GetMedia", others): "implicitDeny",
        ("kinesisvideo:PutMedia", ours): "implicitDeny",
        ("kinesisvideo:PutMedia", locked): "explicitDeny",
        ("kinesisvideo:PutMedia", others): "implicitDeny",
    }


def test_without_a_resource_everything_is_meant(aws: Embedded, reader: str) -> None:
    found = simulate(aws, reader, ActionNames=["kinesisvideo:GetMedia"])
    assert found[("kinesisvideo:GetMedia", "*")]["EvalDecision"] == "implicitDeny"


@pytest.mark.parametrize(
    ("given", "decision"), [(VIA, "allowed"), ("ssm.us-east-1.amazonaws.com", "implicitDeny")]
)
def test_conditions_are_held_against_the_given_context(
    aws: Embedded, reader: str, given: str, decision: str
) -> None:
    entry = {
        "ContextKeyName": "kms:ViaService",
        "ContextKeyValues": [given],
        "ContextKeyType": "string",
    }
    found = simulate(
        aws, reader, ActionNames=["kms:Decrypt"], ResourceArns=[KEY], ContextEntries=[entry]
    )[("kms:Decrypt", KEY)]
    assert found["EvalDecision"] == decision
    assert not found["MissingContextValues"]


def test_keys_that_are_missing_are_told(aws: Embedded, reader: str) -> None:
    found = simulate(aws, reader, ActionNames=["kms:Decrypt"], ResourceArns=[KEY])
    result = found[("kms:Decrypt", KEY)]
    assert result["EvalDecision"] == "implicitDeny"
    assert result["MissingContextValues"] == ["kms:viaservice"]


def test_boundaries_managed_policies_and_additional_ones_count(aws: Embedded) -> None:
    iam = aws.client("iam")
    told = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*"}}
    told["Statement"]["Resource"] = "*"  # type: ignore[index]
    boundary = iam.create_policy(PolicyName="only-s3", PolicyDocument=json.dumps(told))
    role = aws.role("bounded")
    iam.attach_role_policy(
        RoleName="bounded", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )
    iam.put_role_permissions_boundary(
        RoleName="bounded", PermissionsBoundary=boundary["Policy"]["Arn"]
    )
    found = simulate(aws, role, ActionNames=["s3:GetObject", "ssm:GetParameter"])
    inside, outside = found[("s3:GetObject", "*")], found[("ssm:GetParameter", "*")]
    assert (inside["EvalDecision"], outside["EvalDecision"]) == ("allowed", "implicitDeny")
    assert outside["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    more = {"Version": "2012-10-17", "Statement": {**told["Statement"], "Effect": "Deny"}}  # type: ignore[dict-item]
    found = simulate(aws, role, ActionNames=["s3:GetObject"], PolicyInputList=[json.dumps(more)])
    assert found[("s3:GetObject", "*")]["EvalDecision"] == "explicitDeny"


def test_users_and_groups_can_be_asked_about_too(aws: Embedded) -> None:
    iam = aws.client("iam")
    group = iam.create_group(GroupName="readers")["Group"]["Arn"]
    user = iam.create_user(UserName="anna")["User"]["Arn"]
    iam.add_user_to_group(GroupName="readers", UserName="anna")
    document = {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"},
    }
    iam.put_group_policy(GroupName="readers", PolicyName="may", PolicyDocument=json.dumps(document))
    for arn in (user, group):
        found = simulate(aws, arn, ActionNames=["s3:ListBucket"])
        assert found[("s3:ListBucket", "*")]["EvalDecision"] == "allowed"


def test_what_cannot_be_simulated_is_an_error(aws: Embedded, reader: str) -> None:
    with refused("NoSuchEntity"):
        simulate(aws, f"arn:aws:iam::{ACCOUNT}:role/absent", ActionNames=["s3:GetObject"])
    with refused("InvalidInput", "ResourcePolicy"):
        simulate(aws, reader, ActionNames=["s3:GetObject"], ResourcePolicy="{}")
    with refused("InvalidInput", "not JSON"):
        simulate(aws, reader, ActionNames=["s3:GetObject"], PolicyInputList=["{"])


def test_other_operations_are_as_before(aws: Embedded, reader: str) -> None:
    assert aws.client("iam").get_role(RoleName="reader")["Role"]["Arn"] == reader
