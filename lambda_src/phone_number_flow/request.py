"""What Terraform asks for.

`aws_lambda_invocation` with ``lifecycle_scope = "CRUD"`` sends its `input` and adds the key "tf":
``{"action": "create" | "update" | "delete", "prev_input": the input before, or null}``. On delete
`input` and `prev_input` are both the last one. Source: hashicorp/aws 5.100,
internal/service/lambda/invocation.go.
"""

from collections.abc import Mapping
from enum import StrEnum

from connect_core.value import Value


class RequestError(ValueError):
    """The event is not what the module sends; the message is one sentence."""


class Action(StrEnum):
    """What Terraform does with the resource."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Association(Value):
    """A phone number that leads into a flow.

    Args:
        instance_id: The Connect instance's id.
        phone_number_id: The claimed number's id, or its ARN in a traffic distribution group.
        contact_flow_id: The flow's id.
    """

    instance_id: str
    phone_number_id: str
    contact_flow_id: str

    def same_number(self, other: "Association") -> bool:
        """Whether both are about one number of one instance."""
        return (self.instance_id, self.phone_number_id) == (
            other.instance_id,
            other.phone_number_id,
        )


class Request(Value):
    """One step of the resource's life.

    Args:
        action: What to do.
        wanted: The association as it shall be; on delete, as it was.
        previous: The association before an update or delete, None before the first.
    """

    action: Action
    wanted: Association
    previous: Association | None


def parse(event: object) -> Request:
    """Read the event.

    Raises:
        RequestError: A key is missing or not what it should be.
    """
    whole = _mapping(event)
    lifecycle = _mapping(whole.get("tf"))
    try:
        action = Action(str(lifecycle.get("action")))
    except ValueError:
        raise RequestError(
            "The event has no tf.action: invoke this function by aws_lambda_invocation with"
            ' lifecycle_scope = "CRUD".'
        ) from None
    before = lifecycle.get("prev_input")
    return Request(
        action=action,
        wanted=_association(whole),
        # Terraform sends an empty object where an older input was no object.
        previous=_association(_mapping(before)) if before else None,
    )


def _association(values: Mapping[str, object]) -> Association:
    return Association(
        instance_id=_text(values, "instance_id"),
        phone_number_id=_text(values, "phone_number_id"),
        contact_flow_id=_text(values, "contact_flow_id"),
    )


def _text(values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RequestError(f"The input must hold {key} as a text that is not empty.")
    return value.strip()


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
