"""Trying what a deployed Lambda's role allows."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from typing import Any

from journey_laptop import Laptop

PROBE = """
import boto3
from botocore.exceptions import ClientError


def attempt(service, operation, arguments):
    try:
        getattr(boto3.client(service), operation)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"


def handler(event, context):
    return [attempt(*one) for one in event]
"""


def attempts_as_the_role(laptop: Laptop, function: str, attempts: list[Any]) -> list[str]:
    """What comes of calls made by code that runs under a deployed function's role."""
    client = laptop.client("lambda")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("probe.py", PROBE)
    name = f"probe-{uuid.uuid4().hex}"
    client.create_function(
        FunctionName=name,
        Role=client.get_function_configuration(FunctionName=function)["Role"],
        Runtime="python3.13",
        Handler="probe.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=60,
    )
    try:
        answer = client.invoke(FunctionName=name, Payload=json.dumps(attempts))
        results: list[str] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, results
        return results
    finally:
        client.delete_function(FunctionName=name)
