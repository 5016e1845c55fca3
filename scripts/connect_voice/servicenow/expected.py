"""The expected state of an instance, as ``servicenow.yaml`` declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from connect_voice.servicenow.names import Name
from connect_voice.servicenow.values import same

Severity = Literal["error", "warning"]
Kind = Literal["equals", "at_most", "at_least", "not_empty", "exists"]

PROPERTIES = "sys_properties"
ATTRIBUTES = "sys_now_assist_deployment_config_attributes"

WRITABLE: Mapping[str, frozenset[str]] = {
    PROPERTIES: frozenset(
        {
            "sn_aia.enable_voice_agent_setup",
            "glide.voice.authenticate.mfa_mandatory",
            "glide.voice.authenticate.allow_kba_as_only_factor",
            "glide.oauth.inbound.client.credential.grant_type.enabled",
        }
    ),
    ATTRIBUTES: frozenset(
        {"voice_max_retries", "voice_minutes_account_is_locked", "persist_context_data"}
    ),
}
"""All that `apply` may ever write: records of these names in these tables, column ``value``.

Not configurable: whoever may edit the YAML file must not be able to write elsewhere with it.
"""


@dataclass(frozen=True)
class Rule:
    """What a value must be.

    Args:
        value: of equals the value, of at_most and at_least the bound, of the others empty.
    """

    kind: Kind
    value: str = ""

    def holds(self, actual: str) -> bool:
        """Whether a value is as expected; what should be a number and is not, is not."""
        if self.kind == "exists":
            return True
        if self.kind == "not_empty":
            return actual != ""
        if self.kind == "equals":
            return same(actual, self.value)
        try:
            number = int(actual)
        except ValueError:
            return False
        return number <= int(self.value) if self.kind == "at_most" else number >= int(self.value)

    def __str__(self) -> str:
        words = {"equals": "", "at_most": "at most ", "at_least": "at least "}
        if self.kind in words:
            return f"{words[self.kind]}{self.value}"
        return "a value" if self.kind == "not_empty" else "a record"


@dataclass(frozen=True)
class Where:
    """A condition on records: a column is a value."""

    column: Name
    value: str


@dataclass(frozen=True)
class Entry:
    """One expectation.

    Args:
        id: its short name, for people and programs.
        what: what it is about, and what is lost without it.
        query: which records it is about; each of them must be as expected, and there must be one.
        mender: who mends it.
        written: where on the instance it is set.
        source: where the expectation is from.
        apply: whether `apply` may set it.
        per_deployment: the column that names the deployment; every deployment listed in the
            settings needs a record of its own.
        custom_provider: it matters only where the custom provider is used.
    """

    id: str
    what: str
    table: Name
    query: tuple[Where, ...]
    field: Name | None
    rule: Rule
    severity: Severity
    mender: str
    written: str
    source: str
    apply: bool = False
    per_deployment: Name | None = None
    custom_provider: bool = False


@dataclass(frozen=True)
class Calls:
    """Where the voice calls of the indicators are, one record a call."""

    table: str
    when: Name
    where: tuple[Where, ...]
    live_agent: Name
    state: Name
    abandoned: str
    duration: Name


@dataclass(frozen=True)
class Tickets:
    """Where the tickets that calls left are, one record a ticket and its interaction."""

    table: str
    interaction: Name
    when: Name


@dataclass(frozen=True)
class Insights:
    """Where the judgements on conversations are, one record a conversation."""

    table: str
    when: Name
    where: tuple[Where, ...]
    csat: Name
    resolved: Name
    resolved_value: str
    agent: Name


@dataclass(frozen=True)
class Sources:
    """Where the indicators' figures come from."""

    calls: Calls
    tickets: Tickets
    insights: Insights


@dataclass(frozen=True)
class Expected:
    """All of ``servicenow.yaml``.

    Args:
        custom_provider: whether the custom provider is used.
        deployments: sys_ids of the voice assistants' deployments that must be set up; empty means
            those that the instance has records of.
    """

    entries: tuple[Entry, ...]
    indicators: Sources
    custom_provider: bool = False
    deployments: tuple[str, ...] = ()
