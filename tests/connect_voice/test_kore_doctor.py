"""The doctor for Kore Agent AI: each thing that can be wrong is a finding with its remedy."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.retries import bucket
from clinic import (
    ACCOUNT,
    ADMINISTRATOR,
    REGION,
    Change,
    VendorHost,
    administrator,
    answering,
    doctor_role,
    expect,
    notable,
    package,
    parameter,
    policy,
    trust,
    without,
)
from kore_clinic import CLIENT_SECRET, KoreClinic, open_clinic, reader_statements

from connect_voice import embedded
from connect_voice.doctors import net
from connect_voice.doctors.kore import examine
from connect_voice.doctors.kore.framing import refusal
from connect_voice.doctors.permissions import KORE_ACTIONS, KORE_OPTIONAL_ACTIONS
from connect_voice.doctors.shapes import is_placeholder, sip_fault, sip_host
from connect_voice.project import Project
from local_aws.standins.https import Response


class RawBody(BytesIO):
    """A body as urllib3 hands it to botocore."""

    def stream(self, *_: object, **__: object) -> Iterator[bytes]:
        yield self.read()


Fault = Callable[[KoreClinic], object]


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
def healthy(endpoint: str, vendor: VendorHost) -> Iterator[KoreClinic]:
    """Never to be broken for longer than a test, and in order at the end as it was before."""
    made = open_clinic(endpoint, vendor)
    made.client("iam").create_user(UserName="somebody-without-keys")
    yield made
    assert notable(made.examine()) == []


@pytest.fixture
def clinic(healthy: KoreClinic, vendor: VendorHost) -> Iterator[KoreClinic]:
    """To be broken by methods that know how to mend."""
    own = healthy.own()
    with own.mending:
        yield own
    vendor.answers.clear()


def test_nothing_is_wrong_with_what_terraform_makes(healthy: KoreClinic) -> None:
    findings = healthy.examine()
    assert notable(findings) == []
    assert all(finding.name.startswith("kore ") for finding in findings)
    assert all(finding.check.startswith("kore.") for finding in findings)


def gone_queue(clinic: KoreClinic) -> str:
    return f"{clinic.instance_arn}/queue/{'0' * 8}-0000-4000-8000-{'0' * 12}"


def release_the_number(clinic: KoreClinic) -> None:
    # The number is not associated any more either, but then there is no number to speak of.
    clinic.outputs["phone_numbers"] = {}


def lead_the_number_elsewhere(clinic: KoreClinic) -> None:
    clinic.lead("support", clinic.bot["queue_flow_id"])


def delete_parameter(kind: str) -> Fault:
    return lambda clinic: clinic.parameter(clinic.bot[kind])


def secret_under_another_key(clinic: KoreClinic) -> None:
    clinic.parameter(clinic.bot["secret_parameter"], KeyId=another_key(clinic))


def another_key(clinic: KoreClinic) -> str:
    return str(clinic.client("kms").create_key()["KeyMetadata"]["Arn"])


def delete_alias(clinic: KoreClinic) -> None:
    clinic.client("lambda").delete_alias(
        FunctionName=clinic.lambdas()["disposition"]["name"], Name="live"
    )


def logs_under_the_services_key(clinic: KoreClinic) -> None:
    clinic.logs("stream_trigger", days=30)


def keep_logs_for_ever(clinic: KoreClinic) -> None:
    clinic.logs("stream_trigger", key=clinic.outputs["kms_key_arn"], days=None)


def another_key_for_streams(clinic: KoreClinic) -> None:
    clinic.streaming(key=another_key(clinic))


def data_elsewhere(clinic: KoreClinic) -> None:
    clinic.outputs["data_stream_arn"] = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/elsewhere"


def data_in_clear(clinic: KoreClinic) -> None:
    kinesis = clinic.client("kinesis")
    named = {
        "StreamName": clinic.prefix,
        "EncryptionType": "KMS",
        "KeyId": clinic.outputs["kms_key_arn"],
    }
    kinesis.stop_stream_encryption(**named)
    clinic.later(kinesis.start_stream_encryption, **named)


def reader(clinic: KoreClinic) -> str:
    return str(clinic.kore["reader_role_arn"]).rpartition("/")[2]


def trust_others(clinic: KoreClinic) -> None:
    iam, role = clinic.client("iam"), reader(clinic)
    trigger = f"arn:aws:iam::{ACCOUNT}:role/{clinic.lambdas()['stream_trigger']['name']}"
    everybody = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=everybody)
    clinic.later(
        iam.update_assume_role_policy, RoleName=role, PolicyDocument=trust({"AWS": trigger})
    )


def long_sessions(clinic: KoreClinic) -> None:
    iam, role = clinic.client("iam"), reader(clinic)
    iam.update_role(RoleName=role, MaxSessionDuration=43200)
    clinic.later(iam.update_role, RoleName=role, MaxSessionDuration=3600)


def reader_may(*more: Mapping[str, object], less: bool = False) -> Fault:
    def fault(clinic: KoreClinic) -> None:
        usual = reader_statements(clinic.kore["media_stream_prefix"], clinic.outputs["kms_key_arn"])
        clinic.reader_may(*usual[: 1 if less else 2], *more)

    return fault


def trigger_may_not_assume(clinic: KoreClinic) -> None:
    iam = clinic.client("iam")
    named = {"RoleName": clinic.lambdas()["stream_trigger"]["name"], "PolicyName": "may"}
    iam.delete_role_policy(**named)
    may = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Resource": clinic.kore["reader_role_arn"],
    }
    clinic.later(iam.put_role_policy, **named, PolicyDocument=policy(may))


def keep_dispositions_for_ever(clinic: KoreClinic) -> None:
    dynamodb, table = clinic.client("dynamodb"), clinic.kore["dispositions_table"]
    off = {"Enabled": False, "AttributeName": "expiresAt"}
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=off)
    clinic.later(
        dynamodb.update_time_to_live,
        TableName=table,
        TimeToLiveSpecification={**off, "Enabled": True},
    )


def no_backups(clinic: KoreClinic) -> None:
    dynamodb, table = clinic.client("dynamodb"), clinic.kore["dispositions_table"]
    off = {"PointInTimeRecoveryEnabled": False}
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=off)
    clinic.later(
        dynamodb.update_continuous_backups,
        TableName=table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )


def delete_application(clinic: KoreClinic) -> None:
    clinic.dissociate_application()
    clinic.client("appintegrations").delete_application(Arn=clinic.kore["application_arn"])


def take_the_permission_away(clinic: KoreClinic) -> None:
    connect = clinic.client("connect")
    named = {
        "InstanceId": clinic.instance,
        "SecurityProfileId": clinic.kore["security_profile_id"],
    }
    connect.update_security_profile(**named, Applications=[])
    opens = {
        "Namespace": clinic.kore["application_namespace"],
        "ApplicationPermissions": ["ACCESS"],
    }
    clinic.later(connect.update_security_profile, **named, Applications=[opens])


def agent_without_the_profile(clinic: KoreClinic) -> None:
    clinic.agent(clinic.ids["everybody"])


def no_agents(clinic: KoreClinic) -> None:
    connect, instance = clinic.client("connect"), clinic.instance
    clinic.later(clinic.hire, clinic.kore["security_profile_id"], clinic.ids["everybody"])
    for user in connect.list_users(InstanceId=instance)["UserSummaryList"]:
        connect.delete_user(InstanceId=instance, UserId=user["Id"])


def page(status: int = 200, **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    path = "/integrations/amzn/tpa-voice/"
    return lambda clinic: clinic.vendor.answers.update(
        {path: Response(status, b"", "text/html", named)}
    )


def settings(**changes: Any) -> Fault:
    return lambda clinic: clinic.settings(**changes)


def secret(value: str, **changes: str) -> Fault:
    return lambda clinic: clinic.parameter(clinic.bot["secret_parameter"], Value=value, **changes)


def function(name: str, **changes: Any) -> Fault:
    return lambda clinic: clinic.function(name, **changes)


def environment(name: str, **changes: str) -> Fault:
    return lambda clinic: clinic.environment(name, **changes)


def permit(**source: str) -> Fault:
    return lambda clinic: clinic.permit("widget_token", **source)


def application(**changes: Any) -> Fault:
    return lambda clinic: clinic.application(**changes)


def streaming(**changes: Any) -> Fault:
    return lambda clinic: clinic.streaming(**changes)


def flow(which: str, change: Change) -> Fault:
    return lambda clinic: clinic.flow(clinic.bot[which], change)


def wrong_queue_in_the_flow(clinic: KoreClinic) -> None:
    clinic.flow(clinic.bot["queue_flow_id"], parameter("set-queue", "QueueId", gone_queue(clinic)))


def secret_value_in_the_flow(clinic: KoreClinic) -> None:
    greeting = parameter("say-greeting", "Text", f"Hello {CLIENT_SECRET}")
    clinic.flow(clinic.bot["flow_id"], greeting)


def hook_of_another_flow(clinic: KoreClinic) -> None:
    arn = f"{clinic.instance_arn}/contact-flow/{clinic.bot['flow_id']}"
    clinic.flow(
        clinic.bot["queue_flow_id"],
        parameter("set-disposition-hook", "EventHooks", {"DisconnectAgentUI": arn}),
    )


def more_for_the_wss_host(clinic: KoreClinic) -> None:
    """The same host is declared, and then nobody answers there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    clinic.bot["wss_url"] = f"wss://localhost:{port}"
    clinic.settings()


