"""Copies of ServiceNow's tokens: what the function is told and may do, and nothing when off."""

from __future__ import annotations

import pytest
from terraform_support import MockedRoot, Outcome

LAMBDA = "module.servicenow_voice[0].module.lambda"
POLICY = f'{LAMBDA}.aws_iam_role_policy.own["copy-servicenow-tokens"]'
ARN = (
    "arn:aws:ssm:us-east-1:123456789012:parameter/com.servicenow.cti"
    "/0123456789abcdef0123456789abcdef/fedcba9876543210fedcba9876543210"
)


def test_no_copy_is_kept_unless_asked_for(applied: Outcome) -> None:
    [environment] = applied.resources[f"{LAMBDA}.aws_lambda_function.this"]["environment"]
    assert [name for name in environment["variables"] if name.startswith("TOKEN")] == []
    policies = [a for a in applied.of_type("aws_iam_role_policy") if a.startswith(LAMBDA)]
    assert POLICY not in policies
    for address in policies:
        for statement in applied.policy(address)["Statement"]:
            assert "ssm:PutParameter" not in statement["Action"]
            assert "access_token" not in str(statement["Resource"])


@pytest.mark.parametrize(
    ("tier", "encrypting"),
    [
        ("Standard", ["kms:Encrypt"]),
        ("Advanced", ["kms:GenerateDataKey"]),
        ("Intelligent-Tiering", ["kms:Encrypt", "kms:GenerateDataKey"]),
    ],
)
def test_a_copy_takes_its_own_parameter_and_the_key_through_parameter_store(
    mocked_root: MockedRoot, tier: str, encrypting: list[str]
) -> None:
    outcome = mocked_root.apply(servicenow_token_copy=tier)
    assert outcome.errors == ()
    key = outcome.outputs["kms_key_arn"]
    [environment] = outcome.resources[f"{LAMBDA}.aws_lambda_function.this"]["environment"]
    told = {n: v for n, v in environment["variables"].items() if n.startswith("TOKEN")}
    assert told == {"TOKEN_COPY": tier, "TOKEN_COPY_KEY": key}
    keep, encrypt = outcome.policy(POLICY)["Statement"]
    assert keep["Action"] == ["ssm:GetParameters", "ssm:PutParameter"]
    assert keep["Resource"] == [f"{ARN}/access_token"]
    assert encrypt["Action"] == ["kms:Decrypt", *encrypting]
    assert encrypt["Resource"] == key
    assert encrypt["Condition"] == {
        "StringEquals": {
            "kms:ViaService": "ssm.us-east-1.amazonaws.com",
            "kms:EncryptionContext:PARAMETER_ARN": [f"{ARN}/access_token"],
        }
    }


def test_a_copy_is_under_our_key_wherever_the_clients_secret_is(mocked_root: MockedRoot) -> None:
    theirs = "arn:aws:kms:us-east-1:123456789012:key/own"
    outcome = mocked_root.apply(
        manage_secrets=False, servicenow_secrets_key_arn=theirs, servicenow_token_copy="Standard"
    )
    assert outcome.errors == ()
    _, encrypt = outcome.policy(POLICY)["Statement"]
    assert encrypt["Resource"] == outcome.outputs["kms_key_arn"] != theirs
