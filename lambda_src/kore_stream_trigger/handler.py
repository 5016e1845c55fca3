"""The Lambda's entry: an event from a flow in, a flat map of strings out."""

from collections.abc import Callable
from contextlib import suppress

from connect_core import reply as replies
from connect_core.answering import Answering
from connect_core.aws.items import Table
from connect_core.bots import KEEP_SECONDS, Bots
from connect_core.chance import new_id
from connect_core.deadline import InvocationContext
from connect_core.fault import Fault
from connect_core.parameters import SecretCache, SsmParameters
from connect_core.surroundings import Surroundings
from kore_stream_trigger import codes
from kore_stream_trigger.access import StreamAccess
from kore_stream_trigger.claims import Claims
from kore_stream_trigger.config import Settings
from kore_stream_trigger.media_stream import Streams
from kore_stream_trigger.transcriber import Transcriber
from kore_stream_trigger.trigger import FAILED, Trigger


class TriggerHandler:
    """Answers a flow.

    Connections, credentials and secrets live as long as the object; they are made by the first
    invocation, so a SnapStart snapshot holds none.

    Args:
        surroundings: The outside.
        ids: Gives an id that no other has.
    """

    def __init__(self, surroundings: Surroundings, *, ids: Callable[[], str] = new_id) -> None:
        self._surroundings = surroundings
        self._ids = ids
        self._answering = Answering(codes.MEANINGS, clock=surroundings.clock)
        self._trigger: Trigger | None = None

    def __call__(self, event: object, context: InvocationContext) -> replies.Reply:
        """Answer one invocation.

        Args:
            event: What Connect sends.
            context: Lambda's context object.
        """
        return self._answering.answer(
            event,
            context,
            lambda parsed, deadline: self._prepared().run(parsed, deadline),
            operation="startTranscription",
            when_failed=FAILED,
        )

    def prepare(self) -> None:
        """Do before the first invocation what needs nothing from outside.

        Lambda gives a start more CPU than a call, and a snapshot keeps it. What is wrong with the
        settings is said when somebody calls.
        """
        with suppress(Fault):
            self._prepared()

    def _prepared(self) -> Trigger:
        if self._trigger is None:
            self._trigger = self._made()
        return self._trigger

    def _made(self) -> Trigger:
        around = self._surroundings
        settings = Settings.from_environment(around.environment)
        http = around.http(settings.tls_context, self._answering.log)
        aws = around.aws(http)
        secrets = SecretCache(SsmParameters(aws), keep_seconds=KEEP_SECONDS, clock=around.clock)
        return Trigger(
            bots=Bots(settings.parameter_path, secrets),
            streams=Streams(
                partition=settings.partition,
                region=aws.region,
                account_id=settings.account_id,
                name_prefix=settings.stream_name_prefix,
            ),
            access=StreamAccess(
                aws, settings.reader_role_arn, settings.key_arn, settings.access_seconds
            ),
            claims=Claims(
                Table(aws, settings.claims_table), around.wall_clock, self._answering.note
            ),
            transcriber=Transcriber(http, settings.transcriber),
            token_seconds=settings.token_seconds,
            wall_clock=around.wall_clock,
            new_id=self._ids,
        )


_answer = TriggerHandler(Surroundings())
_answer.prepare()


def handler(event: object, context: InvocationContext) -> replies.Reply:
    """What Lambda calls: `kore_stream_trigger.handler.handler`."""
    return _answer(event, context)
