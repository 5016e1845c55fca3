"""The Lambda's entry: an event from a flow in, a flat map of strings out."""

from collections.abc import Callable
from contextlib import suppress

from connect_core import reply as replies
from connect_core.answering import Answering
from connect_core.aws.items import Table
from connect_core.chance import new_id
from connect_core.deadline import InvocationContext
from connect_core.fault import Fault
from connect_core.parameters import SecretCache, SsmParameters
from connect_core.surroundings import Surroundings
from kore_disposition import codes
from kore_disposition.config import Settings
from kore_disposition.disposition import FAILED, Disposition
from kore_disposition.store import Store
from kore_disposition.webhook import Deliverer


class DispositionHandler:
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
        self._disposition: Disposition | None = None

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
            operation="storeDisposition",
            when_failed=FAILED,
        )

    def prepare(self) -> None:
        """Do before the first invocation what needs nothing from outside.

        Lambda gives a start more CPU than a call, and a snapshot keeps it. What is wrong with the
        settings is said when somebody calls.
        """
        with suppress(Fault):
            self._prepared()

    def _prepared(self) -> Disposition:
        if self._disposition is None:
            self._disposition = self._made()
        return self._disposition

    def _made(self) -> Disposition:
        around = self._surroundings
        settings = Settings.from_environment(around.environment)
        http = around.http(settings.tls_context, self._answering.log)
        aws = around.aws(http)
        return Disposition(
            store=Store(
                table=Table(aws, settings.table),
                retention_days=settings.retention_days,
                has_webhook=settings.has_webhook,
                wall_clock=around.wall_clock,
                note=self._answering.note,
            ),
            deliverer=Deliverer(
                environment=around.environment,
                secrets=SecretCache(SsmParameters(aws), clock=around.clock),
                http=http,
                wall_clock=around.wall_clock,
            ),
            note=self._answering.note,
            new_id=self._ids,
        )


_answer = DispositionHandler(Surroundings())
_answer.prepare()


def handler(event: object, context: InvocationContext) -> replies.Reply:
    """What Lambda calls: `kore_disposition.handler.handler`."""
    return _answer(event, context)
