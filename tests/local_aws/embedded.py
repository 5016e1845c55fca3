"""The embedded AWS as a process of its own, and clients for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import boto3
from botocore.config import Config

TRUSTS_LAMBDA = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@dataclass(frozen=True)
class Embedded:
    """A running one."""

    folder: Path
    endpoint: str
    pid: int

    def client(
        self, service: str, keys: Mapping[str, str] | None = None, config: Config | None = None
    ) -> Any:
        """A client of the laptop's administrator, or of whoever holds the keys (as STS tells)."""
        given = keys or {"AccessKeyId": "local", "SecretAccessKey": "local"}
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given.get("SessionToken"),
            config=Config(retries={"total_max_attempts": 1}, read_timeout=30).merge(
                config or Config()
            ),
        )

    def role(self, name: str, *statements: Mapping[str, object], trust: str = TRUSTS_LAMBDA) -> str:
        """Create a role that may do what the statements say; return its ARN."""
        iam = self.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if statements:
            document = {"Version": "2012-10-17", "Statement": statements}
            iam.put_role_policy(
                RoleName=name, PolicyName="may", PolicyDocument=json.dumps(document)
            )
        return str(arn)


@contextmanager
def embedded_aws(folder: Path, ends_with: int = 0) -> Iterator[Embedded]:
    """Start one; end it, and see it end as expected."""
    command = [sys.executable, "-m", "local_aws", "--state-dir", str(folder)]
    with subprocess.Popen(command, env=dict(os.environ)) as process:
        try:
            while not (folder / "aws.json").exists():
                assert process.poll() is None, "the embedded AWS did not start"
                Event().wait(0.02)
            told = json.loads((folder / "aws.json").read_text())
            yield Embedded(folder, told["endpoint"], process.pid)
        finally:
            process.terminate()
            assert process.wait(20) == ends_with
