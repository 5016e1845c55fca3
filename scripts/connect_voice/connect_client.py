"""What calls read from one Connect instance, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

from callsim.hours import Opening, is_open
from callsim.world import FlowSource, Queue
from connect_voice.errors import CheckFailed, OutsideError, UsageError
from connect_voice.ties import flows_of_numbers
from flowkit.model import FlowSyntaxError, parse

if TYPE_CHECKING:
    from mypy_boto3_connect.client import ConnectClient
    from mypy_boto3_lambda.client import LambdaClient

_ABSENT = frozenset({"ContactFlowNotPublishedException", "ResourceNotFoundException"})


@dataclass(frozen=True, kw_only=True)
class Number:
    """A phone number of the Connect instance.

    Args:
        id: of the claimed number.
        number: in E.164.
        leads_to: what answers it: a vendor's flows, or one bot's of them after a slash.
    """

    id: str
    number: str
    leads_to: str


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The numbers of one Connect instance, and how to reach it.

    Args:
        phone_numbers: by the key each has in the environment.
        endpoint_url: of an embedded AWS; None for the real one.
        control_url: where the stand-in vendors are controlled; None where there are none.
        queues: key of each queue of the environment to its ARN or id.
        reason_queues: transfer reason of the vendor to the key of a queue.
        dispositions_table: where dispositions are stored; None where they are not.
    """

    instance_id: str
    phone_numbers: Mapping[str, Number]
    region: str
    endpoint_url: str | None = None
    control_url: str | None = None
    queues: Mapping[str, str] = field(default_factory=dict)
    reason_queues: Mapping[str, str] = field(default_factory=dict)
    dispositions_table: str | None = None

    def number(self, dials: str | None) -> Number:
        """The number somebody dials.

        Args:
            dials: its key, or where it leads; a vendor's name alone takes any number of that
                vendor where none leads to the name itself, and None the first by key.

        Raises:
            UsageError: there is no such number; lists them.
        """
        numbers = [(key, self.phone_numbers[key]) for key in sorted(self.phone_numbers)]
        meant = [
            *(number for key, number in numbers if dials in (None, key)),
            *(number for _, number in numbers if dials == number.leads_to),
            *(number for _, number in numbers if dials == number.leads_to.partition("/")[0]),
        ]
        if meant:
            return meant[0]
        raise UsageError(
            f"No number is called {dials!r} or leads there; there is {self._listed()}."
        )

    def _listed(self) -> str:
        return (
            ", ".join(
                f"{key} (leads to {number.leads_to})"
                for key, number in sorted(self.phone_numbers.items())
            )
            or "no number at all"
        )


@dataclass(frozen=True)
class QueueState:
    """A queue, and whether it would take a caller."""

    queue: Queue
    enabled: bool
    max_contacts: int | None
    hours_id: str | None


