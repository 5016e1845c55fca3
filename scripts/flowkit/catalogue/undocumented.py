"""Types that the service and the console know and the reference does not list.

Their shapes come from examples, so only what every example has is held against a flow: parameters,
error branches and conditions beyond the known ones pass.
"""

from flowkit.catalogue.shapes import FREE, Entries, Fields, Json, open_fields, optional, required
from flowkit.catalogue.types import ANY_RESULT, ActionType, Conditions, Evidence


def _seen(
    name: str,
    parameters: Fields,
    *,
    errors: tuple[str, ...] = (),
    conditions: Conditions = ANY_RESULT,
) -> ActionType:
    return ActionType(
        name,
        parameters,
        required_errors=errors,
        other_errors=True,
        conditions=conditions,
        evidence=Evidence.EXPORT,
    )


def _open(*known: str) -> Fields:
    return open_fields(**{name: optional(Json()) for name in known})


_FAILS = ("NoMatchingError",)

UNDOCUMENTED_ACTIONS = (
    _seen(
        "AuthenticateParticipant",
        _open("CognitoConfiguration", "CustomerProfilesConfiguration", "TimeLimitMinutes"),
    ),
    _seen("CreatePersistentContactAssociation", _open("RehydrationType", "SourceContactId")),
    _seen("LoadContactContent", _open("ContentType")),
    _seen("EvaluateDataTableValues", _open("DataTableId", "Queries")),
    _seen("ListDataTableValues", _open("DataTableId", "PrimaryKeyGroups")),
    _seen(
        "UpsertDataTableValues", _open("DataTableId", "LockVersion", "DataTableUpsertAttributes")
    ),
    _seen(
        "RenderMessageTemplate",
        open_fields(
            WisdomKnowledgeBaseArn=required(FREE),
            WisdomMessageTemplateArn=required(FREE),
        ),
        errors=("NoMatchingError", "TemplateRenderingError"),
    ),
    _seen("CreateContact", _open("Channel", "RelatedContact"), errors=_FAILS),
    _seen(
        "StartOutboundEmailContact",
        open_fields(
            FromEmailAddress=required(Entries(FREE)),
            DestinationEmailAddress=required(Entries(FREE)),
            EmailMessage=required(Json()),
        ),
        errors=_FAILS,
    ),
    _seen(
        "CheckSegmentMembershipForCustomerProfile",
        open_fields(ProfileRequestData=required(Json())),
        errors=_FAILS,
        conditions=Conditions(("Equals",), operands=("True", "False"), required=("True", "False")),
    ),
    _seen(
        "StartExistingMessageProcessing",
        _open("ProcessingTimeoutSeconds"),
        errors=(*_FAILS, "TimeLimitExceeded"),
    ),
    # Named by the admin guide; nothing is known of their shape.
    _seen("RouteContactToAgent", _open()),
    _seen("CheckSegmentMembership", _open()),
)
