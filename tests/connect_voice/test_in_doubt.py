"""What an apply may have made: on record before it begins, wherever the next run is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from seals import NOW, environment, state_bucket

from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.in_doubt import Doubt, forget, load, record, record_key

PLACE = environment()
NUMBER = Doubt("aws_connect_phone_number.a", "aws_connect_phone_number", NOW, {"type": "DID"})
TABLE = Doubt("aws_dynamodb_table.b", "aws_dynamodb_table", NOW, {"name": "b"}, {"Project": "p"})


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with state_bucket() as made:
        yield made


def objects(session: boto3.Session) -> list[Any]:
    return session.client("s3").list_objects_v2(Bucket=PLACE.state_bucket).get("Contents", [])


def test_what_is_recorded_here_is_read_elsewhere(session: boto3.Session) -> None:
    record(PLACE, session, [NUMBER, TABLE])
    elsewhere = boto3.Session("others", "others", region_name="us-east-1")
    assert {entry.address for entry in load(PLACE, elsewhere)} == {NUMBER.address, TABLE.address}
    assert [one for one in load(PLACE, elsewhere) if one.type == TABLE.type] == [TABLE]
    assert record_key(PLACE) == "prod.tfstate.in-doubt.json"


def test_an_older_doubt_stands(session: boto3.Session) -> None:
    record(PLACE, session, [NUMBER])
    later = Doubt(NUMBER.address, NUMBER.type, NOW + timedelta(hours=1))
    record(PLACE, session, [later, TABLE])
    assert {one.address: one.since for one in load(PLACE, session)} == {
        NUMBER.address: NOW,
        TABLE.address: NOW,
    }


def test_nothing_is_in_doubt_after_an_apply_that_ended_well(session: boto3.Session) -> None:
    forget(PLACE, session)
    assert objects(session) == []
    record(PLACE, session, [NUMBER])
    forget(PLACE, session)
    assert load(PLACE, session) == ()


def test_before_there_is_a_bucket_nothing_is_in_doubt(session: boto3.Session) -> None:
    session.client("s3").delete_bucket(Bucket=PLACE.state_bucket)
    assert load(PLACE, session) == ()
    with pytest.raises(OutsideError, match=r"in-doubt\.json cannot be written"):
        record(PLACE, session, [NUMBER])


@pytest.mark.parametrize(
    "text", ["", "{", "7", '{"a": 1}', '[{"address": "a"}]', json.dumps([{"address": []}])]
)
def test_a_damaged_record_is_one_sentence(session: boto3.Session, text: str) -> None:
    session.client("s3").put_object(
        Bucket=PLACE.state_bucket, Key=record_key(PLACE), Body=text.encode()
    )
    with pytest.raises(CheckFailed, match="which is damaged; look for objects"):
        load(PLACE, session)
    with pytest.raises(CheckFailed, match="which is damaged"):
        record(PLACE, session, [NUMBER])
