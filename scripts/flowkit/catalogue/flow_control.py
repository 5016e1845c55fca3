"""Actions that only decide where the contact goes next."""

from flowkit.catalogue.shapes import (
    RESOURCE,
    STATIC,
    Entries,
    Items,
    Paths,
    Text,
    Whole,
    at_most_one,
    choice,
    fields,
    open_fields,
    optional,
    required,
)
from flowkit.catalogue.types import (
    ANY_CONDITION,
    CAMPAIGN,
    CAMPAIGN_COMPARISONS,
    COMPARISONS,
    INBOUND,
    MODULE,
    NUMBER_COMPARISONS,
    QUEUE,
    TRANSFERS,
    ActionType,
    Conditions,
    Evidence,
    Variant,
    When,
)

_ROUTING = INBOUND | TRANSFERS | QUEUE | MODULE
_QUEUE_OR_AGENT = {"QueueId": optional(RESOURCE), "AgentId": optional(RESOURCE)}
_AGENT_COUNTS = ("NumberOfAgentsAvailable", "NumberOfAgentsStaffed", "NumberOfAgentsOnline")
_QUEUE_FIGURES = ("OldestContactInQueueAgeSeconds", "NumberOfContactsInQueue")


def _exactly(*results: str) -> Conditions:
    return Conditions(("Equals",), operands=results, required=results)


FLOW_CONTROL_ACTIONS = (
    ActionType(
        "Compare",
        fields(ComparisonValue=required(Text(paths=Paths.ONLY, leaf=True))),
        required_errors=("NoMatchingCondition",),
        conditions=ANY_CONDITION,
        variants=(
            Variant(
                When(flow_types=CAMPAIGN),
                conditions=Conditions((*COMPARISONS, *CAMPAIGN_COMPARISONS)),
            ),
        ),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "TransferToFlow",
        fields(ContactFlowId=required(RESOURCE)),
        required_errors=("NoMatchingError",),
        flow_types=INBOUND | TRANSFERS | MODULE,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "EndFlowExecution",
        terminal=True,
        # "All flows" (admin guide, end-flow-resume); sources disagree about modules alone.
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "UpdateFlowLoggingBehavior",
        fields(FlowLoggingBehavior=required(choice("Enabled", "Disabled"))),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "Loop",
        open_fields(LoopCount=required(Whole(0, 100, paths=Paths.WHOLE))),
        optional_errors=("NoMatchingError",),
        conditions=_exactly("ContinueLooping", "DoneLooping"),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "CheckHoursOfOperation",
        fields(HoursOfOperationId=optional(RESOURCE)),
        required_errors=("NoMatchingError",),
        conditions=_exactly("True", "False"),
        flow_types=_ROUTING,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "CheckMetricData",
        fields(
            at_most_one("QueueId", "AgentId"),
            MetricType=required(choice(*_AGENT_COUNTS, *_QUEUE_FIGURES)),
            **_QUEUE_OR_AGENT,
        ),
        required_errors=("NoMatchingError", "NoMatchingCondition"),
        conditions=Conditions(NUMBER_COMPARISONS, minimum=1),
        flow_types=_ROUTING,
        variants=(
            Variant(
                When("MetricType", equals=_AGENT_COUNTS),
                conditions=Conditions(("NumberGreaterThan",), operands=("0",), minimum=1),
            ),
        ),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "GetMetricData",
        fields(
            at_most_one("QueueId", "AgentId"),
            **_QUEUE_OR_AGENT,
            QueueChannel=optional(choice("Voice", "Chat", paths=Paths.WHOLE)),
        ),
        required_errors=("NoMatchingError",),
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "DistributeByPercentage",
        required_errors=("NoMatchingCondition",),
        # Each threshold is one more than the percentages so far.
        conditions=Conditions(("NumberLessThan",), pattern="[1-9]|[1-9][0-9]|10[01]"),
        flow_types=_ROUTING,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "Wait",
        fields(
            # At most seven days. (The reference calls it TimeoutSeconds; the service refuses that.)
            TimeLimitSeconds=optional(Whole(1, 604_800, paths=Paths.WHOLE)),
            Events=optional(Items(choice("CustomerReturned", "BotParticipantDisconnected"))),
            ContinueExecution=optional(STATIC),
            MinimumWaitTimeSeconds=optional(Whole(minimum=0, paths=Paths.WHOLE)),
        ),
        required_errors=("NoMatchingError",),
        optional_errors=("ParticipantNotFound",),
        conditions=Conditions(("Equals",), required=("WaitCompleted",), required_from="Events"),
        # The guides contradict each other about flow types, so every one may have it.
        variants=(
            Variant(
                When("ContinueExecution", absent=True),
                requires=("TimeLimitSeconds",),
                forbids=("MinimumWaitTimeSeconds",),
            ),
            Variant(
                When("ContinueExecution"),
                requires=("MinimumWaitTimeSeconds",),
                conditions=_exactly("Continue", "WaitCompleted"),
            ),
            Variant(
                When("Events", equals=("BotParticipantDisconnected",)),
                required_errors=("ParticipantNotFound",),
            ),
        ),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "UpdateFlowAttributes",
        fields(
            FlowAttributes=required(Entries(fields(Value=required(Text()), Type=optional(STATIC))))
        ),
        # The reference says "none"; the service insists.
        required_errors=("NoMatchingError",),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "CheckOutboundCallStatus",
        required_errors=("NoMatchingError",),
        conditions=Conditions(
            ("Equals",),
            operands=("CallAnswered", "VoicemailBeep", "VoicemailNoBeep", "NotDetected"),
        ),
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "CheckVoiceId",
        fields(
            CheckVoiceIdOption=required(
                choice("enrollmentStatus", "voiceAuthentication", "fraudDetection")
            )
        ),
        required_errors=("NoMatchingError",),
        conditions=Conditions(
            ("Equals",),
            operands=(
                "Enrolled",
                "NotEnrolled",
                "OptedOut",
                "Authenticated",
                "NotAuthenticated",
                "Inconclusive",
                "HighRisk",
                "LowRisk",
            ),
        ),
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "StartVoiceIdStream",
        required_errors=("NoMatchingError",),
        evidence=Evidence.SERVICE,
    ),
)
