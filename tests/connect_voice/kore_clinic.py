"""Kore Agent AI as Terraform deploys it, made with boto3 in an embedded AWS, to be broken by tests.

A test takes one, breaks one thing, and asks the doctor.
"""

from __future__ import annotations

import copy
import io
import itertools
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from connect_voice.doctors.kore import examine
from connect_voice.findings import Finding
from local_aws.standins.certificates import serve_tls
from local_aws.standins.https import HttpsServer, Request, Response

REGION = "us-east-1"
ACCOUNT = "123456789012"
TEMPLATES = Path(__file__).resolve().parents[2] / "flows" / "kore_agent_assist"
CLIENT_SECRET = "Kq7uP2rXw9TzL4mVb8NdYc3HsJ6fGeA1"

PERMISSIONS = ["Contact.Attributes.View", "Contact.Details.View", "User.Details.View"]

_NUMBERS = itertools.count(1)


class VendorHost:
    """A host over TLS that answers whatever a test wants it to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca_bundle = folder / "ca.pem"
        self.answers: dict[str, Response] = {}
        self._server = HttpsServer(serve_tls(self.ca_bundle), self._answer)
        self._server.start()
        self.host = f"localhost:{self._server.port}"

    def stop(self) -> None:
        self._server.stop()

    def _answer(self, request: Request) -> Response:
        return self.answers.get(request.path, Response(200, b"<p>widget</p>", "text/html"))


@dataclass
class Clinic:
    """What is deployed, and clients to break it with."""

    endpoint: str
    vendor: VendorHost
    client: Callable[[str], Any]
    outputs: dict[str, Any]
    ids: dict[str, str] = field(default_factory=dict)
    ca_bundle: Path | None = None

    @property
    def kore(self) -> dict[str, Any]:
        kore: dict[str, Any] = self.outputs["kore"]
        return kore

    @property
    def bot(self) -> dict[str, Any]:
        bot: dict[str, Any] = self.kore["bots"]["support"]
        return bot

    @property
    def instance(self) -> str:
        return str(self.outputs["connect_instance_id"])

    def examine(self, session: boto3.Session | None = None) -> list[Finding]:
        """Let the doctor look, as the administrator unless told otherwise."""
        return examine(
            self.kore,
            self.outputs,
            session or _ADMINISTRATOR,
            endpoint_url=self.endpoint,
            ca_bundle=self.ca_bundle or self.vendor.ca_bundle,
            templates=TEMPLATES,
        )

    def settings(self, **changes: Any) -> None:
        """Write the bot's settings anew; None takes a key away."""
        told = {**SETTINGS, **self.declared(), **changes}
        self.client("ssm").put_parameter(
            Name=self.bot["settings_parameter"],
            Type="String",
            Overwrite=True,
            Value=json.dumps({key: value for key, value in told.items() if value is not None}),
        )

    def declared(self) -> dict[str, str]:
        return {
            "languageCode": self.bot["language_code"],
            "sipUri": self.bot["sip_uri"],
            "wssUrl": self.bot["wss_url"],
        }

    def secret(self, value: str = CLIENT_SECRET, **changes: Any) -> None:
        """Write the bot's client secret anew."""
        ssm, name = self.client("ssm"), self.bot["secret_parameter"]
        ssm.delete_parameters(Names=[name])
        ssm.put_parameter(
            **{
                "Name": name,
                "Type": "SecureString",
                "KeyId": self.outputs["kms_key_arn"],
                "Value": value,
            }
            | changes
        )

    def function(self, name: str, **changes: Any) -> None:
        """Change a Lambda and let its alias have it, as a deploy does."""
        functions, told = self.client("lambda"), self.kore["lambdas"][name]
        functions.update_function_configuration(FunctionName=told["name"], **changes)
        version = functions.publish_version(FunctionName=told["name"])["Version"]
        functions.update_alias(FunctionName=told["name"], Name="live", FunctionVersion=version)

    def environment(self, name: str, **changes: str) -> None:
        """Change variables in a Lambda's environment."""
        told = self.kore["lambdas"][name]
        found = self.client("lambda").get_function_configuration(
            FunctionName=told["name"], Qualifier="live"
        )
        variables = {**found["Environment"]["Variables"], **changes}
        self.function(name, Environment={"Variables": variables})

    def flow(self, flow_id: str, change: Callable[[dict[str, Any]], None]) -> None:
        """Publish a flow anew, with one thing in it changed."""
        connect = self.client("connect")
        found = connect.describe_contact_flow(InstanceId=self.instance, ContactFlowId=flow_id)
        content = json.loads(found["ContactFlow"]["Content"])
        change(content)
        connect.update_contact_flow_content(
            InstanceId=self.instance, ContactFlowId=flow_id, Content=json.dumps(content)
        )

    def application(self, **changes: Any) -> None:
        """Change the third-party application."""
        self.client("appintegrations").update_application(
            Arn=self.kore["application_arn"], **changes
        )

    def streaming(self, *, retention: int = 1, **changes: str) -> None:
        """Configure live media streaming anew."""
        connect = self.client("connect")
        connect.update_instance_storage_config(
            InstanceId=self.instance,
            AssociationId=self.ids["media_streaming"],
            ResourceType="MEDIA_STREAMS",
            StorageConfig=video(
                changes.get("prefix", self.ids["prefix"]),
                changes.get("key", self.outputs["kms_key_arn"]),
                retention,
            ),
        )

    def agent(self, *profiles: str) -> None:
        """Let somebody work in the bots' queue, with these security profiles."""
        self.client("connect").create_user(
            InstanceId=self.instance,
            Username=f"agent-{next(_NUMBERS)}",
            Password="Agents-Wait-4-Calls",
            PhoneConfig={"PhoneType": "SOFT_PHONE"},
            RoutingProfileId=self.ids["routing_profile"],
            SecurityProfileIds=list(profiles),
        )

    def copy(self) -> Clinic:
        """The same deployment, with outputs of its own to change."""
        return Clinic(
            self.endpoint, self.vendor, self.client, copy.deepcopy(self.outputs), self.ids
        )


