"""Kore and AWS around its three functions."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from aws_support import ACCOUNT, KEYS, REGION, AwsAnswer, AwsRequest, ScriptedAws
from lambda_support import CONTACT_ID, NOW, FakeClock, FakeContext, Vendor, connect_event

from connect_core.deadline import InvocationContext
from connect_core.reply import Reply
from connect_core.surroundings import Surroundings

PARAMETER_PATH = "/connect-voice-local/kore/bots"
BOT = "support"
SECRET = "sesame-2f9c81d07ab44e5c9d10a6b3e8f7"
SETTINGS: Mapping[str, object] = {
    "botId": "st-1b2c3d4e",
    "clientId": "cs-5f6a7b8c",
    "accountId": "64f0a1b2c3",
    "agentassistUrl": "https://agentassist.kore.ai",
    "wssUrl": "wss://savg-webserver.kore.ai",
    "sipUri": "sip:6441@savg-us-prod-sbc-in-nlb.elb.us-east-1.amazonaws.com",
    "languageCode": "en-US",
    "streamAudioFromCustomer": True,
    "streamAudioToCustomer": True,
}
STREAM_PREFIX = "cv-local-connect-acme-contact-"
STREAM_ARN = (
    f"arn:aws:kinesisvideo:{REGION}:{ACCOUNT}:stream/{STREAM_PREFIX}{CONTACT_ID}/1900000000000"
)
FRAGMENT = "91343852333181432392682062607588592795644362500"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/cv-local-kore-reader"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/5d2c3b1a-0000-4000-8000-000000000001"
TRANSCRIBER_PATH = "/integrations/amzn/voice/"
WEBHOOK_PATH = "/crm/dispositions"
WEBHOOK_SECRET_NAME = "/connect-voice-local/kore/webhook_secret"
WEBHOOK_SECRET = "sesame-of-the-webhook-77aa"
HANDED_OUT: Mapping[str, str] = {
    "AccessKeyId": "ASIAHANDEDOUT",
    "SecretAccessKey": "handed/out+secret",
    "SessionToken": "handed/out+token==",
    "Expiration": "2030-03-17T18:46:40Z",
}


class Handler(Protocol):
    """What a Lambda's handler is made of."""

    def __call__(self, event: object, context: InvocationContext) -> Reply: ...

    def prepare(self) -> None: ...


def assumed(credentials: Mapping[str, str] = HANDED_OUT) -> AwsAnswer:
    """STS's answer, laid out as STS does."""
    values = "".join(f"      <{key}>{value}</{key}>\n" for key, value in credentials.items())
    body = f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser>
      <AssumedRoleId>AROA3:x</AssumedRoleId><Arn>arn:aws:sts::{ACCOUNT}:assumed-role/r/x</Arn>
    </AssumedRoleUser>
    <Credentials>
{values}    </Credentials>
  </AssumeRoleResult>
  <ResponseMetadata><RequestId>c6104cbe</RequestId></ResponseMetadata>
</AssumeRoleResponse>"""
    return AwsAnswer(body=body.encode())


def parameters_answer(values: Mapping[str, str]) -> Callable[[AwsRequest], AwsAnswer]:
    def answer(request: AwsRequest) -> AwsAnswer:
        names = request.payload["Names"]
        assert isinstance(names, list)
        found = [{"Name": name, "Value": values[name]} for name in names if name in values]
        return AwsAnswer.of({"Parameters": found, "InvalidParameters": []})

    return answer


def kore_event(**parameters: object) -> dict[str, object]:
    """An event of the agent-assist flow: streaming has started."""
    event = connect_event(None)
    details: dict[str, object] = event["Details"]  # type: ignore[assignment]
    details["Parameters"] = {"bot": BOT, **parameters}
    contact_of(event)["MediaStreams"] = {
        "Customer": {
            "Audio": {
                "StartFragmentNumber": FRAGMENT,
                "StartTimestamp": "1900000000000",
                "StreamARN": STREAM_ARN,
            }
        }
    }
    return event


def contact_of(event: dict[str, object]) -> dict[str, object]:
    contact: dict[str, object] = event["Details"]["ContactData"]  # type: ignore[index]
    return contact


@dataclass
class Kore:
    """One of Kore's functions and its surroundings."""

    aws: ScriptedAws
    vendor: Vendor
    clock: FakeClock
    environment: dict[str, str]
    make: Callable[[Surroundings, Callable[[], str]], Handler]
    values: dict[str, str] = field(default_factory=dict)
    ids: Callable[[], str] = lambda: uuid.uuid4().hex
    made: Handler | None = None

    def __post_init__(self) -> None:
        self.values |= {
            f"{PARAMETER_PATH}/{BOT}/settings": json.dumps(SETTINGS),
            f"{PARAMETER_PATH}/{BOT}/client_secret": SECRET,
            WEBHOOK_SECRET_NAME: WEBHOOK_SECRET,
        }
        self.environment |= {
            **KEYS,
            "AWS_ENDPOINT_URL": self.aws.url,
            "KORE_PARAMETER_PATH": PARAMETER_PATH,
        }
        self.aws.answer_by("GetParameters", parameters_answer(self.values))
        self.aws.answer("AssumeRole", assumed())
        for operation in ("PutItem", "UpdateItem", "DeleteItem"):
            self.aws.answer(operation, AwsAnswer())

    def __call__(self, event: object, *, milliseconds: int = 7000) -> Reply:
        return self.handler()(event, FakeContext(milliseconds))

    def handler(self) -> Handler:
        if self.made is None:
            self.made = self.make(
                Surroundings(
                    environment=self.environment,
                    clock=self.clock,
                    wall_clock=lambda: NOW,
                    pause=self.clock.pause,
                    chance=lambda: 0.5,
                ),
                self.ids,
            )
        return self.made

    def setting(self, name: str, value: object) -> None:
        """Store the bot's settings with one of them changed."""
        settings = {**SETTINGS, name: value}
        self.values[f"{PARAMETER_PATH}/{BOT}/settings"] = json.dumps(settings)

    @property
    def operations(self) -> list[str]:
        """What AWS was asked for, in order."""
        return [request.operation for request in self.aws.seen]

    def sent(self, path: str) -> list[dict[str, object]]:
        """The bodies that Kore's side got."""
        return [json.loads(seen.body) for seen in self.vendor.requests(path)]
