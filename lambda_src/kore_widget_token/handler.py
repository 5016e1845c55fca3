"""The Lambda's entry: an event from a flow in, a flat map of strings out."""

from collections.abc import Callable
from contextlib import suppress

from connect_core import reply as replies
from connect_core.answering import Answering
from connect_core.bots import KEEP_SECONDS, Bots
from connect_core.chance import new_id
from connect_core.deadline import InvocationContext
from connect_core.fault import Fault
from connect_core.parameters import SecretCache, SsmParameters
from connect_core.surroundings import Surroundings
from kore_widget_token import codes
from kore_widget_token.config import Settings
from kore_widget_token.widget_token import FAILED, WidgetToken


class TokenHandler:
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
        self._token: WidgetToken | None = None

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
            operation="issueWidgetToken",
            when_failed=FAILED,
        )

    def prepare(self) -> None:
        """Do before the first invocation what needs nothing from outside.

        Lambda gives a start more CPU than a call, and a snapshot keeps it. What is wrong with the
        settings is said when somebody calls.
        """
        with suppress(Fault):
            self._prepared()

    def _prepared(self) -> WidgetToken:
        if self._token is None:
            around = self._surroundings
            settings = Settings.from_environment(around.environment)
            aws = around.aws(around.http(settings.tls_context, self._answering.log))
            secrets = SecretCache(SsmParameters(aws), keep_seconds=KEEP_SECONDS, clock=around.clock)
            self._token = WidgetToken(
                bots=Bots(settings.parameter_path, secrets),
                token_seconds=settings.token_seconds,
                wall_clock=around.wall_clock,
                new_id=self._ids,
            )
        return self._token


_answer = TokenHandler(Surroundings())
_answer.prepare()


def handler(event: object, context: InvocationContext) -> replies.Reply:
    """What Lambda calls: `kore_widget_token.handler.handler`."""
    return _answer(event, context)
