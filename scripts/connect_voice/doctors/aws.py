"""Reading from AWS for a doctor: clients that wait their turn, and what a refusal means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connect_voice.doctors.permissions import action_of

if TYPE_CHECKING:
    from mypy_boto3_appintegrations.client import AppIntegrationsServiceClient
    from mypy_boto3_connect.client import ConnectClient
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_kinesis.client import KinesisClient
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_ssm.client import SSMClient

T = TypeVar("T")

# Connect allows 2 requests a second in an account (bursts of 5). The adaptive mode slows the client
# down to what the service bears, instead of trying against it.
_PATIENT = Config(
    retries={"mode": "adaptive", "total_max_attempts": 8}, connect_timeout=5, read_timeout=20
)

_ABSENT = frozenset(
    {
        "ContactFlowNotPublishedException",
        "NoSuchEntity",
        "NotFoundException",
        "ResourceNotFoundException",
    }
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_NAMED_ACTION = re.compile(r"perform:? ([a-z-]+:[A-Za-z]+)")


class DynamoDb(Protocol):
    """What is asked of DynamoDB."""

    def describe_table(self, *, TableName: str) -> Mapping[str, Mapping[str, object]]:  # noqa: N803
        """Describe a table."""

    def describe_time_to_live(
        self,
        *,
        TableName: str,  # noqa: N803
    ) -> Mapping[str, Mapping[str, object]]:
        """Describe when items go."""

    def describe_continuous_backups(
        self,
        *,
        TableName: str,  # noqa: N803
    ) -> Mapping[str, Mapping[str, object]]:
        """Describe the backups of a table."""


class KinesisVideo(Protocol):
    """What is asked of Kinesis Video Streams."""

    def list_streams(self, **request: object) -> Mapping[str, object]:
        """List streams, a page at a time."""


class Aws:
    """Clients of one region.

    Args:
        endpoint_url: of an embedded AWS; None for the real one.
    """

    def __init__(self, session: boto3.Session, region: str, endpoint_url: str | None) -> None:
        self._session = session
        self._region = region
        self.endpoint_url = endpoint_url

    @cached_property
    def app_integrations(self) -> AppIntegrationsServiceClient:
        """Third-party applications."""
        return cast("AppIntegrationsServiceClient", self._client("appintegrations"))

    @cached_property
    def connect(self) -> ConnectClient:
        """Amazon Connect."""
        return cast("ConnectClient", self._client("connect"))

    @cached_property
    def dynamodb(self) -> DynamoDb:
        """DynamoDB."""
        return cast("DynamoDb", self._client("dynamodb"))

    @cached_property
    def iam(self) -> IAMClient:
        """IAM."""
        return cast("IAMClient", self._client("iam"))

    @cached_property
    def kinesis(self) -> KinesisClient:
        """Kinesis Data Streams."""
        return cast("KinesisClient", self._client("kinesis"))

    @cached_property
    def kinesis_video(self) -> KinesisVideo:
        """Kinesis Video Streams."""
        return cast("KinesisVideo", self._client("kinesisvideo"))

    @cached_property
    def functions(self) -> LambdaClient:
        """Lambda."""
        return cast("LambdaClient", self._client("lambda"))

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """CloudWatch Logs."""
        return cast("CloudWatchLogsClient", self._client("logs"))

    @cached_property
    def ssm(self) -> SSMClient:
        """Parameter Store."""
        return cast("SSMClient", self._client("ssm"))

    def _client(self, service: str) -> object:
        client: object = self._session.client(
            service,
            region_name=self._region,
            endpoint_url=self.endpoint_url,
            config=_PATIENT,
        )
        return client


def found(read: Callable[[], T]) -> T | None:
    """What a read gives, None where AWS says that there is no such thing.

    Raises:
        ClientError: AWS refuses for another reason.
    """
    try:
        return read()
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise


def why_not(error: ClientError | BotoCoreError) -> str:
    """Why a read failed, and what to do about it, to stand behind "Cannot tell: "."""
    if not isinstance(error, ClientError):
        return f"AWS cannot be reached ({error}); see that this machine has credentials and a way."
    code = error.response["Error"].get("Code", "")
    message = error.response["Error"].get("Message", "")
    if code not in _DENIED:
        return f"AWS answers {code} to {error.operation_name} ({message}); try again."
    named = _NAMED_ACTION.search(message)
    action = named[1] if named else action_of(error.operation_name)
    return f"it needs the IAM action {action}; grant it to whoever runs the doctor."
