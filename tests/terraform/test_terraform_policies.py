"""Who may do what: every policy the root makes, rendered."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from terraform_support import VARIABLES, MockedRoot, Outcome

OWN = {"logs:CreateLogStream", "logs:PutLogEvents"}  # of every Lambda
KORE = "module.kore_agent_assist[0]"
BOT = VARIABLES["kore_bots"]["support"]
# What each role is for, as its Lambda's code calls it, and no more.
ROLES = {
    "module.servicenow_voice[0].module.lambda": {*OWN, "ssm:GetParameters", "kms:Decrypt"},
    "module.phone_number_flow.module.lambda": {
        *OWN,
        "connect:AssociatePhoneNumberContactFlow",
        "connect:DisassociatePhoneNumberContactFlow",
        "connect:ListFlowAssociations",
    },
    f"{KORE}.module.stream_trigger": {
        *OWN,
        "ssm:GetParameters",
        "kms:Decrypt",
        "sts:AssumeRole",
        "dynamodb:PutItem",
        "dynamodb:DeleteItem",
    },
    f"{KORE}.module.widget_token": {*OWN, "ssm:GetParameters", "kms:Decrypt"},
    f"{KORE}.module.disposition[0]": {
        *OWN,
        "ssm:GetParameters",
        "kms:Decrypt",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
    },
    KORE: {  # the reader role
        "kinesisvideo:DescribeStream",
        "kinesisvideo:GetDataEndpoint",
        "kinesisvideo:GetMedia",
        "kms:Decrypt",
    },
}
READER = f"{KORE}.aws_iam_role_policy.stream_reader"
STREAMS = (
    "arn:aws:kinesisvideo:us-east-1:123456789012:stream/connect-voice-test-connect-test-contact-*/*"
)


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
        if module == "module.phone_number_flow":
            module += ".module.lambda"  # attached there, one a number
        actions.setdefault(module, set()).update(_listed(statement["Action"]))
    assert actions == ROLES


def test_every_statement_names_its_resources(applied: Outcome) -> None:
    for address, statement in _statements(applied):
        assert statement["Effect"] == "Allow", address
        for resource in _listed(statement["Resource"]):
            assert resource.startswith("arn:aws:"), (address, resource)
            # Log streams, which Lambda names, and video streams, which Connect makes for each call.
            if address != READER or resource != STREAMS:
                assert "*" not in resource.removesuffix(":*"), (address, resource)


def test_no_managed_policy_is_attached(applied: Outcome) -> None:
    assert applied.of_type("aws_iam_role_policy_attachment") == {}
    assert applied.of_type("aws_iam_policy") == {}


def test_the_key_decrypts_only_these_parameters_through_parameter_store(applied: Outcome) -> None:
    policy = (
        'module.servicenow_voice[0].module.lambda.aws_iam_role_policy.own["read-servicenow-client"]'
    )
    statements = applied.policy(policy)["Statement"]
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
            bound = any(key.startswith("kms:EncryptionContext:") for key in keys)
            # What Kinesis video binds a stream's data key to is not documented.
            assert bound or (address == READER and keys == {"kms:ViaService"}), address


def test_only_lambda_takes_the_roles(applied: Outcome) -> None:
    roles = applied.of_type("aws_iam_role")
    assert len(roles) == len(ROLES)
    for address in roles:
        [statement] = _trust(applied, address)
        if address == f"{KORE}.aws_iam_role.stream_reader":
            continue
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"


def _trust(outcome: Outcome, address: str) -> list[Mapping[str, Any]]:
    statements: list[Mapping[str, Any]] = json.loads(
        outcome.resources[address]["assume_role_policy"]
    )["Statement"]
    return statements


def test_connect_invokes_the_aliases_for_this_instance_alone(applied: Outcome) -> None:
    permissions = applied.of_type("aws_lambda_permission").values()
    assert len(permissions) == 4
    for permission in permissions:
        assert permission["principal"] == "connect.amazonaws.com"
        assert permission["qualifier"] == "live"
        assert permission["source_arn"] == applied.outputs["connect_instance_arn"]
        assert permission["source_account"] == "123456789012"
    associations = applied.of_type("aws_connect_lambda_function_association").values()
    assert len(associations) == 4
    for association in associations:
        assert association["function_arn"] == applied.outputs["servicenow_lambda_alias_arn"]


def test_only_the_trigger_takes_the_reader_role_and_for_an_hour(applied: Outcome) -> None:
    role = f"{KORE}.aws_iam_role.stream_reader"
    [statement] = _trust(applied, role)
    assert statement["Principal"] == {"AWS": "arn:aws:iam::123456789012:role/trigger"}
    assert statement["Action"] == "sts:AssumeRole"
    assert applied.resources[role]["max_session_duration"] == 3600
    assumed = [
        (address, statement["Resource"])
        for address, statement in _statements(applied)
        if "sts:AssumeRole" in _listed(statement["Action"])
    ]
    assert assumed == [
        (
            f'{KORE}.module.stream_trigger.aws_iam_role_policy.own["hand-out-stream-access"]',
            "arn:aws:iam::123456789012:role/reader",
        )
    ]


def test_the_reader_role_reads_the_streams_of_contacts(applied: Outcome) -> None:
    read, decrypt = applied.policy(READER)["Statement"]
    assert read["Resource"] == STREAMS
    assert decrypt["Resource"] == applied.outputs["kms_key_arn"]
    assert decrypt["Condition"] == {
        "StringEquals": {"kms:ViaService": "kinesisvideo.us-east-1.amazonaws.com"}
    }


def test_each_table_is_for_its_lambda(applied: Outcome) -> None:
    found = {
        address.split(".module.")[1].split(".")[0]: statement["Resource"]
        for address, statement in _statements(applied)
        if any(action.startswith("dynamodb:") for action in _listed(statement["Action"]))
    }
    assert found == {
        "stream_trigger": "arn:aws:dynamodb:us-east-1:123456789012:table/claims",
        "disposition[0]": "arn:aws:dynamodb:us-east-1:123456789012:table/dispositions",
    }


def test_bots_are_read_by_those_who_act_for_them(applied: Outcome) -> None:
    parameters = "arn:aws:ssm:us-east-1:123456789012:parameter/connect-voice-test/kore"
    secret = f"{parameters}/bots/support/client_secret"
    for function in ("stream_trigger", "widget_token"):
        policy = applied.policy(f'{KORE}.module.{function}.aws_iam_role_policy.own["read-bots"]')
        read, decrypt = policy["Statement"]
        assert read["Resource"] == [f"{parameters}/bots/support/settings", secret]
        assert decrypt["Condition"]["StringEquals"] == {
            "kms:ViaService": "ssm.us-east-1.amazonaws.com",
            # The settings are no secret: nothing of theirs is decrypted.
            "kms:EncryptionContext:PARAMETER_ARN": [secret],
        }
    policy = applied.policy(
        f'{KORE}.module.disposition[0].aws_iam_role_policy.own["read-webhook-secret"]'
    )
    assert policy["Statement"][0]["Resource"] == f"{parameters}/webhook_secret"


def test_a_role_has_room_for_the_policies_of_all_its_bots(mocked_root: MockedRoot) -> None:
    # As many as the variable allows, and the longest names.
    bots = dict.fromkeys((f"{letter * 30}" for letter in "abcdefghijklmno"), BOT)
    leads_to = f"kore_agent_assist/{'a' * 30}"
    outcome = mocked_root.apply(
        project="p" * 24,
        environment="e" * 16,
        kore_bots=bots,
        kore_client_secrets={"*": "a secret"},
        kore_application={"namespace": "connect-voice-test.kore"},
        phone_numbers={"support": {"claim": {"country_code": "US"}, "leads_to": leads_to}},
    )
    assert outcome.errors == ()
    size = sum(
        len(outcome.resources[address]["policy"])
        for address in outcome.of_type("aws_iam_role_policy")
        if address.startswith(f"{KORE}.module.stream_trigger")
    )
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, and room for the
    # longer names of other partitions and regions.
    assert 5_000 < size < 10_240 - 1_000


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
