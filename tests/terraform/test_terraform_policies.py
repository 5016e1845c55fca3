"""Who may do what: every policy the root makes, rendered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from terraform_support import Outcome

ROLES = {
    "module.servicenow_voice": {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "ssm:GetParameters",
        "kms:Decrypt",
    },
    "module.phone_number_flow": {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "connect:AssociatePhoneNumberContactFlow",
        "connect:DisassociatePhoneNumberContactFlow",
        "connect:ListFlowAssociations",
    },
}


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _statements(outcome: Outcome) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for address in outcome.of_type("aws_iam_role_policy"):
        for statement in outcome.policy(address)["Statement"]:
            yield address, statement


def test_the_roles_may_do_what_their_lambdas_do_and_no_more(applied: Outcome) -> None:
    actions: dict[str, set[str]] = {}
    for address, statement in _statements(applied):
        module = address.split(".aws_iam_role_policy")[0]
        actions.setdefault(module, set()).update(_listed(statement["Action"]))
    assert actions == ROLES


def test_every_statement_names_its_resources(applied: Outcome) -> None:
    for address, statement in _statements(applied):
        assert statement["Effect"] == "Allow", address
        for resource in _listed(statement["Resource"]):
            assert resource.startswith("arn:aws:"), (address, resource)
            # Only log streams, which Lambda names, stand for more than one thing.
            assert "*" not in resource.removesuffix(":*"), (address, resource)


def test_no_managed_policy_is_attached(applied: Outcome) -> None:
    assert applied.of_type("aws_iam_role_policy_attachment") == {}
    assert applied.of_type("aws_iam_policy") == {}


def test_the_key_decrypts_only_these_parameters_through_parameter_store(applied: Outcome) -> None:
    statements = applied.policy("module.servicenow_voice.aws_iam_role_policy.secrets")["Statement"]
    [decrypt] = [s for s in statements if s["Action"] == "kms:Decrypt"]
    [read] = [s for s in statements if s["Action"] == "ssm:GetParameters"]
    assert decrypt["Resource"] == applied.outputs["kms_key_arn"]
    assert decrypt["Condition"] == {
        "StringEquals": {
            "kms:ViaService": "ssm.us-east-1.amazonaws.com",
            "kms:EncryptionContext:PARAMETER_ARN": read["Resource"],
        }
    }
    names = applied.outputs["servicenow_parameter_names"].values()
    assert [arn.split(":parameter")[1] for arn in read["Resource"]] == list(names)


def test_every_other_use_of_the_key_is_bound_to_a_context(applied: Outcome) -> None:
    for address, statement in _statements(applied):
        if any(action.startswith("kms:") for action in _listed(statement["Action"])):
            keys = {key for test in statement["Condition"].values() for key in test}
            assert any(key.startswith("kms:EncryptionContext:") for key in keys), address


def test_only_lambda_takes_the_roles(applied: Outcome) -> None:
    roles = applied.of_type("aws_iam_role")
    assert len(roles) == len(ROLES)
    for address in roles:
        [statement] = _trust(applied, address)
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"


def _trust(outcome: Outcome, address: str) -> list[Mapping[str, Any]]:
    statements: list[Mapping[str, Any]] = json.loads(
        outcome.resources[address]["assume_role_policy"]
    )["Statement"]
    return statements


def test_connect_invokes_the_alias_for_this_instance_alone(applied: Outcome) -> None:
    [permission] = applied.of_type("aws_lambda_permission").values()
    assert permission["principal"] == "connect.amazonaws.com"
    assert permission["qualifier"] == "live"
    assert permission["source_arn"] == applied.outputs["connect_instance_arn"]
    assert permission["source_account"] == "123456789012"
    [association] = applied.of_type("aws_connect_lambda_function_association").values()
    assert association["function_arn"] == applied.outputs["servicenow_lambda_alias_arn"]


def test_the_key_serves_this_account_and_the_logs_of_ours(applied: Outcome) -> None:
    account, logs = applied.policy("module.encryption.aws_kms_key_policy.this")["Statement"]
    assert account["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert logs["Principal"] == {"Service": "logs.us-east-1.amazonaws.com"}
    assert logs["Condition"] == {
        "ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": [
                "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/connect-voice-test-*",
                "arn:aws:logs:us-east-1:123456789012:log-group:/aws/connect/test",
            ]
        }
    }


def test_the_instance_may_write_to_its_stream_and_nothing_else_with_the_key(
    applied: Outcome,
) -> None:
    [grant] = applied.of_type("aws_kms_grant").values()
    assert "AWSServiceRoleForAmazonConnect" in grant["grantee_principal"]
    assert grant["operations"] == ["GenerateDataKey"]
    [constraint] = grant["constraints"]
    assert constraint["encryption_context_equals"] == {
        "aws:kinesis:arn": applied.outputs["data_stream_arn"]
    }
