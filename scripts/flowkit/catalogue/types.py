"""The words the catalogue describes an action type in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from types import MappingProxyType

from flowkit.catalogue.about import ABOUT, About
from flowkit.catalogue.shapes import Fields, Parameter


class FlowType(StrEnum):
    """``Type`` of CreateContactFlow, and modules, which are a resource of their own."""

    CONTACT_FLOW = "CONTACT_FLOW"
    CUSTOMER_QUEUE = "CUSTOMER_QUEUE"
    CUSTOMER_HOLD = "CUSTOMER_HOLD"
    CUSTOMER_WHISPER = "CUSTOMER_WHISPER"
    AGENT_HOLD = "AGENT_HOLD"
    AGENT_WHISPER = "AGENT_WHISPER"
    OUTBOUND_WHISPER = "OUTBOUND_WHISPER"
    AGENT_TRANSFER = "AGENT_TRANSFER"
    QUEUE_TRANSFER = "QUEUE_TRANSFER"
    CAMPAIGN = "CAMPAIGN"
    MODULE = "CONTACT_FLOW_MODULE"


INBOUND = frozenset({FlowType.CONTACT_FLOW})
TRANSFERS = frozenset({FlowType.AGENT_TRANSFER, FlowType.QUEUE_TRANSFER})
QUEUE = frozenset({FlowType.CUSTOMER_QUEUE})
OUTBOUND_WHISPER = frozenset({FlowType.OUTBOUND_WHISPER})
WHISPERS = OUTBOUND_WHISPER | {FlowType.AGENT_WHISPER, FlowType.CUSTOMER_WHISPER}
HOLDS = frozenset({FlowType.AGENT_HOLD, FlowType.CUSTOMER_HOLD})
MODULE = frozenset({FlowType.MODULE})
CAMPAIGN = frozenset({FlowType.CAMPAIGN})
EVERYWHERE = frozenset(FlowType)


class Evidence(Enum):
    """The strongest source behind an entry."""

    SERVICE = "accepted and refused by the live CreateContactFlow, one probe at a time"
    EXPORT = "seen in flows that the console or DescribeContactFlow wrote"
    REFERENCE = "the AWS developer guide alone"


COMPARISONS = (
    "Equals",
    "TextStartsWith",
    "TextEndsWith",
    "TextContains",
    "NumberGreaterThan",
    "NumberGreaterOrEqualTo",
    "NumberLessThan",
    "NumberLessOrEqualTo",
    # Not in the reference's table; the service accepts it (pulumi-amazon-connect's probes).
    "KeyExists",
)
"""Every operator of a call's flow; each takes exactly one operand, and none can be combined."""

CAMPAIGN_COMPARISONS = ("Exists",)
"""Operators of campaign flows alone (admin guide, create-campaigns-api-cli); they take no operand.

In other flows the service refuses them (pulumi-amazon-connect's probes).
"""

NUMBER_COMPARISONS = ("Equals", *(o for o in COMPARISONS if o.startswith("Number")))


@dataclass(frozen=True)
class Conditions:
    """The condition branches an action may have.

    Attributes:
        operators: allowed operators; empty means the action has no condition branches.
        operands: the only operands allowed; empty allows any.
        required: operands that must each have a branch.
        required_from: a list parameter whose every element is allowed and must have a branch.
        pattern: a regular expression that an operand matches from end to end.
        minimum: the least number of branches.
    """

    operators: tuple[str, ...] = ()
    operands: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    required_from: str | None = None
    pattern: str | None = None
    minimum: int = 0


NO_CONDITIONS = Conditions()
ANY_CONDITION = Conditions(COMPARISONS)
ANY_RESULT = Conditions(("Equals",))


@dataclass(frozen=True)
class When:
    """When a variant of an action applies.

    Attributes:
        path: dotted path of a parameter; empty when only the flow type matters.
        equals: the values it must have; empty means it must merely be there.
        absent: turn the test round: it must not be there.
        flow_types: the variant applies in these flow types only.
    """

    path: str = ""
    equals: tuple[str, ...] = ()
    absent: bool = False
    flow_types: frozenset[FlowType] = EVERYWHERE


@dataclass(frozen=True)
class Variant:
    """What changes about an action when ``when`` holds.

    Attributes:
        alone: another block of the console stands behind it, so that no other variant applies.
    """

    when: When
    parameters: Mapping[str, Parameter] = field(default_factory=lambda: MappingProxyType({}))
    requires: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    required_errors: tuple[str, ...] = ()
    forbidden_errors: tuple[str, ...] = ()
    conditions: Conditions | None = None
    alone: bool = False


@dataclass(frozen=True)
class ActionType:
    """One type of action, as the live service takes it.

    Attributes:
        name: the ``Type``.
        parameters: shape of ``Parameters``.
        conditions: the condition branches it may have.
        required_errors: error branches without which the service refuses the flow.
        optional_errors: further error branches it may have.
        other_errors: whether error branches beyond those pass (types known from examples alone).
        flow_types: where it may stand.
        terminal: it ends the flow and takes no transitions.
        needs_next: a flow is refused when ``NextAction`` is missing.
        variants: what depends on a parameter or on the flow type.
        evidence: the strongest source of this entry.
    """

    name: str
    parameters: Fields = field(default_factory=Fields)
    conditions: Conditions = NO_CONDITIONS
    required_errors: tuple[str, ...] = ()
    optional_errors: tuple[str, ...] = ()
    other_errors: bool = False
    flow_types: frozenset[FlowType] = EVERYWHERE
    terminal: bool = False
    needs_next: bool = True
    variants: tuple[Variant, ...] = ()
    evidence: Evidence = Evidence.REFERENCE

    @property
    def about(self) -> About:
        """Its title, its channels and what it fills."""
        return ABOUT[self.name]
