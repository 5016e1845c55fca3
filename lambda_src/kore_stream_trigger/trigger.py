"""Starting the transcription of a call: once, with access to its stream alone."""

from collections.abc import Callable, Mapping

from connect_core.bots import BotParameters, Bots
from connect_core.deadline import Clock, Deadline
from connect_core.event import ConnectEvent
from connect_core.fault import Fault
from connect_core.value import Value
from kore_stream_trigger.access import StreamAccess, StreamCredentials
from kore_stream_trigger.bot import Bot
from kore_stream_trigger.claims import LIMIT_SECONDS as CLAIM_SECONDS
from kore_stream_trigger.claims import Claims
from kore_stream_trigger.media_stream import MediaStream, Streams
from kore_stream_trigger.payload import payload, socket_token
from kore_stream_trigger.transcriber import Transcriber, may_have_begun

SUCCESS: Mapping[str, str] = {"lambdaResult": "Success"}
ALREADY_STARTED: Mapping[str, str] = {"lambdaResult": "AlreadyStarted"}
FAILED: Mapping[str, str] = {"lambdaResult": "Failed"}

# Kept back from the transcriber for giving the claim back.
_RESERVE_SECONDS = CLAIM_SECONDS / 2


class Trigger(Value):
    """The operation.

    The time is shared out: 2 s at most for the bot's parameters, 1.5 s for access to the stream,
    1 s for the claim, and the rest for Kore. Usually the first three take some 50 ms together.

    Args:
        bots: Settings and secrets.
        streams: The instance's media streams.
        access: Hands out credentials.
        claims: Which contacts are being transcribed.
        transcriber: Kore.
        token_seconds: How long a socket token lives.
        wall_clock: Seconds since 1970.
        new_id: An id that no other token has.
    """

    bots: Bots
    streams: Streams
    access: StreamAccess
    claims: Claims
    transcriber: Transcriber
    token_seconds: int
    wall_clock: Clock
    new_id: Callable[[], str]

    def run(self, event: ConnectEvent, deadline: Deadline) -> Mapping[str, str]:
        """Start the transcription; the reply's `lambdaResult`.

        The claim comes last before the request to Kore, so that nothing but Kore's own answer
        decides what becomes of it.

        Raises:
            Fault: NO_MEDIA_STREAM, STREAM_*, BOT_*, SETTINGS_*, SECRET_* or TRANSCRIBER_*.
        """
        stream = self.streams.of_contact(event)
        key = event.parameters.get("bot", "")
        parameters = self.bots.get(key, deadline)
        Bot.of(parameters.settings)
        credentials = self.access.to_stream(stream.arn, event.contact_id, deadline)
        owner = self.new_id()
        if not self.claims.take(event.contact_id, owner, deadline):
            self.claims.note(Fault("ALREADY_STARTED", retryable=False))
            return ALREADY_STARTED
        call = _Call(event.contact_id, key, stream, credentials)
        started = False
        try:
            self._start(call, parameters, deadline)
            started = True
        except Fault as fault:
            started = may_have_begun(fault)
            raise
        finally:
            if not started:
                self.claims.give_back(event.contact_id, owner, deadline)
        return SUCCESS

    def _start(self, call: "_Call", parameters: BotParameters, deadline: Deadline) -> None:
        kore = deadline.at_most(max(0.0, deadline.remaining() - _RESERVE_SECONDS))
        try:
            self._post(call, parameters, kore)
        except Fault as fault:
            # The secret may have been rotated since it was read; if not, asking again is no use.
            if fault.code != "TRANSCRIBER_DENIED":
                raise
            newer = self.bots.read_again(call.bot, kore)
            if newer == parameters:
                raise
            self._post(call, newer, kore)

    def _post(self, call: "_Call", parameters: BotParameters, deadline: Deadline) -> None:
        bot = Bot.of(parameters.settings)
        token = socket_token(
            bot,
            parameters.secret,
            now=int(self.wall_clock()),
            seconds=self.token_seconds,
            jti=self.new_id(),
        )
        body = payload(bot, token, call.stream, call.contact_id, call.credentials)
        self.transcriber.start(body, deadline)


class _Call(Value):
    """What is to be transcribed, and for which bot."""

    contact_id: str
    bot: str
    stream: MediaStream
    credentials: StreamCredentials
