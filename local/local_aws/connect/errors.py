"""The errors of Amazon Connect that we answer with, named as in its model."""

from __future__ import annotations

from collections.abc import Sequence

from local_aws.errors import ApiError


class ResourceNotFoundError(ApiError):
    """Nothing there under that identifier."""

    code = "ResourceNotFoundException"


class DuplicateResourceError(ApiError):
    """The name is taken."""

    code = "DuplicateResourceException"


class ResourceConflictError(ApiError):
    """The association exists already."""

    code = "ResourceConflictException"


class ResourceInUseError(ApiError):
    """Something else still points at it.

    Args:
        message: one sentence for the caller.
        resource_type: what kind of thing is in use, in the model's words.
        resource_id: its id.
    """

    code = "ResourceInUseException"

    def __init__(self, message: str, *, resource_type: str, resource_id: str) -> None:
        super().__init__(message)
        self.ResourceType = resource_type
        self.ResourceId = resource_id


class InvalidParameterError(ApiError):
    """A value is wrong by itself."""

    code = "InvalidParameterException"


class InvalidRequestError(ApiError):
    """The values are fine, but not together or not now."""

    code = "InvalidRequestException"


class LimitExceededError(ApiError):
    """A quota of the instance is used up."""

    code = "LimitExceededException"


class ContactFlowNotPublishedError(ApiError):
    """The flow has only ever been saved."""

    code = "ContactFlowNotPublishedException"


class InvalidContactFlowError(ApiError):
    """The service would not publish this content.

    The service itself leaves the message empty. Here it repeats the problems, because Terraform
    prints the message and nothing else.

    Args:
        problems: one sentence each.
    """

    code = "InvalidContactFlowException"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        # The model spells the member `problems` for flows and `Problems` for modules.
        self.problems = self.Problems = [{"message": problem} for problem in problems]


class InvalidContactFlowModuleError(InvalidContactFlowError):
    """The service would not publish this module."""

    code = "InvalidContactFlowModuleException"
