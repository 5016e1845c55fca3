"""What is wrong with a flow: one value a finding, and the rules that findings come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a finding stops a flow; the most severe comes first."""

    ERROR = "error"
    """Amazon Connect refuses the flow."""
    WARNING = "warning"
    """Amazon Connect may take it; a person should look."""
    NOTE = "note"
    """Often meant so; worth knowing all the same."""

    def reaches(self, threshold: Severity) -> bool:
        """Whether this is at least as severe as the threshold."""
        order = list(Severity)
        return order.index(self) <= order.index(threshold)


class Group(StrEnum):
    """What a rule is about, in the order of the reference."""

    STRUCTURE = "Structure"
    SHAPE = "Parameters"
    BRANCHES = "Branches"
    TIME = "Time"
    REFERENCES = "References"
    PORTABILITY = "Portability"
    SECRETS = "Secrets"
    ACROSS = "Across flows"
    CARE = "Care for the caller"


class Rule(StrEnum):
    """The rules by their stable ids.

    Attributes:
        group: what the rule is about.
        severity: how severe its findings are.
        holds: what it holds a flow against, in one sentence.
    """

    group: Group
    severity: Severity
    holds: str

    def __new__(cls, name: str, group: Group, severity: Severity, holds: str) -> Rule:
        """A rule that is the string of its id."""
        rule = str.__new__(cls, name)
        rule._value_ = name
        rule.group = group
        rule.severity = severity
        rule.holds = holds
        return rule

    FLOW_SYNTAX = (
        "flow-syntax",
        Group.STRUCTURE,
        Severity.ERROR,
        "The content is JSON of the flow language's shape.",
    )
    TEMPLATE_SYNTAX = (
        "template-syntax",
        Group.STRUCTURE,
        Severity.WARNING,
        "A template's placeholders are plain `${name}`; anything else Terraform would evaluate.",
    )
    FLOW_LENGTH = (
        "flow-length",
        Group.STRUCTURE,
        Severity.ERROR,
        "The content has 1 to 256,000 characters, the flow at most 250 actions.",
    )
    FLOW_VERSION = (
        "flow-version",
        Group.STRUCTURE,
        Severity.ERROR,
        "`Version` is 2019-10-30.",
    )
    START_ACTION = (
        "start-action",
        Group.STRUCTURE,
        Severity.ERROR,
        "`StartAction` names an action of the flow.",
    )
    MODULE_SETTINGS = (
        "module-settings",
        Group.STRUCTURE,
        Severity.ERROR,
        "A module's content carries `Settings`.",
    )
    IDENTIFIER = (
        "identifier",
        Group.STRUCTURE,
        Severity.ERROR,
        "Identifiers have 1 to 50 characters, none of them reserved.",
    )
    DUPLICATE_IDENTIFIER = (
        "duplicate-identifier",
        Group.STRUCTURE,
        Severity.ERROR,
        "No two actions share an identifier.",
    )
    DUPLICATE_KEY = (
        "duplicate-key",
        Group.STRUCTURE,
        Severity.WARNING,
        "No JSON object has the same key twice; readers keep the last and drop the others.",
    )
    DANGLING_TRANSITION = (
        "dangling-transition",
        Group.STRUCTURE,
        Severity.ERROR,
        "Every transition leads to an action of the flow.",
    )
    UNREACHABLE_ACTION = (
        "unreachable-action",
        Group.STRUCTURE,
        Severity.WARNING,
        "Every action can be reached from the start.",
    )
    INVENTED_TYPE = (
        "invented-type",
        Group.STRUCTURE,
        Severity.ERROR,
        "The action's type is one that Amazon Connect has.",
    )
    UNKNOWN_TYPE = (
        "unknown-type",
        Group.STRUCTURE,
        Severity.WARNING,
        "The action's type is one that this catalogue knows; Connect gains types all the time.",
    )
    ENDED_SERVICE = (
        "ended-service",
        Group.STRUCTURE,
        Severity.WARNING,
        "The action needs no service that AWS has ended (Voice ID ended on 20 May 2026).",
    )
    FLOW_TYPE = (
        "flow-type",
        Group.STRUCTURE,
        Severity.ERROR,
        "The action may stand in a flow of this type.",
    )
    PARAMETER_MISSING = (
        "parameter-missing",
        Group.SHAPE,
        Severity.ERROR,
        "Required parameters are there.",
    )
    PARAMETER_UNKNOWN = (
        "parameter-unknown",
        Group.SHAPE,
        Severity.ERROR,
        "The action has such a parameter.",
    )
    PARAMETER_UNFAMILIAR = (
        "parameter-unfamiliar",
        Group.SHAPE,
        Severity.WARNING,
        "A parameter of an action known from examples alone is one that the examples have.",
    )
    PARAMETER_CONFLICT = (
        "parameter-conflict",
        Group.SHAPE,
        Severity.ERROR,
        "Parameters that exclude or need each other are used so.",
    )
    PARAMETER_EMPTY = (
        "parameter-empty",
        Group.SHAPE,
        Severity.ERROR,
        "No parameter value is an empty string.",
    )
    PARAMETER_SHAPE = (
        "parameter-shape",
        Group.SHAPE,
        Severity.ERROR,
        "A parameter has the right JSON type and as many entries as it may.",
    )
    PARAMETER_VALUE = (
        "parameter-value",
        Group.SHAPE,
        Severity.ERROR,
        "A parameter has one of the values it may have.",
    )
    PARAMETER_RANGE = (
        "parameter-range",
        Group.SHAPE,
        Severity.ERROR,
        "A number lies within its limits.",
    )
    PARAMETER_EXTREME = (
        "parameter-extreme",
        Group.SHAPE,
        Severity.WARNING,
        "A number that the service leaves open stays within what a call can bear.",
    )
    PARAMETER_PATH = (
        "parameter-path",
        Group.SHAPE,
        Severity.ERROR,
        "JSONPaths stand only where the parameter takes them.",
    )
    NEXT_ACTION = (
        "next-action",
        Group.BRANCHES,
        Severity.ERROR,
        "Every action but a terminal one has `NextAction`, a terminal one has none.",
    )
    ERROR_BRANCH_MISSING = (
        "error-branch-missing",
        Group.BRANCHES,
        Severity.ERROR,
        "Error branches that the service insists on are there.",
    )
    ERROR_BRANCH_UNKNOWN = (
        "error-branch-unknown",
        Group.BRANCHES,
        Severity.ERROR,
        "The action, in this form, has such an error branch.",
    )
    CONDITION_OPERATOR = (
        "condition-operator",
        Group.BRANCHES,
        Severity.ERROR,
        "Conditions use an operator the action takes, over exactly one operand.",
    )
    CONDITION_OPERAND = (
        "condition-operand",
        Group.BRANCHES,
        Severity.ERROR,
        "An operand is one that the action's result can have.",
    )
    CONDITION_MISSING = (
        "condition-missing",
        Group.BRANCHES,
        Severity.ERROR,
        "Conditions that the service insists on are there.",
    )
    ERROR_BRANCH_ABSENT = (
        "error-branch-absent",
        Group.BRANCHES,
        Severity.NOTE,
        "Likely error branches are there even where the service does without.",
    )
    CONDITION_LOST = (
        "condition-lost",
        Group.BRANCHES,
        Severity.WARNING,
        "An action has as many conditions as the designer's Metadata lists.",
    )
    DUPLICATE_BRANCH = (
        "duplicate-branch",
        Group.BRANCHES,
        Severity.WARNING,
        "No branch repeats an earlier one of the same action, which would always be taken first.",
    )
    LAMBDA_CHAIN = (
        "lambda-chain",
        Group.TIME,
        Severity.WARNING,
        "Lambdas without a prompt between them take at most 20 s together, Connect's limit.",
    )
    LOOP_WITHOUT_PAUSE = (
        "loop-without-pause",
        Group.TIME,
        Severity.WARNING,
        "A circle of actions has a prompt, an input, a wait or a `Loop` in it.",
    )
    LOOP_WITHOUT_END = (
        "loop-without-end",
        Group.TIME,
        Severity.WARNING,
        "From every action the contact can reach an end, a transfer or a person.",
    )
    REFERENCE_ROOT = (
        "reference-root",
        Group.REFERENCES,
        Severity.WARNING,
        "A JSONPath begins with a namespace that Amazon Connect has.",
    )
    REFERENCE_UNSET = (
        "reference-unset",
        Group.REFERENCES,
        Severity.WARNING,
        "A result such as `$.External` is read only where an action before it has filled it.",
    )
    REFERENCE_STALE = (
        "reference-stale",
        Group.REFERENCES,
        Severity.WARNING,
        "A result is read before another action overwrites it, and not where that action failed.",
    )
    REFERENCE_DOUBTFUL = (
        "reference-doubtful",
        Group.REFERENCES,
        Severity.NOTE,
        "A result is filled on every way to the action that reads it.",
    )
    HARD_CODED_ARN = (
        "hard-coded-arn",
        Group.PORTABILITY,
        Severity.WARNING,
        "No ARN of one account or region stands in the flow, its Metadata included.",
    )
    HARD_CODED_ACCOUNT = (
        "hard-coded-account",
        Group.PORTABILITY,
        Severity.WARNING,
        "No account id stands in the flow.",
    )
    HARD_CODED_REGION = (
        "hard-coded-region",
        Group.PORTABILITY,
        Severity.WARNING,
        "No AWS region stands in the flow.",
    )
    HARD_CODED_ID = (
        "hard-coded-id",
        Group.PORTABILITY,
        Severity.WARNING,
        "No id of a queue, flow or other resource of one instance stands in a parameter.",
    )
    HARD_CODED_NUMBER = (
        "hard-coded-number",
        Group.PORTABILITY,
        Severity.WARNING,
        "No telephone number stands in the flow.",
    )
    SECRET = (
        "secret",
        Group.SECRETS,
        Severity.WARNING,
        "No password, key or token stands in a flow or is filled into it, where many can read it.",
    )
    FLOW_MISSING = (
        "flow-missing",
        Group.ACROSS,
        Severity.WARNING,
        "A flow or module that a flow names is among the files checked with it.",
    )
    FLOW_CYCLE = (
        "flow-cycle",
        Group.ACROSS,
        Severity.WARNING,
        "Flows do not name each other in a circle, which Terraform cannot create.",
    )
    MODULE_DEPTH = (
        "module-depth",
        Group.ACROSS,
        Severity.WARNING,
        "Modules call modules at most five levels deep.",
    )
    SILENT_HANG_UP = (
        "silent-hang-up",
        Group.CARE,
        Severity.WARNING,
        "No error branch hangs up on a caller without a word.",
    )


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
        line: its line in the text it was found in, counted from 1, where the text is known.
        column: its column there, in characters, counted from 1.
    """

    message: str
    path: str
    action: str | None
    rule: str
    advice: str = ""
    severity: Severity = Severity.ERROR
    line: int | None = None
    column: int | None = None
