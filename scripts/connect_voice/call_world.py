"""The world of a walked call: a Connect instance, its Lambdas, scripted people."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from callsim.scenario import Scenario
from callsim.world import (
    AgentLeg,
    Callback,
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
    ViewAnswer,
    ViewRequest,
)
from connect_voice.connect_client import ConnectInstance, QueueState, split_function_arn
from connect_voice.errors import OutsideError
from connect_voice.lambda_permission import allows_connect
from connect_voice.stand_ins import StandIns

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_RING_SECONDS = 2.0
# What an agent takes for one page of a guide.
_PAGE_SECONDS = 10.0
_SERVER_ERROR = 500
_GONE = frozenset({"AccessDeniedException", "ResourceNotFoundException"})


class ConnectWorld:
    """Answers a walked call from what is deployed; only people and accidents are played.

    Args:
        scenario: what the people do, and what goes wrong on the way.
    """

    def __init__(
        self,
        instance: ConnectInstance,
        session: boto3.Session,
        stand_ins: StandIns,
        scenario: Scenario,
    ) -> None:
        self._instance = instance
        self._session = session
        self._stand_ins = stand_ins
        self._scenario = scenario
        self._replies_to_lose = dict(scenario.lost_replies)
        self._pages = list(scenario.agent.guide) if scenario.agent else []
        self._keys = list(scenario.keys)
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
        if self._loses_reply(function_arn):
            lost = Fault(FaultKind.SERVICE, "the reply was lost on its way to Connect")
            return Invocation(seconds, fault=lost)
        return Invocation(seconds, payload=payload)

    def dial(self, request: DialRequest) -> DialResult:
        """Play the third party; when it hangs up, the vendor's stand-in hears of it."""
        if not self._instance.dials:
            return DialResult(Leg.REFUSED, why="outbound calls are switched off on the instance")
        ours = {number.number for number in self._instance.deployment.phone_numbers.values()}
        if request.caller_id not in ours | {self._scenario.caller}:
            return DialResult(
                Leg.REFUSED, why=f"{request.caller_id} is no number of the instance to call from"
            )
        third_party = self._scenario.third_party
        if third_party.does is not Leg.ANSWERS:
            ring = (
                float(request.time_limit_seconds)
                if third_party.does is Leg.NO_ANSWER
                else _RING_SECONDS
            )
            return DialResult(third_party.does, ring_seconds=ring)
        if request.resumes:
            self._stand_ins.agent_hung_up(request.contact_id)
        return DialResult(
            Leg.ANSWERS,
            ring_seconds=_RING_SECONDS,
            talk_seconds=third_party.talk_seconds,
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

    def agents_staffed(self, queue: Queue) -> int | None:
        """One, unless the scenario is without agents."""
        if self._instance.queue(queue.arn) is None:
            return None
        return 0 if self._scenario.without_agents else 1

    def dialable(self, number: str) -> bool:  # noqa: ARG002 - one switch for all numbers
        """Whether the instance makes calls at all."""
        return self._instance.dials

    def create_callback(self, callback: Callback) -> Refusal | None:
        """Refuse where Connect would: a full queue takes no call back either, by another branch."""
        refusal = self.enter_queue(callback.queue)
        return None if refusal is None else Refusal("NoMatchingError", refusal.why)

    def pressed_key(self, time_limit_seconds: int) -> str | None:  # noqa: ARG002 - at once or never
        """The scenario's next key; nothing after the last."""
        return self._keys.pop(0) if self._keys else None

    def keys_not_pressed(self) -> tuple[str | None, ...]:
        """What the caller would have pressed at further menus."""
        return tuple(self._keys)

    def hours_open(self, hours_id: str | None, queue: Queue | None) -> bool | None:
        """By the scenario's clock, else this machine's, in the time zone of the hours."""
        if hours_id is None:
            state: QueueState | None = None if queue is None else self._instance.queue(queue.arn)
            hours_id = None if state is None else state.hours_id
        return None if hours_id is None else self._instance.open_at(hours_id, self._scenario.now)

    def start_media_stream(self, contact_id: str) -> MediaStream | Refusal:
        """The stream that Connect would open: a real one of the embedded AWS, with audio in it."""
        if self._scenario.without_media_stream:
            return Refusal("NoMatchingError", "the live media stream does not start")
        return self._stand_ins.open_media_stream(contact_id, self._instance.id)

    def agent(self, contact_id: str, queue: Queue) -> AgentLeg | None:  # noqa: ARG002 - one agent
        """The scenario's agent, who takes calls from every queue."""
        agent = self._scenario.agent
        return None if agent is None else AgentLeg(agent.talk_seconds, str(uuid.uuid4()))

    def show_view(self, request: ViewRequest) -> ViewAnswer | Refusal | None:
        """Answer by the next page of the scenario's guide; after the last one the agent is gone."""
        if not self._instance.has_view(request.view_id):
            return Refusal("NoMatchingError", f"there is no view {request.view_id}")
        if not self._pages:
            return None
        page = self._pages.pop(0)
        return ViewAnswer(page.action, page.data, _PAGE_SECONDS)

    def replies_not_lost(self) -> tuple[str, ...]:
        """Functions of the scenario's ``lost_replies`` that did not reply as often as that."""
        return tuple(name for name, count in self._replies_to_lose.items() if count)

    def _loses_reply(self, function_arn: str) -> bool:
        function = split_function_arn(function_arn)[0].rpartition(":")[2]
        for name, count in self._replies_to_lose.items():
            if count and function.endswith(name):
                self._replies_to_lose[name] -= 1
                return True
        return False

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
