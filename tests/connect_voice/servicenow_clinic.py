"""ServiceNow AI voice as Terraform deploys it, made with boto3 to be broken by tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from clinic import ACCOUNT, REGION, Builder, Clinic, VendorHost, policy

from connect_voice.doctors.servicenow import examine_at
from connect_voice.doctors.servicenow.flow import fingerprint
from connect_voice.findings import Finding
from flowkit.model import parse
from local_aws.standins.servicenow.standin import StandIn

VOICE_SERVICE = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
LEADS_TO = "servicenow_voice"


@dataclass
class ServiceNowClinic(Clinic):
    """What is deployed for ServiceNow, and the stand-in that is its instance.

    Args:
        stand_in: None until it is known.
    """

    stand_in: StandIn | None = None

    def lambdas(self) -> dict[str, dict[str, str]]:
        told = {
            "name": "servicenow_lambda_name",
            "arn": "servicenow_lambda_arn",
            "alias_arn": "servicenow_lambda_alias_arn",
            "log_group": "servicenow_log_group",
        }
        return {"voice": {key: self.outputs[name] for key, name in told.items()}}

    def examine(self, session: boto3.Session | None = None) -> list[Finding]:
        return examine_at(
            self.site(session),
            self.outputs,
            ca_bundle=self.ca_bundle or self._servicenow.ca_bundle,
            template=self.template,
        )

    @property
    def template(self) -> Path:
        """A file with the flow's template."""
        file = self._servicenow.ca_bundle.with_name(f"{self.prefix}.json")
        file.write_text(self.ids["template"], encoding="utf-8")
        return file

    def script(self, **parts: Any) -> None:
        """Tell ServiceNow how to answer."""
        self._tell(parts)
        self.later(self._tell, {})

    def requests(self) -> list[dict[str, Any]]:
        """What ServiceNow was asked since the last script."""
        _, answer = self._servicenow.control("GET", "/_local/servicenow/requests", b"")
        assert isinstance(answer, dict)
        asked: list[dict[str, Any]] = answer["requests"]
        return asked

    def role_may(self, *statements: Any) -> None:
        """What the Lambda's role may do, and nothing else."""
        iam, role = self.client("iam"), self.outputs["servicenow_lambda_name"]
        put = {"RoleName": role, "PolicyName": "may"}
        iam.put_role_policy(**put, PolicyDocument=policy(*statements))
        self.later(iam.put_role_policy, **put, PolicyDocument=policy(*self.usual_statements()))

    def usual_statements(self) -> tuple[dict[str, Any], ...]:
        """What Terraform lets the role do."""
        return statements(self.outputs["servicenow_parameter_names"], self.outputs["kms_key_arn"])

    @property
    def secret(self) -> str:
        """Name of the parameter with the client secret."""
        return str(self.outputs["servicenow_parameter_names"]["client_secret"])

    @property
    def _servicenow(self) -> StandIn:
        assert self.stand_in is not None
        return self.stand_in

    def _tell(self, parts: dict[str, Any]) -> None:
        status, answer = self._servicenow.control(
            "PUT", "/_local/servicenow/script", json.dumps(parts).encode()
        )
        assert status == 204, answer


def statements(names: dict[str, str], key: str) -> tuple[dict[str, Any], ...]:
    """Reading two parameters, and decrypting them when Parameter Store asks."""
    arns = [f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}" for name in names.values()]
    return (
        {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": arns},
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": key,
            "Condition": {
                "StringEquals": {
                    "kms:ViaService": f"ssm.{REGION}.amazonaws.com",
                    "kms:EncryptionContext:PARAMETER_ARN": arns,
                }
            },
        },
    )


def open_clinic(endpoint: str, vendor: VendorHost, stand_in: StandIn) -> ServiceNowClinic:
    """Deploy everything."""
    return _Builder(endpoint, vendor, outbound=True).build(stand_in)


