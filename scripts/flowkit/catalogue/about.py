"""What an action is to people and to a running call: its name, its channels, what it fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Channel(StrEnum):
    """What a contact can be."""

    VOICE = "voice"
    CHAT = "chat"
    TASK = "task"
    EMAIL = "email"


EVERY_CHANNEL = frozenset(Channel)
_VOICE = frozenset({Channel.VOICE})
_CHAT = frozenset({Channel.CHAT})
_TALK = frozenset({Channel.VOICE, Channel.CHAT})
# A campaign's flow runs for a recipient, before there is a contact.
_NO_CONTACT: frozenset[Channel] = frozenset()


@dataclass(frozen=True)
class About:
    """What the service's checks of a flow do not ask for.

    Attributes:
        title: what it does, in two or three words; after the console's block where that tells.
        channels: where it has its effect; elsewhere it passes without one, or fails (admin guide,
            block-support-by-channel).
        fills: the namespaces of JSONPaths that it fills (``$.External``), without ``$.``.
        replaces: it replaces the whole namespace each time; others add to it.
    """

    title: str
    channels: frozenset[Channel] = EVERY_CHANNEL
    fills: tuple[str, ...] = ()
    replaces: bool = False


ABOUT: Mapping[str, About] = MappingProxyType(
    {
        "MessageParticipant": About("Play prompt", _TALK),
        "GetParticipantInput": About(
            "Ask for keys", _VOICE, ("StoredCustomerInput",), replaces=True
        ),
        "ConnectParticipantWithLexBot": About("Talk to a Lex bot", _TALK, ("Lex",), replaces=True),
        "ConnectParticipantWithAgenticCX": About("Talk to an AI agent", _TALK, ("AgenticCX",)),
        "MessageParticipantIteratively": About("Play in a loop", _VOICE),
        "ShowView": About("Show a page", _CHAT, ("Views",), replaces=True),
        "DisconnectParticipant": About("Hang up"),
        "TransferParticipantToThirdParty": About("Transfer to a number", _VOICE),
        "UpdateContactAttributes": About("Set contact attributes", fills=("Attributes",)),
        "UpdateContactTargetQueue": About("Set working queue", fills=("Queue",), replaces=True),
        "TransferContactToQueue": About("Transfer to the working queue"),
        "DequeueContactAndTransferToQueue": About("Move to another queue"),
        "TransferContactToAgent": About("Transfer to an agent", _VOICE),
        "UpdateContactCallbackNumber": About("Set callback number", _VOICE),
        "UpdateContactRoutingBehavior": About("Change routing priority"),
        "UpdateContactRoutingCriteria": About("Set routing criteria", fills=("RoutingCriteria",)),
        "UpdateContactTextToSpeechVoice": About(
            "Set voice", _VOICE, ("TextToSpeechVoiceId",), replaces=True
        ),
        "UpdateContactEventHooks": About("Set event flow"),
        "UpdateContactRecordingBehavior": About("Set recording", _TALK),
        "UpdateContactRecordingAndAnalyticsBehavior": About("Set recording and analytics", _TALK),
        "UpdateContactMediaStreamingBehavior": About("Media streaming", _VOICE, ("MediaStreams",)),
        "UpdateContactMediaProcessing": About("Process messages", _CHAT),
        "UpdateContactData": About(
            "Update contact data", fills=("Name", "Description", "LanguageCode", "CustomerId")
        ),
        "UpdatePreviousContactParticipantState": About("Hold or resume", _VOICE),
        "CompleteOutboundCall": About("Place the outbound call", _VOICE),
        "TagContact": About("Tag contact", fills=("Tags",)),
        "UntagContact": About("Untag contact"),
        "CreateTask": About("Create task", fills=("Task",), replaces=True),
        "CreateWisdomSession": About("Start assistant session", _TALK, ("Wisdom",)),
        "CreateCase": About("Create case", fills=("Case",)),
        "GetCase": About("Get case", fills=("Case",)),
        "UpdateCase": About("Update case", fills=("Case",)),
        "StartOutboundChatContact": About("Send SMS"),
        "ResumeContact": About("Resume contact", frozenset({Channel.TASK})),
        "InvokeFlowModule": About("Run a module", fills=("Modules",), replaces=True),
        "EndFlowModuleExecution": About("Return from the module"),
        "Compare": About("Check a value"),
        "TransferToFlow": About("Go to another flow"),
        "EndFlowExecution": About("End of this flow"),
        "UpdateFlowLoggingBehavior": About("Flow logging"),
        "Loop": About("Loop", fills=("Loop",)),
        "CheckHoursOfOperation": About("Check opening hours"),
        "CheckMetricData": About("Check queue or staffing"),
        "GetMetricData": About("Get queue figures", fills=("Metrics",)),
        "DistributeByPercentage": About("Split by percentage"),
        "Wait": About("Wait"),
        "UpdateFlowAttributes": About("Set flow attributes", fills=("FlowAttributes",)),
        "CheckOutboundCallStatus": About("Check who answered", _VOICE),
        "CheckVoiceId": About("Check voice ID", _VOICE),
        "StartVoiceIdStream": About("Start voice ID", _VOICE),
        "InvokeLambdaFunction": About("Call a Lambda", EVERY_CHANNEL, ("External",), replaces=True),
        "CreateCallbackContact": About("Ask for a callback"),
        "GetCustomerProfile": About("Get customer profile", fills=("Customer",)),
        "CreateCustomerProfile": About("Create customer profile", fills=("Customer",)),
        "UpdateCustomerProfile": About("Update customer profile", fills=("Customer",)),
        "AssociateContactToCustomerProfile": About("Link contact to profile", fills=("Customer",)),
        "GetCustomerProfileObject": About("Get profile object", fills=("Customer",)),
        "GetCalculatedAttributesForCustomerProfile": About(
            "Get calculated attributes", fills=("Customer",)
        ),
        "AuthenticateParticipant": About("Authenticate customer", _CHAT),
        "CreatePersistentContactAssociation": About("Continue earlier chat", _CHAT),
        "LoadContactContent": About("Load message", frozenset({Channel.EMAIL})),
        "EvaluateDataTableValues": About("Evaluate data table", fills=("DataTables",)),
        "ListDataTableValues": About("List data table", fills=("DataTableList",)),
        "UpsertDataTableValues": About("Write to data table"),
        "RenderMessageTemplate": About("Fill message template"),
        "CreateContact": About("Create contact"),
        "StartOutboundEmailContact": About("Send email"),
        "CheckSegmentMembershipForCustomerProfile": About(
            "Check customer segment", fills=("Customer",)
        ),
        "StartExistingMessageProcessing": About(
            "Process message", frozenset({Channel.CHAT, Channel.EMAIL})
        ),
        "SendSMS": About("Send text message", _NO_CONTACT, ("OutboundCommunication",)),
        "SendOutboundEmail": About("Send email", _NO_CONTACT, ("OutboundCommunication",)),
        "PutDialRequest": About("Ask for a call", _NO_CONTACT, ("OutboundCommunication",)),
        "GetOutboundCommunicationStatus": About(
            "Get delivery status", _NO_CONTACT, ("DeliveryReceipts",)
        ),
        "RouteContactToAgent": About("Route to an agent"),
        "CheckSegmentMembership": About("Check customer segment"),
    }
)
"""By ``Type``; one for every entry of the catalogue."""
