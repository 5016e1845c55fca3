"""What the stand-in has been told to do: the parts of its script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from local_aws.standins import behaviour, door
from local_aws.standins.behaviour import AS_USUAL, Behaviour
from local_aws.standins.door import Connections
from local_aws.standins.fields import Fields, ScriptError
from local_aws.standins.script import Part, fields_of, part
from local_aws.standins.servicenow import script_tables
from local_aws.standins.servicenow.rate_limit import HOUR_SECONDS, Rule
from local_aws.standins.servicenow.script_tables import Tables

DEFAULT_AGENT_NUMBER = "+14155550199"
"""The AI agent's number when the script names none (a number reserved for fiction)."""

# Those that a call asks, in its order.
_INTERFACES = ("oauth", "call_context", "interaction_context")
# ServiceNow's own default lifespan of an access token.
_DEFAULT_TOKEN_SECONDS = 1800
_LONGEST_TOKEN_SECONDS = 365 * 24 * 3600
# As long as a scenario's third party talks unless told otherwise.
_TALK_SECONDS = 40


@dataclass(frozen=True)
class OAuthStep:
    """The token endpoint."""

    behaviour: Behaviour = AS_USUAL
    expires_in: int = _DEFAULT_TOKEN_SECONDS
    token_format: Literal["jwt", "opaque"] = "jwt"  # noqa: S105  a format, not a token


@dataclass(frozen=True)
class CallContextStep:
    """The call context API; without a ``dnis`` no AI agent is free to take the call."""

    behaviour: Behaviour = AS_USUAL
    dnis: str | None = DEFAULT_AGENT_NUMBER
    tracing_id: str | None = None


@dataclass(frozen=True)
class InteractionContextStep:
    """The table ``interaction_context``; times count from the end of the AI agent's leg."""

    behaviour: Behaviour = AS_USUAL
    present: bool = True
    available_after_seconds: float = 0.0
    transfer_reason: str | None = None
    interaction_id: str | None = None


@dataclass(frozen=True)
class ConversationStep:
    """What becomes of a call that reaches the AI agent.

    Args:
        talk_seconds: how long it lasts.
        abandoned: whether the caller hangs up halfway.
        tickets: how many the agent makes; None for one where it resolves the issue.
        csat: satisfaction from 1 to 5; None where it follows from whether the issue is resolved.
    """

    talk_seconds: int = _TALK_SECONDS
    abandoned: bool = False
    tickets: int | None = None
    csat: int | None = None


@dataclass(frozen=True)
class Script:
    """A checked script, with its place in each part.

    Args:
        table: the Table API, of all tables but ``interaction_context``.
        stats: the Aggregate API.
        transfer_reason: why AI agents pass calls on, where they do.
    """

    oauth: Part[OAuthStep]
    call_context: Part[CallContextStep]
    interaction_context: Part[InteractionContextStep]
    conversation: Part[ConversationStep]
    table: Part[Behaviour]
    stats: Part[Behaviour]
    tables: Tables
    transfer_reason: str | None
    rate_limit: Rule | None
    revoke_tokens: bool
    connections: Connections


def parse(text: str | bytes) -> Script:
    """Read a script.

    Args:
        text: a JSON object; every key of it is optional.

    Raises:
        ScriptError: one sentence that names the key and says what it takes.
    """
    fields = fields_of(text)
    reasons: list[str] = []

    def interaction_context_step(step: Fields) -> InteractionContextStep:
        read = _interaction_context_step(step)
        reasons.extend([read.transfer_reason] if read.transfer_reason else [])
        return read

    contexts = part(
        fields.steps("interaction_context"), interaction_context_step, InteractionContextStep()
    )
    script = Script(
        oauth=part(fields.steps("oauth"), _oauth_step, OAuthStep()),
        call_context=part(fields.steps("call_context"), _call_context_step, CallContextStep()),
        interaction_context=contexts,
        conversation=part(fields.steps("conversation"), _conversation_step, ConversationStep()),
        table=part(fields.steps("table"), behaviour.read, AS_USUAL),
        stats=part(fields.steps("stats"), behaviour.read, AS_USUAL),
        tables=script_tables.parse(fields.steps("tables")),
        # Steps before the one with a reason are faults on the way to it.
        transfer_reason=next(iter(reasons), None),
        rate_limit=_rate_limit(fields),
        revoke_tokens=fields.flag("revoke_tokens", default=False),
        connections=door.read(fields.steps("connections"), _INTERFACES),
    )
    fields.done()
    return script


def _oauth_step(fields: Fields) -> OAuthStep:
    return OAuthStep(
        behaviour=behaviour.read(fields),
        expires_in=fields.integer(
            "expires_in", _DEFAULT_TOKEN_SECONDS, least=0, most=_LONGEST_TOKEN_SECONDS
        ),
        token_format=cast(
            Literal["jwt", "opaque"], fields.choice("token_format", ("jwt", "opaque"))
        ),
    )


def _call_context_step(fields: Fields) -> CallContextStep:
    return CallContextStep(
        behaviour=behaviour.read(fields),
        dnis=fields.optional_text("dnis", DEFAULT_AGENT_NUMBER),
        tracing_id=fields.optional_text("tracing_id"),
    )


def _interaction_context_step(fields: Fields) -> InteractionContextStep:
    return InteractionContextStep(
        behaviour=behaviour.read(fields),
        present=fields.flag("present", default=True),
        available_after_seconds=fields.seconds(
            "available_after_seconds", most=behaviour.LONGEST_WAIT_SECONDS
        ),
        transfer_reason=fields.optional_text("transfer_reason"),
        interaction_id=fields.optional_text("interaction_id"),
    )


def _conversation_step(fields: Fields) -> ConversationStep:
    return ConversationStep(
        talk_seconds=fields.integer("talk_seconds", _TALK_SECONDS, least=0, most=86_399),
        abandoned=fields.flag("abandoned", default=False),
        tickets=fields.optional_integer("tickets", least=0, most=9),
        csat=fields.optional_integer("csat", least=1, most=5),
    )


def _rate_limit(fields: Fields) -> Rule | None:
    rules = fields.steps("rate_limit")
    if len(rules) > 1:
        raise ScriptError("rate_limit is a list; give one object: one rule counts for a user.")
    for rule in rules:
        requests = rule.optional_integer("requests", least=0, most=1_000_000)
        if requests is None:
            raise ScriptError("rate_limit.requests is missing; give how many are allowed.")
        seconds = rule.integer("per_seconds", int(HOUR_SECONDS), least=1, most=86_400)
        rule.done()
        return Rule(requests, float(seconds))
    return None
