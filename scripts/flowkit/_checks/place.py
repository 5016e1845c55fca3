"""Where a check looks, and the service's wordings for what it finds there."""

from __future__ import annotations

from dataclasses import dataclass

from flowkit.catalogue.types import FlowType
from flowkit.model import Action
from flowkit.problem import Problem, Rule, Severity
from flowkit.template import has_placeholder


@dataclass(frozen=True)
class Place:
    """One action of a flow under check.

    Attributes:
        index: its place in ``Actions``; the service's messages name actions by it alone.
        action: the action.
        flow_type: the type of the flow it stands in.
        template: whether the flow is a template, so that a string with a placeholder in it
            has a value that is not known yet.
    """

    index: int
    action: Action
    flow_type: FlowType
    template: bool

    @property
    def path(self) -> str:
        """Path of the action."""
        return f"Actions[{self.index}]"

    @property
    def label(self) -> str:
        """How a sentence names the action."""
        return f"{self.action.type} '{self.action.identifier}'"

    def is_open(self, value: object) -> bool:
        """Whether a value will only be known once the template is filled."""
        return self.template and isinstance(value, str) and has_placeholder(value)

    def problem(self, rule: Rule, message: str, path: str, advice: str) -> Problem:
        """A refusal that concerns this action."""
        return Problem(message, path, self.action.identifier, rule.value, advice, Severity.ERROR)

    def invalid_value(self, rule: Rule, path: str, advice: str) -> Problem:
        """The service's refusal of a value."""
        return self.problem(rule, f"Invalid Action property value. Path: {path}", path, advice)

    def invalid_name(self, rule: Rule, path: str, advice: str) -> Problem:
        """The service's refusal of a key."""
        return self.problem(rule, f"Invalid Action property name. Path: {path}", path, advice)

    def missing(self, rule: Rule, path: str, advice: str) -> Problem:
        """The service's refusal of a missing key."""
        message = f"Action is missing required property. Path: {path}"
        return self.problem(rule, message, path, advice)
