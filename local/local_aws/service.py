"""A service answered from botocore's model: moto routes, parses and serialises, we behave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any, ClassVar, Generic, TypeVar, cast

from botocore import xform_name
from moto.core.base_backend import BaseBackend
from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel
from moto.core.request import Request
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model, method_names_from_class

from local_aws import validation
from local_aws.errors import ApiError, NotEmulatedError, SerializationError
from local_aws.paging import BadTokenError, Pages

Backend = TypeVar("Backend", bound=BaseBackend)
Asked = TypeVar("Asked")
Answer = Mapping[str, object] | None

# The server answers every request in a thread of its own. Our operations are short and reach into
# each other's services, so one lock keeps all of their state whole.
_STATE = RLock()


class Operations(Generic[Backend]):
    """The operations of a service, each a function from backend and request to an answer.

    A function is found by its name: ``create_queue`` answers CreateQueue. The request it gets has
    the shape of botocore's input model (the ``…RequestTypeDef`` of the boto3 stubs).
    """

    def __init__(self) -> None:
        self._handlers: dict[str, Callable[[Backend, Any], Answer]] = {}

    def __call__(
        self, handler: Callable[[Backend, Asked], Answer]
    ) -> Callable[[Backend, Asked], Answer]:
        """Register a function; use as a decorator."""
        self._handlers[handler.__name__] = handler
        return handler

    def find(self, operation: str) -> Callable[[Backend, Any], Answer] | None:
        """Find the function for an operation by the operation's name in the model."""
        return self._handlers.get(xform_name(operation))

    @property
    def names(self) -> frozenset[str]:
        """Names of the registered functions."""
        return frozenset(self._handlers)


class ModelService(BaseResponse):
    """Base of our services; subclasses name the model, the operations and the backend."""

    model: ClassVar[str]  # the service's name in botocore
    operations: ClassVar[Operations[Any]]
    # Codes for a request that breaks the model, best first; the first one the operation knows wins.
    invalid: ClassVar[tuple[str, ...]] = ("ValidationException",)

    def __init__(self) -> None:
        super().__init__()
        self.service_name = self.model
        self.automated_parameter_parsing = True

    def backend(self) -> BaseBackend:
        """Return the backend of the caller's account and region."""
        raise NotImplementedError

    def _dispatch(
        self, request: Request, full_url: str | None = None, headers: Any = None
    ) -> TYPE_RESPONSE:
        try:
            self.setup_class(request, full_url, headers)
        except (AttributeError, TypeError, ValueError) as error:
            # moto's parser trusts the body; a wrong type surfaces as one of these.
            self.headers = request.headers
            sentence = "The request body does not have the structure of this operation."
            refusal = SerializationError(sentence)
            refusal.__cause__ = error
            return self._reply(refusal)
        return self.call_action()

    def call_action(self) -> TYPE_RESPONSE:
        """Check the request against the model, run the operation, serialise what comes of it."""
        name = self._get_action()
        if not name:
            return 404, self.response_headers, '{"__type": "UnknownOperationException"}'
        self.normalized_request.environ["local_aws.action"] = name
        handler = self.operations.find(name)
        if handler is None:
            if camelcase_to_underscores(name) in method_names_from_class(type(self)):
                return super().call_action()
            return self._reply(NotEmulatedError(f"The embedded AWS has no {self.model} {name}."))
        try:
            return self._reply(self._run(handler, name))
        except ServiceException as error:
            return self._reply(error)

    def _run(self, handler: Callable[[Any, Any], Answer], name: str) -> dict[str, object]:
        operation = get_service_model(self.boto3_service_name).operation_model(name)
        request = cast(dict[str, object], self.params)
        if operation.input_shape is not None:
            clauses = validation.violations(operation.input_shape, request)
            if clauses:
                raise self._invalid(operation, validation.message(clauses))
        with _STATE:
            answer = dict(handler(self.backend(), request) or {})
        pages = Pages.of(operation)
        if pages:
            try:
                pages.cut(request, answer)
            except BadTokenError as error:
                raise self._invalid(operation, "The page token is not valid.") from error
        return answer

    def _invalid(self, operation: OperationModel, message: str) -> ApiError:
        known = {shape.name for shape in operation.error_shapes}
        code = next((code for code in self.invalid if code in known), self.invalid[0])
        return ApiError(message, code)

    def _reply(self, result: object) -> TYPE_RESPONSE:
        status, headers, body = self.serialized(ActionResult(result))
        headers, body = self._enrich_response(headers, body)
        if isinstance(result, NotEmulatedError):
            status = 501  # SDKs retry 500, and never 501
        return status, headers, body
