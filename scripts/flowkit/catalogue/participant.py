"""Actions towards a participant: prompts, input, bots, views, third parties."""

from types import MappingProxyType

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
    HOLDS,
    INBOUND,
    MODULE,
    QUEUE,
    TRANSFERS,
    WHISPERS,
    ActionType,
    Conditions,
    Evidence,
    FlowType,
    Variant,
    When,
)

_MEDIA = fields(
    Uri=required(FREE),
    SourceType=required(choice("S3")),
    MediaType=required(choice("Audio")),
)
_PROMPT = {
    "Text": optional(FREE),
    "SSML": optional(FREE),
    "PromptId": optional(RESOURCE),
    "Media": optional(_MEDIA),
}
_TALKING = INBOUND | TRANSFERS | QUEUE | MODULE

# E.164: a plus sign and up to fifteen digits.
_NUMBER = Text(paths=Paths.WHOLE, pattern=r"\+[1-9][0-9]{1,14}")

PARTICIPANT_ACTIONS = (
    ActionType(
        "MessageParticipant",
        fields(
            exactly_one(*_PROMPT),
            **_PROMPT,
            # The console writes it, the reference does not have it.
            SkipWhenDTMFBufferEnabled=optional(SWITCH),
        ),
        optional_errors=("NoMatchingError",),
        flow_types=_TALKING | WHISPERS,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "GetParticipantInput",
        fields(
            at_most_one(*_PROMPT),
            **_PROMPT,
            InputTimeLimitSeconds=required(Whole(minimum=1)),
            StoreInput=required(choice("True", "False")),
            InputValidation=optional(
                fields(
                    exactly_one("PhoneNumberValidation", "CustomValidation"),
                    PhoneNumberValidation=optional(
                        fields(
                            NumberFormat=required(choice("Local", "E164")),
                            CountryCode=optional(STATIC),
                        )
                    ),
                    CustomValidation=optional(
                        fields(MaximumLength=required(Whole(minimum=1, paths=Paths.FREE)))
                    ),
                )
            ),
            InputEncryption=optional(fields(EncryptionKeyId=required(FREE), Key=required(FREE))),
            DTMFConfiguration=optional(
                fields(
                    InputTerminationSequence=optional(STATIC),
                    DisableCancelKey=optional(SWITCH),
                    InterdigitTimeLimitSeconds=optional(Whole(1, 20, paths=Paths.WHOLE)),
                )
            ),
            EnableDTMFBuffer=optional(SWITCH),
        ),
        required_errors=("NoMatchingError",),
        optional_errors=("InputTimeLimitExceeded", "NoMatchingCondition", "InvalidPhoneNumber"),
        conditions=Conditions(("Equals",), pattern="[0-9*#]"),
        flow_types=_TALKING,
        variants=(
            # Another block (admin guide, set-touchtone-buffer-behavior): nobody is asked anything.
            Variant(
                When("EnableDTMFBuffer"),
                parameters=MappingProxyType(
                    {
                        "InputTimeLimitSeconds": optional(Whole(minimum=1)),
                        "StoreInput": optional(SWITCH),
                    }
                ),
                conditions=Conditions(),
                alone=True,
            ),
            Variant(
                When("StoreInput", equals=("False",)),
                forbids=("InputValidation",),
                required_errors=("InputTimeLimitExceeded", "NoMatchingCondition"),
            ),
            Variant(
                When("StoreInput", equals=("True",)),
                requires=("InputValidation",),
                forbidden_errors=("InputTimeLimitExceeded", "NoMatchingCondition"),
                conditions=Conditions(),
            ),
            Variant(
                When("InputValidation.PhoneNumberValidation"),
                forbids=("InputEncryption",),
                required_errors=("InvalidPhoneNumber",),
            ),
            Variant(
                When("InputValidation.PhoneNumberValidation", absent=True),
                forbidden_errors=("InvalidPhoneNumber",),
            ),
            Variant(
                When("InputValidation.CustomValidation", absent=True),
                forbids=("InputEncryption",),
            ),
        ),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "ConnectParticipantWithLexBot",
        fields(
            exactly_one("LexV2Bot", "LexBot"),
            at_most_one(*_PROMPT),
            **_PROMPT,
            LexV2Bot=optional(fields(AliasArn=required(FREE))),
            LexBot=optional(
                fields(Name=required(FREE), Region=required(FREE), Alias=required(FREE))
            ),
            LexSessionAttributes=optional(STRING_MAP),
            LexInitializationData=optional(fields(InitialMessage=optional(FREE))),
            LexTimeoutSeconds=optional(fields(Text=optional(FREE))),
        ),
        required_errors=("NoMatchingError",),
        optional_errors=("NoMatchingCondition", "InputTimeLimitExceeded"),
        conditions=ANY_RESULT,
        flow_types=_TALKING,
        evidence=Evidence.SERVICE,
    ),
    # Seen in a console export and taken by CreateContactFlow (2026-09-10, in
    # aws-samples/sample-aicc-builder-for-amazon-connect-ai-agent).
    ActionType(
        "ConnectParticipantWithAgenticCX",
        open_fields(
            AgentConfiguration=required(
                open_fields(
                    WorkspaceId=required(FREE),
                    ApplicationId=required(FREE),
                    Alias=required(FREE),
                    ContextVariables=optional(Entries(FREE, maximum=10)),
                )
            ),
            SpeechRecognitionConfiguration=optional(Json()),
            AudioFillerConfiguration=optional(Json()),
        ),
        conditions=ANY_RESULT,
        required_errors=("InputTimeLimitExceeded", "NoMatchingCondition", "NoMatchingError"),
        other_errors=True,
        evidence=Evidence.EXPORT,
    ),
    ActionType(
        "MessageParticipantIteratively",
        fields(
            Messages=required(Items(fields(exactly_one(*_PROMPT), **_PROMPT), minimum=1)),
            InterruptFrequencySeconds=optional(Whole(minimum=1, paths=Paths.WHOLE)),
            # Written by the console, absent from the reference.
            ContinueMessagingDuringInterrupt=optional(SWITCH),
        ),
        optional_errors=("NoMatchingError",),
        conditions=Conditions(("Equals",), operands=("MessagesInterrupted",)),
        flow_types=QUEUE | HOLDS | MODULE,
        needs_next=False,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "ShowView",
        fields(
            ViewResource=required(fields(Id=required(FREE), Version=optional(FREE))),
            InvocationTimeLimitSeconds=required(Whole(minimum=1)),
            # The console always writes it; the service takes a block without it.
            ViewData=optional(Json()),
            SensitiveDataConfiguration=optional(fields(HideResponseOn=optional(Items(STATIC)))),
        ),
        required_errors=("NoMatchingCondition", "NoMatchingError", "TimeLimitExceeded"),
        conditions=ANY_RESULT,
        flow_types=INBOUND | QUEUE | MODULE,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "DisconnectParticipant",
        terminal=True,
        flow_types=_TALKING,
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "TransferParticipantToThirdParty",
        fields(
            exactly_one("ThirdPartyPhoneNumber", "VoiceConnector"),
            ContinueFlowExecution=required(choice("True", "False")),
            ThirdPartyConnectionTimeLimitSeconds=required(Whole(0, 600, paths=Paths.WHOLE)),
            ThirdPartyPhoneNumber=optional(_NUMBER),
            ThirdPartyDTMFDigits=optional(Text(paths=Paths.WHOLE, pattern=r"[0-9,*#]{1,50}")),
            CallerId=optional(fields(Number=optional(_NUMBER), Name=optional(FREE))),
            VoiceConnector=optional(
                fields(
                    VoiceConnectorType=required(STATIC),
                    VoiceConnectorArn=required(FREE),
                    ToUser=optional(FREE),
                    FromUser=optional(FREE),
                )
            ),
        ),
        required_errors=("NoMatchingError",),
        optional_errors=("CallFailed", "ConnectionTimeLimitExceeded"),
        flow_types=INBOUND | TRANSFERS | QUEUE,
        variants=(
            Variant(
                When(
                    "ContinueFlowExecution",
                    equals=("True",),
                    flow_types=INBOUND | QUEUE | {FlowType.QUEUE_TRANSFER},
                ),
                required_errors=("CallFailed", "ConnectionTimeLimitExceeded"),
            ),
            # Nothing is left to branch to once the call has been handed over.
            Variant(
                When("ContinueFlowExecution", equals=("False",)),
                forbidden_errors=("CallFailed", "ConnectionTimeLimitExceeded"),
            ),
            Variant(
                When(flow_types=frozenset({FlowType.AGENT_TRANSFER})),
                forbidden_errors=("CallFailed", "ConnectionTimeLimitExceeded"),
            ),
        ),
        evidence=Evidence.SERVICE,
    ),
)
