"""What the stand-in has been told to do: the parts of its script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from local_aws.standins import behaviour
from local_aws.standins.behaviour import AS_USUAL, Behaviour
from local_aws.standins.fields import Fields
from local_aws.standins.script import Part, fields_of, part

DEFAULT_AGENT_NUMBER = "+14155550199"
"""The AI agent's number when the script names none (a number reserved for fiction)."""

# ServiceNow's own default lifespan of an access token.
_DEFAULT_TOKEN_SECONDS = 1800
_LONGEST_TOKEN_SECONDS = 365 * 24 * 3600


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


class Script:
    """A checked script, with its place in each part."""

    def __init__(
        self,
        oauth: Part[OAuthStep],
        call_context: Part[CallContextStep],
        interaction_context: Part[InteractionContextStep],
        *,
        revoke_tokens: bool,
    ) -> None:
        self.oauth = oauth
        self.call_context = call_context
        self.interaction_context = interaction_context
        self.revoke_tokens = revoke_tokens


def parse(text: str | bytes) -> Script:
    """Read a script.

    Args:
        text: a JSON object; every key of it is optional.

    Raises:
        ScriptError: one sentence that names the key and says what it takes.
    """
    fields = fields_of(text)
    script = Script(
        part(fields.steps("oauth"), _oauth_step, OAuthStep()),
        part(fields.steps("call_context"), _call_context_step, CallContextStep()),
        part(
            fields.steps("interaction_context"),
            _interaction_context_step,
            InteractionContextStep(),
        ),
        revoke_tokens=fields.flag("revoke_tokens", default=False),
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
