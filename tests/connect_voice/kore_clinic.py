"""Kore Agent AI as Terraform deploys it, made with boto3 to be broken by tests."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import boto3
from clinic import (
    ACCOUNT,
    FLOWS,
    REGION,
    Builder,
    Clinic,
    VendorHost,
    policy,
    trust,
)

from connect_voice.doctors.kore import examine_at
from connect_voice.findings import Finding

TEMPLATES = FLOWS / "kore_agent_assist"
CLIENT_SECRET = "Kq7uP2rXw9TzL4mVb8NdYc3HsJ6fGeA1"

PERMISSIONS = ["Contact.Attributes.View", "Contact.Details.View", "User.Details.View"]

_AGENTS = itertools.count(1)


class KoreClinic(Clinic):
    """What is deployed for Kore."""

    @property
    def kore(self) -> dict[str, Any]:
        kore: dict[str, Any] = self.outputs["kore"]
        return kore

    @property
    def bot(self) -> dict[str, Any]:
        bot: dict[str, Any] = self.kore["bots"]["support"]
        return bot

    def lambdas(self) -> dict[str, dict[str, str]]:
        lambdas: dict[str, dict[str, str]] = self.kore["lambdas"]
        return lambdas

    def examine(self, session: boto3.Session | None = None) -> list[Finding]:
        return examine_at(
            self.site(session),
            self.kore,
            ca_bundle=self.ca_bundle or self.vendor.ca_bundle,
            templates=TEMPLATES,
        )

    def settings(self, **changes: Any) -> None:
        """Write the bot's settings anew; None takes a key away."""
        told = {**SETTINGS, **self.declared(), **changes}
        value = json.dumps({key: value for key, value in told.items() if value is not None})
        self.parameter(self.bot["settings_parameter"], Value=value)

    def declared(self) -> dict[str, str]:
        return {
            "languageCode": self.bot["language_code"],
            "sipUri": self.bot["sip_uri"],
            "wssUrl": self.bot["wss_url"],
        }

    def application(self, **changes: Any) -> None:
        """Change the third-party application."""
        applications, arn = self.client("appintegrations"), self.kore["application_arn"]
        found = applications.get_application(Arn=arn)
        applications.update_application(Arn=arn, **changes)
        self.later(applications.update_application, Arn=arn, **{key: found[key] for key in changes})

    def dissociate_application(self) -> None:
        """Take the application off the instance."""
        connect, instance = self.client("connect"), self.instance
        for row in connect.list_integration_associations(
            InstanceId=instance, IntegrationType="APPLICATION"
        )["IntegrationAssociationSummaryList"]:
            connect.delete_integration_association(
                InstanceId=instance, IntegrationAssociationId=row["IntegrationAssociationId"]
            )
            self.later(
                connect.create_integration_association,
                InstanceId=instance,
                IntegrationType="APPLICATION",
                IntegrationArn=row["IntegrationArn"],
            )

    def streaming(self, *, retention: int = 1, **changes: str) -> None:
        """Configure live media streaming anew."""
        self._stream(
            video(
                changes.get("prefix", self.prefix),
                changes.get("key", self.outputs["kms_key_arn"]),
                retention,
            )
        )
        self.later(self._stream, video(self.prefix, self.outputs["kms_key_arn"], 1))

    def stop_streaming(self) -> None:
        """Switch live media streaming off."""
        connect = self.client("connect")
        where = {"InstanceId": self.instance, "ResourceType": "MEDIA_STREAMS"}
        connect.disassociate_instance_storage_config(
            **where, AssociationId=self.ids["media_streaming"]
        )

        def start() -> None:
            own = video(self.prefix, self.outputs["kms_key_arn"], 1)
            made = connect.associate_instance_storage_config(**where, StorageConfig=own)
            self.ids["media_streaming"] = made["AssociationId"]

        self.later(start)

    def reader_may(self, *statements: Mapping[str, object]) -> None:
        """What the reader role may do, and nothing else."""
        iam, role = self.client("iam"), self.kore["reader_role_arn"].rpartition("/")[2]
        usual = reader_statements(self.kore["media_stream_prefix"], self.outputs["kms_key_arn"])
        put = {"RoleName": role, "PolicyName": "read"}
        iam.put_role_policy(**put, PolicyDocument=policy(*statements))
        self.later(iam.put_role_policy, **put, PolicyDocument=policy(*usual))

    def agent(self, *profiles: str) -> None:
        """Let somebody work in the bots' queue, with these security profiles."""
        user = self.hire(*profiles)
        self.later(self.client("connect").delete_user, InstanceId=self.instance, UserId=user)

    def hire(self, *profiles: str) -> str:
        """An agent who stays; the user's id."""
        made = self.client("connect").create_user(
            InstanceId=self.instance,
            Username=f"agent-{next(_AGENTS)}",
            Password="Agents-Wait-4-Calls",
            PhoneConfig={"PhoneType": "SOFT_PHONE"},
            RoutingProfileId=self.ids["routing_profile"],
            SecurityProfileIds=list(profiles),
        )
        return str(made["UserId"])

    def _stream(self, config: Mapping[str, Any]) -> None:
        self.client("connect").update_instance_storage_config(
            InstanceId=self.instance,
            AssociationId=self.ids["media_streaming"],
            ResourceType="MEDIA_STREAMS",
            StorageConfig=config,
        )


