"""Systems Manager out of order: what a function that starts meanwhile gets of it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from embedded import Embedded, embedded_aws

from local_aws.ssm.outage import Outage

NAME = "/app/secret"
FUNCTION = """
import boto3, os
from botocore.config import Config

config = Config(retries={"total_max_attempts": 1})


def handler(event, context):
    try:
        found = boto3.client("ssm", config=config).get_parameters(Names=["/app/secret"])
    except Exception as error:
        return type(error).__name__
    return len(found["Parameters"])
"""


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded_aws(tmp_path_factory.mktemp("outage") / "state") as embedded:
        embedded.client("ssm").put_parameter(Name=NAME, Value="x", Type="SecureString")
        yield embedded


class Scripted:
    """An outage, and what a client that it leads away gets."""

    def __init__(self, aws: Embedded) -> None:
        self.recycled = 0
        self.outage = Outage(aws.endpoint, self._recycle)
        (self._route,) = self.outage.routes

    def _recycle(self) -> None:
        self.recycled += 1

    def script(self, told: object, status: int = 204) -> str:
        answer = self._route.answer(json.dumps(told).encode())
        assert answer[0] == status
        return str((answer[1] or {}).get("error", ""))

    def read(self) -> Any:
        client = boto3.client(
            "ssm",
            region_name="us-east-1",
            endpoint_url=self.outage.endpoints["AWS_ENDPOINT_URL_SSM"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=0.5),
        )
        return client.get_parameters(Names=[NAME], WithDecryption=True)


@pytest.fixture
def scripted(aws: Embedded) -> Iterator[Scripted]:
    made = Scripted(aws)
    yield made
    made.outage.stop()


def test_nothing_is_elsewhere_until_a_script_says_so(scripted: Scripted) -> None:
    assert scripted.outage.endpoints == {}
    scripted.script({"requests": {"status": 500}})
    assert set(scripted.outage.endpoints) == {"AWS_ENDPOINT_URL_SSM"}
    scripted.script({})
    assert scripted.outage.endpoints == {}
    assert scripted.recycled == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "UnrecognizedClientException"),
        (403, "AccessDeniedException"),
        (429, "ThrottlingException"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
    ],
)
def test_error_is_one_of_aws(scripted: Scripted, status: int, code: str) -> None:
    scripted.script({"requests": {"status": status}})
    with pytest.raises(ClientError) as caught:
        scripted.read()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"connections": {"fault": "untrusted"}}, SSLError),
        # The reset may come while the client still connects.
        (
            {"connections": {"fault": "refused"}},
            (ConnectionClosedError, EndpointConnectionError),
        ),
        ({"requests": {"fault": "reset"}}, ConnectionClosedError),
        ({"requests": {"delay_seconds": 60}}, ReadTimeoutError),
    ],
)
def test_no_answer_is_none(
    scripted: Scripted,
    told: Mapping[str, object],
    error: type[Exception] | tuple[type[Exception], ...],
) -> None:
    scripted.script(told)
    with pytest.raises(error):
        scripted.read()


def test_what_the_script_lets_through_is_answered(scripted: Scripted) -> None:
    scripted.script({"requests": {"status": 429, "times": 1}})
    with pytest.raises(ClientError):
        scripted.read()
    assert [one["Value"] for one in scripted.read()["Parameters"]] == ["x"]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"requests": {"fault": "gone"}}, "requests.fault"),
        ({"connections": {"fault": "refused", "after": "oauth"}}, "connections.after"),
        ({"parameters": {}}, "parameters is unknown"),
        ([], "give an object"),
    ],
)
def test_what_cannot_be_done_gets_a_sentence(scripted: Scripted, told: object, words: str) -> None:
    assert words in scripted.script(told, 400)
    assert scripted.outage.endpoints == {}


def test_a_function_meets_it_and_everybody_else_does_not(aws: Embedded) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("reader.py", FUNCTION)
    may = {"Effect": "Allow", "Action": "ssm:GetParameters", "Resource": "*"}
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName="reader",
        Role=aws.role("reader", may),
        Runtime="python3.13",
        Handler="reader.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=30,
    )

    def invoked() -> Any:
        return json.loads(functions.invoke(FunctionName="reader")["Payload"].read())

    def script(told: object) -> None:
        requests.put(f"{aws.endpoint}/_local/ssm/script", json=told, timeout=10).raise_for_status()

    assert invoked() == 1
    script({"requests": {"status": 503}})
    assert invoked() == "ClientError"
    assert len(aws.client("ssm").get_parameters(Names=[NAME])["Parameters"]) == 1
    script({})
    assert invoked() == 1
