"""The Kore stand-in as part of the embedded AWS: it uses the credentials a call comes with."""

from __future__ import annotations

import json
import stat
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from typing import Any

import kore_standin_support as kore
import pytest
import requests
from embedded import Embedded, embedded_aws
from runtime_helpers import ACCOUNT

from local_aws.standins.kore.trespasses import TRESPASSES

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
VIA = {"StringEquals": {"kms:ViaService": "kinesisvideo.us-east-1.amazonaws.com"}}
READS = ["kinesisvideo:GetDataEndpoint", "kinesisvideo:GetMedia", "kinesisvideo:DescribeStream"]


def document(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(action: object, resource: object, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@dataclass(frozen=True)
class World:
    """An instance with live media streaming, and a role that may do anything."""

    aws: Embedded
    announced: dict[str, Any]
    secrets: dict[str, str]
    key: str
    instance: str
    role: str

    def start_stream(self, contact: str) -> dict[str, str]:
        url = f"{self.aws.endpoint}/_local/connect/contacts/{contact}/media-stream"
        told: dict[str, str] = requests.post(
            url, json={"instance_id": self.instance}, timeout=10
        ).json()
        return told

    def keys(self, policy: str | None) -> dict[str, str]:
        limits = {"Policy": policy} if policy else {}
        told = self.aws.client("sts").assume_role(
            RoleArn=self.role, RoleSessionName="kore", **limits
        )["Credentials"]
        expiration = told["Expiration"]
        assert isinstance(expiration, datetime)
        return {**told, "Expiration": expiration.isoformat()}

    def hand_over(self, policy: str | None, contact: str, stream: dict[str, str]) -> dict[str, Any]:
        """Post a call to the transcriber; returns what came of it."""
        payload = kore.payload(
            kore.socket_token(self.secrets["KORE_CLIENT_SECRET"]),
            contact=contact,
            stream_arn=stream["stream_arn"],
            fragment=stream["start_fragment_number"],
            keys=self.keys(policy),
        )
        told = self.announced["stand_ins"]["kore"]
        answer = requests.post(
            f"https://{told['host']}{kore.TRANSCRIBER}",
            json=payload,
            verify=told["ca_bundle"],
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        limit = time.monotonic() + 30
        while not (call := self.call(contact))["stream_read"]["done"]:
            assert time.monotonic() < limit, "the stand-in has not read the stream"
            Event().wait(0.02)
        return call

    def call(self, contact: str) -> dict[str, Any]:
        url = f"{self.aws.endpoint}/_local/kore/calls/{contact}"
        told: dict[str, Any] = requests.get(url, timeout=10).json()
        return told

    def narrowed(self, stream: str) -> str:
        return document(allow(READS, stream), allow("kms:Decrypt", self.key, Condition=VIA))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with embedded_aws(tmp_path_factory.mktemp("kore") / "state") as aws:
        key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        connect = aws.client("connect")
        instance = connect.create_instance(
            IdentityManagementType="SAML",
            InstanceAlias="desk",
            InboundCallsEnabled=True,
            OutboundCallsEnabled=True,
        )["Id"]
        connect.associate_instance_storage_config(
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
        trust = document(
            {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"}
        )
        role = aws.role("reader", allow("*", "*"), trust=trust)
        announced = json.loads((aws.folder / "aws.json").read_text())
        secrets = json.loads((aws.folder / "secrets.json").read_text())
        yield World(aws, announced, secrets, key, instance, role)


def test_it_is_announced_and_its_secrets_are_private(world: World) -> None:
    assert world.announced["stand_ins"].keys() == {"servicenow", "kore"}
    assert world.secrets.keys() == {
        *("SERVICENOW_CLIENT_ID", "SERVICENOW_CLIENT_SECRET"),
        *("KORE_CLIENT_SECRET", "KORE_WEBHOOK_SECRET"),
    }
    assert stat.S_IMODE((world.aws.folder / "secrets.json").stat().st_mode) == 0o600


def test_one_calls_credentials_read_its_stream_and_nothing_else(world: World) -> None:
    contact = str(uuid.uuid4())
    stream = world.start_stream(contact)
    call = world.hand_over(world.narrowed(stream["stream_arn"]), contact, stream)
    assert call["stream_read"]["error"] is None
    assert call["stream_read"]["bytes"] > 30_000  # a second of two tracks
    assert call["allowed_beyond_the_stream"] == []
    assert len(call["refused"]) >= 20
    assert call["refused"] == [trespass.action for trespass in TRESPASSES]


def test_credentials_that_allow_more_are_found_out(world: World) -> None:
    contact = str(uuid.uuid4())
    stream = world.start_stream(contact)
    also = allow(["s3:ListAllMyBuckets", "ssm:GetParameter"], "*")
    limits = json.loads(world.narrowed(stream["stream_arn"]))["Statement"]
    call = world.hand_over(document(*limits, also), contact, stream)
    # Allowed is what AWS let through, also where there was nothing to be had.
    assert call["allowed_beyond_the_stream"] == ["ssm:GetParameter", "s3:ListAllMyBuckets"]


def test_credentials_of_a_whole_role_are_allowed_everything(world: World) -> None:
    contact = str(uuid.uuid4())
    call = world.hand_over(None, contact, world.start_stream(contact))
    # AWS itself issues no session token for a session's keys.
    assert call["refused"] == ["sts:GetSessionToken"]


def test_credentials_for_another_stream_cannot_read_this_one(world: World) -> None:
    contact, other = str(uuid.uuid4()), str(uuid.uuid4())
    stream = world.start_stream(contact)
    elsewhere = world.start_stream(other)["stream_arn"]
    call = world.hand_over(world.narrowed(elsewhere), contact, stream)
    assert call["stream_read"] == {"done": True, "bytes": 0, "error": "AccessDeniedException"}


def test_requests_are_told_by_name_and_contact(world: World) -> None:
    control = f"{world.aws.endpoint}/_local/kore"
    assert requests.put(f"{control}/script", json={}, timeout=10).status_code == 204
    contact = str(uuid.uuid4())
    stream = world.start_stream(contact)
    world.hand_over(world.narrowed(stream["stream_arn"]), contact, stream)
    (entry,) = requests.get(f"{control}/requests", timeout=10).json()["requests"]
    assert (entry["name"], entry["contact_id"], entry["status"]) == ("transcriber", contact, 200)
    assert entry["reason"] is None
    assert entry["at"]
    assert requests.get(f"{control}/calls/{uuid.uuid4()}", timeout=10).status_code == 404


def test_it_ends_with_the_embedded_aws_in_the_midst_of_reading(tmp_path: Any) -> None:
    with embedded_aws(tmp_path / "state") as aws:
        announced = json.loads((aws.folder / "aws.json").read_text())
        secret = json.loads((aws.folder / "secrets.json").read_text())["KORE_CLIENT_SECRET"]
        told = announced["stand_ins"]["kore"]
        for _ in range(5):
            contact = str(uuid.uuid4())
            answer = requests.post(
                f"https://{told['host']}{kore.TRANSCRIBER}",
                json=kore.payload(kore.socket_token(secret), contact=contact),
                verify=told["ca_bundle"],
                timeout=10,
            )
            assert answer.status_code == 200
        started = time.monotonic()
    # The context manager has seen exit code 0; reading five calls would have taken longer.
    assert time.monotonic() - started < 8
    assert {path.name for path in (tmp_path / "state").iterdir()} == {"aws.lock", "logs"}