class _Builder(Builder):
    def build(self, stand_in: StandIn) -> ServiceNowClinic:
        path = f"/com.servicenow.cti/{self.prefix}"
        names = {name: f"{path}/{VOICE_SERVICE}/{name}" for name in ("client_id", "client_secret")}
        for name, parameter in names.items():
            self.client("ssm").put_parameter(
                Name=parameter,
                Type="SecureString",
                KeyId=self.key,
                Value=stand_in.secrets[f"SERVICENOW_{name.upper()}"],
            )
        function = self.function(
            f"{self.prefix}-servicenow-voice",
            {
                "SERVICENOW_PARAMETER_PATH": path,
                "SERVICENOW_INSTANCE_HOST": stand_in.host,
                "SERVICENOW_INSTANCE_NAME": "dev12345",
                "VOICE_SERVICE_HOST": stand_in.host,
                "VOICE_SERVICE_ID": VOICE_SERVICE,
                "CALL_CONTEXT_PATH": "/api/call-context",
                "DNIS_PREFIXES": "+1,+44",
            },
            *statements(names, self.key),
        )
        queue = self.queue("Support")
        content, template = self._flows(function["alias_arn"], queue["QueueArn"])
        flow = self.publish("ServiceNow voice", content)
        number = self.number(flow)
        outputs = {
            **self.outputs(queue["QueueArn"], number, flow, LEADS_TO),
            "servicenow_lambda_name": function["name"],
            "servicenow_lambda_arn": function["arn"],
            "servicenow_lambda_alias_arn": function["alias_arn"],
            "servicenow_log_group": function["log_group"],
            "servicenow_parameter_names": names,
            "servicenow_instance_host": stand_in.host,
            "servicenow_voice_service_host": stand_in.host,
            "servicenow_flow_sha256": fingerprint(parse(content)),
        }
        return ServiceNowClinic(
            self.endpoint,
            self.vendor,
            self.client,
            self.aws,
            outputs,
            {"prefix": self.prefix, "template": template},
            stand_in=stand_in,
        )

    def _flows(self, alias_arn: str, queue_arn: str) -> tuple[str, str]:
        """The flow as Terraform makes it of its template, and the template."""
        values = {"lambda_arn": alias_arn, "default_queue_arn": queue_arn, "greeting": "Hi & hello"}
        deployed = template = json.dumps(inbound())
        for key, value in values.items():
            deployed = deployed.replace(f"${{{key}}}", value)
        content = json.loads(deployed)
        router = next(a for a in content["Actions"] if a["Identifier"] == "route-by-reason")
        router["Transitions"]["Conditions"] = [
            {
                "NextAction": "set-queue-billing",
                "Condition": {"Operator": "Equals", "Operands": ["billing"]},
            }
        ]
        content["Actions"].append(
            block(
                "set-queue-billing",
                "UpdateContactTargetQueue",
                "transfer-to-queue",
                QueueId=queue_arn,
            )
        )
        return json.dumps(content), template


def block(name: str, kind: str, then: str, error: str | None = None, **parameters: Any) -> Any:
    """A block that leads to one other, whatever happens; to another one when it fails."""
    branch = {"ErrorType": "NoMatchingError", "NextAction": error or then}
    return {
        "Identifier": name,
        "Type": kind,
        "Parameters": parameters,
        "Transitions": {"NextAction": then, "Errors": [branch]},
    }


def inbound() -> dict[str, Any]:
    """A template: as much of the inbound flow as a doctor can find fault with."""
    compare = block("route-by-reason", "Compare", "transfer-to-queue")
    compare["Parameters"] = {"ComparisonValue": "$.Attributes.snTransferReason"}
    compare["Transitions"]["Errors"][0]["ErrorType"] = "NoMatchingCondition"
    compare["Transitions"]["Conditions"] = []
    queue = block("transfer-to-queue", "TransferContactToQueue", "hang-up")
    full = {"ErrorType": "QueueAtCapacity", "NextAction": "hang-up"}
    queue["Transitions"]["Errors"].insert(0, full)
    return {
        "Version": "2019-10-30",
        "StartAction": "set-voice",
        "Metadata": {},
        "Actions": [
            block(
                "set-voice",
                "UpdateContactTextToSpeechVoice",
                "set-default-queue",
                TextToSpeechVoice="Joanna",
            ),
            block(
                "set-default-queue",
                "UpdateContactTargetQueue",
                "greet",
                QueueId="${default_queue_arn}",
            ),
            block("greet", "MessageParticipant", "get-call-context", Text="${greeting}"),
            block(
                "get-call-context",
                "InvokeLambdaFunction",
                "save-call-context",
                "transfer-to-queue",
                LambdaFunctionARN="${lambda_arn}",
                InvocationTimeLimitSeconds="8",
                InvocationType="SYNCHRONOUS",
                LambdaInvocationAttributes={"operation": "getCallContext"},
                ResponseValidation={"ResponseType": "STRING_MAP"},
            ),
            block(
                "save-call-context",
                "UpdateContactAttributes",
                "route-by-reason",
                Attributes={"pstnNumber": "$.External.dnis"},
                TargetContact="Current",
            ),
            compare,
            queue,
            {
                "Identifier": "hang-up",
                "Type": "DisconnectParticipant",
                "Parameters": {},
                "Transitions": {},
            },
        ],
    }