SETTINGS: Mapping[str, Any] = {
    "botId": "st-0000",
    "clientId": "cs-0000",
    "accountId": "6530000",
    "agentassistUrl": "https://agentassist.example",
    "streamAudioFromCustomer": True,
    "streamAudioToCustomer": True,
}


def session_of(keys: Mapping[str, str]) -> boto3.Session:
    """A session of whoever holds the keys, as STS tells them."""
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
        region_name=REGION,
    )


def administrator() -> boto3.Session:
    """Keys that the embedded IAM did not issue."""
    return session_of({"AccessKeyId": "local", "SecretAccessKey": "local"})


_ADMINISTRATOR = administrator()  # one for most, because a session reads AWS's models anew


def video(prefix: str, key: str, hours: int) -> dict[str, Any]:
    """Live media streaming as Connect's API takes it."""
    return {
        "StorageType": "KINESIS_VIDEO_STREAM",
        "KinesisVideoStreamConfig": {
            "Prefix": prefix,
            "RetentionPeriodHours": hours,
            "EncryptionConfig": {"EncryptionType": "KMS", "KeyId": key},
        },
    }


def policy(*statements: Mapping[str, object]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(principal: Mapping[str, str]) -> str:
    """A trust policy."""
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def reader_statements(stream_names: str, key: str) -> tuple[Mapping[str, object], ...]:
    """What the reader role may do."""
    return (
        {
            "Effect": "Allow",
            "Action": [
                "kinesisvideo:DescribeStream",
                "kinesisvideo:GetDataEndpoint",
                "kinesisvideo:GetMedia",
            ],
            "Resource": f"arn:aws:kinesisvideo:{REGION}:{ACCOUNT}:stream/{stream_names}*/*",
        },
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": key,
            "Condition": {
                "StringEquals": {"kms:ViaService": f"kinesisvideo.{REGION}.amazonaws.com"}
            },
        },
    )


def open_clinic(endpoint: str, vendor: VendorHost) -> Clinic:
    """Deploy everything."""
    clients: dict[str, Any] = {}

    def client(name: str) -> Any:
        if name not in clients:
            clients[name] = _ADMINISTRATOR.client(name, endpoint_url=endpoint)  # type: ignore[call-overload]
        return clients[name]

    return _Builder(endpoint, vendor, client, f"clinic-{next(_NUMBERS)}").build()


