"""A Connect instance with a vendor's parts in it, made with boto3 in an embedded AWS to be broken.

One is made for many tests: a test breaks one thing, asks the doctor, and what it broke is mended
from the list that breaking it has written.
"""

from __future__ import annotations

import contextlib
import copy
import io
import itertools
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import boto3
import botocore.loaders
import botocore.session

from connect_voice.doctors.aws import Aws
from connect_voice.doctors.deployed import Deployed
from connect_voice.doctors.site import Site
from connect_voice.findings import Finding
from local_aws.standins.certificates import serve_tls
from local_aws.standins.https import HttpsServer, Request, Response

REGION = "us-east-1"
ACCOUNT = "123456789012"
FLOWS = Path(__file__).resolve().parents[2] / "flows"

_NUMBERS = itertools.count(1)
_LOADER = botocore.loaders.Loader()  # keeps AWS's models, which every session would read anew

C = TypeVar("C", bound="Clinic")
Change = Callable[[dict[str, Any]], None]


class VendorHost:
    """A host over TLS that answers whatever a test wants it to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca_bundle = folder / "ca.pem"
        self.answers: dict[str, Response] = {}
        self.requests: list[Request] = []
        self._server = HttpsServer(serve_tls(self.ca_bundle), self._answer)
        self._server.start()
        self.host = f"localhost:{self._server.port}"

    def stop(self) -> None:
        self._server.stop()

    def _answer(self, request: Request) -> Response:
        self.requests.append(request)
        return self.answers.get(request.path, Response(200, b"<p>widget</p>", "text/html"))


@dataclass
class Clinic:
    """What is deployed, and clients to break it with.

    Args:
        aws: the doctor's own clients, made once.
        outputs: as Terraform tells them.
        ids: what a test needs to know besides.
        mending: undoes what was broken, the last first, when it is closed.
    """

    endpoint: str
    vendor: VendorHost
    client: Callable[[str], Any]
    aws: Aws
    outputs: dict[str, Any]
    ids: dict[str, str] = field(default_factory=dict)
    ca_bundle: Path | None = None
    mending: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def instance(self) -> str:
        return str(self.outputs["connect_instance_id"])

    @property
    def instance_arn(self) -> str:
        return str(self.outputs["connect_instance_arn"])

    @property
    def prefix(self) -> str:
        return self.ids["prefix"]

    def later(self, mend: Callable[..., object], *arguments: Any, **options: Any) -> None:
        """Undo something when the test is over."""
        self.mending.callback(mend, *arguments, **options)

    def lambdas(self) -> dict[str, dict[str, str]]:
        """What Terraform tells of each Lambda, by a key of the vendor's."""
        raise NotImplementedError

    def site(self, session: boto3.Session | None = None) -> Site:
        """Where the doctor looks, as the administrator unless told otherwise."""
        aws = self.aws if session is None else Aws(session, REGION, self.endpoint)
        return Site(Deployed.of(self.outputs), aws)

    def examine(self, session: boto3.Session | None = None) -> list[Finding]:
        """Let the doctor look."""
        raise NotImplementedError

    def function(self, name: str, **changes: Any) -> None:
        """Change a Lambda and let its alias have it, as a deploy does."""
        told = self.lambdas()[name]
        found = self.client("lambda").get_function_configuration(
            FunctionName=told["name"], Qualifier="live"
        )
        before = {key: found[key] for key in changes}
        before.get("Environment", {}).pop("Error", None)
        self._publish(told["name"], changes)
        self.later(self._publish, told["name"], before)

    def environment(self, name: str, **changes: str | None) -> None:
        """Change variables in a Lambda's environment; None takes one away."""
        found = self.client("lambda").get_function_configuration(
            FunctionName=self.lambdas()[name]["name"], Qualifier="live"
        )
        variables = {**found["Environment"]["Variables"], **changes}
        kept = {key: value for key, value in variables.items() if value is not None}
        self.function(name, Environment={"Variables": kept})

    def permit(self, name: str, **source: str) -> None:
        """Let Connect invoke a Lambda on these conditions only, "" for the instance's own."""
        functions = self.client("lambda")
        at = {"FunctionName": self.lambdas()[name]["name"], "Qualifier": "live"}
        functions.remove_permission(**at, StatementId="connect")
        self.later(allow_connect, functions, at, self.instance_arn)
        if source:
            functions.add_permission(
                **at,
                StatementId="loose",
                Action="lambda:InvokeFunction",
                Principal="connect.amazonaws.com",
                **{key: value or self.instance_arn for key, value in source.items()},
            )
            self.later(functions.remove_permission, **at, StatementId="loose")

    def disassociate(self, name: str) -> None:
        """Take a Lambda off the instance's list."""
        connect, told = self.client("connect"), self.lambdas()[name]
        named = {"InstanceId": self.instance, "FunctionArn": told["alias_arn"]}
        connect.disassociate_lambda_function(**named)
        self.later(connect.associate_lambda_function, **named)

    def logs(self, name: str, **wanted: Any) -> None:
        """Make a Lambda's log group anew; with nothing wanted there is none."""
        logs, group = self.client("logs"), self.lambdas()[name]["log_group"]
        logs.delete_log_group(logGroupName=group)
        if wanted:
            make_logs(logs, group, **wanted)
            self.later(make_logs, logs, group, self.outputs["kms_key_arn"])
            self.later(logs.delete_log_group, logGroupName=group)
        else:
            self.later(make_logs, logs, group, self.outputs["kms_key_arn"])

    def flow(self, flow_id: str, change: Change) -> None:
        """Publish a flow anew, with one thing in it changed."""
        connect = self.client("connect")
        named = {"InstanceId": self.instance, "ContactFlowId": flow_id}
        before = connect.describe_contact_flow(**named)["ContactFlow"]["Content"]
        content = json.loads(before)
        change(content)
        connect.update_contact_flow_content(**named, Content=json.dumps(content))
        self.later(connect.update_contact_flow_content, **named, Content=before)

    def lead(self, number: str, flow_id: str) -> None:
        """Lead a number to another flow."""
        connect, told = self.client("connect"), self.outputs["phone_numbers"][number]
        named = {"PhoneNumberId": told["id"], "InstanceId": self.instance}
        own = self.outputs["inbound_flows"][told["leads_to"]]["id"]
        connect.associate_phone_number_contact_flow(**named, ContactFlowId=flow_id)
        self.later(connect.associate_phone_number_contact_flow, **named, ContactFlowId=own)

    def switch(self, attribute: str, *, on: bool) -> None:
        """Switch something of the instance on or off."""
        connect = self.client("connect")
        named = {"InstanceId": self.instance, "AttributeType": attribute}
        connect.update_instance_attribute(**named, Value=str(on).lower())
        self.later(connect.update_instance_attribute, **named, Value=str(not on).lower())

    def parameter(self, name: str, **wanted: Any) -> None:
        """Make a parameter anew, a secret one under our key; with nothing wanted, remove it."""
        ssm = self.client("ssm")
        before = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
        ssm.delete_parameter(Name=name)
        self.later(self._put, name, {"Type": before["Type"], "Value": before["Value"]})
        if wanted:
            self._put(name, {"Type": before["Type"], "Value": before["Value"], **wanted})
            self.later(ssm.delete_parameter, Name=name)

    def own(self: C) -> C:
        """The same deployment, with outputs of its own to change and a list of its own to mend."""
        return replace(self, outputs=copy.deepcopy(self.outputs), mending=contextlib.ExitStack())

    def _publish(self, name: str, changes: Mapping[str, Any]) -> None:
        functions = self.client("lambda")
        functions.update_function_configuration(FunctionName=name, **changes)
        version = functions.publish_version(FunctionName=name)["Version"]
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion=version)

    def _put(self, name: str, wanted: Mapping[str, Any]) -> None:
        key = {"KeyId": self.outputs["kms_key_arn"]} if wanted["Type"] == "SecureString" else {}
        self.client("ssm").put_parameter(**{"Name": name, **key, **wanted})


