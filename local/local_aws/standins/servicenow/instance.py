"""The instance as a web application: which path leads to which interface."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs

from local_aws.contacts import is_contact_id
from local_aws.standins.behaviour import played
from local_aws.standins.https import Request, Response
from local_aws.standins.servicenow import (
    call_context,
    errors,
    interaction_context,
    oauth,
    tables,
)
from local_aws.standins.servicenow.calls import Calls
from local_aws.standins.servicenow.script import Script

Answer = Callable[[], Response]


class Instance:
    """Answers requests under one script; a new script means a new instance."""

    def __init__(
        self,
        *,
        script: Script,
        calls: Calls,
        tokens: oauth.TokenService,
        call_context_path: str,
        host: str,
    ) -> None:
        self._script = script
        self._calls = calls
        self._tokens = tokens
        self._call_context_path = call_context_path
        self._host = host
        self._tables = tables.registry(
            interaction_context.table(script, calls),
            tables.Table("interaction", fields=("sys_id", "client_session_id"), open=None),
        )

    def answer(self, request: Request) -> Response:
        """Answer a request."""
        if request.path == oauth.TOKEN_PATH:
            return self._token(request)
        if request.path == self._call_context_path:
            return self._call_context(request)
        if request.path == oauth.JWKS_PATH:
            return self._only("GET", request, self._tokens.keys)
        if request.path.startswith(tables.TABLE_PREFIX):
            return self._only("GET", request, lambda: self._table(request))
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
        name = request.path.removeprefix(tables.TABLE_PREFIX)
        table = self._tables.get(name)
        if table is None:
            return self._authenticated(request, lambda: tables.invalid_table(name))
        if table.open is None:
            return self._authenticated(request, tables.forbidden)
        reading = table.open()
        return played(
            request,
            reading.behaviour,
            lambda: self._authenticated(
                request, lambda: tables.answer(request, table, reading.rows(), self._host)
            ),
            refusal=errors.scripted,
        )

    def _authenticated(self, request: Request, answer: Answer) -> Response:
        return answer() if self._tokens.authenticates(request) else errors.not_authenticated()

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
        return "interaction_context" if table == interaction_context.NAME else "table"
    names = {oauth.TOKEN_PATH: "oauth", oauth.JWKS_PATH: "keys", call_context_path: "call_context"}
    return names.get(request.path, "other")