SETTINGS: Mapping[str, Any] = {
    "botId": "st-0000",
    "clientId": "cs-0000",
    "accountId": "6530000",
    "agentassistUrl": "https://agentassist.example",
    "streamAudioFromCustomer": True,
    "streamAudioToCustomer": True,
}


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


def open_clinic(endpoint: str, vendor: VendorHost) -> KoreClinic:
    """Deploy everything."""
    return _Builder(endpoint, vendor).build()


class _Builder(Builder):
    def __init__(self, endpoint: str, vendor: VendorHost) -> None:
        super().__init__(endpoint, vendor, outbound=False)
        self.namespace = f"kore.{self.prefix}"  # one application's in the whole account
        self.streams = f"{self.prefix}-connect-{self.prefix}-contact-"
        self.reader = f"arn:aws:iam::{ACCOUNT}:role/{self.prefix}-kore-stream-reader"
        self.urls = {
            "access_url": f"https://{vendor.host}/integrations/amzn/tpa-voice/",
            "transcriber_url": f"https://{vendor.host}/integrations/amzn/voice/",
            "webhook_url": f"https://{vendor.host}/crm/dispositions",
        }

    def build(self) -> KoreClinic:
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
            "stream_trigger": self.function(
                f"{self.prefix}-kore-stream-trigger",
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
            "widget_token": self.function(
                f"{self.prefix}-kore-widget-token", {"WIDGET_TOKEN_SECONDS": "7200"}
            ),
            "disposition": self.function(
                f"{self.prefix}-kore-disposition",
                {
                    "DISPOSITIONS_TABLE": f"{self.prefix}-kore-dispositions",
                    "WEBHOOK_URL": self.urls["webhook_url"],
                    "WEBHOOK_SECRET_PARAMETER": f"/{self.prefix}/kore/webhook_secret",
                },
            ),
        }
        self._reader_role()
        queue = self.queue("Support")
        flows = self._flows(lambdas, queue["QueueArn"])
        number = self.number(flows["agent-assist"])
        application = self._application()
        profile = connect.create_security_profile(
            InstanceId=self.instance,
            SecurityProfileName=f"{self.prefix} Kore Agent AI",
            Applications=[{"Namespace": self.namespace, "ApplicationPermissions": ["ACCESS"]}],
        )["SecurityProfileId"]
        other = connect.create_security_profile(
            InstanceId=self.instance, SecurityProfileName="Everybody"
        )["SecurityProfileId"]
        leads_to = "kore_agent_assist/support"
        clinic = KoreClinic(
            self.endpoint,
            self.vendor,
            self.client,
            self.aws,
            {
                **self.outputs(queue["QueueArn"], number, flows["agent-assist"], leads_to),
                "data_stream_arn": data_stream,
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
                            "flow_arn": self.flow_arn(flows["agent-assist"]),
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
        ssm = self.client("ssm")
        ssm.put_parameter(
            Name=clinic.bot["settings_parameter"],
            Type="String",
            Value=json.dumps({**SETTINGS, **clinic.declared()}),
        )
        for name, value in {
            clinic.bot["secret_parameter"]: CLIENT_SECRET,
            f"/{self.prefix}/kore/webhook_secret": CLIENT_SECRET[::-1],
        }.items():
            ssm.put_parameter(Name=name, Type="SecureString", KeyId=self.key, Value=value)
        clinic.hire(profile, other)
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
            made[name] = self.publish(name, text)
            key = {"disposition": "disposition_flow_arn", "queue": "queue_flow_arn"}.get(name, "")
            values[key] = self.flow_arn(made[name])
        return made

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