def notable(findings: list[Finding]) -> list[Finding]:
    """What somebody should know of."""
    return [finding for finding in findings if finding.warning or not finding.ok]


def expect(findings: list[Finding], check: str, remedy: str) -> Finding:
    """One finding and no other, with what to do about it."""
    assert {finding.check for finding in notable(findings)} == {check}, notable(findings)
    found = notable(findings)[0]
    assert remedy in found.detail, found.detail
    assert found.detail.endswith("."), found.detail
    return found


def session_of(keys: Mapping[str, str]) -> boto3.Session:
    """A session of whoever holds the keys, as STS tells them."""
    core = botocore.session.Session()
    core.register_component("data_loader", _LOADER)
    return boto3.Session(
        botocore_session=core,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys.get("SessionToken"),
        region_name=REGION,
    )


def administrator() -> boto3.Session:
    """Keys that the embedded IAM did not issue."""
    return session_of({"AccessKeyId": "local", "SecretAccessKey": "local"})


ADMINISTRATOR = administrator()


def answering(operation: str, change: Change) -> boto3.Session:
    """A session of the administrator's, with AWS's answers to one operation changed."""

    def answer(parsed: dict[str, Any], **_: object) -> None:
        change(parsed)

    session = administrator()
    session.events.register(f"after-call.{operation}", answer)
    return session


@contextlib.contextmanager
def doctor_role(clinic: Clinic, *actions: str) -> Iterator[boto3.Session]:
    """A session of a role that may do these things and nothing else."""
    iam, name = clinic.client("iam"), f"{clinic.prefix}-doctor"
    arn = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=name,
        PolicyName="look",
        PolicyDocument=policy({"Effect": "Allow", "Action": list(actions), "Resource": "*"}),
    )
    try:
        yield session_of(
            clinic.client("sts").assume_role(RoleArn=arn, RoleSessionName="doctor")["Credentials"]
        )
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="look")
        iam.delete_role(RoleName=name)


