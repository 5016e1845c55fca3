"""The instance as a web application: which path leads to which interface."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs

from local_aws.standins.https import Request, Response
from local_aws.standins.servicenow import (
    call_context,
    errors,
    interaction_context,
    oauth,
    tables,
)
from local_aws.standins.servicenow.calls import Calls
from local_aws.standins.servicenow.script import Behaviour, Script

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
            return _played(
                request,
                step.behaviour,
                lambda: self._tokens.answer(request, step, f"https://{self._host}"),
                refusal=oauth.refusal,
            )

        return self._only("POST", request, respond)

    def _call_context(self, request: Request) -> Response:
        def respond() -> Response:
            step = self._script.call_context.next()
            return _played(
                request,
                step.behaviour,
                lambda: self._authenticated(
                    request, lambda: call_context.answer(request, step, self._calls)
                ),
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
        return _played(
            request,
            reading.behaviour,
            lambda: self._authenticated(
                request, lambda: tables.answer(request, table, reading.rows(), self._host)
            ),
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
    return value.lower() if isinstance(value, str) and call_context.is_contact_id(value) else None


def _played(
    request: Request,
    behaviour: Behaviour,
    answer: Answer,
    refusal: Callable[[int], Response] = errors.scripted,
) -> Response:
    """The interface's answer, as the script distorts it."""
    request.pause(behaviour.delay_seconds)
    response = refusal(behaviour.status) if behaviour.refuses else answer()
    refused_in_earnest = not behaviour.refuses and response.status != HTTPStatus.OK
    if refused_in_earnest:
        return response
    headers = dict(response.headers)
    if behaviour.retry_after_seconds is not None:
        headers["Retry-After"] = str(behaviour.retry_after_seconds)
    return Response(
        status=behaviour.status,
        body=response.body if behaviour.body is None else behaviour.body.encode(),
        content_type=behaviour.content_type,
        headers=headers,
        drip_seconds=behaviour.drip_seconds,
    )
