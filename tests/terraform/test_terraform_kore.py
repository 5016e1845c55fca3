"""What the root makes for Kore Agent AI, with a provider that only remembers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from terraform_support import ANY_PEM, VARIABLES, MockedRoot, Outcome

KORE = "module.kore_agent_assist[0]"
BOT = VARIABLES["kore_bots"]["support"]
PARAMETERS = "/connect-voice-test/kore"
STREAMS = "connect-voice-test-connect-test-contact-"
APPLICATION = f'{KORE}.aws_cloudcontrolapi_resource.application["connect-voice-test.kore"]'
ASSOCIATION = f'{KORE}.aws_cloudcontrolapi_resource.association["connect-voice-test.kore"]'
PROFILE = f"{KORE}.aws_cloudcontrolapi_resource.security_profile"
PROFILE_ID = "88888888-8888-8888-8888-888888888888"


def _environment(outcome: Outcome, function: str) -> Mapping[str, str]:
    [environment] = outcome.resources[f"{KORE}.module.{function}.aws_lambda_function.this"][
        "environment"
    ]
    variables: Mapping[str, str] = environment["variables"]
    return variables


def _desired(outcome: Outcome, address: str) -> Mapping[str, Any]:
    desired: Mapping[str, Any] = json.loads(outcome.resources[address]["desired_state"])
    return desired


def test_the_trigger_is_told_what_it_hands_out(applied: Outcome) -> None:
    assert _environment(applied, "stream_trigger") == {
        "KORE_PARAMETER_PATH": f"{PARAMETERS}/bots",
        "TRANSCRIBER_URL": "https://assist.example.com/integrations/amzn/voice/",
        "STREAM_READER_ROLE_ARN": "arn:aws:iam::123456789012:role/reader",
        "STREAM_KEY_ARN": applied.outputs["kms_key_arn"],
        "STREAM_NAME_PREFIX": STREAMS,
        "CLAIMS_TABLE": "connect-voice-test-kore-claims",
        "STREAM_ACCESS_SECONDS": "3600",
        "SOCKET_TOKEN_SECONDS": "3600",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "kore_stream_trigger",
    }


def test_the_other_lambdas_are_told_what_they_need(applied: Outcome) -> None:
    assert _environment(applied, "widget_token") == {
        "KORE_PARAMETER_PATH": f"{PARAMETERS}/bots",
        "WIDGET_TOKEN_SECONDS": "7200",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "kore_widget_token",
    }
    assert _environment(applied, "disposition[0]") == {
        "DISPOSITIONS_TABLE": "connect-voice-test-kore-dispositions",
        "RETENTION_DAYS": "90",
        "WEBHOOK_URL": "https://crm.example.com/dispositions",
        "WEBHOOK_SECRET_PARAMETER": f"{PARAMETERS}/webhook_secret",
        "LOG_LEVEL": "INFO",
        "POWERTOOLS_SERVICE_NAME": "kore_disposition",
    }


def test_the_lambdas_end_before_connect_cuts_them(applied: Outcome) -> None:
    functions = {
        address: function
        for address, function in applied.of_type("aws_lambda_function").items()
        if address.startswith(KORE)
    }
    assert len(functions) == 3
    for function in functions.values():
        assert 6 < function["timeout"] < 8
        assert function["publish"] is True


def test_a_private_authority_and_other_minutes_reach_the_lambdas(different: Outcome) -> None:
    trigger = _environment(different, "stream_trigger")
    assert trigger["SOCKET_TOKEN_SECONDS"] == "300"
    assert trigger["STREAM_ACCESS_SECONDS"] == "900"
    assert _environment(different, "widget_token")["WIDGET_TOKEN_SECONDS"] == "1800"
    assert trigger["CA_BUNDLE_PEM"] == ANY_PEM
    assert _environment(different, "disposition[0]")["CA_BUNDLE_PEM"] == ANY_PEM


def test_a_bot_has_its_settings_and_its_secret(applied: Outcome) -> None:
    settings = applied.resources[f'{KORE}.aws_ssm_parameter.settings["support"]']
    assert settings["name"] == f"{PARAMETERS}/bots/support/settings"
    assert settings["type"] == "String"
    assert json.loads(settings["insecure_value"]) == {
        "botId": BOT["bot_id"],
        "clientId": BOT["client_id"],
        "accountId": BOT["account_id"],
        "agentassistUrl": "https://assist.example.com",
        "wssUrl": "wss://media.example.com",
        "sipUri": BOT["sip_uri"],
        "languageCode": "en-US",
        "streamAudioFromCustomer": True,
        "streamAudioToCustomer": True,
    }
    secrets = {
        parameter["name"]: parameter["key_id"]
        for address, parameter in applied.of_type("aws_ssm_parameter").items()
        if address.startswith(KORE) and parameter["type"] == "SecureString"
    }
    assert secrets == {
        f"{PARAMETERS}/bots/support/client_secret": applied.outputs["kms_key_arn"],
        f"{PARAMETERS}/webhook_secret": applied.outputs["kms_key_arn"],
    }


def test_no_secret_is_in_the_state(applied: Outcome) -> None:
    text = json.dumps([dict(applied.resources), dict(applied.outputs)])
    for secret in (VARIABLES["kore_client_secrets"]["support"], VARIABLES["kore_webhook_secret"]):
        assert secret not in text
        assert json.dumps(secret)[1:-1] not in text


def test_the_paths_that_are_read_hold_no_secret(applied: Outcome) -> None:
    # What a data source reads is in the state, ciphertext included.
    names = {p["name"] for p in applied.of_type("aws_ssm_parameter").values()}
    for address, data in applied.resources.items():
        if ".data.aws_ssm_parameters_by_path." in address:
            below = {name for name in names if name.rpartition("/")[0] == data["path"]}
            assert below, data["path"]
            assert not {name for name in below if "secret" in name.rpartition("/")[2]} - {
                "/connect-voice-test/servicenow/secrets_version",
                f"{PARAMETERS}/written-webhook/secret",
            }


def _written(bots: Mapping[str, int], webhook: int | None = None) -> str:
    def override(name: str, values: Mapping[str, list[str]]) -> str:
        return (
            "  override_data {\n"
            f"    target = {KORE}.data.aws_ssm_parameters_by_path.{name}[0]\n"
            f"    values = {json.dumps(values)}\n"
            "  }\n"
        )

    versions = {
        "names": [f"{PARAMETERS}/written/{bot}" for bot in bots],
        "values": [str(version) for version in bots.values()],
    }
    text = override("written", versions)
    if webhook is not None:
        text += override("written_webhook", {"names": ["w"], "values": [str(webhook)]})
    return text


def test_a_plan_that_writes_a_secret_wants_it(mocked_root: MockedRoot) -> None:
    errors = mocked_root.apply(
        kore_client_secrets={"other": "a secret"}, kore_webhook_secret=""
    ).errors
    bot, webhook = sorted(errors)
    assert bot.startswith("Set KORE_CLIENT_SECRET_SUPPORT, or KORE_CLIENT_SECRET for all bots")
    assert "version 1 of the client secret of bot support" in bot
    assert webhook.startswith("Set KORE_WEBHOOK_SECRET ")


def test_one_secret_may_serve_all_bots(different: Outcome) -> None:
    written = different.of_type("aws_ssm_parameter")
    assert f'{KORE}.aws_ssm_parameter.client_secret["front-office"]' in written


def test_a_plan_that_writes_no_secret_needs_none(mocked_root: MockedRoot) -> None:
    outcome = mocked_root.apply(
        _written({"support": 2}, webhook=2),
        kore_secrets_version=2,
        kore_client_secrets={},
        kore_webhook_secret="",
    )
    assert outcome.errors == ()


def test_a_bot_that_comes_later_wants_its_secret_too(mocked_root: MockedRoot) -> None:
    [error] = mocked_root.apply(
        _written({"support": 1}, webhook=1),
        kore_bots={"support": BOT, "front-office": BOT},
        kore_client_secrets={},
        kore_webhook_secret="",
    ).errors
    assert error.startswith("Set KORE_CLIENT_SECRET_FRONT_OFFICE, or KORE_CLIENT_SECRET for all")


def test_a_new_version_wants_every_secret_again(mocked_root: MockedRoot) -> None:
    errors = mocked_root.apply(
        _written({"support": 1, "sales": 2}, webhook=1),
        kore_bots={"support": BOT, "sales": BOT},
        kore_secrets_version=2,
        kore_client_secrets={},
        kore_webhook_secret="",
    ).errors
    assert sorted(error.split(" ")[1].rstrip(",") for error in errors) == [
        "KORE_CLIENT_SECRET_SUPPORT",
        "KORE_WEBHOOK_SECRET",
    ]


def test_the_version_is_noted_only_once_the_secret_is_written(applied: Outcome) -> None:
    markers = {
        p["name"]: p["insecure_value"]
        for address, p in applied.of_type("aws_ssm_parameter").items()
        if ".written" in address
    }
    assert markers == {
        f"{PARAMETERS}/written/support": "1",
        f"{PARAMETERS}/written-webhook/secret": "1",
    }


def test_the_application_gets_what_the_vendors_guide_forgets(applied: Outcome) -> None:
    desired = _desired(applied, APPLICATION)
    assert desired["Name"] == "KoreAgentAssist"
    assert desired["Namespace"] == "connect-voice-test.kore"
    assert desired["ApplicationSourceConfig"] == {
        "ExternalUrlConfig": {
            "AccessUrl": "https://assist.example.com/integrations/amzn/tpa-voice/",
            "ApprovedOrigins": [],
        }
    }
    assert desired["Permissions"] == [
        "Contact.Attributes.View",
        "Contact.Details.View",
        "User.Details.View",
    ]
    assert desired["IframeConfig"]["Allow"] == ["clipboard-write"]
    assert set(desired["IframeConfig"]["Sandbox"]) == {
        "allow-forms",
        "allow-popups",
        "allow-same-origin",
        "allow-scripts",
    }
    assert desired["ApplicationConfig"] == {"ContactHandling": {"Scope": "CROSS_CONTACTS"}}
    assert desired["InitializationTimeout"] == 10000
    assert {"Key": "Environment", "Value": "test"} in desired["Tags"]


def test_the_application_is_associated_and_granted(applied: Outcome) -> None:
    association = _desired(applied, ASSOCIATION)
    # Cloud Control calls it id and wants the ARN.
    assert association["InstanceId"] == applied.outputs["connect_instance_arn"]
    assert association["IntegrationType"] == "APPLICATION"
    assert association["IntegrationArn"] == applied.resources[APPLICATION]["id"]
    profile = _desired(applied, PROFILE)
    assert profile["InstanceArn"] == applied.outputs["connect_instance_arn"]
    assert profile["Applications"] == [
        {"Namespace": "connect-voice-test.kore", "ApplicationPermissions": ["ACCESS"]}
    ]
    assert "Permissions" not in profile


def test_agent_ai_at_another_address_than_its_widget_is_approved(mocked_root: MockedRoot) -> None:
    endpoints = {**VARIABLES["kore_endpoints"], "agentassist_url": "https://ai.example.com:8443/x"}
    source = _source(["https://ai.example.com:8443"])
    outcome = mocked_root.apply(
        _says("application", ApplicationSourceConfig=source), kore_endpoints=endpoints
    )
    assert outcome.errors == ()
    assert _desired(outcome, APPLICATION)["ApplicationSourceConfig"] == source


def _source(origins: list[str]) -> dict[str, Any]:
    url = "https://assist.example.com/integrations/amzn/tpa-voice/"
    return {"ExternalUrlConfig": {"AccessUrl": url, "ApprovedOrigins": origins}}


def _says(resource: str, **changes: object) -> str:
    """What AWS says of the application or the profile, with something else in it."""
    said: dict[str, Any] = {
        "Name": "KoreAgentAssist",
        "ApplicationSourceConfig": _source([]),
        "Permissions": ["Contact.Attributes.View", "Contact.Details.View", "User.Details.View"],
        "IframeConfig": {
            "Allow": ["clipboard-write"],
            "Sandbox": ["allow-forms", "allow-popups", "allow-same-origin", "allow-scripts"],
        },
        "ApplicationConfig": {"ContactHandling": {"Scope": "CROSS_CONTACTS"}},
        "InitializationTimeout": 10000,
        **changes,
    }
    return (
        "  override_resource {\n"
        f"    target = {KORE}.aws_cloudcontrolapi_resource.{resource}\n"
        "    values = {\n"
        '      id         = "arn:aws:any:us-east-1:123456789012:thing/one"\n'
        f"      properties = {json.dumps(json.dumps(said))}\n"
        "    }\n"
        "  }\n"
    )


def test_what_somebody_changed_in_the_console_is_told(mocked_root: MockedRoot) -> None:
    changed = _says(
        "application",
        Name="Assist",
        Permissions=["Contact.Details.View"],
        IframeConfig={"Allow": ["microphone"], "Sandbox": []},
        InitializationTimeout=1,
    )
    errors = mocked_root.apply(changed).errors
    assert all("because somebody changed" in error for error in errors)
    for sentence in (
        "Set the name, access URL and approved origins",
        "Set the permissions of the application connect-voice-test.kore back to Contact.Attributes",
        "Set the iframe configuration",
        "Set the contact scope",
    ):
        assert [error for error in errors if error.startswith(sentence)], (sentence, errors)


def test_access_to_another_application_is_told(mocked_root: MockedRoot) -> None:
    granted = [
        {"Namespace": namespace, "ApplicationPermissions": ["ACCESS"]}
        for namespace in ("connect-voice-test.kore", "other")
    ]
    [error] = mocked_root.apply(_says("security_profile", Applications=granted)).errors
    assert error.startswith("Set the security profile")


def test_the_tables_keep_what_they_should_for_as_long_as_they_should(applied: Outcome) -> None:
    key = applied.outputs["kms_key_arn"]
    claims = applied.resources[f"{KORE}.aws_dynamodb_table.claims"]
    dispositions = applied.resources[f"{KORE}.aws_dynamodb_table.dispositions[0]"]
    for table in (claims, dispositions):
        assert table["hash_key"] == "contactId"
        assert table["billing_mode"] == "PAY_PER_REQUEST"
        assert table["server_side_encryption"] == [{"enabled": True, "kms_key_arn": key}]
        assert [(t["attribute_name"], t["enabled"]) for t in table["ttl"]] == [("expiresAt", True)]
    assert [p["enabled"] for p in dispositions["point_in_time_recovery"]] == [True]


def test_without_dispositions_nothing_of_them_is_made(without_dispositions: Outcome) -> None:
    addresses = list(without_dispositions.resources)
    assert [address for address in addresses if "disposition" in address] == []
    assert [address for address in addresses if "webhook" in address] == []
    kore = without_dispositions.outputs["kore"]
    assert kore["dispositions_table"] is None
    assert kore["disposition_flow_id"] is None
    assert kore["lambdas"]["disposition"] is None


def test_streams_that_are_kept_elsewhere_are_read_there(different: Outcome) -> None:
    prefix = "theirs-connect-test-contact-"
    key = "arn:aws:kms:us-east-1:123456789012:key/theirs"
    trigger = _environment(different, "stream_trigger")
    assert trigger["STREAM_NAME_PREFIX"] == prefix
    assert trigger["STREAM_KEY_ARN"] == key
    read, decrypt = different.policy(f"{KORE}.aws_iam_role_policy.stream_reader")["Statement"]
    assert read["Resource"].endswith(f":stream/{prefix}*/*")
    assert decrypt["Resource"] == key
    assert different.outputs["kore"]["media_stream_prefix"] == prefix


CONNECT = "arn:aws:connect:us-east-1:123456789012"
INSTANCE = "22222222-2222-2222-2222-222222222222"
NAMED = {"first_name": "Ada", "last_name": "Byron", "email": "ada@example.com"}


def _users(identity: str) -> str:
    return (
        "  override_data {\n"
        "    target = module.connect_instance.data.aws_connect_instance.adopted[0]\n"
        "    values = {\n"
        f'      id                       = "{INSTANCE}"\n'
        f'      arn                      = "{CONNECT}:instance/{INSTANCE}"\n'
        '      service_role             = "arn:aws:iam::123456789012:role/connect"\n'
        '      instance_alias           = "theirs"\n'
        f'      identity_management_type = "{identity}"\n'
        "      outbound_calls_enabled   = true\n"
        "    }\n"
        "  }\n"
    )


def test_agents_get_the_profile_besides_their_own(mocked_root: MockedRoot) -> None:
    outcome = mocked_root.apply(
        _users("SAML"),
        connect_instance={"create": False, "alias": "theirs"},
        agents={"ada@example.com": NAMED},
    )
    assert outcome.errors == ()
    [user] = outcome.of_type("aws_connect_user").values()
    assert PROFILE_ID in user["security_profile_ids"]
    assert len(user["security_profile_ids"]) == 2
    assert user["password"] is None


def test_agents_with_a_password_are_refused(mocked_root: MockedRoot) -> None:
    [error] = mocked_root.apply(
        _users("CONNECT_MANAGED"),
        connect_instance={"create": False, "alias": "theirs"},
        agents={"ada@example.com": NAMED},
    ).errors
    assert error.startswith("Leave agents out")


def test_what_is_told_of_it_is_all_there(applied: Outcome) -> None:
    kore = applied.outputs["kore"]
    function = {
        "arn": "arn:aws:lambda:us-east-1:123456789012:function:mock",
        "alias_arn": "arn:aws:lambda:us-east-1:123456789012:function:mock:live",
    }
    flow = applied.resources[f'{KORE}.aws_connect_contact_flow.agent_assist["support"]']
    assert kore == {
        "application_arn": applied.resources[APPLICATION]["id"],
        "application_namespace": "connect-voice-test.kore",
        "access_url": "https://assist.example.com/integrations/amzn/tpa-voice/",
        "integration_association_id": "77777777-7777-7777-7777-777777777777",
        "security_profile_id": PROFILE_ID,
        "transcriber_url": "https://assist.example.com/integrations/amzn/voice/",
        "reader_role_arn": "arn:aws:iam::123456789012:role/reader",
        "claims_table": "connect-voice-test-kore-claims",
        "dispositions_table": "connect-voice-test-kore-dispositions",
        "disposition_flow_id": flow["contact_flow_id"],
        "webhook_url": "https://crm.example.com/dispositions",
        "media_stream_prefix": STREAMS,
        "lambdas": {
            name: {
                **function,
                "name": f"connect-voice-test-kore-{name.replace('_', '-')}",
                "log_group": f"/aws/lambda/connect-voice-test-kore-{name.replace('_', '-')}",
            }
            for name in ("stream_trigger", "widget_token", "disposition")
        },
        "bots": {
            "support": {
                "flow_id": flow["contact_flow_id"],
                "flow_arn": flow["arn"],
                "queue_flow_id": flow["contact_flow_id"],
                "queue": "people",
                "language_code": "en-US",
                "settings_parameter": f"{PARAMETERS}/bots/support/settings",
                "secret_parameter": f"{PARAMETERS}/bots/support/client_secret",
                "sip_uri": BOT["sip_uri"],
                "wss_url": "wss://media.example.com",
            }
        },
    }
    assert applied.outputs["inbound_flows"]["kore_agent_assist/support"] == {
        "id": flow["contact_flow_id"],
        "arn": flow["arn"],
    }


def test_only_lambdas_that_callers_wait_for_are_kept_warm(different: Outcome) -> None:
    warm = different.of_type("aws_lambda_provisioned_concurrency_config").values()
    assert {config["function_name"] for config in warm} == {
        "connect-voice-test-kore-stream-trigger",
        "connect-voice-test-kore-widget-token",
    }


def test_another_bot_touches_nothing_of_those_there_are(mocked_root: MockedRoot) -> None:
    numbers = VARIABLES["phone_numbers"]
    changes = mocked_root.change(
        kore_bots={"support": BOT, "sales": BOT},
        kore_client_secrets={"*": "a secret"},
        phone_numbers={
            **numbers,
            "sales": {"claim": {"country_code": "US"}, "leads_to": "kore_agent_assist/sales"},
        },
    )
    assert 'module.phone_number_flow.aws_lambda_invocation.this["sales"]' in changes
    touched = {address: actions for address, actions in changes.items() if "sales" not in address}
    # Only what may be read grows: both functions that act for a bot read its parameters too.
    assert touched == {
        f'{KORE}.module.{function}.aws_iam_role_policy.own["read-bots"]': ["update"]
        for function in ("stream_trigger", "widget_token")
    }