class ConnectInstance:
    """Read-only access to one instance, the Lambdas its flows name and what they store of calls.

    Every method raises `OutsideError` when AWS cannot be reached or refuses.
    """

    def __init__(self, deployment: Deployment, session: boto3.Session) -> None:
        self.deployment = deployment
        self.id = deployment.instance_id
        endpoint, region = deployment.endpoint_url, deployment.region
        self._connect: ConnectClient = session.client(
            "connect", region_name=region, endpoint_url=endpoint
        )
        self._lambda: LambdaClient = session.client(
            "lambda", region_name=region, endpoint_url=endpoint
        )
        # Its types are not among those that are installed; one method of it is used.
        self._dynamodb: Any = session.client("dynamodb", region_name=region, endpoint_url=endpoint)

    @cached_property
    def arn(self) -> str:
        """The instance's ARN."""
        return self._description[0]

    @property
    def takes_calls(self) -> bool:
        """Whether inbound calls are switched on."""
        return self._description[1]

    @property
    def dials(self) -> bool:
        """Whether outbound calls are switched on, without which no transfer to a number works."""
        return self._description[2]

    @cached_property
    def _description(self) -> tuple[str, bool, bool]:
        with _outside("the Connect instance"):
            instance = self._connect.describe_instance(InstanceId=self.id)["Instance"]
        return (
            instance["Arn"],
            instance.get("InboundCallsEnabled", False),
            instance.get("OutboundCallsEnabled", False),
        )

    def number_status(self, phone_number_id: str) -> str | None:
        """``CLAIMED`` once the number can be called; None when it is not this instance's."""
        try:
            with _outside("the phone number"):
                summary = self._connect.describe_phone_number(PhoneNumberId=phone_number_id)[
                    "ClaimedPhoneNumberSummary"
                ]
        except _AbsentError:
            return None
        if self.id not in (summary.get("InstanceId", ""), summary["TargetArn"].rpartition("/")[2]):
            return None
        return summary["PhoneNumberStatus"]["Status"]

    def flow_of_number(self, phone_number_id: str) -> str | None:
        """Id of the flow that a number leads to, None when it leads nowhere."""
        with _outside("where the phone number leads"):
            return flows_of_numbers(self._connect, self.id).get(_tail(phone_number_id)) or None

    def flow(self, flow_id: str) -> FlowSource | None:
        """A published flow by id or ARN, None where there is none.

        Raises:
            CheckFailed: what is published is not a flow.
        """
        try:
            with _outside("a contact flow"):
                found = self._connect.describe_contact_flow(
                    InstanceId=self.id, ContactFlowId=_tail(flow_id)
                )["ContactFlow"]
        except _AbsentError:
            return None
        if found.get("Status") == "SAVED" or found.get("State") == "ARCHIVED":
            return None
        name = found.get("Name", flow_id)
        try:
            return FlowSource(found.get("Id", flow_id), name, parse(found.get("Content", "")))
        except FlowSyntaxError as error:
            raise CheckFailed(f"The published flow {name!r} cannot be read: {error}") from None

    def queue(self, queue_id: str) -> QueueState | None:
        """A queue by id or ARN, None where there is none."""
        if queue_id.startswith("arn:") and f"instance/{self.id}/" not in queue_id:
            return None
        try:
            with _outside("a queue"):
                found = self._connect.describe_queue(InstanceId=self.id, QueueId=_tail(queue_id))[
                    "Queue"
                ]
        except _AbsentError:
            return None
        return QueueState(
            queue=Queue(arn=found["QueueArn"], name=found["Name"]),
            enabled=found.get("Status", "ENABLED") == "ENABLED",
            max_contacts=found.get("MaxContacts"),
            hours_id=found.get("HoursOfOperationId"),
        )

    def has_view(self, view_id: str) -> bool:
        """Whether there is a view of that ARN, or that id of one of the instance's own."""
        try:
            with _outside("a view", _ABSENT | {"InvalidParameterException"}):
                self._connect.describe_view(InstanceId=self.id, ViewId=view_id)
        except _AbsentError:
            return False
        return True

    def open_at(self, hours_id: str, wall_clock: datetime | None) -> bool | None:
        """Whether hours of operation include a moment, None where there are no such hours.

        Args:
            wall_clock: the moment in the time zone of the hours, whichever that is; None for now.
        """
        try:
            with _outside("hours of operation"):
                found = self._connect.describe_hours_of_operation(
                    InstanceId=self.id, HoursOfOperationId=_tail(hours_id)
                )["HoursOfOperation"]
        except _AbsentError:
            return None
        openings = [
            Opening(
                day=row["Day"],
                start=time(row["StartTime"]["Hours"], row["StartTime"]["Minutes"]),
                end=time(row["EndTime"]["Hours"], row["EndTime"]["Minutes"]),
            )
            for row in found["Config"]
        ]
        zone = ZoneInfo(found["TimeZone"])
        now = datetime.now(zone) if wall_clock is None else wall_clock.replace(tzinfo=zone)
        return is_open(openings, now)

    def media_stream_prefix(self) -> str | None:
        """Prefix of the Kinesis video streams of calls, None when live streaming is off."""
        with _outside("the live media streaming"):
            found = self._connect.list_instance_storage_configs(
                InstanceId=self.id, ResourceType="MEDIA_STREAMS"
            )
        for config in found.get("StorageConfigs", []):
            return config.get("KinesisVideoStreamConfig", {}).get("Prefix")
        return None

    @cached_property
    def functions(self) -> frozenset[str]:
        """ARNs of the Lambdas that are associated with the instance, as they were associated."""
        with _outside("the instance's Lambdas"):
            pages = self._connect.get_paginator("list_lambda_functions").paginate(
                InstanceId=self.id
            )
            return frozenset(arn for page in pages for arn in page["LambdaFunctions"])

    def function_policy(self, function_arn: str) -> str | None:
        """The resource policy of the function, or of the alias the ARN ends with."""
        name, qualifier = split_function_arn(function_arn)
        try:
            with _outside("a Lambda's resource policy"):
                if qualifier is None:
                    return self._lambda.get_policy(FunctionName=name)["Policy"]
                return self._lambda.get_policy(FunctionName=name, Qualifier=qualifier)["Policy"]
        except _AbsentError:
            return None

    def function_state(self, function_arn: str) -> str | None:
        """``Active`` once the function can be invoked; None when it does not exist."""
        name, qualifier = split_function_arn(function_arn)
        try:
            with _outside("a Lambda"):
                found = (
                    self._lambda.get_function_configuration(FunctionName=name)
                    if qualifier is None
                    else self._lambda.get_function_configuration(
                        FunctionName=name, Qualifier=qualifier
                    )
                )
        except _AbsentError:
            return None
        return found.get("State", "Active")

    def disposition(self, contact_id: str) -> dict[str, object] | None:
        """What is stored about how a call ended, None where nothing is."""
        table = self.deployment.dispositions_table
        if table is None:
            return None
        with _outside("the stored dispositions"):
            item = self._dynamodb.get_item(
                TableName=table, Key={"contactId": {"S": contact_id}}, ConsistentRead=True
            ).get("Item")
        read = TypeDeserializer().deserialize
        return None if item is None else {key: read(value) for key, value in item.items()}


def split_function_arn(arn: str) -> tuple[str, str | None]:
    """The function's own ARN, and the alias or version after it, if there is one."""
    parts = arn.split(":")
    # arn:partition:lambda:region:account:function:name[:qualifier]
    return ":".join(parts[:7]), ":".join(parts[7:]) or None


class _AbsentError(Exception):
    """AWS says that there is no such thing."""


@contextmanager
def _outside(what: str, absent: frozenset[str] = _ABSENT) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in absent:
            raise _AbsentError from None
        raise OutsideError(f"AWS does not tell {what}: {error}") from None
    except BotoCoreError as error:
        raise OutsideError(f"AWS cannot be asked for {what}: {error}") from None


def _tail(arn_or_id: str) -> str:
    """The id at the end of an ARN, without the alias or version of a flow."""
    return arn_or_id.rpartition("/")[2].partition(":")[0]
