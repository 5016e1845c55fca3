"""The world of a walked call: a Connect instance, its Lambdas, a scripted telephone."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from callsim.scenario import ThirdParty
from callsim.world import (
    DialRequest,
    DialResult,
    Fault,
    FaultKind,
    FlowSource,
    Invocation,
    Leg,
    MediaStream,
    Queue,
    Refusal,
)
from connect_voice.connect_client import ConnectInstance, QueueState, split_function_arn
from connect_voice.errors import OutsideError
from connect_voice.lambda_permission import allows_connect
from connect_voice.stand_ins import StandIns

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_RING_SECONDS = 2.0
_SERVER_ERROR = 500
_GONE = frozenset({"AccessDeniedException", "ResourceNotFoundException"})


class ConnectWorld:
    """Answers a walked call from what is deployed; only the telephone is played.

    Args:
        third_party: what the leg does that a flow transfers to.
    """

    def __init__(
        self,
        instance: ConnectInstance,
        session: boto3.Session,
        stand_ins: StandIns,
        third_party: ThirdParty,
    ) -> None:
        self._instance = instance
        self._session = session
        self._stand_ins = stand_ins
        self._third_party = third_party
        self._clients: dict[float, LambdaClient] = {}
        self._refusals: dict[str, str | None] = {}

    def flow(self, flow_id: str) -> FlowSource | None:
        """The published flow, as Connect has it at this moment."""
        return self._instance.flow(flow_id)

    def invoke(
        self, function_arn: str, event: Mapping[str, object], time_limit_seconds: float
    ) -> Invocation:
        """Invoke the Lambda as Connect would: only if it is associated and permitted."""
        refusal = self._refusal(function_arn)
        if refusal is not None:
            return Invocation(0.0, fault=Fault(FaultKind.REFUSED, refusal))
        client = self._client(time_limit_seconds)
        started = time.monotonic()
        try:
            answer = client.invoke(FunctionName=function_arn, Payload=json.dumps(event).encode())
            payload = answer["Payload"].read()
        except ReadTimeoutError:
            return Invocation(
                time.monotonic() - started, fault=Fault(FaultKind.TIMEOUT, "no reply in time")
            )
        except ClientError as error:
            return Invocation(time.monotonic() - started, fault=_fault(error))
        except BotoCoreError as error:
            raise OutsideError(f"Lambda cannot be reached: {error}") from None
        seconds = time.monotonic() - started
        if answer.get("FunctionError"):
            return Invocation(seconds, fault=Fault(FaultKind.FUNCTION, _message(payload)))
        return Invocation(seconds, payload=payload)

    def dial(self, request: DialRequest) -> DialResult:
        """Play the third party; when it hangs up, the vendor's stand-in hears of it."""
        if not self._instance.dials:
            return DialResult(Leg.REFUSED, why="outbound calls are switched off on the instance")
        if self._third_party.does is not Leg.ANSWERS:
            ring = (
                float(request.time_limit_seconds)
                if self._third_party.does is Leg.NO_ANSWER
                else _RING_SECONDS
            )
            return DialResult(self._third_party.does, ring_seconds=ring)
        if request.resumes:
            self._stand_ins.agent_hung_up(request.contact_id)
        return DialResult(
            Leg.ANSWERS,
            ring_seconds=_RING_SECONDS,
            talk_seconds=self._third_party.talk_seconds,
        )

    def queue(self, queue_id: str) -> Queue | None:
        """The queue, as Connect has it at this moment."""
        state = self._instance.queue(queue_id)
        return None if state is None else state.queue

    def enter_queue(self, queue: Queue) -> Refusal | None:
        """Refuse where Connect would. A simulated queue is empty: only one for nobody is full."""
        state = self._instance.queue(queue.arn)
        if state is None:
            return Refusal("NoMatchingError", "the queue does not exist any more")
        if not state.enabled:
            return Refusal("NoMatchingError", "the queue is disabled")
        if state.max_contacts == 0:
            return Refusal("QueueAtCapacity", "the queue is set to hold no contacts")
        return None

    def hours_open(self, hours_id: str | None, queue: Queue | None) -> bool | None:
        """By the clock of this machine, in the time zone of the hours."""
        if hours_id is None:
            state: QueueState | None = None if queue is None else self._instance.queue(queue.arn)
            hours_id = None if state is None else state.hours_id
        return None if hours_id is None else self._instance.open_now(hours_id)

    def start_media_stream(self, contact_id: str) -> MediaStream | Refusal:
        """A stream's name as Connect makes it up; the stream itself does not exist."""
        prefix = self._instance.media_stream_prefix()
        if prefix is None:
            return Refusal("NoMatchingError", "live media streaming is switched off")
        _, partition, _, region, account, *_ = self._instance.arn.split(":")
        now = str(int(time.time() * 1000))
        name = f"{prefix}-connect-{self._instance.alias}-contact-{contact_id}"
        return MediaStream(
            stream_arn=f"arn:{partition}:kinesisvideo:{region}:{account}:stream/{name}/{now}",
            start_timestamp=now,
            # Fragment numbers of Kinesis video are this long.
            start_fragment_number=f"{1:047d}",
        )

    def _refusal(self, function_arn: str) -> str | None:
        if function_arn not in self._refusals:
            self._refusals[function_arn] = refusal_to_invoke(self._instance, function_arn)
        return self._refusals[function_arn]

    def _client(self, time_limit_seconds: float) -> LambdaClient:
        limit = max(0.1, round(time_limit_seconds, 1))
        if limit not in self._clients:
            self._clients[limit] = self._session.client(
                "lambda",
                region_name=self._instance.deployment.region,
                endpoint_url=self._instance.deployment.endpoint_url,
                # Connect repeats, not the client: each try counts against the block's limit.
                config=Config(
                    connect_timeout=limit, read_timeout=limit, retries={"total_max_attempts": 1}
                ),
            )
        return self._clients[limit]


def refusal_to_invoke(instance: ConnectInstance, function_arn: str) -> str | None:
    """Why Connect would not invoke a Lambda for this instance, None where it would."""
    if split_function_arn(function_arn)[0].count(":") < 6:  # noqa: PLR2004 - parts of an ARN
        return f"{function_arn!r} is not the ARN of a Lambda"
    if function_arn not in instance.functions:
        return f"{function_arn} is not associated with the Connect instance"
    if not allows_connect(instance.function_policy(function_arn), function_arn, instance.arn):
        return f"the resource policy of {function_arn} does not let this Connect instance invoke it"
    return None


def _fault(error: ClientError) -> Fault:
    code = error.response["Error"]["Code"]
    message = f"Lambda answers {code}: {error.response['Error'].get('Message', '')}".rstrip(": ")
    if code == "TooManyRequestsException":
        return Fault(FaultKind.THROTTLED, message)
    if code in _GONE:
        return Fault(FaultKind.REFUSED, message)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", _SERVER_ERROR)
    return Fault(FaultKind.SERVICE if status >= _SERVER_ERROR else FaultKind.REFUSED, message)


def _message(payload: bytes) -> str:
    """The first line of what a function that failed says."""
    try:
        said = cast("object", json.loads(payload))
    except ValueError:
        said = None
    text = said.get("errorMessage") if isinstance(said, dict) else None
    first = str(text).strip().splitlines()[:1] if text else []
    return f"the function failed: {first[0]}" if first else "the function failed"