SECRETS_IN_A_FLOW = {"botId": "st-0000", "clientSecret": "unset", "languageCode": "en-US"}

FAULTS: Mapping[str, tuple[Fault, str, str]] = {
    "inbound calls off": (
        lambda clinic: clinic.switch("INBOUND_CALLS", on=False),
        "kore.instance.inbound",
        "Telephony",
    ),
    "no number": (release_the_number, "kore.number.none", "phone_numbers"),
    "number elsewhere": (lead_the_number_elsewhere, "kore.number-flow.leads", "deploy again"),
    "no settings": (delete_parameter("settings_parameter"), "kore.settings.exists", "deploy again"),
    "settings not JSON": (
        lambda clinic: clinic.parameter(clinic.bot["settings_parameter"], Value="[]"),
        "kore.settings.complete",
        "deploy again",
    ),
    "settings incomplete": (settings(accountId=None), "kore.settings.complete", "lacks accountId"),
    "a switch as text": (
        settings(streamAudioToCustomer="true"),
        "kore.settings.complete",
        "lacks streamAudioToCustomer",
    ),
    "bot id of another kind": (settings(botId="cs-0000"), "kore.settings.shape", "kore_bots"),
    "agent assist URL without TLS": (
        settings(agentassistUrl="http://agentassist.example"),
        "kore.settings.shape",
        "kore_endpoints",
    ),
    "language changed by hand": (
        settings(languageCode="es-US"),
        "kore.settings.declared",
        "changed it by hand",
    ),
    "no secret": (
        delete_parameter("secret_parameter"),
        "kore.secrets.exists",
        "KORE_CLIENT_SECRET",
    ),
    "secret in clear": (secret(CLIENT_SECRET, Type="String"), "kore.secrets.encrypted", "rotate"),
    "secret under another key": (
        secret_under_another_key,
        "kore.secrets.key",
        "kore_secrets_version",
    ),
    "placeholder for a secret": (
        secret("change-me-before-the-deploy"),
        "kore.secret-values.placeholder",
        "kore_secrets_version",
    ),
    "short secret": (secret("k8sD2"), "kore.secret-values.placeholder", "too short"),
    "secret pasted badly": (
        secret(f"{CLIENT_SECRET}\n"),
        "kore.secret-values.placeholder",
        "white space",
    ),
    "secret among the attributes": (
        flow("flow_id", parameter("set-bot-attributes", "Attributes", SECRETS_IN_A_FLOW)),
        "kore.flow.secret",
        "rotate",
    ),
    "secret spoken": (secret_value_in_the_flow, "kore.flow.secret", "rotate"),
    "two languages": (
        flow("flow_id", parameter("set-language", "LanguageCode", "es-US")),
        "kore.flow.language",
        "en-US",
    ),
    "wrong bot": (
        flow(
            "flow_id", parameter("get-widget-token", "LambdaInvocationAttributes", {"bot": "sales"})
        ),
        "kore.flow.bot",
        "sales",
    ),
    "flow changed in the console": (
        flow("flow_id", without("set-voice")),
        "kore.flow.changed",
        "set-voice",
    ),
    "hook for another flow": (hook_of_another_flow, "kore.flow.hook", "DisconnectAgentUI"),
    "flow names what is gone": (wrong_queue_in_the_flow, "kore.flow-resources.exist", "queue/0000"),
    "Lambda slower than the flow": (
        function("widget_token", Timeout=8),
        "kore.flow-limits.time",
        "8 s",
    ),
    "old runtime": (
        function("widget_token", Runtime="python3.9"),
        "kore.lambda.runtime",
        "python3.9",
    ),
    "key in the environment": (
        environment("widget_token", KORE_CLIENT_SECRET="x"),
        "kore.lambda-environment.secret",
        "rotate",
    ),
    "key in a harmless variable": (
        environment("widget_token", NOTES="AKIAIOSFODNN7ABCDEFG"),
        "kore.lambda-environment.secret",
        "NOTES",
    ),
    "environment changed by hand": (
        environment("stream_trigger", TRANSCRIBER_URL="https://elsewhere.example/"),
        "kore.lambda-environment.declared",
        "TRANSCRIBER_URL",
    ),
    "Lambda not associated": (
        lambda clinic: clinic.disassociate("widget_token"),
        "kore.lambda-association.exists",
        "deploy again",
    ),
    "Lambda not to be invoked": (permit(), "kore.lambda-invocation.allowed", "deploy again"),
    "Lambda for every instance of the account": (
        permit(SourceAccount=ACCOUNT),
        "kore.lambda-invocation.bound",
        "SourceArn",
    ),
    "Lambda without its account": (
        permit(SourceArn=""),
        "kore.lambda-invocation.bound",
        "SourceAccount",
    ),
    "logs for ever": (keep_logs_for_ever, "kore.lambda-logs.retention", "for ever"),
    "logs under the service's key": (
        logs_under_the_services_key,
        "kore.lambda-logs.key",
        "a key that AWS owns",
    ),
    "no logs": (
        lambda clinic: clinic.logs("stream_trigger"),
        "kore.lambda-logs.exists",
        "deploy again",
    ),
    "no live streaming": (
        lambda clinic: clinic.stop_streaming(),
        "kore.media-streaming.exists",
        "deploy again",
    ),
    "other prefix": (streaming(prefix="theirs"), "kore.media-streaming.prefix", ":MEDIA_STREAMS"),
    "other key for streams": (another_key_for_streams, "kore.media-streaming.key", "deploy again"),
    "nothing kept": (
        streaming(retention=0),
        "kore.media-streaming.retention",
        "retention_hours to 1",
    ),
    "audio kept for long": (
        streaming(retention=720),
        "kore.media-streaming.retention",
        "lower media_streaming.retention_hours",
    ),
    "data stream elsewhere": (data_elsewhere, "kore.data-streaming.exists", "deploy again"),
    "data stream in clear": (data_in_clear, "kore.data-streaming.encrypted", "deploy again"),
    "role trusts the account": (trust_others, "kore.reader-role.trust", "deploy again"),
    "long sessions": (long_sessions, "kore.reader-role.session", "one hour"),
    "reader without the key": (
        reader_may(less=True),
        "kore.reader-policy.allows",
        "kms:Decrypt",
    ),
    "reader reads all streams": (
        reader_may({"Effect": "Allow", "Action": "kinesisvideo:GetMedia", "Resource": "*"}),
        "kore.reader-policy.denies",
        "kinesisvideo:GetMedia",
    ),
    "reader writes": (
        reader_may({"Effect": "Allow", "Action": "kinesisvideo:*", "Resource": "*"}),
        "kore.reader-policy.denies",
        "kinesisvideo:PutMedia",
    ),
    "reader decrypts anything": (
        reader_may({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}),
        "kore.reader-policy.denies",
        "kms:Decrypt",
    ),
    "trigger may not assume": (
        trigger_may_not_assume,
        "kore.reader-assumed.allowed",
        "deploy again",
    ),
    "table under another key": (
        lambda clinic: (
            clinic.kore.update(
                claims_table=another_table(clinic, encrypted=False),
            )
            or environment("stream_trigger", CLAIMS_TABLE=clinic.kore["claims_table"])(clinic)
        ),
        "kore.table.encrypted",
        "a key that DynamoDB owns",
    ),
    "dispositions for ever": (keep_dispositions_for_ever, "kore.table-expiry.enabled", "for ever"),
    "no backups": (no_backups, "kore.table-backups.enabled", "deploy again"),
    "widget 2: not associated": (
        lambda clinic: clinic.dissociate_application(),
        "kore.widget.association.exists",
        "deploy again",
    ),
    "widget 3: not granted": (
        take_the_permission_away,
        "kore.widget.permission.granted",
        "deploy again",
    ),
    "widget 4: not assigned": (
        agent_without_the_profile,
        "kore.widget.assigned.agents",
        "add the profile",
    ),
    "nobody to take calls": (no_agents, "kore.agents.none", "routing profile"),
    "application without the contact": (
        application(Permissions=["User.Details.View"]),
        "kore.widget.application.permissions",
        "Contact.Attributes.View, Contact.Details.View",
    ),
    "application that cannot copy": (
        application(IframeConfig={"Allow": [], "Sandbox": ["allow-scripts"]}),
        "kore.widget.application.iframe",
        "clipboard-write",
    ),
    "application at another URL": (
        application(
            ApplicationSourceConfig={"ExternalUrlConfig": {"AccessUrl": "https://old.example/"}}
        ),
        "kore.widget.application.url",
        "https://old.example/",
    ),
    "frames forbidden": (
        page(X_Frame_Options="DENY"),
        "kore.endpoint.access.framable",
        ".my.connect.aws",
    ),
    "frames for others": (
        page(Content_Security_Policy="frame-ancestors https://*.kore.ai"),
        "kore.endpoint.access.framable",
        "https://*.kore.ai",
    ),
    "no widget there": (page(status=404), "kore.endpoint.access.status", "404"),
    "nobody answers": (more_for_the_wss_host, "kore.endpoint.wss.answers", "wss_url"),
}


