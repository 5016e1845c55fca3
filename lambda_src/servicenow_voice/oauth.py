"""Access tokens by OAuth client credentials (RFC 6749, 4.4) from the ServiceNow instance."""

import urllib.parse
from collections.abc import Callable

from connect_core import service_codes, tokens
from connect_core.deadline import Clock, Deadline
from connect_core.fault import Fault
from connect_core.http import HttpClient, HttpFault, Request
from connect_core.parameters import SecretCache
from connect_core.secret import Secret
from connect_core.value import Value
from servicenow_voice.token_copy import TokenCopies

SERVICE = "OAUTH"
# Leaves half of a cold invocation's budget to what the token is for.
LIMIT_SECONDS = 3.0
_OK = 200
# 400 is how RFC 6749 answers invalid_client without an Authorization header; ServiceNow sends 401.
_DENIED = frozenset({400, 401, 403})


class Authority(Value):
    """Issues tokens for one voice service after another.

    Args:
        host: The ServiceNow instance.
        parameter_path: Prefix of the SSM parameters with client ids and secrets.
        http: Sends the requests.
        secrets: Client ids and secrets.
        cache: Tokens that are still good.
        wall_clock: Seconds since 1970, which a JWT's `exp` is compared with.
        copies: Tokens that other environments have left, None where they leave none.
        note: Told of what the work can live with.
    """

    host: str
    parameter_path: str
    http: HttpClient
    secrets: SecretCache
    cache: tokens.TokenCache
    wall_clock: Clock
    copies: TokenCopies | None
    note: Callable[[Fault], None]

    def token(
        self, voice_service_id: str, deadline: Deadline, *, refused: Secret | None = None
    ) -> Secret:
        """A token for that voice service.

        Args:
            voice_service_id: Whose credentials to use.
            deadline: The invocation's.
            refused: A token that has just been answered with 401.

        Raises:
            Fault: One of SECRET_* or OAUTH_*.
        """
        if refused is not None:
            self.note(Fault("TOKEN_REFUSED", retryable=True))
        base = f"{self.parameter_path}/{voice_service_id}"
        return self.cache.get(
            voice_service_id,
            lambda: self._fetch(base, deadline.at_most(LIMIT_SECONDS), refused),
            deadline,
            refused=refused,
        )

    def _fetch(self, base: str, deadline: Deadline, refused: Secret | None) -> tokens.Token:
        """The token that another environment has left, else a new one."""
        if self.copies is None:
            return self._issue(base, deadline)
        name = f"{base}/access_token"
        left = self.copies.read(name, deadline)
        if left is not None and left.secret != refused:
            return left
        token = self._issue(base, deadline)
        self.copies.write(name, token, deadline)
        return token

    def _issue(self, base: str, deadline: Deadline) -> tokens.Token:
        names = (f"{base}/client_id", f"{base}/client_secret")
        credentials = self.secrets.get(names, deadline)
        try:
            return self._request(credentials, deadline)
        except Fault as fault:
            # The secret may have been rotated since it was read; if not, asking again is no use.
            if fault.code != f"{SERVICE}_DENIED":
                raise
            newer = self.secrets.read_again(names, deadline)
            if newer == credentials:
                raise
        return self._request(newer, deadline)

    def _request(self, credentials: tuple[Secret, ...], deadline: Deadline) -> tokens.Token:
        client_id, client_secret = credentials
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id.reveal(),
            "client_secret": client_secret.reveal(),
        }
        request = Request(
            name="oauth_token",
            method="POST",
            host=self.host,
            path="/oauth_token.do",
            headers={
                "Accept": "application/json",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            body=urllib.parse.urlencode(form).encode(),
        )
        try:
            response = self.http.send(request, deadline)
        except HttpFault as fault:
            raise service_codes.of_no_reply(SERVICE, fault) from None
        if response.status in _DENIED:
            raise Fault(f"{SERVICE}_DENIED", retryable=False)
        if response.status != _OK:
            raise service_codes.of_status(SERVICE, response)
        try:
            answer = response.json_object()
            return tokens.issued(
                answer.get("access_token"), answer.get("expires_in"), now=self.wall_clock()
            )
        except ValueError:
            raise service_codes.invalid(SERVICE) from None
