"""Copies of the state: whole, encrypted as it is, and the way back to one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from seals import NOW, environment, state_bucket

from connect_voice.environment import Environment
from connect_voice.errors import OutsideError, UsageError
from connect_voice.record_store import RecordStore
from connect_voice.snapshots import list_snapshots, restorable, take_snapshot

PLACE = environment()


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with state_bucket() as made:
        yield made


def state(serial: int, lineage: str = "lineage", **more: Any) -> bytes:
    data = {"version": 4, "serial": serial, "lineage": lineage, "resources": [], **more}
    return json.dumps(data).encode()


def put(session: boto3.Session, body: bytes, place: Environment = PLACE) -> None:
    session.client("s3").put_object(Bucket=place.state_bucket, Key=place.state_key, Body=body)


def get(session: boto3.Session, key: str) -> bytes:
    answer = session.client("s3").get_object(Bucket=PLACE.state_bucket, Key=key)
    return answer["Body"].read()


def test_where_nothing_is_deployed_there_is_nothing_to_copy(session: boto3.Session) -> None:
    assert take_snapshot(PLACE, session, now=NOW) is None
    assert list_snapshots(PLACE, session) == ()


def test_a_copy_is_the_state_byte_by_byte(session: boto3.Session) -> None:
    put(session, state(7))
    made = take_snapshot(PLACE, session, now=NOW)
    assert made is not None
    assert made.key == "prod.tfstate.snapshots/7-20260302T120000Z.tfstate"
    assert (made.serial, made.lineage) == (7, "lineage")
    assert get(session, made.key) == state(7)
    assert made.sha256 == hashlib.sha256(state(7)).hexdigest()


def test_a_copy_rests_under_the_states_own_key(session: boto3.Session) -> None:
    key = session.client("kms").create_key()["KeyMetadata"]["Arn"]
    place = replace(PLACE, state_kms_key_id=key)
    put(session, state(7))
    made = take_snapshot(place, session, now=NOW)
    assert made is not None
    told = session.client("s3").head_object(Bucket=place.state_bucket, Key=made.key)
    assert (told["ServerSideEncryption"], told["SSEKMSKeyId"]) == ("aws:kms", key)


def test_copies_are_listed_newest_first(session: boto3.Session) -> None:
    for hours, serial in enumerate((9, 10, 11)):
        put(session, state(serial))
        take_snapshot(PLACE, session, now=NOW + timedelta(hours=hours))
    s3 = session.client("s3")
    s3.put_object(Bucket=PLACE.state_bucket, Key=f"{PLACE.state_key}.snapshots/notes.txt")
    found = list_snapshots(PLACE, session)
    assert [one.serial for one in found] == [11, 10, 9]
    assert found[-1].taken_at == NOW
    assert found[-1].size == len(state(9))


def test_a_state_that_changes_while_it_is_copied_is_noticed(
    session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(session, state(7))
    client = RecordStore(PLACE, session).s3
    original = client.copy_object

    def changed(**arguments: Any) -> Any:
        put(session, state(8))
        return original(**arguments)

    monkeypatch.setattr(client, "copy_object", changed)
    monkeypatch.setattr(RecordStore, "s3", property(lambda _: client))
    with pytest.raises(OutsideError, match=r"try again|changed while it"):
        take_snapshot(PLACE, session, now=NOW)


def test_a_state_that_is_none_of_terraforms_is_said(session: boto3.Session) -> None:
    put(session, b"{")
    with pytest.raises(OutsideError, match="not one of Terraform's"):
        take_snapshot(PLACE, session, now=NOW)


def test_a_copy_comes_back_as_the_next_state(session: boto3.Session) -> None:
    put(session, state(7, outputs={"a": 1}))
    made = take_snapshot(PLACE, session, now=NOW)
    assert made is not None
    put(session, state(12))
    text, of = restorable(PLACE, session, "7-20260302T120000Z.tfstate")
    assert json.loads(text) == json.loads(state(13, outputs={"a": 1}))
    assert (of.serial, of.sha256) == (7, made.sha256)


def test_a_copy_comes_back_where_the_state_is_gone(session: boto3.Session) -> None:
    put(session, state(7))
    take_snapshot(PLACE, session, now=NOW)
    session.client("s3").delete_object(Bucket=PLACE.state_bucket, Key=PLACE.state_key)
    text, _ = restorable(PLACE, session, "7-20260302T120000Z.tfstate")
    assert json.loads(text)["serial"] == 7


@pytest.mark.parametrize(
    "name", ["", "8-20260302T120000Z.tfstate", "../../prod.tfstate", "7-20260302T120000Z.tfstate/x"]
)
def test_a_copy_that_is_not_there_is_said(session: boto3.Session, name: str) -> None:
    put(session, state(7))
    take_snapshot(PLACE, session, now=NOW)
    with pytest.raises(UsageError, match="There is no snapshot"):
        restorable(PLACE, session, name)


def test_a_copy_of_another_state_is_refused(session: boto3.Session) -> None:
    put(session, state(7))
    take_snapshot(PLACE, session, now=NOW)
    put(session, state(3, lineage="another"))
    with pytest.raises(UsageError, match="another state"):
        restorable(PLACE, session, "7-20260302T120000Z.tfstate")
