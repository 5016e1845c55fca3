"""S3 makes an object once, however many try at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from embedded import Embedded

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
