"""The instance as a web application: which path leads to which interface."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs

from local_aws.contacts import is_contact_id
from local_aws.standins.behaviour import Behaviour, played
from local_aws.standins.https import Request, Response
from local_aws.standins.servicenow import (
    call_context,
    errors,
    interaction_context,
    oauth,
    stats,
    tables,
)
from local_aws.standins.servicenow.calls import Calls
from local_aws.standins.servicenow.conversation import Conversation
from local_aws.standins.servicenow.query import Row
from local_aws.standins.servicenow.rate_limit import RateLimit
from local_aws.standins.servicenow.records import Database, History
from local_aws.standins.servicenow.schema_calls import CONTEXT
from local_aws.standins.servicenow.schema_settings import ATTRIBUTES
from local_aws.standins.servicenow.script import InteractionContextStep, Script
from local_aws.standins.servicenow.shipped import SCHEMA
from local_aws.standins.servicenow.tables import Selection, TableApi

Answer = Callable[[], Response]


class Instance:
    """Answers requests under one script; a new script means a new instance.

    Args:
        calls: those that it has been told of under this script.
        history: what calls have left, under earlier scripts too.
        clock: seconds since the epoch, for rate limits.
    """

    def __init__(
        self,
        *,
        script: Script,
        calls: Calls,
        history: History,
        tokens: oauth.TokenService,
        call_context_path: str,
        host: str,
        clock: Callable[[], float],
    ) -> None:
        self._script = script
        self._calls = calls
        self._history = history
        self._tokens = tokens
        self._call_context_path = call_context_path
        self._host = host
        self._database = Database(SCHEMA, script.tables.records(), history)
        self._rate_limit = RateLimit(script.rate_limit, clock)

    def end_call(self, contact_id: str) -> bool:
        """The AI agent has hung up; False when nobody announced that call."""
        if self._calls.find(contact_id) is None:
            return False
        call = self._calls.end(contact_id)
        if call is not None:
            conversation = Conversation(
                call, self._script.conversation.next(), self._script.transfer_reason
            )
            self._history.keep(conversation.records())
        return True

    def answer(self, request: Request) -> Response:
        """Answer a request."""
        if request.path == oauth.TOKEN_PATH:
            return self._token(request)
        if request.path == self._call_context_path:
            return self._call_context(request)
        if request.path == oauth.JWKS_PATH:
            return self._only("GET", request, self._tokens.keys)
        if request.path.startswith(tables.TABLE_PREFIX):
            return self._table(request)
        if request.path.startswith(stats.STATS_PREFIX):
            return self._only("GET", request, lambda: self._statistics(request))
        return errors.failure(HTTPStatus.NOT_FOUND, "Not Found", "There is nothing at this path")

    def _token(self, request: Request) -> Response:
        def respond() -> Response:
            step = self._script.oauth.next()
            return played(
                request,
                step.behaviour,
                lambda: self._tokens.answer(request, step, f"https://{self._host}"),
                refusal=oauth.refusal,
            )

        return self._only("POST", request, respond)

    def _call_context(self, request: Request) -> Response:
        def respond() -> Response:
            step = self._script.call_context.next()
            return played(
                request,
                step.behaviour,
                lambda: self._authenticated(
                    request, lambda: call_context.answer(request, step, self._calls)
                ),
                refusal=errors.scripted,
            )

        return self._only("POST", request, respond)

    def _table(self, request: Request) -> Response:
        name, _, sys_id = request.path.removeprefix(tables.TABLE_PREFIX).partition("/")
        allowed = ("GET", "PATCH") if sys_id else ("GET",)
        if request.method not in allowed:
            return errors.method_not_allowed(request.method, ", ".join(allowed))
        step = InteractionContextStep()
        if name == CONTEXT:
            step = self._script.interaction_context.next()
        how = step.behaviour if name == CONTEXT else self._script.table.next()

        def respond(selection: Selection) -> Response:
            api = TableApi(selection, self._host)
            if not sys_id:
                return api.list_records(request)
            if request.method == "PATCH":
                return api.change(request, sys_id)
            return api.read(request, sys_id)

        return self._of_table(request, name, how, step, respond)

    def _statistics(self, request: Request) -> Response:
        name = request.path.removeprefix(stats.STATS_PREFIX)
        how = self._script.stats.next()
        return self._of_table(
            request,
            name,
            how,
            InteractionContextStep(),
            lambda selection: stats.answer(request, selection),
        )

    def _of_table(
        self,
        request: Request,
        name: str,
        how: Behaviour,
        step: InteractionContextStep,
        respond: Callable[[Selection], Response],
    ) -> Response:
        """Answer about a table that may not exist, or not be readable."""

        def permitted() -> Response:
            if name not in SCHEMA.tables:
                return tables.invalid_table(name)
            access = self._script.tables.access(name)
            if access.level == "none":
                return tables.forbidden()
            rows = self._contexts(step) if name == CONTEXT else self._database.rows(name)
            return respond(Selection(self._database, name, rows, access))

        return played(
            request,
            how,
            lambda: self._authenticated(request, permitted),
            refusal=errors.scripted,
        )

    def _contexts(self, step: InteractionContextStep) -> tuple[Row, ...]:
        attributes = self._database.rows(ATTRIBUTES)
        return tuple(interaction_context.rows(step, self._calls, attributes))

    def _authenticated(self, request: Request, answer: Answer) -> Response:
        if not self._tokens.authenticates(request):
            return errors.not_authenticated()
        return self._rate_limit.answer(answer)

    @staticmethod
    def _only(method: str, request: Request, answer: Answer) -> Response:
        if request.method != method:
            return errors.method_not_allowed(request.method, method)
        return answer()


def contact_id(request: Request, call_context_path: str) -> str | None:
    """The contact that a request says it is about, if it says so in the right place."""
    if request.path == call_context_path:
        try:
            body: object = json.loads(request.body)
        except ValueError:
            return None
        value = body.get(call_context.CONTACT_FIELD) if isinstance(body, dict) else None
    else:
        query = parse_qs(request.query).get("sysparm_query", [""])[0]
        value = next(
            (
                operand
                for field, _, operand in (term.partition("=") for term in query.split("^"))
                if field == interaction_context.CONTACT_PATH
            ),
            None,
        )
    return value.lower() if isinstance(value, str) and is_contact_id(value) else None


def interface(request: Request, call_context_path: str) -> str:
    """The name of the interface that a request is for, as in scripts where those have one."""
    table = request.path.removeprefix(tables.TABLE_PREFIX)
    if table != request.path:
        return "interaction_context" if table == CONTEXT else "table"
    if request.path.startswith(stats.STATS_PREFIX):
        return "stats"
    names = {oauth.TOKEN_PATH: "oauth", oauth.JWKS_PATH: "keys", call_context_path: "call_context"}
    return names.get(request.path, "other")
