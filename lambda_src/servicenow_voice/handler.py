"""The Lambda's entry: an event from a flow in, a flat map of strings out."""

import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from connect_core import event as events
from connect_core import reply as replies
from connect_core.deadline import Clock, Deadline, InvocationContext
from connect_core.fault import Fault
from connect_core.http import HttpClient
from connect_core.log import CallLog
from connect_core.parameters import ParameterSource, SecretCache, SsmParameters
from connect_core.tokens import TokenCache
from servicenow_voice import codes
from servicenow_voice.api import Api
from servicenow_voice.call_context import CallContext
from servicenow_voice.config import Settings
from servicenow_voice.interaction_context import InteractionContext
from servicenow_voice.oauth import Authority

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


@dataclass(frozen=True)
class Ports:
    """Everything a test may want to hold in its hands.

    Args:
        environment: The function's settings.
        parameters: Where the secrets are.
        clock: A clock that never runs backwards.
        wall_clock: Seconds since 1970.
        pause: Waits that many seconds.
        chance: A number from 0 up to 1, for jitter.
    """

    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    parameters: ParameterSource = field(default_factory=SsmParameters)
    clock: Clock = time.monotonic
    wall_clock: Clock = time.time
    pause: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


class VoiceHandler:
    """Answers a flow, always: an expected fault is a reply, and an unexpected one is too.

    Raising would make Connect invoke again, up to three times within the caller's wait, and tell
    the flow nothing. Connections, tokens and secrets live as long as the object; they are made by
    the first invocation, so a SnapStart snapshot holds none.

    Args:
        ports: The outside.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._log = CallLog()
        self._settings: Settings | None = None
        self._operations: Mapping[str, Operation] = {}

    def __call__(self, event: object, context: InvocationContext) -> replies.Reply:
        """Answer one invocation.

        Args:
            event: What Connect sends.
            context: Lambda's context object.
        """
        started = self._ports.clock()
        asked = events.parameters_of(event).get("operation", "")
        operation = asked if asked in _WHEN_FAILED else ""
        try:
            fields = self._answer(event, operation, context)
            reply = replies.succeeded(fields)
        except Fault as fault:
            return self._failed(operation, fault, started)
        except Exception as error:  # noqa: BLE001 - see the class: the flow must get an answer
            self._log.unexpected(error)
            return self._failed(operation, Fault("INTERNAL_ERROR", retryable=False), started)
        self._log.succeeded(milliseconds=self._since(started))
        return reply

    def _answer(
        self, event: object, operation: str, context: InvocationContext
    ) -> Mapping[str, str]:
        deadline = Deadline.of_invocation(context, clock=self._ports.clock)
        self._log.begin(contact_id="", request_id=context.aws_request_id, operation=operation)
        parsed = events.parse(event)
        self._log.begin(
            contact_id=parsed.contact_id, request_id=context.aws_request_id, operation=operation
        )
        if not operation:
            raise Fault("OPERATION_UNKNOWN", retryable=False)
        settings = self._prepared()
        voice_service_id = settings.voice_service(parsed.parameters.get("voiceServiceId", ""))
        return self._operations[operation].run(parsed, voice_service_id, deadline)

    def _prepared(self) -> Settings:
        if self._settings is None:
            settings = Settings.from_environment(self._ports.environment)
            self._operations = _operations(settings, self._ports, self._log)
            self._settings = settings
        return self._settings

    def _failed(self, operation: str, fault: Fault, started: float) -> replies.Reply:
        self._log.failed(
            fault, codes.MEANINGS.get(fault.code, ""), milliseconds=self._since(started)
        )
        return replies.failed(fault, _WHEN_FAILED.get(operation, {}))

    def _since(self, started: float) -> int:
        return round((self._ports.clock() - started) * 1000)


def _operations(settings: Settings, ports: Ports, log: CallLog) -> Mapping[str, Operation]:
    http = HttpClient(
        settings.tls_context,
        observe=log.exchange,
        pause=ports.pause,
        wall_clock=ports.wall_clock,
        chance=ports.chance,
    )
    authority = Authority(
        host=settings.instance_host,
        parameter_path=settings.parameter_path,
        http=http,
        secrets=SecretCache(ports.parameters, clock=ports.clock),
        cache=TokenCache(clock=ports.clock, chance=ports.chance),
        wall_clock=ports.wall_clock,
    )
    api = Api(http, authority)
    return {
        "getCallContext": CallContext(
            api=api,
            host=settings.voice_service_host,
            path=settings.call_context_path,
            instance_name=settings.instance_name,
            dnis_prefixes=settings.dnis_prefixes,
        ),
        "getInteractionContext": InteractionContext(
            api=api, host=settings.instance_host, pause=ports.pause
        ),
    }


_answer = VoiceHandler(Ports())


def handler(event: object, context: InvocationContext) -> replies.Reply:
    """What Lambda calls: `servicenow_voice.handler.handler`."""
    return _answer(event, context)
