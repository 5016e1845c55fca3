"""S3 makes an object once, however many try at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from embedded import Embedded

from local_aws.conditional_writes import ConditionalWrites

WRITERS = 12


@pytest.fixture
def bucket(services: Embedded) -> Iterator[str]:
    services.client("s3").create_bucket(Bucket="conditional-writes")
    yield "conditional-writes"
    s3 = services.client("s3")
    for each in s3.list_objects_v2(Bucket="conditional-writes").get("Contents", []):
        s3.delete_object(Bucket="conditional-writes", Key=each["Key"])
    s3.delete_bucket(Bucket="conditional-writes")


def status(call: Any, **arguments: Any) -> int:
    try:
        return int(call(**arguments)["ResponseMetadata"]["HTTPStatusCode"])
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def test_one_of_many_writers_makes_the_object(services: Embedded, bucket: str) -> None:
    s3 = services.client("s3", config=Config(max_pool_connections=WRITERS))
    start = Barrier(WRITERS)

    def write(number: int, key: str) -> int:
        start.wait()
        return status(
            s3.put_object, Bucket=bucket, Key=key, Body=str(number).encode(), IfNoneMatch="*"
        )

    with ThreadPoolExecutor(WRITERS) as pool:
        for attempt in range(20):
            key = f"object-{attempt}"
            answers = list(pool.map(lambda number, key=key: write(number, key), range(WRITERS)))
            assert sorted(answers) == [200, *[412] * (WRITERS - 1)]
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            assert body == str(answers.index(200)).encode()


def test_an_object_is_removed_only_as_it_was_looked_at(services: Embedded, bucket: str) -> None:
    s3 = services.client("s3")
    old = s3.put_object(Bucket=bucket, Key="lock", Body=b"one")["ETag"]
    s3.put_object(Bucket=bucket, Key="lock", Body=b"two")
    assert status(s3.delete_object, Bucket=bucket, Key="lock", IfMatch=old) == 412
    assert s3.get_object(Bucket=bucket, Key="lock")["Body"].read() == b"two"


def test_a_write_with_a_condition_waits_for_the_one_before_it() -> None:
    entered: dict[str, Event] = {name: Event() for name in ("first", "second", "free")}
    release = Event()

    def app(environ: Any, _start: Any) -> list[bytes]:
        entered[environ["name"]].set()
        if environ["name"] == "first":
            release.wait(20)
        return []

    writes = ConditionalWrites(app)
    condition = {"REQUEST_METHOD": "PUT", "HTTP_IF_NONE_MATCH": "*"}
    with ThreadPoolExecutor() as pool:
        try:
            pool.submit(writes, {**condition, "name": "first"}, None)  # type: ignore[arg-type]
            assert entered["first"].wait(20)
            pool.submit(writes, {**condition, "name": "second"}, None)  # type: ignore[arg-type]
            pool.submit(writes, {"REQUEST_METHOD": "PUT", "name": "free"}, None)  # type: ignore[arg-type]
            assert entered["free"].wait(20)
            assert not entered["second"].wait(0.2)
        finally:
            release.set()
        assert entered["second"].wait(20)
