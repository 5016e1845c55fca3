"""What the credentials that are handed to a vendor can do: read one stream, and nothing else.

They come about as a deployment makes them: a function's role assumes the reader role, for at most
an hour, with a session policy that names the one stream.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from embedded import Embedded, embedded_aws
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from runtime_helpers import ACCOUNT
from werkzeug.test import Client
from werkzeug.wrappers import Response

from local_aws.iam.gate import IamGate

REGION = "us-east-1"
VIA = {"StringEquals": {"kms:ViaService": f"kinesisvideo.{REGION}.amazonaws.com"}}
READS = ["kinesisvideo:GetDataEndpoint", "kinesisvideo:GetMedia", "kinesisvideo:DescribeStream"]
CONTACT = str(uuid.uuid4())
PREFIX = "voice-connect-desk-contact-"
NOW = {"StartSelectorType": "NOW"}


def allow(action: object, resource: object, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def trust(principal: str) -> str:
    return policy({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"})


@dataclass(frozen=True)
class Reader:
    """The deployed side: the roles, the key, and the stream of one call."""

    aws: Embedded
    key: str
    role: str
    function: dict[str, str]
    stream: str
    earlier: str

    def session_policy(self) -> str:
        return policy(allow(READS, self.stream), allow("kms:Decrypt", self.key, Condition=VIA))

    def assume(self, limits: str, **more: Any) -> dict[str, str]:
        keys: dict[str, str] = self.aws.client("sts", self.function).assume_role(
            RoleArn=self.role,
            RoleSessionName=CONTACT,
            DurationSeconds=3600,
            Policy=limits,
            **more,
        )["Credentials"]
        return keys

    def client(self, service: str, region: str = REGION) -> Any:
        keys = self.keys
        return boto3.client(
            service,
            endpoint_url=self.aws.endpoint,
            region_name=region,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    @property
    def keys(self) -> dict[str, str]:
        return self.assume(self.session_policy())


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with embedded_aws(tmp_path_factory.mktemp("access") / "state") as aws:
        key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        root = f"arn:aws:iam::{ACCOUNT}:root"
        reader = f"arn:aws:iam::{ACCOUNT}:role/reader"
        function = aws.role("function", allow("sts:AssumeRole", reader), trust=trust(root))
        ours = f"arn:aws:kinesisvideo:{REGION}:{ACCOUNT}:stream/{PREFIX}*/*"
        aws.role(
            "reader",
            allow(READS, ours),
            allow("kms:Decrypt", key, Condition=VIA),
            trust=trust(function),
        )
        # Another role that trusts the reader by name: only the session policy stands in between.
        aws.role("powerful", allow("*", "*"), trust=trust(reader))
        instance = aws.client("connect").create_instance(
            IdentityManagementType="SAML",
            InstanceAlias="desk",
            InboundCallsEnabled=True,
            OutboundCallsEnabled=True,
        )["Id"]
        video = aws.client("kinesisvideo")
        for name in (f"{CONTACT}", f"{CONTACT}-2", str(uuid.UUID(int=7))):
            earlier = video.create_stream(StreamName=f"{PREFIX}{name}", KmsKeyId=key)["StreamARN"]
            if name == CONTACT:
                first = earlier
        video.delete_stream(StreamARN=first)
        aws.client("connect").associate_instance_storage_config(
            InstanceId=instance,
            ResourceType="MEDIA_STREAMS",
            StorageConfig={
                "StorageType": "KINESIS_VIDEO_STREAM",
                "KinesisVideoStreamConfig": {
                    "Prefix": "voice",
                    "RetentionPeriodHours": 1,
                    "EncryptionConfig": {"EncryptionType": "KMS", "KeyId": key},
                },
            },
        )
        stream = requests.post(
            f"{aws.endpoint}/_local/connect/contacts/{CONTACT}/media-stream",
            json={"instance_id": instance},
            timeout=10,
        ).json()["stream_arn"]
        aws.client("ssm").put_parameter(Name="/a", Value="1", Type="String")
        keys = aws.client("sts").assume_role(RoleArn=function, RoleSessionName="function")[
            "Credentials"
        ]
        yield Reader(aws, key, reader, keys, stream, first)


ALLOWED: dict[str, Callable[[Reader], Any]] = {
    "DescribeStream by ARN": lambda r: r.client("kinesisvideo").describe_stream(StreamARN=r.stream),
    "DescribeStream by name": lambda r: r.client("kinesisvideo").describe_stream(
        StreamName=PREFIX + CONTACT
    ),
    "GetDataEndpoint": lambda r: r.client("kinesisvideo").get_data_endpoint(
        StreamARN=r.stream, APIName="GET_MEDIA"
    ),
    "GetMedia by ARN": lambda r: r.client("kinesis-video-media").get_media(
        StreamARN=r.stream, StartSelector=NOW
    ),
    "GetMedia by name": lambda r: r.client("kinesis-video-media").get_media(
        StreamName=PREFIX + CONTACT, StartSelector=NOW
    ),
}


def get_media(stream: Callable[[Reader], str], region: str = REGION) -> Callable[[Reader], Any]:
    return lambda r: r.client("kinesis-video-media", region).get_media(
        StreamARN=stream(r), StartSelector=NOW
    )


def name_of(stream: str) -> str:
    return stream.split("/")[1]


def archived(operation: str, **more: Any) -> Callable[[Reader], Any]:
    return lambda r: getattr(r.client("kinesis-video-archived-media"), operation)(
        StreamARN=r.stream, **more
    )


def put_media(reader: Reader) -> Any:
    """PutMedia, which botocore has no model of."""
    return signed_post(reader, "/putMedia", "kinesisvideo", {"x-amzn-stream-arn": reader.stream})


def signed_post(reader: Reader, path: str, service: str, headers: dict[str, str]) -> Any:
    keys, body = reader.keys, json.dumps({"StreamARN": reader.stream}).encode()
    request = AWSRequest("POST", reader.aws.endpoint + path, headers=headers, data=body)
    SigV4Auth(
        Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]),
        service,
        REGION,
    ).add_auth(request)
    answer = requests.post(request.url, headers=dict(request.headers), data=body, timeout=10)
    if "x-amzn-ErrorType" in answer.headers:
        error = {"Error": {"Code": answer.headers["x-amzn-ErrorType"], "Message": answer.text}}
        raise ClientError(error, path)  # type: ignore[arg-type]
    return answer


REFUSED: dict[str, Callable[[Reader], Any]] = {
    # near misses of the one stream
    "GetMedia, a stream whose name begins alike": get_media(
        lambda r: r.stream.replace(CONTACT, f"{CONTACT}-2")
    ),
    "GetMedia by the name that begins alike": lambda r: r.client("kinesis-video-media").get_media(
        StreamName=f"{PREFIX}{CONTACT}-2", StartSelector=NOW
    ),
    "GetMedia, another call's stream": get_media(
        lambda r: r.stream.replace(CONTACT, str(uuid.UUID(int=7)))
    ),
    "GetMedia, the same name of another creation": get_media(lambda r: r.earlier),
    "GetMedia, another account's stream": get_media(
        lambda r: r.stream.replace(ACCOUNT, "999999999999")
    ),
    "GetMedia, an ARN of another region": get_media(
        lambda r: r.stream.replace(REGION, "eu-west-2")
    ),
    "GetMedia, asked in another region": get_media(
        lambda r: r.stream.replace(REGION, "eu-west-2"), "eu-west-2"
    ),
    "GetMedia, a wildcard for the creation": get_media(lambda r: r.stream.rsplit("/", 1)[0] + "/*"),
    "GetMedia, a wildcard for everything": get_media(
        lambda _: f"arn:aws:kinesisvideo:{REGION}:{ACCOUNT}:stream/*/*"
    ),
    "GetMedia, a question mark in the name": get_media(
        lambda r: r.stream.replace("voice", "voic?")
    ),
    "DescribeStream, another stream": lambda r: r.client("kinesisvideo").describe_stream(
        StreamName=f"{PREFIX}{CONTACT}-2"
    ),
    "DescribeStream, no stream at all": lambda r: r.client("kinesisvideo").describe_stream(),
    "GetDataEndpoint, another stream": lambda r: r.client("kinesisvideo").get_data_endpoint(
        StreamName=f"{PREFIX}{CONTACT}-2", APIName="GET_MEDIA"
    ),
    # other things to do with the stream
    "ListFragments": archived("list_fragments"),
    "GetHLSStreamingSessionURL": archived("get_hls_streaming_session_url"),
    "GetDASHStreamingSessionURL": archived("get_dash_streaming_session_url"),
    "GetMediaForFragmentList": archived("get_media_for_fragment_list", Fragments=["1"]),
    "PutMedia": put_media,
    "DeleteStream under the name of another operation": lambda r: signed_post(
        r, "/deleteStream", "kinesisvideo", {"X-Amz-Target": "Kinesis.DescribeStream"}
    ),
    "DeleteStream with another operation in the query": lambda r: signed_post(
        r, "/deleteStream?Action=DescribeStream", "kinesisvideo", {}
    ),
    "GetParameter under two names": lambda r: signed_post(
        r, "/?Action=GetParameter", "ssm", {"X-Amz-Target": "AmazonSSM.DescribeParameters"}
    ),
    "an operation nobody knows": lambda r: signed_post(r, "/takeAll", "kinesisvideo", {}),
    "an operation of a service nobody knows": lambda r: signed_post(r, "/getMedia", "other", {}),
    "DeleteStream": lambda r: r.client("kinesisvideo").delete_stream(StreamARN=r.stream),
    "UpdateDataRetention": lambda r: r.client("kinesisvideo").update_data_retention(
        StreamARN=r.stream,
        CurrentVersion="1",
        Operation="INCREASE_DATA_RETENTION",
        DataRetentionChangeInHours=1,
    ),
    "ListStreams": lambda r: r.client("kinesisvideo").list_streams(),
    "CreateStream": lambda r: r.client("kinesisvideo").create_stream(StreamName=PREFIX + "new"),
    # the key, without the service in between
    "kms:Decrypt": lambda r: r.client("kms").decrypt(CiphertextBlob=b"x" * 64, KeyId=r.key),
    "kms:Encrypt": lambda r: r.client("kms").encrypt(Plaintext=b"x", KeyId=r.key),
    "kms:DescribeKey": lambda r: r.client("kms").describe_key(KeyId=r.key),
    # becoming somebody else
    "sts:AssumeRole, a role that trusts the reader": lambda r: r.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/powerful", RoleSessionName="another"
    ),
    "sts:AssumeRole, the reader again": lambda r: r.client("sts").assume_role(
        RoleArn=r.role, RoleSessionName="another"
    ),
    "sts:GetSessionToken": lambda r: r.client("sts").get_session_token(),
    "sts:GetFederationToken": lambda r: r.client("sts").get_federation_token(Name="another"),
    # everything else
    "iam:ListRoles": lambda r: r.client("iam").list_roles(),
    "iam:CreateAccessKey": lambda r: r.client("iam").create_access_key(UserName="x"),
    "ssm:GetParameter": lambda r: r.client("ssm").get_parameter(Name="/a"),
    "secretsmanager:ListSecrets": lambda r: r.client("secretsmanager").list_secrets(),
    "s3:ListAllMyBuckets": lambda r: r.client("s3").list_buckets(),
    "dynamodb:ListTables": lambda r: r.client("dynamodb").list_tables(),
    "lambda:InvokeFunction": lambda r: r.client("lambda").invoke(FunctionName="x"),
    "connect:ListInstances": lambda r: r.client("connect").list_instances(),
    "logs:DescribeLogGroups": lambda r: r.client("logs").describe_log_groups(),
    "kinesis:ListStreams": lambda r: r.client("kinesis").list_streams(),
}


@pytest.mark.parametrize("call", ALLOWED.values(), ids=ALLOWED.keys())
def test_the_one_stream_is_read(reader: Reader, call: Callable[[Reader], Any]) -> None:
    answer = call(reader)
    if "Payload" in answer:
        assert len(answer["Payload"].read()) > 1000


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED.keys())
def test_everything_else_is_refused(reader: Reader, call: Callable[[Reader], Any]) -> None:
    with pytest.raises(ClientError) as refusal:
        call(reader)
    assert refusal.value.response["Error"]["Code"].startswith("AccessDenied")


def test_without_the_session_policy_the_role_reads_every_call(reader: Reader) -> None:
    """The table above would pass with credentials that can do nothing at all."""
    keys = reader.assume(policy(allow("*", "*")))
    media = reader.aws.client("kinesis-video-media", keys)
    media.get_media(StreamName=f"{PREFIX}{CONTACT}-2", StartSelector=NOW)["Payload"].read()


def test_reading_needs_the_key_by_way_of_the_service(reader: Reader) -> None:
    reads = allow(READS, reader.stream)
    elsewhere = {"StringEquals": {"kms:ViaService": f"ssm.{REGION}.amazonaws.com"}}
    for limits in (
        policy(reads),
        policy(reads, allow("kms:Decrypt", reader.key, Condition=elsewhere)),
        policy(reads, allow("kms:Decrypt", f"{reader.key[:-1]}?x", Condition=VIA)),
    ):
        keys = reader.assume(limits)
        with pytest.raises(ClientError, match="kms:Decrypt on resource") as refusal:
            reader.aws.client("kinesis-video-media", keys).get_media(
                StreamARN=reader.stream, StartSelector=NOW
            )
        assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"
        # Only the media are encrypted.
        reader.aws.client("kinesisvideo", keys).describe_stream(StreamARN=reader.stream)


def test_a_key_policy_that_names_the_role_does_not_reach_through_the_session(
    reader: Reader,
) -> None:
    kms = reader.aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    grant = {"Effect": "Allow", "Principal": {"AWS": reader.role}, "Action": "kms:*"}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy({**grant, "Resource": "*"}))
    blob = kms.encrypt(KeyId=reader.key, Plaintext=b"x")["CiphertextBlob"]
    narrowed = reader.aws.client("kms", reader.keys)
    for call in (
        lambda: narrowed.describe_key(KeyId=key),
        lambda: narrowed.decrypt(CiphertextBlob=blob),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()
    wide = reader.aws.client("kms", reader.assume(policy(allow("*", "*"))))
    assert wide.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key


def test_a_stream_under_the_key_that_aws_manages_needs_none(reader: Reader) -> None:
    name = f"{PREFIX}managed"
    arn = reader.aws.client("kinesisvideo").create_stream(StreamName=name)["StreamARN"]
    keys = reader.assume(policy(allow(READS, arn)))
    reader.aws.client("kinesis-video-media", keys).get_media(StreamARN=arn, StartSelector=NOW)


def test_a_key_that_is_disabled_stops_every_reader(reader: Reader) -> None:
    kms = reader.aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    arn = reader.aws.client("kinesisvideo").create_stream(StreamName="locked", KmsKeyId=key)[
        "StreamARN"
    ]
    administrators = reader.aws.client("kinesis-video-media")
    administrators.get_media(StreamARN=arn, StartSelector=NOW)
    kms.disable_key(KeyId=key.rpartition("/")[2])
    with pytest.raises(ClientError, match="is disabled"):
        administrators.get_media(StreamARN=arn, StartSelector=NOW)


def test_a_chained_session_lasts_an_hour_at_most(reader: Reader) -> None:
    with pytest.raises(ClientError, match="1 hour session limit"):
        reader.aws.client("sts", reader.function).assume_role(
            RoleArn=reader.role, RoleSessionName="another", DurationSeconds=3601
        )


def test_credentials_end_when_they_expire() -> None:
    """In this process, where a session can be made older than it is."""
    backend = iam_backends[ACCOUNT]["aws"]
    role = backend.create_role(
        role_name="brief",
        assume_role_policy_document=trust("*"),
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )
    role.put_policy("may", policy(allow("*", "*")))
    session = sts_backends[ACCOUNT]["aws"].assume_role(
        region_name=REGION,
        role_session_name=CONTACT,
        role_arn=role.arn,
        policy=None,
        duration=900,
        external_id=None,
    )
    gate = Client(IamGate(Response("reached"), ACCOUNT))

    def ask() -> tuple[int, str]:
        request = AWSRequest("POST", "http://localhost/listStreams", data=b"{}")
        SigV4Auth(
            Credentials(session.access_key_id, session.secret_access_key, session.session_token),
            "kinesisvideo",
            REGION,
        ).add_auth(request)
        headers = {**dict(request.headers), "Host": "localhost"}
        answer = gate.post("/listStreams", headers=headers, data=b"{}")
        return answer.status_code, answer.text

    assert ask() == (200, "reached")
    session.expiration = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=1)
    status, text = ask()
    assert (status, "expired" in text) == (403, True)
