"""The errors of Kinesis Video Streams that we answer with, named as in its models."""

from __future__ import annotations

from local_aws.errors import ApiError


class ResourceNotFoundError(ApiError):
    """There is no such stream."""

    code = "ResourceNotFoundException"


class ResourceInUseError(ApiError):
    """The name is taken."""

    code = "ResourceInUseException"


class InvalidArgumentError(ApiError):
    """A value is wrong, or one is missing."""

    code = "InvalidArgumentException"


class VersionMismatchError(ApiError):
    """The stream has changed since."""

    code = "VersionMismatchException"
