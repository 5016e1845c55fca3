"""Requests to ServiceNow with a bearer token."""

from collections.abc import Mapping

from connect_core import service_codes
from connect_core.deadline import Deadline
from connect_core.http import HttpClient, HttpFault, Request, Response
from connect_core.secret import Secret
from connect_core.value import Value
from servicenow_voice.oauth import Authority

_OK = 200
_UNAUTHORISED = 401


class Api(Value):
    """Sends authorised requests and reads JSON replies.

    Args:
        http: Sends the requests.
        authority: Issues the tokens.
    """

    http: HttpClient
    authority: Authority

    def call(
        self,
        service: str,
        request: Request,
        voice_service_id: str,
        deadline: Deadline,
        *,
        attempts: int = 2,
    ) -> Mapping[str, object]:
        """Send a request; when the token is refused, once more with a new one.

        Args:
            service: Prefix of the codes of this service's faults.
            request: What to send, without Authorization.
            voice_service_id: Whose token to send.
            deadline: The invocation's.
            attempts: Most attempts of the HTTP layer.

        Returns:
            The JSON object of a 200.

        Raises:
            Fault: SECRET_*, OAUTH_* or one of the service's.
        """
        token = self.authority.token(voice_service_id, deadline)
        response = self._send(service, request, token, deadline, attempts)
        if response.status == _UNAUTHORISED:
            token = self.authority.token(voice_service_id, deadline, refused=token)
            response = self._send(service, request, token, deadline, attempts)
        if response.status != _OK:
            raise service_codes.of_status(service, response)
        try:
            return response.json_object()
        except ValueError:
            raise service_codes.invalid(service) from None

    def _send(
        self, service: str, request: Request, token: Secret, deadline: Deadline, attempts: int
    ) -> Response:
        headers = {
            "Accept": "application/json",
            **request.headers,
            "Authorization": f"Bearer {token.reveal()}",
        }
        try:
            return self.http.send(request.with_headers(headers), deadline, attempts=attempts)
        except HttpFault as fault:
            raise service_codes.of_no_reply(service, fault) from None
