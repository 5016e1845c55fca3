"""A small contact centre in an embedded AWS, made with boto3: numbers, flows, queues, Lambda."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from connect_voice.calls import Deployment, Number
from connect_voice.embedded import EmbeddedAws

REGION = "us-east-1"
AGENT_NUMBER = "+14155550199"

# The function answers as the contact's attributes tell it, operation by operation.
FUNCTION = """
import json

DEFAULTS = {
    "getCallContext": {"status": "ok", "dnis": "+14155550199"},
    "getInteractionContext": {"status": "ok", "transferRequested": "false"},
}

runs = 0

def handler(event, context):
    global runs
    runs += 1
    data = event["Details"]["ContactData"]
    operation = event["Details"]["Parameters"]["operation"]
    if operation == "assist":
        stream = data["MediaStreams"]["Customer"]["Audio"]["StreamARN"]
        return {"status": "ok", "runs": str(runs), "stream": stream, "token": "canary-of-a-token"}
    if operation == "store":
        return {"status": "ok", "call": data["RelatedContactId"]}
    told = data["Attributes"].get(operation)
    if told == "raise":
        raise RuntimeError("boom")
    return json.loads(told) if told else DEFAULTS[operation]
"""


def _zip() -> bytes:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", FUNCTION)
    return package.getvalue()


def block(identifier: str, kind: str, following: str | None, **more: Any) -> dict[str, Any]:
    transitions: dict[str, Any] = {} if following is None else {"NextAction": following}
    errors = more.pop("errors", {})
    conditions = more.pop("conditions", {})
    if errors:
        transitions["Errors"] = [
            {"ErrorType": name, "NextAction": target} for name, target in errors.items()
        ]
    if conditions or kind == "Compare":
        transitions["Conditions"] = [
            {"NextAction": target, "Condition": {"Operator": "Equals", "Operands": [value]}}
            for value, target in conditions.items()
        ]
    return {"Identifier": identifier, "Type": kind, "Parameters": more, "Transitions": transitions}


def _ask(
    function_arn: str, operation: str, identifier: str, following: str, otherwise: str
) -> dict[str, Any]:
    return block(
        identifier,
        "InvokeLambdaFunction",
        following,
        errors={"NoMatchingError": otherwise},
        LambdaFunctionARN=function_arn,
        InvocationTimeLimitSeconds="8",
        InvocationType="SYNCHRONOUS",
        LambdaInvocationAttributes={"operation": operation},
        ResponseValidation={"ResponseType": "STRING_MAP"},
    )


def assisted_flow(function_arn: str, queue_arn: str, guide_arn: str) -> str:
    """Stream, ask, keep the token, and queue with a guide to follow."""
    no = "NoMatchingError"
    return _content(
        block(
            "stream",
            "UpdateContactMediaStreamingBehavior",
            "assist",
            errors={no: "people"},
            MediaStreamingState="Enabled",
            Participants=[{"ParticipantType": "Customer", "MediaDirections": ["To", "From"]}],
            MediaStreamType="Audio",
        ),
        _ask(function_arn, "assist", "assist", "keep", "people"),
        block(
            "keep",
            "UpdateContactAttributes",
            "people",
            errors={no: "people"},
            Attributes={"token": "$.External.token", "runs": "$.External.runs"},
        ),
        block("people", "UpdateContactTargetQueue", "hook", errors={no: "hook"}, QueueId=queue_arn),
        block(
            "hook",
            "UpdateContactEventHooks",
            "wait",
            errors={no: "wait"},
            EventHooks={"DisconnectAgentUI": guide_arn},
        ),
        block(
            "wait", "TransferContactToQueue", "end", errors={"QueueAtCapacity": "end", no: "end"}
        ),
        block("end", "DisconnectParticipant", None),
    )


def guide_flow(function_arn: str) -> str:
    """Ask the agent how it ended, and note it on the call."""
    no = "NoMatchingError"
    return _content(
        block(
            "form",
            "ShowView",
            "end",
            errors={"NoMatchingCondition": "end", "TimeLimitExceeded": "end", no: "end"},
            conditions={"Next": "store"},
            ViewResource={"Id": f"arn:aws:connect:{REGION}:aws:view/form:1"},
            InvocationTimeLimitSeconds="60",
            ViewData={
                "Heading": "How did it end?",
                "Sections": [{"Items": [{"Type": "FormInput", "Name": "how"}]}],
            },
        ),
        _ask(function_arn, "store", "store", "note", "end"),
        block(
            "note",
            "UpdateContactAttributes",
            "end",
            errors={no: "end"},
            Attributes={"how": "$.Views.ViewResultData.FormData.how", "call": "$.External.call"},
            TargetContact="Related",
        ),
        block("end", "DisconnectParticipant", None),
    )


def _content(*blocks: dict[str, Any]) -> str:
    return json.dumps(
        {
            "Version": "2019-10-30",
            "StartAction": blocks[0]["Identifier"],
            "Metadata": {},
            "Actions": blocks,
        }
    )


def flow(function_arn: str, queue_arn: str) -> str:
    """Ask, dial, ask again; a goodbye when nobody is wanted, else the queue."""

    no = "NoMatchingError"
    return _content(
        block("hello", "MessageParticipant", "ask", Text="Hello."),
        _ask(function_arn, "getCallContext", "ask", "dial", "people"),
        block(
            "dial",
            "TransferParticipantToThirdParty",
            "ask-again",
            errors={
                "CallFailed": "people",
                "ConnectionTimeLimitExceeded": "people",
                no: "people",
            },
            ThirdPartyPhoneNumber="$.External.dnis",
            ThirdPartyConnectionTimeLimitSeconds="20",
            ContinueFlowExecution="True",
        ),
        _ask(function_arn, "getInteractionContext", "ask-again", "wanted", "people"),
        block(
            "wanted",
            "Compare",
            "people",
            errors={"NoMatchingCondition": "people"},
            conditions={"false": "bye"},
            ComparisonValue="$.External.transferRequested",
        ),
        block(
            "people", "UpdateContactTargetQueue", "wait", errors={no: "sorry"}, QueueId=queue_arn
        ),
        block(
            "wait",
            "TransferContactToQueue",
            "sorry",
            errors={"QueueAtCapacity": "sorry", no: "sorry"},
        ),
        block("sorry", "MessageParticipant", "end", Text="Sorry."),
        block("bye", "MessageParticipant", "end", Text="Bye."),
        block("end", "DisconnectParticipant", None),
    )


@dataclass(frozen=True)
class Office:
    """What was made, and clients to change it with."""

    deployment: Deployment
    session: boto3.Session
    state_dir: Path
    connect: Any
    functions: Any
    function: str
    alias: str
    queue_id: str
    flow_id: str
    guide_id: str

    @property
    def instance_id(self) -> str:
        return self.deployment.instance_id

    @property
    def number(self) -> Number:
        return self.deployment.phone_numbers["desk"]

    def client(self, name: str) -> Any:
        return self.session.client(name, endpoint_url=self.deployment.endpoint_url)


def open_office(aws: EmbeddedAws) -> Office:
    """Make everything a call needs."""
    session = boto3.Session(
        aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION
    )

    def client(name: str) -> Any:
        return session.client(name, endpoint_url=aws.endpoint)

    connect, functions, iam = client("connect"), client("lambda"), client("iam")
    instance = connect.create_instance(
        IdentityManagementType="CONNECT_MANAGED",
        InstanceAlias="office",
        InboundCallsEnabled=True,
        OutboundCallsEnabled=True,
    )
    function, alias = _function(functions, iam, instance["Arn"])
    connect.associate_lambda_function(InstanceId=instance["Id"], FunctionArn=alias)
    hours = connect.create_hours_of_operation(
        InstanceId=instance["Id"],
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
    queue = connect.create_queue(
        InstanceId=instance["Id"], Name="Front desk", HoursOfOperationId=hours
    )

    def publish(name: str, content: str) -> tuple[str, str]:
        made = connect.create_contact_flow(
            InstanceId=instance["Id"], Name=name, Type="CONTACT_FLOW", Content=content
        )
        return made["ContactFlowId"], made["ContactFlowArn"]

    def claim(flow_id: str, leads_to: str) -> Number:
        number = connect.search_available_phone_numbers(
            TargetArn=instance["Arn"], PhoneNumberCountryCode="US", PhoneNumberType="DID"
        )["AvailableNumbersList"][0]["PhoneNumber"]
        number_id = connect.claim_phone_number(TargetArn=instance["Arn"], PhoneNumber=number)[
            "PhoneNumberId"
        ]
        connect.associate_phone_number_contact_flow(
            PhoneNumberId=number_id, InstanceId=instance["Id"], ContactFlowId=flow_id
        )
        return Number(id=number_id, number=number, leads_to=leads_to)

    flow_id, _ = publish("Inbound", flow(alias, queue["QueueArn"]))
    guide_id, guide_arn = publish("Guide", guide_flow(alias))
    assisted_id, _ = publish("Assisted", assisted_flow(alias, queue["QueueArn"], guide_arn))
    connect.associate_instance_storage_config(
        InstanceId=instance["Id"],
        ResourceType="MEDIA_STREAMS",
        StorageConfig={
            "StorageType": "KINESIS_VIDEO_STREAM",
            "KinesisVideoStreamConfig": {
                "Prefix": "office",
                "RetentionPeriodHours": 1,
                "EncryptionConfig": {
                    "EncryptionType": "KMS",
                    "KeyId": client("kms").create_key()["KeyMetadata"]["Arn"],
                },
            },
        },
    )
    client("dynamodb").create_table(
        TableName="dispositions",
        AttributeDefinitions=[{"AttributeName": "contactId", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "contactId", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return Office(
        deployment=Deployment(
            instance_id=instance["Id"],
            phone_numbers={
                "desk": claim(flow_id, "front_desk"),
                "assist": claim(assisted_id, "assisted/support"),
            },
            region=REGION,
            endpoint_url=aws.endpoint,
            control_url=aws.endpoint,
            queues={"default": queue["QueueArn"]},
            dispositions_table="dispositions",
        ),
        session=session,
        state_dir=aws.state_dir,
        connect=connect,
        functions=functions,
        function=function,
        alias=alias,
        queue_id=queue["QueueId"],
        flow_id=flow_id,
        guide_id=guide_id,
    )


def allow(functions: Any, function: str, instance_arn: str) -> None:
    """Let the instance invoke the alias."""
    functions.add_permission(
        FunctionName=function,
        Qualifier="live",
        StatementId="connect",
        Action="lambda:InvokeFunction",
        Principal="connect.amazonaws.com",
        SourceArn=instance_arn,
        SourceAccount=instance_arn.split(":")[4],
    )


def _function(functions: Any, iam: Any, instance_arn: str) -> tuple[str, str]:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = iam.create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps(trust))
    made = functions.create_function(
        FunctionName="voice",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="app.handler",
        Code={"ZipFile": _zip()},
        Publish=True,
        Timeout=7,
    )
    alias = functions.create_alias(
        FunctionName="voice", Name="live", FunctionVersion=made["Version"]
    )
    allow(functions, "voice", instance_arn)
    return "voice", alias["AliasArn"]
