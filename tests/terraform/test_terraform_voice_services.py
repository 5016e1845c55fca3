"""Further ServiceNow voice services on the one function: their parameters, secrets and flows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from terraform_support import ANY_TEXT, VARIABLES, MockedRoot, Outcome

from flowkit.model import parse
from flowkit.validation import problems
from servicenow_voice import voice_services
from servicenow_voice.voice_services import VoiceService

VOICE = "module.servicenow_voice[0]"
LAMBDA = f"{VOICE}.module.lambda"
FIRST_ID = VARIABLES["servicenow"]["voice_service_id"]
BILLING_ID = "b" * 32
HR_ID = "hr_voice-1"
PATH = "/com.servicenow.cti/0123456789abcdef0123456789abcdef"
SERVICES: Mapping[str, Mapping[str, str]] = {
    "billing": {
        "voice_service_id": BILLING_ID,
        "voice_service_host": "voice2.example.com",
        "call_context_path": "/api/billing",
        "greeting": ANY_TEXT,
    },
    "hr-desk": {"voice_service_id": HR_ID},
}
NUMBERS = {
    **VARIABLES["phone_numbers"],
    "billing": {"claim": {"country_code": "US"}, "leads_to": "servicenow_voice/billing"},
}
# One has a client of its own, the other the first's.
CLIENTS = {
    "servicenow_client_ids": {"*": "a client id", "billing": "another"},
    "servicenow_client_secrets": {"*": "a client secret", "billing": "another"},
}
GIVEN: Mapping[str, Any] = {
    "servicenow_voice_services": SERVICES,
    "phone_numbers": NUMBERS,
    **CLIENTS,
}
SECRETS = ("client_id", "client_secret")


@pytest.fixture(scope="module")
def several(mocked_root: MockedRoot) -> Outcome:
    outcome = mocked_root.apply(**GIVEN, servicenow_token_copy="Advanced")
    assert outcome.errors == ()
    return outcome


def _variables(outcome: Outcome) -> Mapping[str, str]:
    [environment] = outcome.resources[f"{LAMBDA}.aws_lambda_function.this"]["environment"]
    variables: Mapping[str, str] = environment["variables"]
    return variables


def test_one_voice_service_is_all_there_is_unless_asked_for(applied: Outcome) -> None:
    assert "VOICE_SERVICES" not in _variables(applied)
    assert applied.outputs["servicenow_voice_services"] == {}
    assert [
        address for address in applied.resources if "service_" in address.split("_voice")[-1]
    ] == []


def test_the_function_reads_where_each_is(several: Outcome) -> None:
    first = VoiceService("first.example.com", "/first")
    assert voice_services.parse(_variables(several)["VOICE_SERVICES"], first) == {
        BILLING_ID: VoiceService("voice2.example.com", "/api/billing"),
        HR_ID: first,
    }
    assert _variables(several)["VOICE_SERVICE_ID"] == FIRST_ID


def test_each_has_parameters_of_its_own(several: Outcome) -> None:
    for key, service in SERVICES.items():
        for secret in SECRETS:
            parameter = several.resources[f'{VOICE}.aws_ssm_parameter.service_{secret}["{key}"]']
            assert parameter["name"] == f"{PATH}/{service['voice_service_id']}/{secret}"
            assert parameter["type"] == "SecureString"
            assert parameter["key_id"] == several.outputs["kms_key_arn"]
    assert several.outputs["servicenow_voice_services"]["hr-desk"] == {
        "voice_service_id": HR_ID,
        "parameter_names": {secret: f"{PATH}/{HR_ID}/{secret}" for secret in SECRETS},
    }


def test_the_role_reads_these_parameters_and_no_other(several: Outcome) -> None:
    arn = f"arn:aws:ssm:us-east-1:123456789012:parameter{PATH}"
    ids = (FIRST_ID, BILLING_ID, HR_ID)
    clients = [f"{arn}/{id_}/{secret}" for id_ in ids for secret in SECRETS]
    copies = [f"{arn}/{id_}/access_token" for id_ in ids]
    context = "kms:EncryptionContext:PARAMETER_ARN"
    for policy, names in (("read-servicenow-client", clients), ("copy-servicenow-tokens", copies)):
        of_ssm, of_kms = several.policy(f'{LAMBDA}.aws_iam_role_policy.own["{policy}"]')[
            "Statement"
        ]
        assert of_ssm["Resource"] == names
        assert of_kms["Condition"]["StringEquals"][context] == names


def test_each_has_a_flow_that_names_it(several: Outcome, applied: Outcome) -> None:
    flows = {
        "billing": (BILLING_ID, ANY_TEXT),
        "hr-desk": (HR_ID, "Hello, and thank you for calling."),
    }
    first = applied.resources[f"{VOICE}.aws_connect_contact_flow.inbound"]
    # Nothing about the first changes because there are others.
    again = several.resources[f"{VOICE}.aws_connect_contact_flow.inbound"]
    assert (again["name"], again["content"]) == (first["name"], first["content"])
    for key, (id_, greeting) in flows.items():
        flow = several.resources[f'{VOICE}.aws_connect_contact_flow.service["{key}"]']
        assert flow["name"] == f"connect-voice-test ServiceNow voice {key}"
        parsed = parse(flow["content"])
        assert problems(parsed) == ()
        greet = parsed.action("greet")
        assert greet is not None
        assert greet.parameters["Text"] == greeting
        assert id_ in flow["content"]
        assert FIRST_ID not in flow["content"]
    other = several.resources[f'{VOICE}.aws_connect_contact_flow.service["hr-desk"]']["content"]
    assert other.replace(HR_ID, FIRST_ID) == first["content"]


def test_numbers_lead_to_them(several: Outcome) -> None:
    assert sorted(several.outputs["inbound_flows"]) == [
        "kore_agent_assist/support",
        "servicenow_voice",
        "servicenow_voice/billing",
        "servicenow_voice/hr-desk",
    ]
    assert several.outputs["phone_numbers"]["billing"]["leads_to"] == "servicenow_voice/billing"


@pytest.mark.parametrize(
    ("held", "missing"),
    [
        ({"servicenow_client_ids": {}, "servicenow_client_secrets": {}}, ("ID", "SECRET")),
        ({"servicenow_client_ids": {"*": "x", "billing": ""}}, ("ID", "SECRET")),
        # An id of its own with the first's secret would be refused at every call.
        ({"servicenow_client_ids": {"*": "x", "billing": "y"}}, ("SECRET",)),
    ],
    ids=str,
)
def test_a_plan_that_writes_a_client_wants_both_halves(
    mocked_root: MockedRoot, held: Mapping[str, Any], missing: tuple[str, ...]
) -> None:
    both = {f"servicenow_{secret}s": {"*": "of all"} for secret in SECRETS}
    outcome = mocked_root.apply(
        _written("", "1"), servicenow_voice_services={"billing": SERVICES["billing"]}, **both | held
    )
    found = {error.split(",")[0] for error in outcome.errors}
    assert {f"Set SERVICENOW_CLIENT_{which}_BILLING" for which in missing} <= found
    assert len([error for error in found if "BILLING" in error]) == len(missing)


def _written(service: str, version: str) -> str:
    """The version that was written last, of the first voice service or of a further one."""
    data = f"{VOICE}.data.aws_ssm_parameters_by_path." + (
        "service_version" if service else "version"
    )
    names = json.dumps([f"/connect-voice-test/servicenow/voice_services/{service}"])
    return (
        "  override_data {\n"
        f"    target = {data}[0]\n"
        f'    values = {{ names = {names}, values = ["{version}"] }}\n'
        "  }\n"
    )


NO_CLIENTS: Mapping[str, Any] = {"servicenow_client_ids": {}, "servicenow_client_secrets": {}}
ONE = {"servicenow_voice_services": {"hr-desk": SERVICES["hr-desk"]}}


def test_what_is_written_is_not_asked_for_again(mocked_root: MockedRoot) -> None:
    outcome = mocked_root.apply(_written("", "1") + _written(HR_ID, "1"), **NO_CLIENTS, **ONE)
    assert outcome.errors == ()
    marker = outcome.resources[f'{VOICE}.aws_ssm_parameter.service_version["hr-desk"]']
    assert marker["name"] == f"/connect-voice-test/servicenow/voice_services/{HR_ID}"
    assert marker["insecure_value"] == "1"


@pytest.mark.parametrize(("written", "version"), [("another_id", "1"), (HR_ID, "2")])
def test_a_new_id_or_version_is_asked_for(
    mocked_root: MockedRoot, written: str, version: str
) -> None:
    outcome = mocked_root.apply(_written("", "1") + _written(written, version), **NO_CLIENTS, **ONE)
    assert {error.split(",")[0] for error in outcome.errors} == {
        "Set SERVICENOW_CLIENT_ID_HR_DESK",
        "Set SERVICENOW_CLIENT_SECRET_HR_DESK",
    }


def test_a_team_can_keep_their_parameters_too(mocked_root: MockedRoot) -> None:
    outcome = mocked_root.apply(
        **{**GIVEN, **NO_CLIENTS},
        manage_secrets=False,
        kore_client_secrets={},
        kore_webhook_secret="",
    )
    assert outcome.errors == ()
    assert [a for a in outcome.of_type("aws_ssm_parameter") if a.startswith(VOICE)] == []


def test_a_role_has_room_for_the_policies_of_all(mocked_root: MockedRoot) -> None:
    # As many as the variable allows, the longest ids, and copies of tokens.
    first = {**VARIABLES["servicenow"], "instance_id": "i" * 64, "voice_service_id": "v" * 64}
    services = {letter * 30: {"voice_service_id": letter * 64} for letter in "abcde"}
    outcome = mocked_root.apply(
        project="p" * 24,
        environment="e" * 16,
        servicenow=first,
        servicenow_voice_services=services,
        servicenow_token_copy="Intelligent-Tiering",
        kore_bots=None,
        kore_webhook_url=None,
        phone_numbers={"a": {**NUMBERS["billing"], "leads_to": f"servicenow_voice/{'a' * 30}"}},
    )
    assert outcome.errors == ()
    size = sum(
        len(outcome.resources[address]["policy"])
        for address in outcome.of_type("aws_iam_role_policy")
        if address.startswith(LAMBDA)
    )
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, and room for the
    # longer names of other partitions and regions.
    assert 5_000 < size < 10_240 - 700
