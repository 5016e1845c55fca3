"""Actions on the contact: attributes, queues, recording, hooks, tasks, cases, modules."""

from flowkit.catalogue.shapes import (
    FREE,
    RESOURCE,
    STATIC,
    STRING_MAP,
    SWITCH,
    Entries,
    Items,
    Json,
    Paths,
    Text,
    Whole,
    all_or_none,
    at_least_one,
    at_most_one,
    choice,
    exactly_one,
    fields,
    open_fields,
    optional,
    required,
)
from flowkit.catalogue.types import (
    ANY_RESULT,
    INBOUND,
    MODULE,
    OUTBOUND_WHISPER,
    QUEUE,
    TRANSFERS,
    WHISPERS,
    ActionType,
    Evidence,
    Variant,
    When,
)

_QUEUE_OR_AGENT = {"QueueId": optional(RESOURCE), "AgentId": optional(RESOURCE)}
_TARGET_CONTACT = optional(choice("Current", "Related"))
_ON = ("true", "True", "TRUE")
_OFF = ("false", "False", "FALSE")
_EVENT_HOOKS = (
    "AgentHold",
    "AgentWhisper",
    "CustomerHold",
    "CustomerQueue",
    "CustomerRemaining",
    "CustomerWhisper",
    "DefaultAgentUI",
    "DisconnectAgentUI",
    "PauseContact",
    "ResumeContact",
)
_PARTICIPANTS = Items(choice("Agent", "Customer"))
_SWITCHED = choice("Enabled", "Disabled")

