"""The errors of IAM that we answer with, named as in its model."""

from __future__ import annotations

from local_aws.errors import ApiError


class NoSuchEntityError(ApiError):
    """There is no such user, group or role."""

    code = "NoSuchEntity"


class InvalidInputError(ApiError):
    """A value is wrong, or cannot be taken here."""

    code = "InvalidInput"


class PolicyEvaluationError(ApiError):
    """A policy in force cannot be understood."""

    code = "PolicyEvaluation"