class _Builder:
    def __init__(
        self, endpoint: str, vendor: VendorHost, client: Callable[[str], Any], prefix: str
    ) -> None:
        self.endpoint = endpoint
        self.vendor = vendor
        self.client = client
        self.prefix = prefix
        self.namespace = f"kore.{prefix}"  # one application's in the whole account
        self.streams = f"{prefix}-connect-{prefix}-contact-"
        self.key = client("kms").create_key()["KeyMetadata"]["Arn"]
        made = client("connect").create_instance(
            IdentityManagementType="CONNECT_MANAGED",
            InstanceAlias=prefix,
            InboundCallsEnabled=True,
            OutboundCallsEnabled=False,
        )
        self.instance, self.instance_arn = made["Id"], made["Arn"]
        self.reader = f"arn:aws:iam::{ACCOUNT}:role/{prefix}-kore-stream-reader"
        self.urls = {
            "access_url": f"https://{vendor.host}/integrations/amzn/tpa-voice/",
            "transcriber_url": f"https://{vendor.host}/integrations/amzn/voice/",
            "webhook_url": f"https://{vendor.host}/crm/dispositions",
        }

    def build(self) -> Clinic:
        connect = self.client("connect")
        media = connect.associate_instance_storage_config(
            InstanceId=self.instance,
            ResourceType="MEDIA_STREAMS",
            StorageConfig=video(self.prefix, self.key, 1),
        )["AssociationId"]
        data_stream = self._data_stream()
        for table in ("claims", "dispositions"):
            self._table(f"{self.prefix}-kore-{table}")
        lambdas = {
            "stream_trigger": self._function(
                "stream-trigger",
                {
                    "TRANSCRIBER_URL": self.urls["transcriber_url"],
                    "STREAM_READER_ROLE_ARN": self.reader,
                    "STREAM_KEY_ARN": self.key,
                    "STREAM_NAME_PREFIX": self.streams,
                    "CLAIMS_TABLE": f"{self.prefix}-kore-claims",
                    "SOCKET_TOKEN_SECONDS": "3600",
                },
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": self.reader},
            ),
            "widget_token": self._function("widget-token", {"WIDGET_TOKEN_SECONDS": "7200"}),
            "disposition": self._function(
                "disposition",
                {
                    "DISPOSITIONS_TABLE": f"{self.prefix}-kore-dispositions",
                    "WEBHOOK_URL": self.urls["webhook_url"],
                    "WEBHOOK_SECRET_PARAMETER": f"/{self.prefix}/kore/webhook_secret",
                },
            ),
        }
        self._reader_role()
        queue = self._queue("Support")
        flows = self._flows(lambdas, queue["QueueArn"])
        number = self._number(flows["agent-assist"])
        application = self._application()
        profile = connect.create_security_profile(
            InstanceId=self.instance,
            SecurityProfileName=f"{self.prefix} Kore Agent AI",
            Applications=[{"Namespace": self.namespace, "ApplicationPermissions": ["ACCESS"]}],
        )["SecurityProfileId"]
        other = connect.create_security_profile(
            InstanceId=self.instance, SecurityProfileName="Everybody"
        )["SecurityProfileId"]
        clinic = Clinic(
            self.endpoint,
            self.vendor,
            self.client,
            {
                "connect_instance_id": self.instance,
                "connect_instance_arn": self.instance_arn,
                "connect_instance_alias": self.prefix,
                "kms_key_arn": self.key,
                "data_stream_arn": data_stream,
                "queue_arns": {"default": queue["QueueArn"]},
                "phone_numbers": {
                    "support": {
                        "id": number["PhoneNumberId"],
                        "number": number["PhoneNumber"],
                        "leads_to": "kore_agent_assist/support",
                    }
                },
                "inbound_flows": {
                    "kore_agent_assist/support": {
                        "id": flows["agent-assist"],
                        "arn": f"{self.instance_arn}/contact-flow/{flows['agent-assist']}",
                    }
                },
                "kore": {
                    **self.urls,
                    "application_arn": application,
                    "application_namespace": self.namespace,
                    "security_profile_id": profile,
                    "reader_role_arn": self.reader,
                    "claims_table": f"{self.prefix}-kore-claims",
                    "dispositions_table": f"{self.prefix}-kore-dispositions",
                    "disposition_flow_id": flows["disposition"],
                    "media_stream_prefix": self.streams,
                    "lambdas": lambdas,
                    "bots": {
                        "support": {
                            "flow_id": flows["agent-assist"],
                            "flow_arn": f"{self.instance_arn}/contact-flow/{flows['agent-assist']}",
                            "queue_flow_id": flows["queue"],
                            "queue": "default",
                            "language_code": "en-US",
                            "settings_parameter": f"/{self.prefix}/kore/bots/support/settings",
                            "secret_parameter": f"/{self.prefix}/kore/bots/support/client_secret",
                            "sip_uri": "sip:1000@localhost",
                            "wss_url": f"wss://{self.vendor.host}",
                        }
                    },
                },
            },
            {
                "prefix": self.prefix,
                "media_streaming": media,
                "everybody": other,
                "routing_profile": self._routing_profile(queue["QueueId"]),
            },
        )
        clinic.settings()
        clinic.secret()
        self.client("ssm").put_parameter(
            Name=f"/{self.prefix}/kore/webhook_secret",
            Type="SecureString",
            KeyId=self.key,
            Value=CLIENT_SECRET[::-1],
        )
        clinic.agent(profile, other)
        return clinic

    def _data_stream(self) -> str:
        kinesis, connect = self.client("kinesis"), self.client("connect")
        kinesis.create_stream(StreamName=self.prefix, ShardCount=1)
        kinesis.start_stream_encryption(
            StreamName=self.prefix, EncryptionType="KMS", KeyId=self.key
        )
        arn = kinesis.describe_stream_summary(StreamName=self.prefix)["StreamDescriptionSummary"][
            "StreamARN"
        ]
        for kind in ("CONTACT_TRACE_RECORDS", "AGENT_EVENTS"):
            connect.associate_instance_storage_config(
                InstanceId=self.instance,
                ResourceType=kind,
                StorageConfig={
                    "StorageType": "KINESIS_STREAM",
                    "KinesisStreamConfig": {"StreamArn": arn},
                },
            )
        return str(arn)

    def _table(self, name: str) -> None:
        dynamodb = self.client("dynamodb")
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "contactId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "contactId", "AttributeType": "S"}],
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": self.key},
        )
        dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"},
        )
        dynamodb.update_continuous_backups(
            TableName=name,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )

    def _function(
        self, name: str, variables: Mapping[str, str], *statements: Mapping[str, object]
    ) -> dict[str, str]:
        iam, functions = self.client("iam"), self.client("lambda")
        full = f"{self.prefix}-kore-{name}"
        role = iam.create_role(
            RoleName=full, AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
        )["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=full, PolicyName="may", PolicyDocument=policy(*statements))
        self.client("logs").create_log_group(logGroupName=f"/aws/lambda/{full}")
        self.client("logs").put_retention_policy(
            logGroupName=f"/aws/lambda/{full}", retentionInDays=30
        )
        made = functions.create_function(
            FunctionName=full,
            Runtime="python3.13",
            Role=role,
            Handler="app.handler",
            Code={"ZipFile": package()},
            Timeout=7,
            Publish=True,
            Environment={"Variables": variables},
        )
        alias = functions.create_alias(
            FunctionName=full, Name="live", FunctionVersion=made["Version"]
        )["AliasArn"]
        functions.add_permission(
            FunctionName=full,
            Qualifier="live",
            StatementId="connect",
            Action="lambda:InvokeFunction",
            Principal="connect.amazonaws.com",
            SourceArn=self.instance_arn,
            SourceAccount=ACCOUNT,
        )
        self.client("connect").associate_lambda_function(
            InstanceId=self.instance, FunctionArn=alias
        )
        return {
            "name": full,
            "arn": alias.rpartition(":")[0],
            "alias_arn": alias,
            "log_group": f"/aws/lambda/{full}",
        }

    def _reader_role(self) -> None:
        name = self.reader.rpartition("/")[2]
        trigger = f"arn:aws:iam::{ACCOUNT}:role/{self.prefix}-kore-stream-trigger"
        self.client("iam").create_role(
            RoleName=name,
            MaxSessionDuration=3600,
            AssumeRolePolicyDocument=trust({"AWS": trigger}),
        )
        self.client("iam").put_role_policy(
            RoleName=name,
            PolicyName="read",
            PolicyDocument=policy(*reader_statements(self.streams, self.key)),
        )

    def _queue(self, name: str) -> Any:
        connect = self.client("connect")
        hours = connect.create_hours_of_operation(
            InstanceId=self.instance,
            Name="always",
            TimeZone="UTC",
            Config=[
                {
                    "Day": "MONDAY",
                    "StartTime": {"Hours": 0, "Minutes": 0},
                    "EndTime": {"Hours": 23, "Minutes": 59},
                }
            ],
        )["HoursOfOperationId"]
        return connect.create_queue(InstanceId=self.instance, Name=name, HoursOfOperationId=hours)

    def _routing_profile(self, queue: str) -> str:
        made = self.client("connect").create_routing_profile(
            InstanceId=self.instance,
            Name="Agents",
            Description="take calls",
            DefaultOutboundQueueId=queue,
            QueueConfigs=[
                {
                    "QueueReference": {"QueueId": queue, "Channel": "VOICE"},
                    "Priority": 1,
                    "Delay": 0,
                }
            ],
            MediaConcurrencies=[{"Channel": "VOICE", "Concurrency": 1}],
        )
        return str(made["RoutingProfileId"])

    def _flows(self, lambdas: Mapping[str, Mapping[str, str]], queue_arn: str) -> dict[str, str]:
        view = f"arn:aws:connect:{REGION}:aws:view"
        made: dict[str, str] = {}
        values = {
            "flow_logging": "Enabled",
            "voice": "Ruth",
            "voice_engine": "Neural",
            "language_code": "en-US",
            "queue_arn": queue_arn,
            "default_queue_arn": queue_arn,
            "bot": "support",
            "bot_id": "st-0000",
            "agentassist_url": "https://agentassist.example",
            "stream_trigger_lambda_arn": lambdas["stream_trigger"]["alias_arn"],
            "widget_token_lambda_arn": lambdas["widget_token"]["alias_arn"],
            "disposition_lambda_arn": lambdas["disposition"]["alias_arn"],
            "form_view_arn": f"{view}/form:1",
            "confirmation_view_arn": f"{view}/confirmation:1",
        }
        for name in ("disposition", "queue", "agent-assist"):
            text = (TEMPLATES / f"{name}.json").read_text(encoding="utf-8")
            for key, value in values.items():
                text = text.replace(f"${{{key}}}", value)
            for key in ("greeting", "handover_message", "apology_message"):
                text = text.replace(f"${{{key}}}", "One moment.")
            made[name] = self.client("connect").create_contact_flow(
                InstanceId=self.instance, Name=name, Type="CONTACT_FLOW", Content=text
            )["ContactFlowId"]
            key = {"disposition": "disposition_flow_arn", "queue": "queue_flow_arn"}.get(name, "")
            values[key] = f"{self.instance_arn}/contact-flow/{made[name]}"
        return made

    def _number(self, flow_id: str) -> Any:
        connect = self.client("connect")
        number = connect.search_available_phone_numbers(
            TargetArn=self.instance_arn, PhoneNumberCountryCode="US", PhoneNumberType="DID"
        )["AvailableNumbersList"][0]["PhoneNumber"]
        claimed = connect.claim_phone_number(TargetArn=self.instance_arn, PhoneNumber=number)
        connect.associate_phone_number_contact_flow(
            PhoneNumberId=claimed["PhoneNumberId"],
            InstanceId=self.instance,
            ContactFlowId=flow_id,
        )
        return {"PhoneNumberId": claimed["PhoneNumberId"], "PhoneNumber": number}

    def _application(self) -> str:
        made = self.client("appintegrations").create_application(
            Name="KoreAgentAssist",
            Namespace=self.namespace,
            ApplicationSourceConfig={"ExternalUrlConfig": {"AccessUrl": self.urls["access_url"]}},
            Permissions=PERMISSIONS,
            IframeConfig={"Allow": ["clipboard-write"], "Sandbox": ["allow-scripts"]},
            ApplicationConfig={"ContactHandling": {"Scope": "PER_CONTACT"}},
        )["Arn"]
        self.client("connect").create_integration_association(
            InstanceId=self.instance, IntegrationType="APPLICATION", IntegrationArn=made
        )
        return str(made)


def package() -> bytes:
    """The smallest Lambda there is."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return {}\n")
    return content.getvalue()
