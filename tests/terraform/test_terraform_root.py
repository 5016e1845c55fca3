"""What the root makes of its variables, with a provider that only remembers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from terraform_support import VARIABLES, MockedRoot, Outcome

INSTANCE_ID = "22222222-2222-2222-2222-222222222222"
UUID = "99999999-9999-9999-9999-999999999999"
FLOW_ID = "55555555-5555-5555-5555-555555555555"
PARAMETERS = "/com.servicenow.cti/0123456789abcdef0123456789abcdef/fedcba9876543210fedcba9876543210"
VOICE = "module.servicenow_voice[0]"
LAMBDA = f"{VOICE}.module.lambda"


def test_the_root_validates(mocked_root: MockedRoot) -> None:
    done = mocked_root.validate()
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_lambda_ends_before_connect_cuts_it(applied: Outcome) -> None:
    function = applied.resources[f"{LAMBDA}.aws_lambda_function.this"]
    assert 6 < function["timeout"] < 8
    assert function["runtime"] == "python3.13"
    assert function["architectures"] == ["arm64"]
    assert function["publish"] is True


def test_the_lambda_is_told_where_servicenow_is(applied: Outcome) -> None:
    [environment] = applied.resources[f"{LAMBDA}.aws_lambda_function.this"]["environment"]
    assert environment["variables"] == {
        "SERVICENOW_PARAMETER_PATH": "/com.servicenow.cti/0123456789abcdef0123456789abcdef",
        "SERVICENOW_INSTANCE_HOST": "dev1.example.com",
        "SERVICENOW_INSTANCE_NAME": "dev1",
        "VOICE_SERVICE_HOST": "voice.example.com:8443",
        "VOICE_SERVICE_ID": "fedcba9876543210fedcba9876543210",
        "CALL_CONTEXT_PATH": "/api/call_context",
        "DNIS_PREFIXES": "+1,+33",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "servicenow_voice",
    }


def test_a_private_authority_reaches_the_lambda(mocked_root: MockedRoot) -> None:
    pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    outcome = mocked_root.apply(
        servicenow_endpoints={**VARIABLES["servicenow_endpoints"], "ca_bundle_pem": pem}
    )
    [environment] = outcome.resources[f"{LAMBDA}.aws_lambda_function.this"]["environment"]
    assert environment["variables"]["CA_BUNDLE_PEM"] == pem


def test_everything_kept_has_our_key_and_an_end(applied: Outcome) -> None:
    key = applied.outputs["kms_key_arn"]
    groups = applied.of_type("aws_cloudwatch_log_group")
    assert {group["name"] for group in groups.values()} == {
        "/aws/lambda/connect-voice-test-servicenow-voice",
        "/aws/lambda/connect-voice-test-phone-number-flow",
        "/aws/lambda/connect-voice-test-kore-stream-trigger",
        "/aws/lambda/connect-voice-test-kore-widget-token",
        "/aws/lambda/connect-voice-test-kore-disposition",
        "/aws/connect/test",
    }
    assert {group["kms_key_id"] for group in groups.values()} == {key}
    assert {group["retention_in_days"] for group in groups.values()} == {90}
    assert applied.resources["module.instance_storage.aws_kinesis_stream.this[0]"][
        "kms_key_id"
    ] == (key)
    for name in ("client_id", "client_secret"):
        parameter = applied.resources[f"{VOICE}.aws_ssm_parameter.{name}[0]"]
        assert parameter["name"] == f"{PARAMETERS}/{name}"
        assert parameter["type"] == "SecureString"
        assert parameter["key_id"] == key


def test_live_media_streaming_is_kept_for_an_hour(applied: Outcome) -> None:
    config = applied.resources[
        "module.instance_storage.aws_connect_instance_storage_config.media_streams[0]"
    ]
    [storage] = config["storage_config"]
    [video] = storage["kinesis_video_stream_config"]
    assert config["resource_type"] == "MEDIA_STREAMS"
    assert video["prefix"] == "connect-voice-test"
    assert video["retention_period_hours"] == 1
    assert video["encryption_config"] == [
        {"encryption_type": "KMS", "key_id": applied.outputs["kms_key_arn"]}
    ]


def test_contact_records_and_agent_events_go_to_one_stream(applied: Outcome) -> None:
    configs = applied.of_type("aws_connect_instance_storage_config")
    streams = {
        config["resource_type"]: config["storage_config"][0]["kinesis_stream_config"]
        for config in configs.values()
        if config["storage_config"][0]["storage_type"] == "KINESIS_STREAM"
    }
    assert streams == {
        kind: [{"stream_arn": applied.outputs["data_stream_arn"]}]
        for kind in ("CONTACT_TRACE_RECORDS", "AGENT_EVENTS")
    }


def test_data_streaming_is_off_unless_asked_for(mocked_root: MockedRoot) -> None:
    outcome = mocked_root.apply(data_streaming=None)
    assert outcome.of_type("aws_kinesis_stream") == {}
    assert outcome.of_type("aws_kms_grant") == {}
    assert outcome.outputs.get("data_stream_arn") is None


def _answer(result: object) -> str:
    """What the Lambda answers that leads a number to a flow."""
    return (
        "  override_resource {\n"
        "    target = module.phone_number_flow.aws_lambda_invocation.this\n"
        f"    values = {{ result = {json.dumps(json.dumps(result))} }}\n"
        "  }\n"
    )


def test_an_instance_a_queue_and_a_number_can_be_adopted(mocked_root: MockedRoot) -> None:
    answered = {"state": "tied", "phone_number_id": UUID, "contact_flow_id": FLOW_ID}
    outcome = mocked_root.apply(
        _answer(answered),
        connect_instance={"create": False, "id": INSTANCE_ID},
        media_streaming={"enabled": False},
        queues={"default": {"existing_id": UUID}, "people": {}},
        kore_bots=None,
        kore_webhook_url=None,
        # With the caller's own number a French one is warned of: for this command a failure.
        servicenow_flow={**VARIABLES["servicenow_flow"], "caller_id_mode": "number"},
        phone_numbers={
            "theirs": {
                "existing": {"id": UUID, "number": "+33155500100"},
                "leads_to": "servicenow_voice",
            }
        },
    )
    assert outcome.errors == ()
    assert outcome.of_type("aws_connect_instance") == {}
    assert outcome.of_type("aws_connect_phone_number") == {}
    assert list(outcome.of_type("aws_connect_queue")) == [
        'module.contact_center.aws_connect_queue.this["people"]'
    ]
    assert outcome.outputs["connect_instance_id"] == INSTANCE_ID
    assert outcome.outputs["phone_numbers"] == {
        "theirs": {"id": UUID, "number": "+33155500100", "leads_to": "servicenow_voice"}
    }
    associate = outcome.policy('module.phone_number_flow.aws_iam_role_policy.associate["theirs"]')
    assert (
        f"arn:aws:connect:us-east-1:123456789012:phone-number/{UUID}"
        in associate["Statement"][0]["Resource"]
    )
    # Connect's own log group of an adopted instance is not ours.
    assert (
        "/aws/connect/"
        not in outcome.resources["module.encryption.aws_kms_key_policy.this"]["policy"]
    )


def test_an_adopted_instance_that_cannot_dial_is_refused(mocked_root: MockedRoot) -> None:
    outcome = mocked_root.apply(
        "  override_data {\n"
        "    target = module.connect_instance.data.aws_connect_instance.adopted[0]\n"
        "    values = { outbound_calls_enabled = false }\n"
        "  }\n",
        connect_instance={"create": False, "alias": "theirs"},
    )
    [error] = outcome.errors
    assert error.startswith("Enable outbound calls")


@pytest.mark.parametrize("missing", ["servicenow_client_id", "servicenow_client_secret"])
def test_a_plan_that_writes_secrets_wants_them(mocked_root: MockedRoot, missing: str) -> None:
    outcome = mocked_root.apply(**{f"{missing}s": {"billing": "no voice service here"}})
    [error] = outcome.errors
    assert error.startswith(f"Set {missing.upper()} ")
    assert "version 1" in error


def _written(version: int) -> str:
    return (
        "  override_data {\n"
        f"    target = {VOICE}.data.aws_ssm_parameters_by_path.version[0]\n"
        f'    values = {{ values = ["{version}"] }}\n'
        "  }\n"
    )


def test_a_plan_that_writes_no_secrets_needs_none(mocked_root: MockedRoot) -> None:
    outcome = mocked_root.apply(
        _written(3),
        servicenow_secrets_version=3,
        servicenow_client_ids={},
        servicenow_client_secrets={},
    )
    assert outcome.errors == ()


def test_a_new_version_of_the_secrets_wants_them_again(mocked_root: MockedRoot) -> None:
    outcome = mocked_root.apply(
        _written(3),
        servicenow_secrets_version=4,
        servicenow_client_ids={},
        servicenow_client_secrets={},
    )
    assert len(outcome.errors) == 2
    assert all("version 4" in error for error in outcome.errors)


def test_a_team_can_keep_its_own_parameters(mocked_root: MockedRoot) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/own"
    outcome = mocked_root.apply(
        manage_secrets=False,
        servicenow_secrets_key_arn=key,
        servicenow_client_ids={},
        servicenow_client_secrets={},
        kore_secrets_key_arn=key,
        kore_client_secrets={},
        kore_webhook_secret="",
    )
    assert outcome.errors == ()
    assert {p["type"] for p in outcome.of_type("aws_ssm_parameter").values()} == {"String"}
    for address in outcome.of_type("aws_iam_role_policy"):
        for statement in outcome.policy(address)["Statement"]:
            via = statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService")
            assert via != "ssm.us-east-1.amazonaws.com" or statement["Resource"] == key, address
    policy = f'{LAMBDA}.aws_iam_role_policy.own["read-servicenow-client"]'
    read, decrypt = outcome.policy(policy)["Statement"]
    assert read["Resource"] == [
        f"arn:aws:ssm:us-east-1:123456789012:parameter{PARAMETERS}/{name}"
        for name in ("client_id", "client_secret")
    ]
    assert decrypt["Resource"] == key


def test_a_zip_that_the_manifest_does_not_describe_is_refused(mocked_root: MockedRoot) -> None:
    zip_file: Path = mocked_root.dist / "servicenow_voice.zip"
    built = zip_file.read_bytes()
    zip_file.write_bytes(built + b"and something else")
    try:
        outcome = mocked_root.apply()
    finally:
        zip_file.write_bytes(built)
    [error] = outcome.errors
    assert "is not the zip its manifest describes" in error


def test_compiled_code_gets_the_processor_it_is_for(mocked_root: MockedRoot) -> None:
    manifest = mocked_root.dist / "manifest.json"
    pure = manifest.read_text(encoding="utf-8")
    document = json.loads(pure)
    document["lambdas"]["servicenow_voice"]["architectures"] = ["x86_64"]
    manifest.write_text(json.dumps(document), encoding="utf-8")
    try:
        outcome = mocked_root.apply()
    finally:
        manifest.write_text(pure, encoding="utf-8")
    assert outcome.resources[f"{LAMBDA}.aws_lambda_function.this"]["architectures"] == ["x86_64"]
    other = "module.phone_number_flow.module.lambda.aws_lambda_function.this"
    assert outcome.resources[other]["architectures"] == ["arm64"]


def test_warm_starts_are_a_choice(mocked_root: MockedRoot) -> None:
    provisioned = mocked_root.apply(
        servicenow_lambda={"provisioned_concurrency": 2, "reserved_concurrency": 5}
    )
    [config] = provisioned.of_type("aws_lambda_provisioned_concurrency_config").values()
    assert config["function_name"] == "connect-voice-test-servicenow-voice"
    assert config["qualifier"] == "live"
    assert config["provisioned_concurrent_executions"] == 2

    snapped = mocked_root.apply(servicenow_lambda={"snap_start": True})
    assert snapped.of_type("aws_lambda_provisioned_concurrency_config") == {}
    [snap] = snapped.resources[f"{LAMBDA}.aws_lambda_function.this"]["snap_start"]
    assert snap["apply_on"] == "PublishedVersions"


def test_each_number_leads_to_its_flow(applied: Outcome) -> None:
    policies = {
        address: applied.policy(address)["Statement"]
        for address in applied.of_type("aws_iam_role_policy")
        if address.startswith("module.phone_number_flow.aws_iam_role_policy.associate")
    }
    assert len(policies) == 2
    for [statement] in policies.values():
        assert statement["Resource"] == [
            "arn:aws:connect:us-east-1:123456789012:phone-number/44444444-4444-4444-4444-444444444444",
            applied.outputs["inbound_flows"]["servicenow_voice"]["arn"],
        ]
    invocations = applied.of_type("aws_lambda_invocation")
    assert len(invocations) == 2
    assert {i["lifecycle_scope"] for i in invocations.values()} == {"CRUD"}
    assert {key: n["leads_to"] for key, n in applied.outputs["phone_numbers"].items()} == {
        "service-desk": "servicenow_voice",
        "support": "kore_agent_assist/support",
    }


@pytest.mark.parametrize(
    "answer",
    [
        {"state": "tied", "phone_number_id": UUID, "contact_flow_id": FLOW_ID},
        None,
    ],
)
def test_a_number_that_the_lambda_did_not_lead_anywhere_is_told(
    mocked_root: MockedRoot, answer: object
) -> None:
    errors = mocked_root.apply(_answer(answer)).errors
    assert any("Lead the number service-desk to its flow again" in error for error in errors)


def test_what_an_older_deployment_has_is_kept_under_its_new_address(
    root: Path, applied: Outcome
) -> None:
    terraform = root / "terraform"
    moves = [
        (_called(terraform, file.parent), old, new)
        for file in terraform.rglob("moved.tf")
        for old, new in re.findall(
            r"moved \{\s+from = (\S+)\s+to   = (\S+)\s+\}", file.read_text(encoding="utf-8")
        )
    ]
    assert len(moves) > 15
    for module, old, new in moves:
        if "provisioned_concurrency" in new:
            continue  # only where somebody asks for it
        address, was = f"{module}{new}", f"{module}{old}"
        found = [a for a in applied.resources if a == address or a.startswith(f"{address}.")]
        assert found, f"{was} would be moved to {address}, which does not exist"
        assert was not in applied.resources, was


def _called(terraform: Path, folder: Path) -> str:
    """What addresses begin with in a module of the root."""
    if folder == terraform:
        return ""
    counted = "[0]" if folder.name in {"servicenow_voice", "kore_agent_assist"} else ""
    return f"module.{folder.name}{counted}."


def test_numbers_are_told_apart_by_what_is_written_on_them(applied: Outcome) -> None:
    numbers = applied.of_type("aws_connect_phone_number").values()
    assert len({number["description"] for number in numbers}) == len(numbers) == 2


def test_servicenow_is_deployed_alone(mocked_root: MockedRoot) -> None:
    numbers = {"service-desk": VARIABLES["phone_numbers"]["service-desk"]}
    outcome = mocked_root.apply(kore_bots=None, kore_webhook_url=None, phone_numbers=numbers)
    assert outcome.errors == ()
    assert outcome.outputs.get("kore") is None
    assert list(outcome.outputs["inbound_flows"]) == ["servicenow_voice"]
    assert [address for address in outcome.resources if "kore" in address] == []


def test_kore_is_deployed_alone(different: Outcome) -> None:
    assert different.outputs.get("servicenow_lambda_name") is None
    assert different.outputs["reason_queues"] == {}
    assert sorted(different.outputs["inbound_flows"]) == [
        "kore_agent_assist/front-office",
        "kore_agent_assist/support",
    ]
    assert [address for address in different.resources if "servicenow" in address] == []


def test_an_instance_may_refuse_the_arn_of_an_alias(different: Outcome) -> None:
    associations = different.of_type("aws_connect_lambda_function_association").values()
    functions = [lambda_["arn"] for lambda_ in different.outputs["kore"]["lambdas"].values()]
    assert [association["function_arn"] for association in associations] == functions
    assert {p["qualifier"] for p in different.of_type("aws_lambda_permission").values()} == {"live"}
