"""The Lambda's entry: an event from a flow in, a flat map of strings out."""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Protocol

from connect_core import event as events
from connect_core import reply as replies
from connect_core.answering import Answering
from connect_core.aws.client import Aws
from connect_core.chance import chance
from connect_core.deadline import Clock, Deadline, InvocationContext
from connect_core.fault import Fault
from connect_core.http import HttpClient
from connect_core.parameters import SecretCache, SsmParameters
from connect_core.tokens import TokenCache
from connect_core.value import Value, field
from servicenow_voice import codes
from servicenow_voice.api import Api
from servicenow_voice.call_context import CallContext
from servicenow_voice.config import Settings
from servicenow_voice.interaction_context import InteractionContext
from servicenow_voice.oauth import Authority
from servicenow_voice.token_copy import ParameterStore, TokenCopies

# What an operation answers when it failed. transferRequested is "true" then: "false" would say that
# the caller has been served, and only a stored context can say that.
_WHEN_FAILED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "getCallContext": {"dnis": "", "tracingId": ""},
        "getInteractionContext": {
            "transferRequested": "true",
            "snTransferReason": "",
            "interactionId": "",
        },
    }
)


class Operation(Protocol):
    """What a flow can ask for."""

    def run(
        self, event: events.ConnectEvent, voice_service_id: str, deadline: Deadline
    ) -> Mapping[str, str]:
        """The reply's own keys.

        Raises:
            Fault: It could not be done.
        """


class Ports(Value):
    """Everything a test may want to hold in its hands.

    Args:
        environment: The function's settings.
        parameters: Where the secrets are, None for Parameter Store.
        clock: A clock that never runs backwards.
        wall_clock: Seconds since 1970.
        pause: Waits that many seconds.
        chance: A number from 0 up to 1, for jitter.
    """

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, shown=False)
    parameters: ParameterStore | None = None
    clock: Clock = time.monotonic
    wall_clock: Clock = time.time
    pause: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = chance


class VoiceHandler:
    """Answers a flow.

    Connections, tokens and secrets live as long as the object; they are made by the first
    invocation, so a SnapStart snapshot holds none.

    Args:
        ports: The outside.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._answering = Answering(codes.MEANINGS, clock=ports.clock)
        self._settings: Settings | None = None
        self._operations: Mapping[str, Operation] = {}

    def __call__(self, event: object, context: InvocationContext) -> replies.Reply:
        """Answer one invocation.

        Args:
            event: What Connect sends.
            context: Lambda's context object.
        """
        asked = events.parameters_of(event).get("operation", "")
        operation = asked if asked in _WHEN_FAILED else ""
        return self._answering.answer(
            event,
            context,
            lambda parsed, deadline: self._fields(operation, parsed, deadline),
            operation=operation,
            when_failed=_WHEN_FAILED.get(operation, {}),
        )

    def _fields(
        self, operation: str, event: events.ConnectEvent, deadline: Deadline
    ) -> Mapping[str, str]:
        if not operation:
            raise Fault("OPERATION_UNKNOWN", retryable=False)
        settings = self._prepared()
        voice_service_id = settings.voice_service_of(event.parameters.get("voiceServiceId", ""))
        return self._operations[operation].run(event, voice_service_id, deadline)

    def prepare(self) -> None:
        """Do before the first invocation what needs nothing from outside.

        Lambda gives a start more CPU than a call, and a snapshot keeps it. What is wrong with the
        settings is said when somebody calls.
        """
        with suppress(Fault):
            self._prepared()

    def _prepared(self) -> Settings:
        if self._settings is None:
            settings = Settings.from_environment(self._ports.environment)
            self._operations = _operations(settings, self._ports, self._answering)
            self._settings = settings
        return self._settings


def _operations(settings: Settings, ports: Ports, answering: Answering) -> Mapping[str, Operation]:
    http = HttpClient(
        settings.tls_context,
        observe=answering.log.exchange,
        pause=ports.pause,
        wall_clock=ports.wall_clock,
        chance=ports.chance,
    )
    parameters = ports.parameters
    if parameters is None:
        aws = Aws(
            http,
            ports.environment,
            pause=ports.pause,
            wall_clock=ports.wall_clock,
            chance=ports.chance,
        )
        parameters = SsmParameters(aws)
    authority = Authority(
        host=settings.instance_host,
        parameter_path=settings.parameter_path,
        http=http,
        secrets=SecretCache(parameters, clock=ports.clock),
        cache=TokenCache(clock=ports.clock, chance=ports.chance),
        wall_clock=ports.wall_clock,
        copies=(
            TokenCopies(settings.copies, parameters, ports.wall_clock, answering.note)
            if settings.copies
            else None
        ),
        note=answering.note,
    )
    api = Api(http, authority)
    return {
        "getCallContext": CallContext(
            api=api,
            service=settings.voice_service,
            services=settings.voice_services,
            instance_name=settings.instance_name,
            dnis_prefixes=settings.dnis_prefixes,
        ),
        "getInteractionContext": InteractionContext(
            api=api, host=settings.instance_host, pause=ports.pause
        ),
    }


_answer = VoiceHandler(Ports())
_answer.prepare()


def handler(event: object, context: InvocationContext) -> replies.Reply:
    """What Lambda calls: `servicenow_voice.handler.handler`."""
    return _answer(event, context)
