"""Sends signed requests to AWS, in the two protocols that its services here speak."""

import json
import re
import time
import urllib.parse
from collections.abc import Callable, Mapping

from connect_core.aws.credentials import CredentialSource
from connect_core.aws.endpoint import endpoint, region_of
from connect_core.aws.fault import AwsFault
from connect_core.aws.signature import Scope, signed_headers
from connect_core.chance import chance
from connect_core.deadline import Clock, Deadline
from connect_core.http import WORTHWHILE_SECONDS, HttpClient, HttpFault, Request, Response
from connect_core.value import Value

# AWS answers in milliseconds; leaves a second attempt to each of a few requests in a row.
ATTEMPT_SECONDS = 1.5
# Over how many seconds the next attempts of many environments are spread, after each of them: for
# as long as a caller's deadline may last, because a turn that comes late is still a turn.
_SPREAD_SECONDS = (0.15, 0.3, 0.6, 1.2, 1.2, 1.2, 1.2, 1.2)
_MOST_ATTEMPTS = len(_SPREAD_SECONDS) + 1
# AWS takes requests that are at most five minutes off its own clock.
_SKEW_SECONDS = 240.0
_SKEWED = frozenset(
    {
        "InvalidSignatureException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)
_ENDED = frozenset({"ExpiredToken", "ExpiredTokenException"})
_OK = 200
_XML_CODE = re.compile(rb"<Code>([A-Za-z0-9.]{1,64})</Code>")


class JsonService(Value):
    """A service that speaks AWS's JSON protocol.

    Args:
        name: Its endpoint and signing name, e.g. "ssm".
        target: Prefix of the X-Amz-Target header.
        version: The protocol's version.
    """

    name: str
    target: str
    version: str


class QueryService(Value):
    """A service that speaks AWS's query protocol: forms in, XML out.

    Args:
        name: Its endpoint and signing name, e.g. "sts".
        version: The API's version.
    """

    name: str
    version: str


class _Call(Value):
    name: str
    service: str
    content_type: str
    body: bytes
    target: str = ""


class Aws:
    """Calls operations with the function's own credentials.

    A request that met a fault of AWS's own or got no answer is sent once more within the deadline,
    signed anew. So is one that was refused for a clock that is off, by the time AWS has told, and
    one whose credentials had ended. One that was throttled is sent again and again, ever later,
    while the deadline lasts: many environments may be starting at this moment, and their turn
    comes. Every operation here may safely be done twice.

    Args:
        http: Sends the requests.
        environment: The function's environment: region, credentials, endpoints.
        pause: Waits that many seconds.
        wall_clock: Seconds since 1970.
        chance: A number from 0 up to 1, for jitter.

    Raises:
        Fault: CONFIG_MISSING or CONFIG_INVALID, about AWS_REGION.
    """

    def __init__(
        self,
        http: HttpClient,
        environment: Mapping[str, str],
        *,
        pause: Callable[[float], None] = time.sleep,
        wall_clock: Clock = time.time,
        chance: Callable[[], float] = chance,
    ) -> None:
        self.region = region_of(environment)
        self._http = http
        self._environment = environment
        self._credentials = CredentialSource(environment, http, wall_clock=wall_clock)
        self._pause = pause
        self._wall_clock = wall_clock
        self._chance = chance
        self._ahead = 0.0

    def json(
        self,
        service: JsonService,
        operation: str,
        payload: Mapping[str, object],
        deadline: Deadline,
    ) -> Mapping[str, object]:
        """Call an operation of a JSON service; return its result.

        Raises:
            AwsFault: It did not succeed.
            Fault: CONFIG_INVALID, about an endpoint.
        """
        call = _Call(
            name=f"{service.name}:{operation}",
            service=service.name,
            content_type=f"application/x-amz-json-{service.version}",
            body=json.dumps(payload).encode(),
            target=f"{service.target}.{operation}",
        )
        response = self._done(call, deadline)
        try:
            return response.json_object()
        except ValueError:
            raise AwsFault(call.name, "InvalidReply", response) from None

    def query(
        self,
        service: QueryService,
        operation: str,
        fields: Mapping[str, str],
        deadline: Deadline,
    ) -> bytes:
        """Call an operation of a query service; return its result, XML.

        Raises:
            AwsFault: It did not succeed.
            Fault: CONFIG_INVALID, about an endpoint.
        """
        form = {"Action": operation, "Version": service.version, **fields}
        call = _Call(
            name=f"{service.name}:{operation}",
            service=service.name,
            content_type="application/x-www-form-urlencoded; charset=utf-8",
            body=urllib.parse.urlencode(form).encode(),
        )
        return self._done(call, deadline).body

    def _done(self, call: _Call, deadline: Deadline) -> Response:
        for attempt in range(_MOST_ATTEMPTS - 1):
            try:
                return self._attempt(call, deadline)
            except AwsFault as fault:
                again = attempt == 0 or fault.throttled
                wait = self._mended(fault, attempt) if again else None
                if wait is None or not deadline.allows(wait + WORTHWHILE_SECONDS):
                    raise
            self._pause(wait)
        return self._attempt(call, deadline)

    def _mended(self, fault: AwsFault, attempt: int) -> float | None:
        """Seconds to wait before another attempt, None when another would change nothing."""
        if fault.passing:
            asked = fault.response.retry_after if fault.response is not None else None
            return max(asked or 0.0, 0.05 + _SPREAD_SECONDS[attempt] * self._chance())
        if fault.code in _ENDED:
            self._credentials.forget()
            return 0.0
        sent_at = fault.response.sent_at if fault.response is not None else None
        if fault.code in _SKEWED and sent_at is not None:
            ahead = sent_at - self._wall_clock()
            if abs(ahead - self._ahead) > _SKEW_SECONDS:
                self._ahead = ahead
                return 0.0
        return None

    def _attempt(self, call: _Call, deadline: Deadline) -> Response:
        deadline = deadline.at_most(ATTEMPT_SECONDS)
        request = self._request(call, deadline)
        try:
            response = self._http.send(request, deadline, attempts=1)
        except HttpFault as fault:
            raise AwsFault(call.name, fault.kind.value) from None
        if response.status != _OK:
            raise AwsFault(call.name, _code(response), response)
        return response

    def _request(self, call: _Call, deadline: Deadline) -> Request:
        where = endpoint(call.service, self.region, self._environment)
        headers = {"Content-Type": call.content_type}
        if call.target:
            headers["X-Amz-Target"] = call.target
        signed = signed_headers(
            where.host,
            headers,
            call.body,
            self._credentials.current(deadline),
            Scope(self.region, call.service),
            now=self._wall_clock() + self._ahead,
        )
        return Request(
            name=call.name,
            method="POST",
            host=where.host,
            path="/",
            headers=signed,
            body=call.body,
            scheme=where.scheme,
        )


def _code(response: Response) -> str:
    """AWS's error code: in JSON as __type, perhaps with a namespace; in XML as Code."""
    found = _XML_CODE.search(response.body)
    if found:
        return found[1].decode()
    try:
        kind = response.json_object().get("__type")
    except ValueError:
        return ""
    return kind.rpartition("#")[2] if isinstance(kind, str) else ""
