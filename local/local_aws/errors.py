"""Errors as AWS puts them on the wire."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class ApiError(ServiceException):
    """An error with a code of the service's own model.

    Subclasses must live outside the ``moto`` package: moto reads the service's name from the
    module of every exception that is inside it.

    Args:
        message: one sentence for the caller.
        code: the error's name in the service's model; subclasses usually fix it.
    """

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(code or self.code, message)


class SerializationError(ApiError):
    """The request cannot be read at all: no JSON, or a value of the wrong type."""

    code = "SerializationException"


class NotEmulatedError(ApiError):
    """The operation exists on AWS, but the embedded AWS has no behaviour for it."""

    code = "NotImplementedException"
