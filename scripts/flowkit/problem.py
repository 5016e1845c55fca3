"""What is wrong with a flow: one value a finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a finding stops a flow."""

    ERROR = "error"
    """Amazon Connect refuses the flow."""
    WARNING = "warning"
    """Amazon Connect may take it; a person should look."""


class Rule(StrEnum):
    """Stable ids of the rules; the text beside each says what it holds a flow against."""

    FLOW_SYNTAX = "flow-syntax"
    """The content is JSON of the flow language's shape."""
    FLOW_LENGTH = "flow-length"
    """The content has 1 to 256,000 characters, the flow at most 250 actions."""
    FLOW_VERSION = "flow-version"
    """``Version`` is 2019-10-30."""
    START_ACTION = "start-action"
    """``StartAction`` names an action of the flow."""
    MODULE_SETTINGS = "module-settings"
    """A module's content carries ``Settings``."""
    IDENTIFIER = "identifier"
    """Identifiers have 1 to 50 characters, none of them reserved."""
    DUPLICATE_IDENTIFIER = "duplicate-identifier"
    """No two actions share an identifier."""
    DANGLING_TRANSITION = "dangling-transition"
    """Every transition leads to an action of the flow."""
    INVENTED_TYPE = "invented-type"
    """The action's type is one that Amazon Connect has."""
    UNKNOWN_TYPE = "unknown-type"
    """The action's type is one that this catalogue knows."""
    FLOW_TYPE = "flow-type"
    """The action may stand in a flow of this type."""
    PARAMETER_MISSING = "parameter-missing"
    """Required parameters are there."""
    PARAMETER_UNKNOWN = "parameter-unknown"
    """The action has such a parameter."""
    PARAMETER_CONFLICT = "parameter-conflict"
    """Parameters that exclude or need each other are used so."""
    PARAMETER_EMPTY = "parameter-empty"
    """No parameter value is an empty string."""
    PARAMETER_SHAPE = "parameter-shape"
    """A parameter has the right JSON type and as many entries as it may."""
    PARAMETER_VALUE = "parameter-value"
    """A parameter has one of the values it may have."""
    PARAMETER_RANGE = "parameter-range"
    """A number lies within its limits."""
    PARAMETER_PATH = "parameter-path"
    """JSONPaths stand only where the parameter takes them."""
    NEXT_ACTION = "next-action"
    """Every action but a terminal one has ``NextAction``, a terminal one has none."""
    ERROR_BRANCH_MISSING = "error-branch-missing"
    """Error branches that the service insists on are there."""
    ERROR_BRANCH_UNKNOWN = "error-branch-unknown"
    """The action, in this form, has such an error branch."""
    CONDITION_OPERATOR = "condition-operator"
    """Conditions use an operator the action takes, over exactly one operand."""
    CONDITION_OPERAND = "condition-operand"
    """An operand is one that the action's result can have."""
    CONDITION_MISSING = "condition-missing"
    """Conditions that the service insists on are there."""


@dataclass(frozen=True)
class Problem:
    """One finding.

    Attributes:
        message: Amazon Connect's own wording where it is known, otherwise in its manner.
        path: where it is, for example ``Actions[13].Parameters.TimeLimitSeconds``.
        action: identifier of the action it concerns, if one.
        rule: id of the rule that found it.
        advice: one sentence in plain words: what is wrong and what to do.
        severity: whether the service refuses the flow for it.
    """

    message: str
    path: str
    action: str | None
    rule: str
    advice: str = ""
    severity: Severity = Severity.ERROR
