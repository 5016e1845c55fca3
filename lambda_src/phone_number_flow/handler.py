"""The Lambda's entry: a step of Terraform in, what now holds out; whatever fails is raised.

An error raised here fails the apply, with its sentence. The reply repeats the input, so that a
postcondition in Terraform can compare the two.
"""

from typing import TYPE_CHECKING, cast

import botocore.session
from aws_lambda_powertools import Logger
from botocore.config import Config

from phone_number_flow.associations import Associations
from phone_number_flow.request import Action, Association, Request, parse

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient

_log = Logger(service="phone_number_flow", utc=True)


def connect_client() -> "ConnectClient":
    """A client that waits out throttling: Connect allows two requests a second by default."""
    config = Config(
        connect_timeout=3,
        read_timeout=8,
        retries={"mode": "standard", "total_max_attempts": 5},
    )
    return cast(
        "ConnectClient", botocore.session.get_session().create_client("connect", config=config)
    )


def carry_out(request: Request, associations: Associations) -> dict[str, str]:
    """Do what Terraform asks.

    On an update to another number the new one is tied first: its callers are answered even when
    untying the old one fails.

    Returns:
        The association and whether it holds, as texts.

    Raises:
        AssociationError: Connect refused.
    """
    if request.action is Action.DELETE:
        made = request.previous or request.wanted
        undone = associations.undo(made)
        return _result(made, "untied" if undone else "nothing to untie")
    associations.make(request.wanted)
    if request.previous is not None and not request.wanted.same_number(request.previous):
        associations.undo(request.previous)
    return _result(request.wanted, "tied")


def _result(association: Association, state: str) -> dict[str, str]:
    return {
        "instance_id": association.instance_id,
        "phone_number_id": association.phone_number_id,
        "contact_flow_id": association.contact_flow_id,
        "state": state,
    }


def handler(event: object, context: object) -> dict[str, str]:
    """What Lambda calls: `phone_number_flow.handler.handler`.

    Raises:
        RequestError: The event is not what the module sends.
        AssociationError: Connect refused.
    """
    del context
    result = carry_out(parse(event), Associations(connect_client()))
    _log.info("association carried out", extra=result)
    return result
