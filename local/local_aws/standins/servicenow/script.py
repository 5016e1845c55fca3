"""What the stand-in is told to do: the script, checked when it is set.

A script is a JSON object with a part for each interface. A part is one step, or a list of steps
played in order; a step with ``times`` serves that many requests, one without serves the rest, and
when none is left the interface behaves as if nothing had been said.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar, cast

from local_aws.standins.servicenow.fields import Fields, ScriptError

DEFAULT_AGENT_NUMBER = "+14155550199"
"""The AI agent's number when the script names none (a number reserved for fiction)."""

# ServiceNow's own default lifespan of an access token.
_DEFAULT_TOKEN_SECONDS = 1800
_LONGEST_TOKEN_SECONDS = 365 * 24 * 3600
_LONGEST_WAIT_SECONDS = 600.0
_FIRST_ERROR_STATUS = 300
_RETRY_AFTER_STATUSES = frozenset({429, 503})


@dataclass(frozen=True)
class Behaviour:
    """How an interface treats a request, whatever it would answer."""

    status: int = 200
    delay_seconds: float = 0.0
    drip_seconds: float = 0.0
    body: str | None = None
    """Sent as it stands instead of the answer, for instance to break the client's parser."""
    content_type: str = "application/json"
    retry_after_seconds: int | None = None

    @property
    def refuses(self) -> bool:
        """Whether the request fails before the interface looks at it, as behind a gateway."""
        return self.status >= _FIRST_ERROR_STATUS


@dataclass(frozen=True)
class OAuthStep:
    """The token endpoint."""

    behaviour: Behaviour = Behaviour()
    expires_in: int = _DEFAULT_TOKEN_SECONDS
    token_format: Literal["jwt", "opaque"] = "jwt"  # noqa: S105  a format, not a token


@dataclass(frozen=True)
class CallContextStep:
    """The call context API; without a ``dnis`` no AI agent is free to take the call."""

    behaviour: Behaviour = Behaviour()
    dnis: str | None = DEFAULT_AGENT_NUMBER
    tracing_id: str | None = None


@dataclass(frozen=True)
class InteractionContextStep:
    """The table ``interaction_context``; times count from the end of the AI agent's leg."""

    behaviour: Behaviour = Behaviour()
    present: bool = True
    available_after_seconds: float = 0.0
    transfer_reason: str | None = None
    interaction_id: str | None = None


Step = TypeVar("Step")


class Part(Generic[Step]):
    """The steps of one interface, used up by its requests."""

    def __init__(self, steps: tuple[tuple[Step, int | None], ...], default: Step) -> None:
        self._steps = list(steps)
        self._default = default
        self._lock = threading.Lock()

    def next(self) -> Step:
        """The step for the request that has just come in."""
        with self._lock:
            if not self._steps:
                return self._default
            step, times = self._steps[0]
            if times == 1:
                del self._steps[0]
            elif times is not None:
                self._steps[0] = (step, times - 1)
            return step


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
    try:
        value: object = json.loads(text or b"{}")
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ScriptError(f"The script is not JSON ({error}); send an object.") from error
    fields = Fields(value, "The script")
    script = Script(
        _part(fields.steps("oauth"), _oauth_step, OAuthStep()),
        _part(fields.steps("call_context"), _call_context_step, CallContextStep()),
        _part(
            fields.steps("interaction_context"),
            _interaction_context_step,
            InteractionContextStep(),
        ),
        revoke_tokens=fields.flag("revoke_tokens", default=False),
    )
    fields.done()
    return script


def _part(
    steps: tuple[Fields, ...], parse_step: Callable[[Fields], Step], default: Step
) -> Part[Step]:
    parsed: list[tuple[Step, int | None]] = []
    for position, fields in enumerate(steps, start=1):
        times = fields.optional_integer("times", least=1, most=1_000_000)
        if times is None and position < len(steps):
            raise ScriptError(
                f"{fields.name} has no times, so the steps after it are never reached; "
                "give it times or make it the last."
            )
        parsed.append((parse_step(fields), times))
        fields.done()
    return Part(tuple(parsed), default)


def _behaviour(fields: Fields) -> Behaviour:
    behaviour = Behaviour(
        status=fields.integer("status", 200, least=200, most=599),
        delay_seconds=fields.seconds("delay_seconds", most=_LONGEST_WAIT_SECONDS),
        drip_seconds=fields.seconds("drip_seconds", most=_LONGEST_WAIT_SECONDS),
        body=fields.optional_text("body"),
        content_type=fields.header("content_type", "application/json"),
        retry_after_seconds=fields.optional_integer("retry_after_seconds", least=0, most=86_400),
    )
    if behaviour.retry_after_seconds is not None and (
        behaviour.status not in _RETRY_AFTER_STATUSES
    ):
        raise ScriptError(
            f"{fields.name}.retry_after_seconds goes with status 429 or 503, "
            f"not {behaviour.status}; change one of them."
        )
    return behaviour


def _oauth_step(fields: Fields) -> OAuthStep:
    return OAuthStep(
        behaviour=_behaviour(fields),
        expires_in=fields.integer(
            "expires_in", _DEFAULT_TOKEN_SECONDS, least=0, most=_LONGEST_TOKEN_SECONDS
        ),
        token_format=cast(
            Literal["jwt", "opaque"], fields.choice("token_format", ("jwt", "opaque"))
        ),
    )


def _call_context_step(fields: Fields) -> CallContextStep:
    return CallContextStep(
        behaviour=_behaviour(fields),
        dnis=fields.optional_text("dnis", DEFAULT_AGENT_NUMBER),
        tracing_id=fields.optional_text("tracing_id"),
    )


def _interaction_context_step(fields: Fields) -> InteractionContextStep:
    return InteractionContextStep(
        behaviour=_behaviour(fields),
        present=fields.flag("present", default=True),
        available_after_seconds=fields.seconds(
            "available_after_seconds", most=_LONGEST_WAIT_SECONDS
        ),
        transfer_reason=fields.optional_text("transfer_reason"),
        interaction_id=fields.optional_text("interaction_id"),
    )
