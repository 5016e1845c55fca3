"""Whether ServiceNow gives a token and lets it read: what a call needs of it, asked once."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from http import HTTPStatus
from urllib.parse import urlencode

from connect_voice.doctors import hosts, net
from connect_voice.doctors.servicenow.function import is_bare_host
from connect_voice.doctors.servicenow.look import ServiceNowLook
from connect_voice.doctors.servicenow.token import NoTokenError, Token, ask, json_object
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

TOKEN = Topic("servicenow.token", "servicenow token", optional=True)
READING = Topic("servicenow.interaction-context", "servicenow interaction context")

# Lambdas renew a token 60 to 120 s before it ends: one that lives for less than a few minutes is
# asked for again and again.
_SHORT_SECONDS = 300
_USUAL_SECONDS = 1800  # ServiceNow's own default
_LONG_SECONDS = 24 * 3600  # for longer no Lambda keeps one
_FORMAT = (
    "set its token format to JWT in ServiceNow's application registry (System OAuth, "
    "Application Registry)"
)


def token(look: ServiceNowLook) -> Iterator[Finding]:
    """A token is to be had, says when it ends, and ends neither at once nor never.

    The caller must be able to decrypt the OAuth client; a refusal is a warning.
    """
    host, client_id, client_secret = look.instance_host, *_client(look)
    if client_id is None or client_secret is None:
        return  # findings of their own
    if host is None:
        yield TOKEN.unknown("no host is known; grant kms:Decrypt to whoever runs the doctor.")
        return
    if not is_bare_host(host):
        return  # a finding of its own
    if not hosts.Asker(look, TOKEN).may_ask(net.host_of(f"https://{host}")):
        yield TOKEN.unknown("an embedded environment asks no host but this machine's.")
        return
    try:
        issued = ask(look.network, host, client_id, client_secret)
    except net.UnreachableError as error:
        yield TOKEN.bad(
            "answers",
            f"{host} does not answer a request for a token ({error}); mend what is said of its "
            "endpoint, and look again.",
        )
        return
    except NoTokenError as error:
        yield (TOKEN.warn if error.passing else TOKEN.bad)(error.aspect, str(error))
        return
    now = time.time()
    problems = list(lifetime(issued, now))
    if all(problem.ok for problem in problems):
        look.token = issued
    yield from problems or [
        TOKEN.good("issued", f"a JWT that is good for {issued.lifetime(now):.0f} s")
    ]


def reading(look: ServiceNowLook) -> Iterator[Finding]:
    """The token may read what AI agents leave behind: the Lambda's own query, for no call at all.

    The call context API is not asked: it would announce a call.
    """
    if look.token is None or look.instance_host is None:
        return  # a finding of its own
    query = {
        "sysparm_query": f"interaction.client_session_id={uuid.uuid4()}^name=bot_context_data",
        "sysparm_fields": "name,value",
        "sysparm_limit": "1",
    }
    try:
        answer = look.network.send(
            "GET",
            f"https://{look.instance_host}/api/now/table/interaction_context?{urlencode(query)}",
            {"Accept": "application/json", "Authorization": f"Bearer {look.token.secret}"},
        )
    except net.UnreachableError as error:
        yield READING.bad(
            "answers",
            f"{look.instance_host} does not answer the Table API ({error}); look again, and "
            "see whether the instance is slow.",
        )
        return
    yield _read(look.instance_host, answer)


def lifetime(issued: Token, now: float) -> Iterator[Finding]:
    """What is wrong with a token's kind and length.

    Args:
        now: seconds since 1970, when it was issued.
    """
    if not issued.is_jwt:
        yield TOKEN.warn(
            "opaque",
            f"The OAuth client issues opaque tokens; {_FORMAT}, because only a JWT tells when it "
            "ends and can be verified.",
        )
    seconds = issued.lifetime(now)
    if seconds is None:
        yield TOKEN.warn(
            "lifetime",
            "Neither the token nor the response with it says when it ends, so that Lambdas ask "
            "for a new one every minute; set the access token lifespan in ServiceNow's "
            f"application registry to {_USUAL_SECONDS} s.",
        )
    elif seconds <= 0:
        yield TOKEN.bad(
            "lifetime",
            "A token has ended by the time it arrives; compare the clocks of ServiceNow and this "
            f"machine, and set the access token lifespan to {_USUAL_SECONDS} s.",
        )
    elif seconds < _SHORT_SECONDS:
        yield TOKEN.warn(
            "lifetime",
            f"A token is good for {seconds:.0f} s, so that many calls wait for a new one; set "
            "the access token lifespan in ServiceNow's application registry to "
            f"{_USUAL_SECONDS} s.",
        )
    elif seconds > _LONG_SECONDS:
        yield TOKEN.warn(
            "lifetime",
            f"A token is good for {seconds / 3600:.0f} h, as long for whoever steals it; set the "
            "access token lifespan in ServiceNow's application registry to "
            f"{_USUAL_SECONDS} s.",
        )


def _client(look: ServiceNowLook) -> tuple[str | None, str | None]:
    held = look.secrets
    return held.get(look.servicenow.client_id), held.get(look.servicenow.client_secret)


def _read(host: str, answer: net.Answer) -> Finding:
    status = answer.status
    if status == HTTPStatus.OK and isinstance(json_object(answer).get("result"), list):
        return READING.good(
            "readable", "the token may read it; only a call shows whether every row may be read"
        )
    if status == HTTPStatus.UNAUTHORIZED:
        return READING.bad(
            "accepted",
            f"{host} does not accept the token that it has just issued (401); see in ServiceNow "
            "that the OAuth client has a user, and which REST API access policies apply.",
        )
    if status == HTTPStatus.FORBIDDEN:
        return READING.bad(
            "allowed",
            "The OAuth client's user may not read interaction_context (403), so that every caller "
            "reaches a queue after the AI agent; give it a role that may.",
        )
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
        return READING.bad(
            "exists",
            f"{host} has no table interaction_context to ask ({status}); install the voice plugin "
            "of Now Assist.",
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return READING.warn(
            "limited",
            f"{host} limits how often its tables may be asked (429), which callers wait for too; "
            "raise the limit for the OAuth client's user in ServiceNow's rate limit rules.",
        )
    return READING.bad(
        "readable",
        f"{host} answers {status} without rows of interaction_context; look into its system log.",
    )
