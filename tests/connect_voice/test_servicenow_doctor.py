"""The doctor for ServiceNow: each thing that can be wrong is a finding with its remedy."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from clinic import (
    ADMINISTRATOR,
    FLOWS,
    Change,
    VendorHost,
    answering,
    doctor_role,
    expect,
    notable,
    parameter,
    without,
)
from servicenow_clinic import ServiceNowClinic, open_clinic

from connect_voice import embedded
from connect_voice.doctors.net import Answer
from connect_voice.doctors.permissions import SERVICENOW_ACTIONS, SERVICENOW_OPTIONAL_ACTIONS
from connect_voice.doctors.servicenow import access, examine
from connect_voice.doctors.servicenow.flow import fingerprint
from connect_voice.doctors.servicenow.token import Token
from connect_voice.doctors.vendors import examine_vendors
from connect_voice.project import Project
from flowkit.model import parse
from local_aws.standins.https import Response
from local_aws.standins.servicenow.standin import StandIn

Fault = Callable[[ServiceNowClinic], object]


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    project = Project(tmp_path_factory.mktemp("clinic"))
    aws, _ = embedded.up(project)
    try:
        yield aws.endpoint
    finally:
        embedded.down(project)


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendorHost]:
    host = VendorHost(tmp_path_factory.mktemp("vendor"))
    yield host
    host.stop()


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    made = StandIn(tmp_path_factory.mktemp("servicenow"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def healthy(endpoint: str, vendor: VendorHost, stand_in: StandIn) -> Iterator[ServiceNowClinic]:
    """Never to be broken for longer than a test, and in order at the end as it was before."""
    made = open_clinic(endpoint, vendor, stand_in)
    yield made
    assert notable(made.examine()) == []


@pytest.fixture
def clinic(healthy: ServiceNowClinic, vendor: VendorHost) -> Iterator[ServiceNowClinic]:
    """To be broken by methods that know how to mend."""
    own = healthy.own()
    with own.mending:
        yield own
    vendor.answers.clear()


def test_nothing_is_wrong_with_what_terraform_makes(healthy: ServiceNowClinic) -> None:
    findings = healthy.examine()
    assert notable(findings) == []
    assert all(finding.name.startswith("servicenow ") for finding in findings)
    assert all(finding.check.startswith("servicenow.") for finding in findings)
    dialling = next(one for one in findings if one.check == "servicenow.outbound.enabled")
    assert "+1,+44 no program can read" in dialling.detail


def other_key(clinic: ServiceNowClinic) -> None:
    clinic.parameter(clinic.secret, KeyId=clinic.client("kms").create_key()["KeyMetadata"]["Arn"])


def lead_elsewhere(clinic: ServiceNowClinic) -> None:
    connect = clinic.client("connect")
    content = connect.describe_contact_flow(
        InstanceId=clinic.instance, ContactFlowId=flow_of(clinic)
    )["ContactFlow"]["Content"]
    other = connect.create_contact_flow(
        InstanceId=clinic.instance, Name="another", Type="CONTACT_FLOW", Content=content
    )["ContactFlowId"]
    clinic.later(connect.delete_contact_flow, InstanceId=clinic.instance, ContactFlowId=other)
    clinic.lead("support", other)


def flow_of(clinic: ServiceNowClinic) -> str:
    return str(clinic.outputs["inbound_flows"]["servicenow_voice"]["id"])


def flow(change: Change) -> Fault:
    return lambda clinic: clinic.flow(flow_of(clinic), change)


def deployed_flow(change: Change) -> Fault:
    """A flow that Terraform deployed so."""

    def fault(clinic: ServiceNowClinic) -> None:
        clinic.flow(flow_of(clinic), change)
        found = clinic.client("connect").describe_contact_flow(
            InstanceId=clinic.instance, ContactFlowId=flow_of(clinic)
        )
        content = found["ContactFlow"]["Content"]
        clinic.outputs["servicenow_flow_sha256"] = fingerprint(parse(content))

    return fault


def gone_queue(clinic: ServiceNowClinic) -> None:
    arn = f"{clinic.instance_arn}/queue/{'0' * 8}-0000-4000-8000-{'0' * 12}"
    deployed_flow(parameter("set-default-queue", "QueueId", arn))(clinic)


def environment(**changes: str | None) -> Fault:
    """Variables that Terraform did not declare so, or declares so wrongly."""
    return lambda clinic: clinic.environment("voice", **changes)


def endpoints(**hosts: str) -> Fault:
    """Hosts that the configuration declares and the Lambda has."""
    variables = {"instance": "SERVICENOW_INSTANCE_HOST", "voice_service": "VOICE_SERVICE_HOST"}

    def fault(clinic: ServiceNowClinic) -> None:
        told = {name: host.format(vendor=clinic.vendor.host) for name, host in hosts.items()}
        clinic.environment("voice", **{variables[name]: host for name, host in told.items()})
        clinic.outputs |= {f"servicenow_{name}_host": host for name, host in told.items()}

    return fault


def role(*kept: int, more: Mapping[str, object] | None = None) -> Fault:
    def fault(clinic: ServiceNowClinic) -> None:
        usual = clinic.usual_statements()
        clinic.role_may(*(usual[index] for index in kept), *([more] if more else []))

    return fault


def secret(value: str, **changes: str) -> Fault:
    return lambda clinic: clinic.parameter(clinic.secret, Value=value, **changes)


def scripted(**parts: Any) -> Fault:
    return lambda clinic: clinic.script(**parts)


def token(**step: Any) -> Fault:
    return scripted(oauth=step)


def reading(**step: Any) -> Fault:
    return scripted(interaction_context=step)


def no_numbers(clinic: ServiceNowClinic) -> None:
    clinic.outputs["phone_numbers"] = {}


def no_digest(clinic: ServiceNowClinic) -> None:
    del clinic.outputs["servicenow_flow_sha256"]


SECRET_IN_A_FLOW = {"pstnNumber": "$.External.dnis", "clientSecret": "unset"}
ANY_PARAMETER = {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*"}

FAULTS: Mapping[str, tuple[Fault, str, str]] = {
    "inbound calls off": (
        lambda clinic: clinic.switch("INBOUND_CALLS", on=False),
        "servicenow.instance.inbound",
        "Telephony",
    ),
    "outbound calls off": (
        lambda clinic: clinic.switch("OUTBOUND_CALLS", on=False),
        "servicenow.outbound.enabled",
        "Telephony",
    ),
    "no number": (no_numbers, "servicenow.number.none", 'leads_to = "servicenow_voice"'),
    "number elsewhere": (lead_elsewhere, "servicenow.number-flow.leads", "deploy again"),
    "text changed in the console": (
        flow(parameter("greet", "Text", "Hi!")),
        "servicenow.flow.changed",
        "their parameters",
    ),
    "block changed in the console": (
        flow(without("set-default-queue")),
        "servicenow.flow.changed",
        "set-default-queue",
    ),
    "an older deployment": (no_digest, "servicenow.flow.unknown", "deploy again"),
    "secret among the attributes": (
        deployed_flow(parameter("save-call-context", "Attributes", SECRET_IN_A_FLOW)),
        "servicenow.flow.secret",
        "rotate",
    ),
    "flow names what is gone": (gone_queue, "servicenow.flow-resources.exist", "queue/0000"),
    "Lambda slower than the flow": (
        lambda clinic: clinic.function("voice", Timeout=8),
        "servicenow.flow-limits.time",
        "8 s",
    ),
    "old runtime": (
        lambda clinic: clinic.function("voice", Runtime="python3.9"),
        "servicenow.lambda.runtime",
        "python3.9",
    ),
    "key in the environment": (
        environment(CLIENT_SECRET="x"),
        "servicenow.lambda-environment.secret",
        "rotate",
    ),
    "voice service changed by hand": (
        environment(VOICE_SERVICE_ID="elsewhere"),
        "servicenow.lambda-environment.declared",
        "VOICE_SERVICE_ID",
    ),
    "instance changed by hand": (
        environment(SERVICENOW_INSTANCE_HOST="elsewhere.service-now.com"),
        "servicenow.lambda-environment.declared",
        "SERVICENOW_INSTANCE_HOST",
    ),
    "setting missing": (
        environment(SERVICENOW_INSTANCE_NAME=None),
        "servicenow.settings.complete",
        "SERVICENOW_INSTANCE_NAME",
    ),
    "URL for a host": (
        endpoints(voice_service="https://{vendor}/"),
        "servicenow.settings.host",
        "servicenow_endpoints.voice_service_host",
    ),
    "path without a slash": (
        environment(CALL_CONTEXT_PATH="api/call"),
        "servicenow.settings.path",
        "servicenow.call_context_path",
    ),
    "any number may be dialled": (
        environment(DNIS_PREFIXES=""),
        "servicenow.settings.prefixes",
        "servicenow.dnis_prefixes",
    ),
    "Lambda not associated": (
        lambda clinic: clinic.disassociate("voice"),
        "servicenow.lambda-association.exists",
        "deploy again",
    ),
    "Lambda not to be invoked": (
        lambda clinic: clinic.permit("voice"),
        "servicenow.lambda-invocation.allowed",
        "deploy again",
    ),
    "Lambda without its account": (
        lambda clinic: clinic.permit("voice", SourceArn=""),
        "servicenow.lambda-invocation.bound",
        "SourceAccount",
    ),
    "logs for ever": (
        lambda clinic: clinic.logs("voice", key=clinic.outputs["kms_key_arn"], days=None),
        "servicenow.lambda-logs.retention",
        "for ever",
    ),
    "logs under the service's key": (
        lambda clinic: clinic.logs("voice", days=30),
        "servicenow.lambda-logs.key",
        "a key that AWS owns",
    ),
    "no logs": (
        lambda clinic: clinic.logs("voice"),
        "servicenow.lambda-logs.exists",
        "deploy again",
    ),
    "no secret": (
        lambda clinic: clinic.parameter(clinic.secret),
        "servicenow.secrets.exists",
        "SERVICENOW_CLIENT_SECRET",
    ),
    "secret in clear": (
        lambda clinic: clinic.parameter(clinic.secret, Type="String"),
        "servicenow.secrets.encrypted",
        "rotate",
    ),
    "secret under another key": (other_key, "servicenow.secrets.key", "servicenow_secrets_version"),
    "role may not read": (role(1), "servicenow.lambda-role.allows", "ssm:GetParameters"),
    "role may not decrypt": (role(0), "servicenow.lambda-role.allows", "kms:Decrypt"),
    "role reads everything": (
        role(0, 1, more=ANY_PARAMETER),
        "servicenow.lambda-role.denies",
        "other parameters",
    ),
    "secret of somebody else": (
        secret("Kq7uP2rXw9TzL4mVb8NdYc3HsJ6fGeA1"),
        "servicenow.token.denied",
        "glide.oauth.inbound.client.credential.grant_type.enabled",
    ),
    "client credentials forbidden": (token(status=403), "servicenow.token.denied", "(403"),
    "tokens limited": (token(status=429), "servicenow.token.limited", "rate limit"),
    "instance asleep": (
        token(body="<html>hibernating</html>", content_type="text/html"),
        "servicenow.token.issued",
        "awake",
    ),
    "instance down": (token(status=503), "servicenow.token.issued", "503"),
    "opaque tokens": (token(token_format="opaque"), "servicenow.token.opaque", "JWT"),
    "tokens that end at once": (token(expires_in=0), "servicenow.token.lifetime", "clocks"),
    "short tokens": (token(expires_in=60), "servicenow.token.lifetime", "1800 s"),
    "tokens for a month": (token(expires_in=2592000), "servicenow.token.lifetime", "720 h"),
    "table not to be read": (reading(status=403), "servicenow.interaction-context.allowed", "role"),
    "token not accepted": (reading(status=401), "servicenow.interaction-context.accepted", "user"),
    "no such table": (reading(status=400), "servicenow.interaction-context.exists", "plugin"),
    "reading limited": (
        reading(status=429, retry_after_seconds=60),
        "servicenow.interaction-context.limited",
        "rate limit rules",
    ),
    "table broken": (reading(status=500), "servicenow.interaction-context.readable", "500"),
    "rows of another shape": (
        reading(body='{"result": {}}'),
        "servicenow.interaction-context.readable",
        "without rows",
    ),
}


@pytest.mark.parametrize(("fault", "check", "remedy"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_its_own_finding(
    clinic: ServiceNowClinic, fault: Fault, check: str, remedy: str
) -> None:
    fault(clinic)
    expect(clinic.examine(), check, remedy)


def test_a_missing_alias_is_its_own_finding(
    endpoint: str, vendor: VendorHost, stand_in: StandIn
) -> None:
    clinic = open_clinic(endpoint, vendor, stand_in)
    clinic.client("lambda").delete_alias(
        FunctionName=clinic.outputs["servicenow_lambda_name"], Name="live"
    )
    expect(clinic.examine(), "servicenow.lambda.alias", "deploy again")


# What AWS can answer and the embedded one never does.
ANSWERS: Mapping[str, tuple[str, Change, str, str]] = {
    "number being claimed": (
        "connect.DescribePhoneNumber",
        lambda told: told["ClaimedPhoneNumberSummary"]["PhoneNumberStatus"].update(
            Status="IN_PROGRESS"
        ),
        "servicenow.number.claimed",
        "IN_PROGRESS",
    ),
    "flow that was only saved": (
        "connect.DescribeContactFlow",
        lambda told: told["ContactFlow"].update(Status="SAVED"),
        "servicenow.flow.published",
        "deploy again",
    ),
    "Lambda pending": (
        "lambda.GetFunctionConfiguration",
        lambda told: told.update(State="Pending"),
        "servicenow.lambda.active",
        "Pending",
    ),
}


@pytest.mark.parametrize(("operation", "bend", "check", "remedy"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_of_aws_is_its_own_finding(
    healthy: ServiceNowClinic, operation: str, bend: Change, check: str, remedy: str
) -> None:
    expect(healthy.examine(answering(operation, bend)), check, remedy)


def test_where_the_designer_puts_blocks_is_no_change(clinic: ServiceNowClinic) -> None:
    clinic.flow(flow_of(clinic), lambda content: content.update(Metadata={}))
    assert notable(clinic.examine()) == []


def test_the_flow_is_compared_as_terraform_writes_it() -> None:
    text = '<speak>Grüß Gott & "hi"\n\u2028\\ \t\u007f\u00e9\U0001f600</speak>'
    action = {"Identifier": "a", "Type": "MessageParticipant"}
    document = {
        "Version": "2019-10-30",
        "StartAction": "a",
        "Metadata": {"x": 1},
        "Actions": [
            {
                **action,
                "Parameters": {"Text": text, "N": 1.5},
                "Transitions": {"NextAction": "b", "Errors": []},
            },
            {
                "Identifier": "b",
                "Type": "DisconnectParticipant",
                "Parameters": {},
                "Transitions": {},
            },
        ],
    }
    # Of Terraform 1.12's sha256(jsonencode({ Actions = …, StartAction = … })).
    wanted = "3b9046497425caa895fccbbb9dbe1309345bb8a3d9d26583209c0af94065a660"
    assert fingerprint(parse(json.dumps(document))) == wanted


def test_a_certificate_of_a_stranger_is_found_at_every_host(
    clinic: ServiceNowClinic, tmp_path: Path
) -> None:
    stranger = VendorHost(tmp_path)
    stranger.stop()
    clinic.ca_bundle = stranger.ca_bundle
    found = notable(clinic.examine())
    assert [finding.check for finding in found] == [
        "servicenow.endpoint.instance.tls",
        "servicenow.endpoint.voice-service.tls",
        "servicenow.token.answers",
    ]
    assert all("ca_bundle_pem" in finding.detail for finding in found[:2])


def test_hosts_are_told_by_the_lambda_where_terraform_does_not(clinic: ServiceNowClinic) -> None:
    del clinic.outputs["servicenow_instance_host"]
    del clinic.outputs["servicenow_voice_service_host"]
    findings = clinic.examine()
    assert notable(findings) == []
    assert "servicenow.token.issued" in {finding.check for finding in findings}


def test_hosts_that_nobody_tells_are_warned_of(healthy: ServiceNowClinic) -> None:
    own = healthy.own()
    del own.outputs["servicenow_instance_host"]
    del own.outputs["servicenow_voice_service_host"]

    def refuse(told: dict[str, Any]) -> None:
        told["Environment"] = {"Error": {"ErrorCode": "AccessDeniedException", "Message": "no"}}

    # Nor is the stand-in's authority known then, but nobody is asked.
    found = notable(own.examine(answering("lambda.GetFunctionConfiguration", refuse)))
    assert {finding.check for finding in found} == {
        "servicenow.lambda-environment.unknown",
        "servicenow.endpoint.instance.unknown",
        "servicenow.endpoint.voice-service.unknown",
        "servicenow.token.unknown",
    }
    assert all(finding.ok for finding in found)
    assert all("kms:Decrypt" in finding.detail for finding in found)


def test_from_an_embedded_environment_nobody_asks_the_internet(
    clinic: ServiceNowClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def note(_: object, *request: Any) -> Answer:
        asked.append(str(request))
        return Answer(200, {})

    monkeypatch.setattr("connect_voice.doctors.net.Network.get", note)
    monkeypatch.setattr("connect_voice.doctors.net.Network.send", note)
    endpoints(instance="dev12345.service-now.com", voice_service="voice.example.com")(clinic)
    found = notable(clinic.examine())
    assert asked == []
    assert [finding.check for finding in found] == ["servicenow.token.unknown"]


def test_neither_token_nor_client_are_shown_and_no_call_is_announced(
    clinic: ServiceNowClinic,
) -> None:
    clinic.script()
    findings = clinic.examine()
    shown = json.dumps([finding.detail for finding in findings])
    assert clinic.stand_in is not None
    assert not [secret for secret in clinic.stand_in.secrets.values() if secret in shown]
    assert "eyJ" not in shown  # how a JWT begins
    asked = clinic.requests()
    assert [one["name"] for one in asked if one["name"] != "other"] == [
        "oauth",
        "interaction_context",
    ]


def test_what_is_wrong_with_the_client_is_told_without_what_it_answered(
    clinic: ServiceNowClinic,
) -> None:
    host = clinic.vendor.host
    clinic.vendor.answers["/oauth_token.do"] = Response(
        400, json.dumps({"error": "s3cret", "error_description": "s3cret"}).encode()
    )
    endpoints(instance="{vendor}")(clinic)
    clinic.ca_bundle = clinic.vendor.ca_bundle
    found = [one for one in clinic.examine() if one.check == "servicenow.token.denied"]
    assert len(found) == 1
    assert host in found[0].detail
    assert "s3cret" not in found[0].detail


def test_a_redirect_does_not_get_the_secret(clinic: ServiceNowClinic) -> None:
    away = {"Location": f"https://{clinic.vendor.host}/elsewhere"}
    clinic.vendor.answers["/oauth_token.do"] = Response(307, b"", headers=away)
    clinic.vendor.requests.clear()
    endpoints(instance="{vendor}")(clinic)
    clinic.ca_bundle = clinic.vendor.ca_bundle
    assert "servicenow.token.issued" in {one.check for one in notable(clinic.examine())}
    assert "/elsewhere" not in {request.path for request in clinic.vendor.requests}


@pytest.mark.parametrize(
    ("expires_in", "ends_in", "lifetime"),
    [(1800.0, None, 1800.0), (None, 900.0, 900.0), (1800.0, 60.0, 60.0), (None, None, None)],
)
def test_the_earlier_end_of_a_token_counts(
    expires_in: float | None, ends_in: float | None, lifetime: float | None
) -> None:
    now = 1_700_000_000.0
    ends_at = None if ends_in is None else now + ends_in
    issued = Token("secret", expires_in, is_jwt=True, ends_at=ends_at)
    assert issued.lifetime(now) == lifetime
    assert "secret" not in repr(issued)


def test_a_token_without_an_end_is_a_warning() -> None:
    issued = Token("secret", None, is_jwt=True, ends_at=None)
    found = list(access.lifetime(issued, now=0.0))
    assert [finding.check for finding in found] == ["servicenow.token.lifetime"]
    assert "every minute" in found[0].detail


def test_what_terraform_no_longer_says_is_one_finding(healthy: ServiceNowClinic) -> None:
    own = healthy.own()
    del own.outputs["servicenow_parameter_names"]
    found = expect(own.examine(), "servicenow.outputs.complete", "deploy again")
    assert "servicenow_parameter_names" in found.detail


def test_all_vendors_of_an_environment_are_looked_at(healthy: ServiceNowClinic) -> None:
    assert healthy.stand_in is not None
    trusted = {"servicenow": healthy.stand_in.ca_bundle}
    flows = FLOWS

    def look(outputs: Mapping[str, object]) -> list[str]:
        findings = examine_vendors(
            outputs, ADMINISTRATOR, flows=flows, endpoint_url=healthy.endpoint, ca_bundles=trusted
        )
        return [finding.check for finding in findings]

    alone = examine(
        healthy.outputs,
        ADMINISTRATOR,
        endpoint_url=healthy.endpoint,
        ca_bundle=healthy.stand_in.ca_bundle,
    )
    assert look(healthy.outputs) == [finding.check for finding in alone]
    assert look({**healthy.outputs, "kore": {}})[-1] == "kore.outputs.complete"
    assert look({**healthy.outputs, "servicenow_lambda_name": None}) == []


def test_the_documented_role_is_enough_and_no_more_is_called(healthy: ServiceNowClinic) -> None:
    called: set[str] = set()

    def note(model: Any, **_: object) -> None:
        called.add(f"{model.service_model.signing_name}:{model.name}")

    with doctor_role(healthy, *SERVICENOW_ACTIONS, *SERVICENOW_OPTIONAL_ACTIONS) as session:
        session.events.register("before-call", note)
        assert notable(healthy.examine(session)) == []
    assert called == set(SERVICENOW_ACTIONS)


def test_the_documented_actions_only_read() -> None:
    verbs = {action.partition(":")[2] for action in SERVICENOW_ACTIONS}
    reading_verbs = ("Describe", "Get", "List", "Simulate")
    assert {verb for verb in verbs if not verb.startswith(reading_verbs)} == set()


def test_without_the_right_to_decrypt_secrets_warnings_say_so(healthy: ServiceNowClinic) -> None:
    with doctor_role(healthy, *SERVICENOW_ACTIONS) as session:
        found = notable(healthy.examine(session))
    assert [finding.check for finding in found] == [
        "servicenow.secret-values.unknown",
        "servicenow.token.unknown",
    ]
    assert all(finding.ok and "kms:Decrypt" in finding.detail for finding in found)


@pytest.mark.parametrize("action", SERVICENOW_ACTIONS)
def test_what_may_not_be_looked_at_is_a_finding(healthy: ServiceNowClinic, action: str) -> None:
    allowed = (*SERVICENOW_ACTIONS, *SERVICENOW_OPTIONAL_ACTIONS)
    with doctor_role(healthy, *(one for one in allowed if one != action)) as session:
        found = notable(healthy.examine(session))
    assert found
    for finding in found:
        assert finding.check.endswith(".unknown"), finding
        assert finding.detail.startswith("Cannot tell"), finding
        assert action in finding.detail, finding


def test_the_guide_lists_the_doctors_actions() -> None:
    guide = FLOWS.parent / "docs" / "vendors" / "servicenow.md"
    _, _, after = guide.read_text(encoding="utf-8").partition("<!-- the doctor's actions")
    block = after.partition("-->\n\n")[2].partition("\n\n")[0]
    assert tuple(line.strip() for line in block.splitlines()) == SERVICENOW_ACTIONS
    assert all(f"`{action}`" in after for action in SERVICENOW_OPTIONAL_ACTIONS)