# What nothing brings back as it was.
LOSSES: Mapping[str, tuple[Fault, str, str]] = {
    "no alias": (delete_alias, "kore.lambda.alias", "deploy again"),
    "widget 1: no application": (
        delete_application,
        "kore.widget.application.exists",
        "deploy again",
    ),
}


def another_table(clinic: KoreClinic, *, encrypted: bool) -> str:
    name = f"{clinic.prefix}-another"
    dynamodb = clinic.client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "contactId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "contactId", "AttributeType": "S"}],
        SSESpecification={"Enabled": encrypted},
    )
    dynamodb.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"}
    )
    return name


@pytest.mark.parametrize(("fault", "check", "remedy"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_its_own_finding(
    clinic: KoreClinic, fault: Fault, check: str, remedy: str
) -> None:
    fault(clinic)
    expect(clinic.examine(), check, remedy)


@pytest.mark.parametrize(("loss", "check", "remedy"), LOSSES.values(), ids=LOSSES)
def test_a_loss_is_its_own_finding(
    endpoint: str, vendor: VendorHost, loss: Fault, check: str, remedy: str
) -> None:
    clinic = open_clinic(endpoint, vendor)
    loss(clinic)
    expect(clinic.examine(), check, remedy)


# What AWS can answer and the embedded one never does.
ANSWERS: Mapping[str, tuple[str, Change, str, str]] = {
    "instance being made": (
        "connect.DescribeInstance",
        lambda told: told["Instance"].update(InstanceStatus="CREATION_IN_PROGRESS"),
        "kore.instance.active",
        "wait",
    ),
    "no service-linked role": (
        "connect.DescribeInstance",
        lambda told: told["Instance"].update(ServiceRole=f"arn:aws:iam::{ACCOUNT}:role/mine"),
        "kore.instance.service-role",
        "migrate",
    ),
    "widget 5: SAML": (
        "connect.DescribeInstance",
        lambda told: told["Instance"].update(IdentityManagementType="SAML"),
        "kore.widget.workspace.identity",
        "custom CCP",
    ),
    "number being claimed": (
        "connect.DescribePhoneNumber",
        lambda told: told["ClaimedPhoneNumberSummary"]["PhoneNumberStatus"].update(
            Status="IN_PROGRESS"
        ),
        "kore.number.claimed",
        "IN_PROGRESS",
    ),
    "flow that was only saved": (
        "connect.DescribeContactFlow",
        lambda told: told["ContactFlow"].update(Status="SAVED"),
        "kore.flow.published",
        "deploy again",
    ),
    "Lambda pending": (
        "lambda.GetFunctionConfiguration",
        lambda told: told.update(State="Pending"),
        "kore.lambda.active",
        "Pending",
    ),
    "Lambda's update failed": (
        "lambda.GetFunctionConfiguration",
        lambda told: told.update(LastUpdateStatus="Failed"),
        "kore.lambda.updated",
        "deploy again",
    ),
    "environment not decrypted": (
        "lambda.GetFunctionConfiguration",
        lambda told: told.update(
            Environment={"Error": {"ErrorCode": "AccessDeniedException", "Message": "no"}}
        ),
        "kore.lambda-environment.unknown",
        "kms:Decrypt",
    ),
    "two configurations": (
        "connect.ListInstanceStorageConfigs",
        lambda told: told.update(StorageConfigs=told["StorageConfigs"] * 2),
        "kore.media-streaming.exists",
        "2 configurations",
    ),
    "streams near the quota": (
        "kinesis-video.ListStreams",
        lambda told: told.update(
            StreamInfoList=[{"StreamName": told["names"]} for _ in range(8_000)]
        ),
        "kore.video-streams.quota",
        "8000 streams",
    ),
    "table being made": (
        "dynamodb.DescribeTable",
        lambda told: told["Table"].update(TableStatus="CREATING"),
        "kore.table.active",
        "CREATING",
    ),
}


@pytest.mark.parametrize(("operation", "bend", "check", "remedy"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_of_aws_is_its_own_finding(
    healthy: KoreClinic, operation: str, bend: Change, check: str, remedy: str
) -> None:
    def answer(told: dict[str, Any]) -> None:
        told["names"] = f"{healthy.kore['media_stream_prefix']}0"
        bend(told)

    expect(healthy.examine(answering(operation, answer)), check, remedy)


def test_a_flow_without_its_hook_is_found_where_no_template_is_known(clinic: KoreClinic) -> None:
    clinic.flow(clinic.bot["queue_flow_id"], without("set-disposition-hook"))
    findings = examine(
        clinic.kore,
        clinic.outputs,
        ADMINISTRATOR,
        endpoint_url=clinic.endpoint,
        ca_bundle=clinic.vendor.ca_bundle,
    )
    expect(findings, "kore.flow.hook", "DisconnectAgentUI")


def test_dispositions_may_be_switched_off(clinic: KoreClinic) -> None:
    clinic.flow(clinic.bot["queue_flow_id"], without("set-disposition-hook"))
    off = ("disposition_flow_id", "dispositions_table", "webhook_url")
    clinic.kore.update(dict.fromkeys(off))
    clinic.kore["lambdas"]["disposition"] = None
    assert notable(clinic.examine()) == []


def test_a_certificate_of_a_stranger_is_found_at_every_host(
    healthy: KoreClinic, tmp_path: Path
) -> None:
    stranger = VendorHost(tmp_path)
    stranger.stop()
    copied = healthy.own()
    copied.ca_bundle = stranger.ca_bundle
    found = notable(copied.examine())
    assert [finding.check for finding in found] == [
        f"kore.endpoint.{name}.tls" for name in ("access", "transcriber", "wss", "webhook")
    ]
    assert all("ca_bundle_pem" in finding.detail for finding in found)


def test_the_authority_that_the_lambdas_trust_is_trusted(
    clinic: KoreClinic, tmp_path: Path
) -> None:
    clinic.environment("stream_trigger", CA_BUNDLE_PEM=clinic.vendor.ca_bundle.read_text())
    stranger = VendorHost(tmp_path)
    stranger.stop()
    clinic.ca_bundle = stranger.ca_bundle
    assert notable(clinic.examine()) == []


def test_from_an_embedded_environment_nobody_asks_the_internet(
    healthy: KoreClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(net, "resolve", asked.append)
    copied = healthy.own()
    copied.kore.update(
        access_url="https://agentassist.kore.ai/integrations/amzn/tpa-voice/",
        transcriber_url="https://agentassist.kore.ai/integrations/amzn/voice/",
    )
    copied.bot.update(sip_uri="sip:1000@voice.example.com")
    monkeypatch.setattr(net.Network, "get", lambda _, url: asked.append(url) or net.Answer(200, {}))
    copied.examine()
    assert [url for url in asked if "localhost" not in url] == []


def test_what_terraform_no_longer_says_is_one_finding(healthy: KoreClinic) -> None:
    copied = healthy.own()
    del copied.kore["reader_role_arn"]
    found = expect(copied.examine(), "kore.outputs.complete", "deploy again")
    assert "reader_role_arn" in found.detail


def test_what_the_vendors_guide_left_behind_is_a_warning(clinic: KoreClinic) -> None:
    iam = clinic.client("iam")
    iam.create_user(UserName="kore-kvs")
    key = iam.create_access_key(UserName="kore-kvs")["AccessKey"]["AccessKeyId"]
    iam.put_user_policy(
        UserName="kore-kvs",
        PolicyName="kvs",
        PolicyDocument=policy({"Effect": "Allow", "Action": "kinesisvideo:*", "Resource": "*"}),
    )
    try:
        found = expect(clinic.examine(), "kore.leftover-user.key", "kore-migration.md")
        assert "kore-kvs" in found.detail
        assert found.ok
        iam.update_access_key(UserName="kore-kvs", AccessKeyId=key, Status="Inactive")
        assert notable(clinic.examine()) == []
    finally:
        iam.delete_access_key(UserName="kore-kvs", AccessKeyId=key)
        iam.delete_user_policy(UserName="kore-kvs", PolicyName="kvs")
        iam.delete_user(UserName="kore-kvs")


def test_the_vendors_own_lambda_is_a_warning(clinic: KoreClinic) -> None:
    functions = clinic.client("lambda")
    copied = functions.get_function(FunctionName=clinic.kore["lambdas"]["widget_token"]["name"])
    name = f"{clinic.prefix}-KVS_Trigger"
    functions.create_function(
        FunctionName=name,
        Runtime="nodejs20.x",
        Role=copied["Configuration"]["Role"],
        Handler="kvs_trigger.handler",
        Code={"ZipFile": package()},
        Environment={"Variables": {"kvsAccessKeyId": "a", "kvsSecretAccessKey": "b"}},
    )
    try:
        found = expect(clinic.examine(), "kore.leftover-lambda.key", "kore-migration.md")
        assert name in found.detail
    finally:
        functions.delete_function(FunctionName=name)


def test_the_documented_role_is_enough_and_no_more_is_called(healthy: KoreClinic) -> None:
    called: set[str] = set()

    def note(model: Any, **_: object) -> None:
        called.add(f"{model.service_model.signing_name}:{model.name}")

    with doctor_role(healthy, *KORE_ACTIONS, *KORE_OPTIONAL_ACTIONS) as session:
        session.events.register("before-call", note)
        assert notable(healthy.examine(session)) == []
    assert called == set(KORE_ACTIONS)


def test_the_documented_actions_only_read() -> None:
    verbs = {action.partition(":")[2] for action in KORE_ACTIONS}
    reading = ("Describe", "Get", "List", "Search", "Simulate")
    assert {verb for verb in verbs if not verb.startswith(reading)} == set()


def test_without_the_right_to_decrypt_secrets_a_warning_says_so(healthy: KoreClinic) -> None:
    with doctor_role(healthy, *KORE_ACTIONS) as session:
        found = expect(healthy.examine(session), "kore.secret-values.unknown", "kms:Decrypt")
    assert found.ok
    assert found.warning


@pytest.mark.parametrize("action", KORE_ACTIONS)
def test_what_may_not_be_looked_at_is_a_finding(healthy: KoreClinic, action: str) -> None:
    others = [one for one in (*KORE_ACTIONS, *KORE_OPTIONAL_ACTIONS) if one != action]
    with doctor_role(healthy, *others) as session:
        found = notable(healthy.examine(session))
    assert found
    for finding in found:
        assert finding.check.endswith(".unknown"), finding
        assert finding.detail.startswith("Cannot tell"), finding
        assert action in finding.detail, finding


def test_connect_is_asked_patiently_when_it_is_asked_too_often(
    healthy: KoreClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    refused = AWSResponse("", 429, {"x-amzn-errortype": "TooManyRequestsException"}, RawBody(b"{}"))
    answers = iter([refused, refused, refused])
    # For whom two seconds pass from one look at the clock to the next, the client's own limit of
    # requests a second is no reason to wait.
    ticks = itertools.count(0.0, 2.0)
    monkeypatch.setattr(bucket.Clock, "current_time", lambda _: next(ticks))
    session = administrator()
    session.events.register("before-send.connect.DescribeInstance", lambda **_: next(answers, None))
    assert notable(healthy.examine(session)) == []
    assert next(answers, None) is None
    assert sum(waits) > 0


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("sip:1000@sbc.example.com", "sbc.example.com"),
        ("sip:1000@sbc.example.com:5060", "sbc.example.com"),
        ("sips:a.b@sbc.example.com;transport=tls", "sbc.example.com"),
    ],
)
def test_a_sip_uri_is_understood(uri: str, host: str) -> None:
    assert sip_fault(uri) is None
    assert sip_host(uri) == host


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("sip:[1@sbc.example](mailto:1@sbc.example)", "mail link"),
        ("sip:mailto:1@sbc.example", "mail link"),
        ("sip:XXXX@sbc.example.com", "XXXX stands for"),
        ("1000@sbc.example.com", "sip:<user>@<host>"),
        ("sip:1000", "sip:<user>@<host>"),
        ("sip:1 000@sbc.example.com", "sip:<user>@<host>"),
    ],
)
def test_a_sip_uri_that_was_copied_badly_is_refused(uri: str, why: str) -> None:
    fault = sip_fault(uri)
    assert fault is not None
    assert why in fault
    assert sip_host(uri) is None


@pytest.mark.parametrize(
    "text", ["<client secret>", "${secret}", "changeme", "YOUR-CLIENT-SECRET", "xxxxxxxx", "****"]
)
def test_an_examples_text_is_no_secret(text: str) -> None:
    assert is_placeholder(text)


def test_a_random_secret_is_no_placeholder() -> None:
    assert not is_placeholder(CLIENT_SECRET)


PARENT = "https://office.my.connect.aws"


@pytest.mark.parametrize(
    ("headers", "framed"),
    [
        ({}, True),
        ({"X-Frame-Options": "deny"}, False),
        ({"X-Frame-Options": "SAMEORIGIN"}, False),
        ({"X-Frame-Options": "ALLOW-FROM https://x.example"}, True),
        ({"Content-Security-Policy": "default-src 'self'"}, True),
        ({"Content-Security-Policy": "frame-ancestors 'none'"}, False),
        ({"Content-Security-Policy": "frame-ancestors"}, False),
        ({"Content-Security-Policy": "frame-ancestors 'self'"}, False),
        ({"Content-Security-Policy": "frame-ancestors *"}, True),
        ({"Content-Security-Policy": "frame-ancestors https:"}, True),
        ({"Content-Security-Policy": "frame-ancestors http:"}, False),
        ({"Content-Security-Policy": f"frame-ancestors 'self' {PARENT}"}, True),
        ({"Content-Security-Policy": f"frame-ancestors {PARENT}:8443"}, False),
        ({"Content-Security-Policy": "frame-ancestors *.my.connect.aws:*"}, True),
        ({"content-security-policy": "FRAME-ANCESTORS HTTPS://*.MY.CONNECT.AWS"}, True),
        ({"Content-Security-Policy": "frame-ancestors my.connect.aws"}, False),
        ({"Content-Security-Policy": "frame-ancestors *, frame-ancestors 'none'"}, False),
        ({"Content-Security-Policy": "frame-ancestors *", "X-Frame-Options": "DENY"}, True),
        ({"Content-Security-Policy-Report-Only": "frame-ancestors 'none'"}, True),
    ],
)
def test_a_page_is_framed_as_browsers_do(headers: dict[str, str], *, framed: bool) -> None:
    reason = refusal(headers, "https://kore.example/widget", PARENT)
    assert (reason is None) is framed


def test_a_page_of_the_same_origin_may_be_framed() -> None:
    assert refusal({"X-Frame-Options": "SAMEORIGIN"}, f"{PARENT}/widget", PARENT) is None


def test_a_name_that_does_not_exist_is_told_from_a_host_that_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with closing(net.Network("")) as network, pytest.raises(net.UnreachableError) as raised:
        network.get("https://widget.invalid/")  # RFC 6761: never resolves
    assert raised.value.trouble is net.Trouble.NAME
    with pytest.raises(net.UnreachableError):
        net.resolve("sbc.invalid")