CONTACT_ACTIONS = (
    ActionType(
        "UpdateContactAttributes",
        # Published flows leave TargetContact out (203 of 361 in our sample): it means Current.
        fields(Attributes=required(STRING_MAP), TargetContact=_TARGET_CONTACT),
        required_errors=("NoMatchingError",),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "UpdateContactTargetQueue",
        fields(exactly_one("QueueId", "AgentId"), **_QUEUE_OR_AGENT),
        required_errors=("NoMatchingError",),
        flow_types=INBOUND | TRANSFERS | MODULE,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "TransferContactToQueue",
        required_errors=("QueueAtCapacity", "NoMatchingError"),
        flow_types=INBOUND | TRANSFERS | MODULE,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "DequeueContactAndTransferToQueue",
        fields(at_most_one("QueueId", "AgentId"), **_QUEUE_OR_AGENT),
        required_errors=("QueueAtCapacity", "NoMatchingError"),
        flow_types=QUEUE | MODULE,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "TransferContactToAgent",
        terminal=True,
        flow_types=TRANSFERS | MODULE,
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "UpdateContactCallbackNumber",
        fields(CallbackNumber=required(Text(paths=Paths.ONLY))),
        required_errors=("InvalidCallbackNumber", "CallbackNumberNotDialable"),
        flow_types=INBOUND | TRANSFERS | QUEUE | MODULE,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "UpdateContactRoutingBehavior",
        fields(
            exactly_one("QueuePriority", "QueueTimeAdjustmentSeconds"),
            QueuePriority=optional(Whole(minimum=1)),
            QueueTimeAdjustmentSeconds=optional(Whole()),
        ),
        flow_types=INBOUND | TRANSFERS | QUEUE | MODULE,
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "UpdateContactRoutingCriteria",
        # Expressions nest (And, Or) and carry numbers; the reference gives no closed grammar.
        fields(RoutingCriteria=required(open_fields(Steps=optional(Items(Json(), minimum=1))))),
        required_errors=("NoMatchingError",),
        flow_types=INBOUND | QUEUE | TRANSFERS,
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "UpdateContactTextToSpeechVoice",
        # The service checks neither voice nor engine when it takes a flow.
        fields(
            TextToSpeechVoice=required(FREE),
            TextToSpeechEngine=optional(FREE),
            TextToSpeechStyle=optional(FREE),
        ),
        optional_errors=("NoMatchingError",),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "UpdateContactEventHooks",
        fields(
            at_least_one("EventHooks", "EventHooksConfiguration"),
            EventHooks=optional(Entries(RESOURCE, keys=_EVENT_HOOKS, minimum=1, maximum=1)),
            # In console exports only; it stands alone where a whisper is switched off.
            EventHooksConfiguration=optional(Entries(fields(DisableExecution=optional(SWITCH)))),
        ),
        required_errors=("NoMatchingError",),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "UpdateContactRecordingBehavior",
        fields(
            RecordingBehavior=required(
                fields(
                    RecordedParticipants=optional(_PARTICIPANTS),
                    ScreenRecordedParticipants=optional(Items(choice("Agent"))),
                    IVRRecordingBehavior=optional(_SWITCHED),
                )
            ),
            AnalyticsBehavior=optional(open_fields(Enabled=optional(SWITCH))),
        ),
        flow_types=INBOUND | TRANSFERS | OUTBOUND_WHISPER | QUEUE | MODULE,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "UpdateContactRecordingAndAnalyticsBehavior",
        fields(
            exactly_one(
                "VoiceBehavior", "ChatBehavior", "EmailBehavior", "ScreenRecordingBehavior"
            ),
            VoiceBehavior=optional(
                open_fields(
                    VoiceRecordingBehavior=optional(
                        fields(
                            RecordedParticipants=optional(_PARTICIPANTS),
                            IVRRecordingBehavior=optional(_SWITCHED),
                        )
                    ),
                    VoiceAnalyticsBehavior=optional(Json()),
                )
            ),
            ChatBehavior=optional(Json()),
            EmailBehavior=optional(Json()),
            ScreenRecordingBehavior=optional(
                fields(ScreenRecordedParticipants=optional(Items(choice("Agent"))))
            ),
        ),
        required_errors=("NoMatchingError", "ChannelMismatch"),
        variants=(
            Variant(
                When("ChatBehavior"), required_errors=("InFlightRedactionConfigurationFailed",)
            ),
        ),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "UpdateContactMediaStreamingBehavior",
        fields(
            MediaStreamingState=required(_SWITCHED),
            MediaStreamType=required(choice("Audio")),
            Participants=required(
                Items(
                    fields(
                        ParticipantType=required(choice("Customer")),
                        MediaDirections=required(Items(choice("From", "To"))),
                    )
                )
            ),
        ),
        required_errors=("NoMatchingError",),
        # The admin guide leaves modules out; an exported module has it.
        flow_types=INBOUND | QUEUE | TRANSFERS | WHISPERS | MODULE,
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "UpdateContactMediaProcessing",
        fields(
            ChatProcessor=required(
                fields(
                    ProcessingEnabled=optional(SWITCH),
                    LambdaProcessorARN=optional(FREE),
                    ChatProcessorSettings=required(
                        fields(DeliverUnprocessedMessages=optional(SWITCH))
                    ),
                )
            )
        ),
        required_errors=("NoMatchingError",),
        optional_errors=("ChannelMismatch",),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "UpdateContactData",
        fields(
            at_least_one(
                "Name",
                "Description",
                "LanguageCode",
                "CustomerId",
                "WisdomSessionArn",
                "IsVoiceIdStreamingEnabled",
            ),
            all_or_none(
                "IsVoiceIdStreamingEnabled",
                "IsVoiceAuthenticationEnabled",
                "IsFraudDetectionEnabled",
            ),
            Name=optional(FREE),
            Description=optional(FREE),
            LanguageCode=optional(FREE),
            CustomerId=optional(FREE),
            WisdomSessionArn=optional(FREE),
            WatchlistId=optional(FREE),
            IsVoiceIdStreamingEnabled=optional(SWITCH),
            IsVoiceAuthenticationEnabled=optional(SWITCH),
            IsFraudDetectionEnabled=optional(SWITCH),
            VoiceAuthenticationThreshold=optional(Whole(0, 100, paths=Paths.WHOLE)),
            VoiceAuthenticationResponseTime=optional(Whole(5, 10, paths=Paths.WHOLE)),
            FraudDetectionThreshold=optional(Whole(0, 100, paths=Paths.WHOLE)),
            TargetContact=_TARGET_CONTACT,
        ),
        required_errors=("NoMatchingError",),
        variants=(
            Variant(
                When("IsVoiceAuthenticationEnabled", equals=_ON),
                requires=("VoiceAuthenticationThreshold", "VoiceAuthenticationResponseTime"),
            ),
            Variant(
                When("IsVoiceAuthenticationEnabled", equals=_OFF),
                forbids=("VoiceAuthenticationThreshold", "VoiceAuthenticationResponseTime"),
            ),
            Variant(
                When("IsFraudDetectionEnabled", equals=_ON), requires=("FraudDetectionThreshold",)
            ),
            Variant(
                When("IsFraudDetectionEnabled", equals=_OFF), forbids=("FraudDetectionThreshold",)
            ),
        ),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "UpdatePreviousContactParticipantState",
        fields(
            PreviousContactParticipantState=required(
                choice("AgentOnHold", "CustomerOnHold", "OffHold")
            )
        ),
        required_errors=("NoMatchingError",),
        flow_types=INBOUND | TRANSFERS,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "CompleteOutboundCall",
        fields(
            CallerId=optional(fields(Number=optional(FREE), Name=optional(FREE))),
            VoiceConnector=optional(
                open_fields(
                    VoiceConnectorType=optional(STATIC),
                    VoiceConnectorArn=optional(FREE),
                    FromUser=optional(FREE),
                    ToUser=optional(FREE),
                    UserToUserInformation=optional(FREE),
                )
            ),
            ConnectionTimeLimitSeconds=optional(Whole(1, 600, paths=Paths.WHOLE)),
        ),
        flow_types=OUTBOUND_WHISPER,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "TagContact",
        # Six is the service's limit on user-defined tags.
        fields(Tags=required(Entries(FREE, maximum=6))),
        required_errors=("NoMatchingError",),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "UntagContact",
        fields(TagKeys=required(Items(STATIC, minimum=1))),
        required_errors=("NoMatchingError",),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "CreateTask",
        fields(
            at_most_one("DelaySeconds", "ScheduledTime"),
            Name=required(FREE),
            ContactFlowId=required(RESOURCE),
            Attributes=optional(STRING_MAP),
            Description=optional(FREE),
            References=optional(Json()),
            # Up to six days.
            DelaySeconds=optional(Whole(1, 518_400, paths=Paths.WHOLE)),
            ScheduledTime=optional(FREE),
            TaskTemplateId=optional(STATIC),
        ),
        required_errors=("NoMatchingError",),
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "CreateWisdomSession",
        fields(
            WisdomAssistantArn=required(FREE),
            # In deployed flows since assistants have AI agents; the reference lacks it.
            OrchestrationAIAgentConfiguration=optional(
                open_fields(AgentAssistanceAgentVersionArn=optional(FREE))
            ),
        ),
        required_errors=("NoMatchingError",),
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "CreateCase",
        open_fields(
            LinkContactToCase=optional(SWITCH),
            CaseTemplateId=optional(FREE),
            CaseRequestFields=optional(Json()),
            ContactToLink=optional(STATIC),
        ),
        required_errors=("NoMatchingError",),
        optional_errors=("ContactNotLinked",),
        variants=(
            Variant(
                When("LinkContactToCase", equals=_ON),
                required_errors=("ContactNotLinked",),
            ),
        ),
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "GetCase",
        open_fields(
            LinkContactToCase=optional(SWITCH),
            GetLastUpdatedCase=optional(SWITCH),
            CustomerId=optional(FREE),
            CaseRequestFields=optional(Json()),
            CaseResponseFields=optional(Items(FREE)),
        ),
        required_errors=("NoMatchingError",),
        optional_errors=("ContactNotLinked", "MultipleFound", "NoneFound"),
        variants=(
            Variant(
                When("LinkContactToCase", equals=_ON),
                required_errors=("ContactNotLinked",),
            ),
        ),
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "UpdateCase",
        open_fields(
            LinkContactToCase=optional(SWITCH),
            CaseId=optional(FREE),
            CaseRequestFields=optional(Json()),
        ),
        required_errors=("NoMatchingError",),
        optional_errors=("ContactNotLinked",),
        variants=(
            Variant(
                When("LinkContactToCase", equals=_ON),
                required_errors=("ContactNotLinked",),
            ),
        ),
    ),
    ActionType(
        "StartOutboundChatContact",
        open_fields(
            SourceEndpoint=required(fields(Address=required(FREE), Type=required(STATIC))),
            DestinationEndpoint=required(fields(Address=required(FREE), Type=required(STATIC))),
            ContactFlowArn=required(RESOURCE),
            ContactSubtype=required(STATIC),
            RelatedContact=optional(STATIC),
        ),
        required_errors=("NoMatchingError",),
        optional_errors=("TemplateRenderingError",),
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "ResumeContact",
        required_errors=("NoMatchingError",),
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "InvokeFlowModule",
        # Input is held against the module's own schema, which is not in the flow.
        fields(FlowModuleId=required(FREE), Input=optional(Json())),
        required_errors=("NoMatchingError",),
        optional_errors=("NoMatchingCondition",),
        conditions=ANY_RESULT,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "EndFlowModuleExecution",
        fields(Result=optional(FREE), ResultData=optional(Json())),
        terminal=True,
        flow_types=MODULE,
        evidence=Evidence.SERVICE,
    ),
)