def policy(*statements: Mapping[str, object]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(principal: Mapping[str, str]) -> str:
    """A trust policy."""
    return policy({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def allow_connect(functions: Any, at: Mapping[str, str], instance_arn: str) -> None:
    """Let one instance invoke a Lambda, as Terraform does."""
    functions.add_permission(
        **at,
        StatementId="connect",
        Action="lambda:InvokeFunction",
        Principal="connect.amazonaws.com",
        SourceArn=instance_arn,
        SourceAccount=ACCOUNT,
    )


def make_logs(logs: Any, group: str, key: str | None = None, days: int | None = 30) -> None:
    """A log group."""
    logs.create_log_group(logGroupName=group, **({"kmsKeyId": key} if key else {}))
    if days is not None:
        logs.put_retention_policy(logGroupName=group, retentionInDays=days)


def parameter(block: str, name: str, value: object) -> Change:
    """Change a parameter of a block."""

    def change(content: dict[str, Any]) -> None:
        action = next(a for a in content["Actions"] if a["Identifier"] == block)
        action["Parameters"][name] = value

    return change


def without(*names: str) -> Change:
    """Take blocks out of a flow; what led there leads to what comes after them."""

    def change(content: dict[str, Any]) -> None:
        for name in names:
            gone = next(a for a in content["Actions"] if a["Identifier"] == name)
            content["Actions"].remove(gone)
            text = json.dumps(content).replace(
                f'"NextAction": "{name}"', f'"NextAction": "{gone["Transitions"]["NextAction"]}"'
            )
            content.clear()
            content.update(json.loads(text))

    return change


def package() -> bytes:
    """The smallest Lambda there is."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return {}\n")
    return content.getvalue()


class Builder:
    """Makes an instance and what every vendor needs in it."""

    def __init__(self, endpoint: str, vendor: VendorHost, *, outbound: bool) -> None:
        self.endpoint = endpoint
        self.vendor = vendor
        self.prefix = f"clinic-{next(_NUMBERS)}"
        self._clients: dict[str, Any] = {}
        self.aws = Aws(ADMINISTRATOR, REGION, endpoint)
        self.key = self.client("kms").create_key()["KeyMetadata"]["Arn"]
        made = self.client("connect").create_instance(
            IdentityManagementType="CONNECT_MANAGED",
            InstanceAlias=self.prefix,
            InboundCallsEnabled=True,
            OutboundCallsEnabled=outbound,
        )
        self.instance, self.instance_arn = made["Id"], made["Arn"]

    def client(self, name: str) -> Any:
        """A client of the administrator's, made once."""
        if name not in self._clients:
            self._clients[name] = ADMINISTRATOR.client(  # type: ignore[call-overload]
                name, endpoint_url=self.endpoint
            )
        return self._clients[name]

    def outputs(self, queue_arn: str, number: Mapping[str, str], flow: str, leads_to: str) -> Any:
        """What Terraform tells of every environment."""
        return {
            "connect_instance_id": self.instance,
            "connect_instance_arn": self.instance_arn,
            "connect_instance_alias": self.prefix,
            "kms_key_arn": self.key,
            "queue_arns": {"default": queue_arn},
            "phone_numbers": {
                "support": {
                    "id": number["PhoneNumberId"],
                    "number": number["PhoneNumber"],
                    "leads_to": leads_to,
                }
            },
            "inbound_flows": {leads_to: {"id": flow, "arn": self.flow_arn(flow)}},
        }

    def flow_arn(self, flow: str) -> str:
        """The ARN of a flow of the instance."""
        return f"{self.instance_arn}/contact-flow/{flow}"

    def function(
        self, full: str, variables: Mapping[str, str], *statements: Mapping[str, object]
    ) -> dict[str, str]:
        """A Lambda with its role, its logs, its alias and Connect's way to it."""
        iam, functions = self.client("iam"), self.client("lambda")
        role = iam.create_role(
            RoleName=full, AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"})
        )["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=full, PolicyName="may", PolicyDocument=policy(*statements))
        make_logs(self.client("logs"), f"/aws/lambda/{full}", self.key)
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
        allow_connect(functions, {"FunctionName": full, "Qualifier": "live"}, self.instance_arn)
        self.client("connect").associate_lambda_function(
            InstanceId=self.instance, FunctionArn=alias
        )
        return {
            "name": full,
            "arn": alias.rpartition(":")[0],
            "alias_arn": alias,
            "log_group": f"/aws/lambda/{full}",
        }

    def queue(self, name: str) -> Any:
        """A queue that is always open."""
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

    def publish(self, name: str, content: str) -> str:
        """A published flow; its id."""
        made = self.client("connect").create_contact_flow(
            InstanceId=self.instance, Name=name, Type="CONTACT_FLOW", Content=content
        )
        return str(made["ContactFlowId"])

    def number(self, flow_id: str) -> dict[str, str]:
        """A number that leads to a flow."""
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
