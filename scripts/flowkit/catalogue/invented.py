"""Names that look like the flow language and are refused by the service.

They come up in flows that people or language models wrote from memory; each is mapped to what was
meant, so that the refusal can say so. An empty tuple means that nothing takes its place.
"""

from collections.abc import Mapping
from types import MappingProxyType

INVENTED_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "CheckAttribute": ("Compare",),
        "CheckCondition": ("Compare",),
        "CheckRoutingAttributes": ("Compare",),
        "Disconnect": ("DisconnectParticipant",),
        # A flow begins at StartAction; no block stands for the beginning.
        "EntryPoint": (),
        "Start": (),
        "Trigger": (),
        "GetCustomerInput": ("GetParticipantInput", "ConnectParticipantWithLexBot"),
        # Blocks of the designer before 2022.
        "GetUserInput": ("GetParticipantInput", "ConnectParticipantWithLexBot"),
        "InvokeExternalResource": ("InvokeLambdaFunction",),
        "InvokeLexBot": ("ConnectParticipantWithLexBot",),
        "InvokeAgentAction": ("ConnectParticipantWithLexBot", "InvokeLambdaFunction"),
        "Message": ("MessageParticipant",),
        "PlayPrompt": ("MessageParticipant",),
        "SetContactAttributes": ("UpdateContactAttributes",),
        "SetLoggingBehavior": ("UpdateFlowLoggingBehavior",),
        "SetRecordingBehavior": ("UpdateContactRecordingBehavior",),
        "SetVoice": ("UpdateContactTextToSpeechVoice",),
        "SetWorkingQueue": ("UpdateContactTargetQueue",),
        "StartMediaStreaming": ("UpdateContactMediaStreamingBehavior",),
        "StoreCustomerInput": ("GetParticipantInput",),
        "TransferContactToFlow": ("TransferToFlow",),
        "TransferToQueue": ("TransferContactToQueue",),
        # In the reference, and refused all the same.
        "UnTagContact": ("UntagContact",),
        "UpdateRoutingCriteria": ("UpdateContactRoutingCriteria",),
    }
)

MISNAMED_PARAMETERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "FunctionArn": ("LambdaFunctionARN",),
        "LambdaFunctionArn": ("LambdaFunctionARN",),
        "RequestAttributes": ("LambdaInvocationAttributes",),
        "TimeLimit": ("InvocationTimeLimitSeconds", "InputTimeLimitSeconds"),
        "Timeout": ("InvocationTimeLimitSeconds", "InputTimeLimitSeconds", "TimeLimitSeconds"),
        "TimeoutSeconds": (
            "TimeLimitSeconds",
            "InvocationTimeLimitSeconds",
            "InputTimeLimitSeconds",
        ),
        "MaxDigits": ("InputValidation",),
        "VoiceId": ("TextToSpeechVoice",),
        "Engine": ("TextToSpeechEngine",),
        "LoggingBehavior": ("FlowLoggingBehavior",),
        "Queue": ("QueueId",),
    }
)
