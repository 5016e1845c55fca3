"""The errors of AppIntegrations that we answer with, named as in its model."""

from __future__ import annotations

from local_aws.errors import ApiError


class ResourceNotFoundError(ApiError):
    """Nothing there under that identifier."""

    code = "ResourceNotFoundException"


class DuplicateResourceError(ApiError):
    """The namespace is taken."""

    code = "DuplicateResourceException"


class InvalidRequestError(ApiError):
    """It cannot be done, or not now."""

    code = "InvalidRequestException"
