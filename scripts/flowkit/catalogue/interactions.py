"""Actions that reach other systems: Lambda, callbacks, customer profiles."""

from types import MappingProxyType

from flowkit.catalogue.shapes import (
    FREE,
    RESOURCE,
    Entries,
    Items,
    Json,
    Whole,
    at_most_one,
    choice,
    fields,
    open_fields,
    optional,
    required,
)
from flowkit.catalogue.types import (
    INBOUND,
    MODULE,
    QUEUE,
    TRANSFERS,
    ActionType,
    Evidence,
    Variant,
    When,
)

# Three days.
_CALLBACK_DELAY = Whole(1, 259_200)


def _profile(name: str, *not_found: str) -> ActionType:
    return ActionType(
        name,
        open_fields(
            ProfileRequestData=optional(Json()),
            ProfileResponseData=optional(Items(FREE)),
        ),
        required_errors=("NoMatchingError",),
        optional_errors=not_found,
        evidence=Evidence.EXPORT,
    )


INTERACTION_ACTIONS = (
    ActionType(
        "InvokeLambdaFunction",
        fields(
            LambdaFunctionARN=required(FREE),
            # Connect cuts a synchronous Lambda at 8 s.
            InvocationTimeLimitSeconds=required(Whole(1, 8)),
            # Published flows leave these two out: synchronous, and a flat map of strings.
            InvocationType=optional(choice("SYNCHRONOUS", "ASYNCHRONOUS")),
            ResponseValidation=optional(
                fields(ResponseType=required(choice("STRING_MAP", "JSON")))
            ),
            LambdaInvocationAttributes=optional(Entries(Json())),
        ),
        required_errors=("NoMatchingError",),
        variants=(
            Variant(
                When("InvocationType", equals=("ASYNCHRONOUS",)),
                parameters=MappingProxyType({"InvocationTimeLimitSeconds": required(Whole(1, 60))}),
            ),
        ),
        evidence=Evidence.SERVICE,
    ),
    ActionType(
        "CreateCallbackContact",
        fields(
            at_most_one("QueueId", "AgentId"),
            QueueId=optional(RESOURCE),
            AgentId=optional(RESOURCE),
            InitialCallDelaySeconds=required(_CALLBACK_DELAY),
            RetryDelaySeconds=required(_CALLBACK_DELAY),
            # The reference says from 1 on; the console published 0.
            MaximumConnectionAttempts=required(Whole(minimum=0)),
            ContactFlowId=optional(RESOURCE),
            CallerId=optional(Json()),
            # Written by the console, absent from the reference.
            CallbackMode=optional(FREE),
        ),
        required_errors=("NoMatchingError",),
        flow_types=INBOUND | TRANSFERS | QUEUE | MODULE,
        evidence=Evidence.EXPORT,
    ),
    _profile("GetCustomerProfile", "MultipleFoundError", "NoneFoundError"),
    _profile("CreateCustomerProfile"),
    _profile("UpdateCustomerProfile"),
    _profile("AssociateContactToCustomerProfile"),
    _profile("GetCustomerProfileObject", "NoneFoundError"),
    _profile("GetCalculatedAttributesForCustomerProfile", "NoneFoundError"),
)
