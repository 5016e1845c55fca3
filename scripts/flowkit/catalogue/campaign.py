"""Actions that outbound campaigns and journeys are made of; no contact exists yet.

The admin guide (create-campaigns-api-cli) shows one example of each and no grammar, so whatever
else they hold passes.
"""

from flowkit.catalogue.shapes import FREE, Entries, Items, Json, open_fields, optional, required
from flowkit.catalogue.types import CAMPAIGN, ActionType

_FAILS = ("NoMatchingError",)

CAMPAIGN_ACTIONS = (
    ActionType(
        "SendSMS",
        open_fields(
            Message=required(Json()),
            SourceEndpoint=required(open_fields(Address=required(FREE), Type=required(FREE))),
        ),
        required_errors=_FAILS,
        other_errors=True,
        flow_types=CAMPAIGN,
    ),
    ActionType(
        "SendOutboundEmail",
        open_fields(
            EmailMessage=required(Json()),
            FromEmailAddress=required(Entries(FREE)),
        ),
        required_errors=_FAILS,
        other_errors=True,
        flow_types=CAMPAIGN,
    ),
    ActionType(
        "PutDialRequest",
        # Managed campaigns need the rules; deployed journeys leave out all of it, errors included.
        open_fields(Attributes=optional(Entries(FREE)), dialCriteriaRules=optional(Items(Json()))),
        optional_errors=_FAILS,
        other_errors=True,
        flow_types=CAMPAIGN,
    ),
    ActionType(
        "GetOutboundCommunicationStatus",
        open_fields(OutboundCommunicationIds=required(Items(FREE, minimum=1))),
        required_errors=_FAILS,
        other_errors=True,
        flow_types=CAMPAIGN,
    ),
)
